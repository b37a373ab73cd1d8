"""The Python environment of the demo and the tests: the user's own where it has torch, else one made per user."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import importlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import NoReturn, TextIO

ROOT = Path(__file__).resolve().parent.parent
TORCH = {"torch": "2.11.0", "torchvision": "0.26.0", "torchaudio": "2.11.0"}
OLDEST, NEWEST = (3, 10), (3, 14)
FREE_GIGABYTES = 9 if sys.platform == "linux" else 4

NO_SPACE = r"No space left on device|Errno 28\b|not enough space on the disk"
NO_NETWORK = r"connection broken by|ConnectionError|NameResolution|TimeoutError|SSLError|Network is unreachable"
CAUSES = {
    NO_SPACE: f"the disk is full; free about {FREE_GIGABYTES} GB and run it again",
    NO_NETWORK: "the package index could not be reached; check the network (and proxy) and run it again",
    "No matching distribution found for torch": f"there is no torch {TORCH['torch']} for this Python and system; "
    "use an environment that has its own torch",
    "No module named pip": "this Python has no pip; run `python -m ensurepip` in it and run this again",
}


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


def enter(script: Path, arguments: Sequence[str]) -> None:
    """Returns inside the environment to be used, and starts the script again there from any other."""
    if in_made_environment():
        return
    if has_own_torch():
        say(f"Using your Python environment {sys.prefix} and its torch {metadata.version('torch')}.")
        return
    become([str(made_python()), str(script), *arguments])


def become(command: Sequence[str]) -> NoReturn:
    """Replaces this process by a command, or where the system cannot, runs it and exits as it does."""
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(command[0], command)
    process = subprocess.Popen(command)
    while True:
        try:
            sys.exit(process.wait())
        except KeyboardInterrupt:
            continue


def has_own_torch() -> bool:
    """Tells whether the user runs this in a virtual or conda environment that has torch."""
    inside = sys.prefix != sys.base_prefix or os.environ.get("CONDA_PREFIX") == sys.prefix
    return inside and "torch" in installed_torch()


def installed_torch() -> dict[str, str]:
    """Returns the versions of torch and its companions in this environment, as far as it has them."""
    return {name: found[0].version for name in TORCH if (found := list(metadata.distributions(name=name)))}


def made_folder() -> Path:
    """Returns where the environment made for this Python lies."""
    return cache_folder() / f"python-{dotted(sys.version_info)}"


def in_made_environment() -> bool:
    """Tells whether this is the Python of the environment that a set-up has made."""
    return made_folder().is_dir() and made_folder().samefile(sys.prefix)


def made_python() -> Path:
    """Returns the Python of the made environment, which is made first when missing or left half done."""
    folder = made_folder()
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "dragkit-made.stamp"
    if not (stamp.is_file() and python.is_file()):
        check_torch_exists(sys.version_info)
        check_disk(folder.parent)
        say(f"Making a Python environment in {folder} ...")
        make_environment(folder)
        stamp.touch()
    return python


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
        raise SetupError(f"No Python environment could be made in {folder}: {cause_in(made.stdout)}.")


def install(host: Path, development: bool) -> None:
    """Installs what the environment lacks of torch, of the host's requirements and, if asked for, of the test tools."""
    if in_made_environment():
        pinned = [f"{name}=={version}" for name, version in TORCH.items()]
        install_once("torch", f"Installing torch {TORCH['torch']} (1 to 3 minutes on a fast line)", pinned, TORCH)
    torch = installed_torch()
    install_once("host", "Installing what ComfyUI needs (1 minute on a fast line)", host_requirements(host), torch)
    if development:
        install_once("development", "Installing the test tools", development_requirements(), torch)


def host_requirements(host: Path) -> list[str]:
    """Returns the host's requirements without the members of the torch family that are there already."""
    lines = (host / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted, present = [line.split("#")[0].strip() for line in lines], installed_torch()
    return [line for line in wanted if line and re.split(r"[^\w-]", line)[0].lower() not in present]


def development_requirements() -> list[str]:
    """Returns the project's optional `dev` dependencies."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return ast.literal_eval(re.search(r"^dev = (\[.*?\])", project, re.DOTALL | re.MULTILINE).group(1))


def install_once(name: str, task: str, requirements: Iterable[str], pins: Mapping[str, str]) -> None:
    """Installs requirements under version pins unless the same were installed here before."""
    wanted = "\n".join(requirements)
    pinned = "\n".join(f"{package}=={version}" for package, version in pins.items())
    digest = hashlib.sha256(f"{sys.version}\n{wanted}\n{pinned}".encode()).hexdigest()
    stamp = Path(sys.prefix) / f"dragkit-{name}.stamp"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest:
        return
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "requirements.txt"), Path(folder, "constraints.txt")
        files[0].write_text(wanted, encoding="utf-8")
        files[1].write_text(pinned, encoding="utf-8")
        run_pip(task, "install", "-r", str(files[0]), "-c", str(files[1]))
    with contextlib.suppress(PermissionError):
        stamp.write_text(digest, encoding="utf-8")


def run_pip(task: str, *arguments: str) -> None:
    """Runs pip with its output condensed to one line, and says in one sentence why it failed."""
    say(f"{task} ...")
    log = cache_folder() / "pip.log"
    start = time.monotonic()
    command = [sys.executable, "-m", "pip", *arguments, "--progress-bar", "off", "--no-input"]
    with log.open("w", encoding="utf-8") as file:
        code = follow(command, file)
    importlib.invalidate_caches()
    if code:
        cause = cause_in(log.read_text(encoding="utf-8"))
        raise SetupError(f"{task.split(' (')[0]} failed: {cause} (the full log is {log}).")
    say(f"  done in {time.monotonic() - start:.0f} s")


def follow(command: Sequence[str], log: TextIO) -> int:
    """Runs pip in the cache folder, shows what it is at, and returns its exit code."""
    merged = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "replace"}
    with subprocess.Popen(command, cwd=cache_folder(), **merged) as pip:
        for line in pip.stdout:
            log.write(line)
            if line.lstrip().startswith(("Collecting", "Downloading", "Installing")):
                show_progress(re.sub(r" \(from .*|-(py|cp)\d\S+\.whl", "", f"  {line.strip()}"))
    show_progress("")
    return pip.returncode


def show_progress(line: str) -> None:
    """Shows a line on a terminal, in place of the one shown before."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 1
        print(f"\r{line[:width]:<{width}}\r", end="", flush=True)


def cause_in(log: str) -> str:
    """Returns why a run of pip failed, in words for the user."""
    for pattern, cause in CAUSES.items():
        if re.search(pattern, log):
            return cause
    errors = [line for line in log.splitlines() if line.lower().startswith("error")]
    return "pip said: " + (errors[-1].strip().rstrip(".") if errors else "nothing that explains it")
