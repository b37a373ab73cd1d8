"""A ComfyUI server of our own, for as long as a `with` block."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .client import ComfyClient
from .comfyui import check_port, free_port, lay_out
from .environment import ROOT, SetupError

START_SECONDS = 300


class ComfyServer(ComfyClient):
    """A ComfyUI server with the pack and further packs, which runs from `with` to the end of its block."""

    def __init__(
        self,
        host: Path,
        base: Path | None = None,
        port: int | None = None,
        packs: Mapping[str, Path] | None = None,
        models: Sequence[Path] = (),
        flags: Sequence[str] | None = None,
    ) -> None:
        self.host = host
        self.port = free_port() if port is None else port
        self.flags = device_flags() if flags is None else flags
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        if base is None:
            self._temporary = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
            base = Path(self._temporary.name)
        self.base = base
        self.log = self.base / "comfyui.log"
        self._packs = {"dragkit": ROOT, **(packs or {})}
        self._models = models
        self._process: subprocess.Popen[bytes] | None = None
        super().__init__(f"http://127.0.0.1:{self.port}")

    def __enter__(self) -> ComfyServer:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Starts the server and returns when it answers and has loaded the packs."""
        check_port(self.port)
        lay_out(self.host, self.base, self._packs, self._models)
        hidden = {"PYTHONPATH", "PYTHONHOME"}
        environment = {name: value for name, value in os.environ.items() if name not in hidden}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command(),
                cwd=self.host,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=environment | {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"},
            )
        self._wait_until_ready()
        broken = re.search(r"\(IMPORT FAILED\): (.*)", self.log_text())
        if broken:
            raise SetupError(f"ComfyUI could not load {broken.group(1).strip()}; its log says:\n{self.log_tail()}")

    def stop(self) -> None:
        """Ends the server, by force when it does not end by itself."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._temporary is not None:
            self._temporary.cleanup()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The server's process, once started."""
        if self._process is None:
            raise RuntimeError("The server was not started.")
        return self._process

    @property
    def pid(self) -> int:
        """The number of the server's process."""
        return self.process.pid

    def wait(self) -> int:
        """Returns the exit code of the server when it ends by itself."""
        return self.process.wait()

    def log_text(self) -> str:
        """Returns what the server has logged so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def log_tail(self) -> str:
        """Returns the last lines of the server's log."""
        return "\n".join(self.log_text().splitlines()[-30:])

    def _command(self) -> list[str]:
        base = self.base.resolve()
        models = base / "models.yaml"
        frontend = os.environ.get("DRAGKIT_FRONTEND")
        return [
            sys.executable,
            "main.py",
            "--listen",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--disable-auto-launch",
            "--base-directory",
            str(base),
            "--user-directory",
            str(base / "user"),
            "--database-url",
            f"sqlite:///{(base / 'comfyui.db').as_posix()}",
            *(["--extra-model-paths-config", str(models)] if models.is_file() else []),
            *(["--front-end-root", frontend] if frontend else []),
            *self.flags,
        ]

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < end:
            try:
                self.get("/system_stats")
                return
            except OSError:
                time.sleep(0.3)
        raise SetupError(f"ComfyUI did not start; its log says:\n{self.log_tail()}")


def device_flags() -> list[str]:
    """Returns the flags that suit this machine: on a CPU, PyTorch's attention is nearly twice as fast."""
    import torch

    accelerated = torch.cuda.is_available() or torch.backends.mps.is_available()
    return [] if accelerated else ["--cpu", "--use-pytorch-cross-attention"]
