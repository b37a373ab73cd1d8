"""The annotations hold: a type checker reads the sources as a pack of the host that COMFYUI_PATH names."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_types_are_consistent(host, tmp_path):
    run = subprocess.run(checker(host, tmp_path), capture_output=True, text=True, timeout=500)
    found = json.loads(run.stdout)
    assert found["summary"]["filesAnalyzed"] > 100
    assert not found["generalDiagnostics"], "\n".join(map(described, found["generalDiagnostics"]))


def checker(host: Path, place: Path) -> list[str]:
    """The command that checks a copy of the sources whose folder is called `dragkit`, as a host's would be."""
    pack, settings = place / "dragkit", place / "settings.json"
    for file in [ROOT / "pyproject.toml", *(f for f in ROOT.rglob("*.py") if f.relative_to(ROOT).parts[0][0] != ".")]:
        copy = pack / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    paths = [str(place), str(host)]
    settings.write_text(json.dumps({"extends": str(pack / "pyproject.toml"), "extraPaths": paths}), encoding="utf-8")
    program = [sys.executable, "-I", "-m", "basedpyright"]
    return [*program, "-p", str(settings), "--pythonpath", sys.executable, "--outputjson"]


def described(finding: dict) -> str:
    file = finding["file"].split("dragkit/", 1)[-1]
    return f"{file}:{finding['range']['start']['line'] + 1}: {finding['message']} ({finding.get('rule')})"
