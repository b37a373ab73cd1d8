"""Packages of the index: put in by uv, or fetched by pip, each file checked against its hash before any of it runs."""

from __future__ import annotations

import ast
import hashlib
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from .environment import TORCH, SetupError, cache_folder, own_environment
from .index import run_pip, run_uv

LOCKS = Path(__file__).resolve().parent / "locks"
BOOTSTRAP, HOST, TOOLS, BULK, FRONTEND = (
    LOCKS / f"{name}.txt" for name in ("bootstrap", "comfyui", "tools", "bulk", "frontend")
)
OF_TORCH = re.compile(r"(torch|torchvision|torchaudio|triton|nvidia-[\w-]+|cuda-[\w-]+)==")
WHEELS = ("--require-hashes", "--no-deps", "--only-binary", ":all:")


class Source(NamedTuple):
    """A source package of the index, and the hash of its file."""

    name: str
    version: str
    sha256: str


def bootstrap() -> None:
    """Puts uv, and what pip needs to look into source packages, into the made environment."""
    install_once("bootstrap", "Installing uv", BOOTSTRAP.read_text(encoding="utf-8"), install_by_pip)


def install(host: Path, fetched: bool, tools: bool, bulk: bool) -> None:
    """Installs what a made environment lacks: torch and the host's requirements, if asked for test tools and Ray."""
    theirs = own_environment()
    if not theirs:
        install_once("host", "Installing torch and what ComfyUI needs", host_lock(host))
    elif fetched:
        install_once("host", "Installing what ComfyUI needs", without_torch(host_lock(host)))
    if theirs and (missing := lacking(host)):
        raise SetupError(
            f"Your Python environment {theirs} lacks {', '.join(missing)}, which ComfyUI needs; install that there, "
            "or run this outside of the environment to have all of it set up."
        )
    if tools:
        install_once("tools", "Installing the test tools", TOOLS.read_text(encoding="utf-8"))
    if bulk:
        install_once("bulk", "Installing Ray", BULK.read_text(encoding="utf-8"))


def host_lock(host: Path) -> str:
    """Returns what a host requires, as files with their hashes: as shipped for the fetched one, else as found now."""
    if is_locked(host):
        return HOST.read_text(encoding="utf-8")
    requirements = (host / "requirements.txt").read_text(encoding="utf-8")
    return resolve("what this ComfyUI needs", requirements, TORCH)


def is_locked(host: Path) -> bool:
    """Tells whether a host requires what the fetched one does."""
    with HOST.open(encoding="utf-8") as lock:
        return digest((host / "requirements.txt").read_text(encoding="utf-8")) in lock.readline()


def resolve(subject: str, requirements: str, pins: Mapping[str, str]) -> str:
    """Returns the files that meet requirements under version pins, with the hashes that the index states."""
    stamp = Path(sys.prefix, f"dragkit-{digest(requirements + repr(pins))[:16]}.lock")
    if not stamp.is_file():
        with tempfile.TemporaryDirectory() as folder:
            wanted, pinned, lock = (Path(folder, name) for name in ("requirements.txt", "pins.txt", "lock.txt"))
            wanted.write_text(requirements, encoding="utf-8")
            pinned.write_text("".join(f"{name}=={version}\n" for name, version in pins.items()), encoding="utf-8")
            form = ["--generate-hashes", "--no-header", "--no-annotate", "--only-binary", ":all:"]
            run_uv(f"Looking up {subject}", "compile", *form, "-c", str(pinned), "-o", str(lock), str(wanted))
            stamp.write_text(lock.read_text(encoding="utf-8"), encoding="utf-8")
    return stamp.read_text(encoding="utf-8")


def without_torch(lock: str) -> str:
    """Returns a lock without torch, its companions and what torch alone needs."""
    return "".join(entry for entry in re.split(r"(?m)^(?=[\w#])", lock) if not OF_TORCH.match(entry))


def lacking(host: Path) -> list[str]:
    """Returns what a host cannot do without by its requirements and this environment does not have."""
    essential = (host / "requirements.txt").read_text(encoding="utf-8").split("#non essential")[0]
    names = re.findall(r"(?m)^[\w-]+(?=[^;\n]*$)", essential)
    return [name for name in names if not any(metadata.distributions(name=name))]


def extra(name: str) -> list[str]:
    """Returns the project's optional dependencies of a name: `dev` or `bulk`."""
    project = (LOCKS.parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    (listed,) = re.findall(rf"^{name} = (\[.*?\]$)", project, re.DOTALL | re.MULTILINE)
    return ast.literal_eval(listed)


def fetch_source(task: str, source: Source, folder: Path) -> Path:
    """Fetches a source package, of which nothing is run unless it is the expected file."""
    wanted = folder / "source.txt"
    wanted.write_text(f"{source.name}=={source.version} --hash=sha256:{source.sha256}\n", encoding="utf-8")
    options = ["--require-hashes", "--no-deps", "--no-build-isolation", "--ignore-requires-python"]
    run_pip(task, "download", *options, f"--no-binary={source.name}", "--dest", str(folder), "-r", str(wanted))
    return next(folder.glob("*.tar.gz"))


def fetched_frontend(version: str) -> Path:
    """Returns a version of the host's frontend, which is fetched on the first call: the folder of its page."""
    folder = cache_folder() / f"frontend-{version}"
    if not folder.is_dir():
        wanted, lock = f"comfyui-frontend-package=={version}", FRONTEND.read_text(encoding="utf-8")
        if f"\n{wanted} " not in lock:
            lock = resolve(f"the frontend {version}", wanted, {})
        with tempfile.TemporaryDirectory(dir=cache_folder()) as place:
            listed, unpacked = Path(place, "frontend.txt"), Path(place, "frontend")
            listed.write_text(lock, encoding="utf-8")
            run_uv(f"Fetching the frontend {version}", "install", *WHEELS, "--target", str(unpacked), "-r", str(listed))
            unpacked.rename(folder)
    return folder / "comfyui_frontend_package" / "static"


def install_by_pip(task: str, listed: str) -> None:
    """Installs listed wheels into the made environment, even where the user's own has them."""
    run_pip(task, "install", "--force-reinstall", *WHEELS, "-r", listed)


def install_by_uv(task: str, listed: str) -> None:
    """Installs listed wheels into the made environment."""
    run_uv(task, "install", *WHEELS, "-r", listed)


def install_once(name: str, task: str, lock: str, run: Callable[[str, str], None] = install_by_uv) -> None:
    """Installs what a lock lists unless the same was installed here before."""
    stamp = Path(sys.prefix, f"dragkit-{name}.stamp")
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest(lock):
        return
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder, f"{name}.txt")
        listed.write_text(lock, encoding="utf-8")
        run(task, str(listed))
    stamp.write_text(digest(lock), encoding="utf-8")


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
