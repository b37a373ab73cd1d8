"""The code is formatted and free of lint."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=["lint", "format"])
def test_ruff_is_content(command: list[str]):
    run = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout


def test_the_page_s_elements_and_names_are_left_to_the_page():
    scripts = {file: file.read_text(encoding="utf-8") for file in (ROOT / "js").rglob("*.js")}
    by_hand = re.compile(r"document\.(body|head)\.(append|insert|prepend)")
    assert not [file.name for file, text in scripts.items() if by_hand.search(text)]
    pack = re.search(r'(?m)^name = "(.+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))[1]
    names = [name for text in scripts.values() for name in re.findall(r"registerExtension\(\{\s*name: '(.+?)'", text)]
    assert names and all(name.startswith(f"{pack}.") for name in names)
