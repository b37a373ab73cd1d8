"""The Python environment of the demo and the tests: one made per user, which sees the user's own where that has torch.

Nothing is ever installed into an environment that was not made here.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
TORCH = {"torch": "2.11.0", "torchvision": "0.26.0", "torchaudio": "2.11.0"}
OLDEST, NEWEST = (3, 10), (3, 14)
FREE_GIGABYTES = 9 if sys.platform == "linux" else 4

MARK = "dragkit-made.stamp"


class SetupError(Exception):
    """What stands in the way of a run, and what to do about it, as one sentence for the user."""


def say(text: str) -> None:
    """Tells the user what is going on."""
    print(text, flush=True)


def cache_folder() -> Path:
    """Returns the folder of this user that keeps what a set-up has made or fetched."""
    if sys.platform == "win32":
        home = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        home = Path.home() / "Library" / "Caches"
    else:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "dragkit"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def check_python(version: Sequence[int]) -> None:
    """Refuses a Python that is too old for the host."""
    if tuple(version[:2]) < OLDEST:
        raise SetupError(
            f"This is Python {dotted(version)}; DragKit needs Python {dotted(OLDEST)} or newer, so run it "
            f"with one of Python {dotted(OLDEST)} to {dotted(NEWEST)}."
        )


def check_torch_exists(version: Sequence[int]) -> None:
    """Refuses a Python for which the pinned torch was never built."""
    if tuple(version[:2]) > NEWEST:
        raise SetupError(
            f"This is Python {dotted(version)}, for which there is no torch {TORCH['torch']}; run it with "
            f"Python {dotted(OLDEST)} to {dotted(NEWEST)}, or in an environment that has its own torch."
        )


def check_disk(folder: Path) -> None:
    """Refuses to start a set-up that the disk has no room for."""
    free = shutil.disk_usage(folder).free / 1e9
    if free < FREE_GIGABYTES:
        raise SetupError(
            f"The set-up needs about {FREE_GIGABYTES} GB in {folder}, where {free:.1f} GB are free; "
            "make room there and run it again."
        )


def dotted(version: Sequence[int]) -> str:
    """Writes a version as 3.10."""
    return ".".join(str(part) for part in version[:2])


def enter(script: Path, arguments: Sequence[str], host: str = "") -> None:
    """Returns inside the environment made for a host, and starts the script again there from any other."""
    theirs = own_environment()
    folder = made_folder(theirs, host)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not ((folder / MARK).is_file() and python.is_file()):
        make(folder, theirs)
    if not folder.samefile(sys.prefix):
        become([str(python), str(script), *arguments])
    if theirs:
        say(f"Using the torch {metadata.version('torch')} of your Python environment {theirs}, which stays as it is.")


def become(command: Sequence[str]) -> NoReturn:
    """Replaces this process by a command, or where the system cannot, runs it and exits as it does."""
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(command[0], list(command))
    process = subprocess.Popen(command)
    while True:
        try:
            sys.exit(process.wait())
        except KeyboardInterrupt:
            continue


def own_environment() -> str:
    """Returns the user's virtual or conda environment whose torch is to be used, empty where there is none."""
    mark = Path(sys.prefix, MARK)
    if mark.is_file():
        return mark.read_text(encoding="utf-8")
    inside = sys.prefix != sys.base_prefix or os.environ.get("CONDA_PREFIX") == sys.prefix
    return sys.prefix if inside and any(metadata.distributions(name="torch")) else ""


def made_folder(theirs: str, host: str) -> Path:
    """Returns where the environment made for this Python lies, for one of the user's own and a host if need be."""
    over = f"over-{hashlib.sha256(theirs.encode()).hexdigest()[:8]}" if theirs else ""
    return cache_folder() / "-".join(part for part in ("python", dotted(sys.version_info[:2]), over, host) if part)


def make(folder: Path, theirs: str) -> None:
    """Makes an environment, and lets it see the packages of the user's own."""
    if not theirs:
        check_torch_exists(sys.version_info[:2])
        check_disk(folder.parent)
    say(f"Making a Python environment in {folder} ...")
    make_environment(folder)
    if theirs:
        see_packages(folder)
    (folder / MARK).write_text(theirs, encoding="utf-8")


def make_environment(folder: Path) -> None:
    """Makes an empty virtual environment that has pip."""
    command = [sys.executable, "-m", "venv", "--clear", str(folder)]
    made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if "ensurepip is not available" in made.stdout or "No module named venv" in made.stdout:
        raise SetupError(
            "This Python cannot make virtual environments; install its venv package "
            "(Debian and Ubuntu: apt install python3-venv) and run it again."
        )
    if made.returncode:
        full = re.search(r"No space left on device|not enough space on the disk", made.stdout)
        said = made.stdout.strip().rstrip(".").splitlines() or ["nothing that explains it"]
        cause = "the disk is full" if full else f"venv said: {said[-1]}"
        raise SetupError(f"No Python environment could be made in {folder}: {cause}.")


def see_packages(folder: Path) -> None:
    """Puts the packages of this environment behind those of a made one."""
    site = next(folder.glob("Lib/site-packages" if os.name == "nt" else "lib/python*/site-packages"))
    packages = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    lines = [f"import site; site.addsitedir({path!r})\n" for path in packages]
    (site / "dragkit-own-environment.pth").write_text("".join(lines), encoding="utf-8")
