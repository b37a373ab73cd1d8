"""The package index, reached by pip, and by uv in the way that pip is configured to reach it."""

from __future__ import annotations

import ast
import importlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import TextIO

from .environment import FREE_GIGABYTES, SetupError, cache_folder, say

NO_SPACE = r"No space left on device|Errno 28\b|not enough space on the disk"
NO_NETWORK = (
    r"connection broken by|ConnectionError|NameResolution|TimeoutError|SSLError|Network is unreachable"
    r"|error sending request|error decoding response body|operation timed out"
)
CAUSES = {
    NO_SPACE: f"the disk is full; free about {FREE_GIGABYTES} GB and run it again",
    "DO NOT MATCH THE HASHES|Hash mismatch": "a file is not the expected one by its hash, and nothing of it was run; "
    "run it again, or name another package index to pip",
    NO_NETWORK: "the package index could not be reached; check the network (and proxy) and run it again",
    r"has no (usable )?wheels": "not all of it exists for this Python and system; set COMFYUI_PATH to a ComfyUI of "
    "your own and run this in its environment",
    "No module named pip": "this Python has no pip; run `python -m ensurepip` in it and run this again",
}
SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
}
SECTIONS = ("global", "install", ":env:")
CHOOSING = {"CONSTRAINT", "EXCLUDE", "EXCLUDE_NEWER", "NO_VERIFY_HASHES", "OVERRIDE", "RESOLUTION", "TORCH_BACKEND"}


def run_pip(task: str, command: str, *arguments: str) -> None:
    """Runs one of pip's commands."""
    run(task, ["pip", command, *arguments, "--progress-bar", "off", "--no-input"], os.environ)


def run_uv(task: str, command: str, *arguments: str) -> None:
    """Runs one of uv's commands that are named as pip's are, for this environment; all indexes count alike."""
    configured = pip_settings()
    further = ["--no-index"] if configured.get("no-index", "").lower() in ("true", "yes", "on", "1") else []
    options = ["--python", sys.prefix, "--index-strategy", "unsafe-best-match", *further]
    run(task, ["uv", "pip", command, *arguments, *options], uv_variables(configured))


def run(task: str, command: Sequence[str], variables: Mapping[str, str]) -> None:
    """Runs pip or uv with its output condensed to one line, and says in one sentence why it failed."""
    say(f"{task} ...")
    log = cache_folder() / "setup.log"
    start = time.monotonic()
    with log.open("w", encoding="utf-8") as file:
        code = follow([sys.executable, "-m", *command], variables, file)
    importlib.invalidate_caches()
    if code:
        cause = cause_in(log.read_text(encoding="utf-8"))
        raise SetupError(f"{task.split(' (')[0]} failed: {cause} (the full log is {log}).")
    say(f"  done in {time.monotonic() - start:.0f} s")


def follow(command: Sequence[str], variables: Mapping[str, str], log: TextIO) -> int:
    """Runs pip or uv in the cache folder, shows what it is at, and returns its exit code."""
    with subprocess.Popen(
        command,
        cwd=cache_folder(),
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            log.write(line)
            if line.lstrip().startswith(("Collecting", "Download", "Prepared", "Installing", "Installed")):
                show_progress(re.sub(r" \(from .*|-(py|cp)\d\S+\.whl", "", f"  {line.strip()}"))
    show_progress("")
    return process.returncode


def pip_settings() -> dict[str, str]:
    """Returns how pip is configured to install, by its files and variables."""
    listing = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(listing, capture_output=True, text=True, errors="replace").stdout
    found = (re.findall(rf"(?m)^{section}\.([\w-]+)=(.*)$", listed) for section in SECTIONS)
    return {name: str(ast.literal_eval(value)) for section in found for name, value in section}


def uv_variables(configured: Mapping[str, str]) -> dict[str, str]:
    """Returns the variables for uv: pip's settings, and the user's own but for those that choose other files."""
    of_pip = {
        variable: ("," if name == "find-links" else " ").join(configured[name].split())
        for name, variable in SETTINGS.items()
        if name in configured
    }
    own = {name: value for name, value in os.environ.items() if name.removeprefix("UV_") not in CHOOSING}
    return {"UV_CACHE_DIR": str(cache_folder() / "uv")} | of_pip | own


def show_progress(line: str) -> None:
    """Shows a line on a terminal, in place of the one shown before."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 1
        print(f"\r{line[:width]:<{width}}\r", end="", flush=True)


def cause_in(log: str) -> str:
    """Returns why a run of pip or uv failed, in words for the user."""
    for pattern, cause in CAUSES.items():
        if re.search(pattern, log):
            return cause
    errors = [line.strip() for line in log.splitlines() if re.match(r"\s*(error|cause)\b", line, re.IGNORECASE)]
    return "it said: " + (errors[-1].rstrip(".") if errors else "nothing that explains it")
