"""Writes the locks anew, `python -m tools.lock`: the newest files that fit what is pinned, for all systems."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from .comfyui import PINNED, fetched_host
from .environment import OLDEST, TORCH, dotted
from .packages import BOOTSTRAP, BULK, FRONTEND, HOST, TOOLS, digest, extra

NEWEST_FRONTEND = "1.58.1"


def main() -> None:
    """Locks what the set-up installs."""
    host = (fetched_host() / "requirements.txt").read_text(encoding="utf-8")
    pins = [f"{name}=={version}" for name, version in TORCH.items()]
    tools = [tool for tool in extra("dev") if not tool.startswith("lpips")]
    lpips = [tool for tool in extra("dev") if tool.startswith("lpips")]
    title = f"ComfyUI {PINNED}, its requirements.txt sha256:{digest(host)}"
    write(HOST, title, locked([*host.splitlines(), *pins]))
    write(BOOTSTRAP, "uv, and what builds source packages", locked(["uv", "setuptools"], "-c", str(HOST)))
    write(TOOLS, "the test tools", locked(tools, "-c", str(HOST)) + locked(lpips, "--no-deps"))
    write(BULK, "many pictures on many machines", locked(extra("bulk"), "-c", str(HOST), "-c", str(TOOLS)))
    write(FRONTEND, "another frontend", locked([f"comfyui-frontend-package=={NEWEST_FRONTEND}"]))


def locked(requirements: Iterable[str], *options: str) -> str:
    """Returns the files that meet requirements, on all systems and Pythons, with their hashes."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder, "requirements.txt")
        wanted.write_text("\n".join(requirements), encoding="utf-8")
        form = ["--universal", "--generate-hashes", "--no-header", "--no-annotate", "--only-binary", ":all:", "--quiet"]
        command = [sys.executable, "-m", "uv", "pip", "compile", "--python-version", dotted(OLDEST), *form]
        found = subprocess.run([*command, *options, str(wanted)], cwd=folder, check=True, stdout=subprocess.PIPE)
    return found.stdout.decode()


def write(file: Path, title: str, lock: str) -> None:
    """Writes a lock under its title."""
    file.write_text(f"# Locked for {title}\n{lock}", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
