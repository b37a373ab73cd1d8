"""A ComfyUI server of our own, and the client that runs prompts on it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .comfyui import lay_out
from .environment import ROOT, SetupError

START_SECONDS = 300
ENDINGS = {"execution_success": "success", "execution_error": "failed", "execution_interrupted": "interrupted"}


class PromptError(Exception):
    """A prompt that was refused, failed or was interrupted; `details` is what the server sent about it."""

    def __init__(self, message: str, kind: str, details: dict[str, Any]) -> None:
        super().__init__(message)
        self.kind = kind
        self.details = details


@dataclass
class PromptResult:
    """What a finished prompt left: its outputs by node id, and all that was sent while it ran."""

    prompt_id: str = ""
    outputs: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)


class ComfyClient:
    """Talks to the ComfyUI server at an address."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def read(self, path: str) -> bytes:
        """Returns what the server answers to a GET request."""
        with self._opener.open(self.address + path, timeout=60) as answer:
            return answer.read()

    def get(self, path: str) -> Any:
        """Returns the JSON that the server answers to a GET request."""
        return json.loads(self.read(path))

    def post(self, path: str, body: Any) -> Any:
        """Sends JSON and returns the JSON of the answer, if any."""
        return self._send(path, json.dumps(body).encode(), "application/json")

    def upload(self, image: Path) -> str:
        """Uploads an image into the server's input folder and returns the name for LoadImage."""
        boundary = uuid.uuid4().hex
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="{image.name}"\r\n\r\n'
        body = head.encode() + image.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
        return self._send("/upload/image", body, f"multipart/form-data; boundary={boundary}")["name"]

    def view(self, image: Mapping[str, str]) -> bytes:
        """Returns the file of an image that a prompt's outputs name."""
        return self.read("/view?" + urllib.parse.urlencode(image))

    def history(self, prompt_id: str) -> dict[str, Any]:
        """Returns the record of a finished prompt, empty when there is none."""
        return self.get(f"/history/{prompt_id}").get(prompt_id, {})

    def interrupt(self) -> None:
        """Stops the prompt that is running."""
        self.post("/interrupt", {})

    def prompt(
        self,
        graph: Mapping[str, Any],
        on_event: Callable[[dict[str, Any]], None] = lambda event: None,
        timeout: float = 600,
    ) -> PromptResult:
        """Runs an API prompt to its end, and raises PromptError when it does not get there."""
        try:
            return asyncio.run(asyncio.wait_for(self._follow(graph, on_event), timeout))
        except asyncio.TimeoutError:
            self.interrupt()
            raise PromptError(f"The prompt did not end within {timeout:.0f} s.", "interrupted", {}) from None

    async def _follow(self, graph: Mapping[str, Any], on_event: Callable[[dict[str, Any]], None]) -> PromptResult:
        import aiohttp

        client, result = uuid.uuid4().hex, PromptResult()
        async with aiohttp.ClientSession() as session:
            async with session.ws_connect(f"{self.address}/ws?clientId={client}", max_msg_size=0) as socket:
                result.prompt_id = self._submit(graph, client)
                async for message in socket:
                    if message.type == aiohttp.WSMsgType.BINARY:
                        result.frames.append(message.data)
                        continue
                    event = message.json()
                    result.events.append(event)
                    on_event(event)
                    if event["type"] in ENDINGS and event["data"]["prompt_id"] == result.prompt_id:
                        return await self._finish(result, ENDINGS[event["type"]], event["data"])
        raise PromptError("The server ended while the prompt ran.", "failed", {})

    def _submit(self, graph: Mapping[str, Any], client: str) -> str:
        try:
            return self.post("/prompt", {"prompt": graph, "client_id": client})["prompt_id"]
        except urllib.error.HTTPError as refusal:
            answer = json.loads(refusal.read())
            raise PromptError(refusal_message(answer), "refused", answer) from None

    async def _finish(self, result: PromptResult, kind: str, details: dict[str, Any]) -> PromptResult:
        if kind != "success":
            message = details.get("exception_message", "The prompt was interrupted.").strip()
            raise PromptError(message, kind, details)
        while not (record := self.history(result.prompt_id)):
            await asyncio.sleep(0.1)
        result.outputs = record["outputs"]
        return result

    def _send(self, path: str, body: bytes, content_type: str) -> Any:
        request = urllib.request.Request(self.address + path, body, {"Content-Type": content_type})
        with self._opener.open(request, timeout=60) as answer:
            return json.loads(answer.read() or "null")


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
        self._temporary = tempfile.TemporaryDirectory(ignore_cleanup_errors=True) if base is None else None
        self.base = base or Path(self._temporary.name)
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
        lay_out(self.base, self._packs, self._models)
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

    def wait(self) -> None:
        """Returns when the server ends by itself."""
        self._process.wait()

    def log_text(self) -> str:
        """Returns what the server has logged so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def log_tail(self) -> str:
        """Returns the last lines of the server's log."""
        return "\n".join(self.log_text().splitlines()[-30:])

    def _command(self) -> list[str]:
        base = self.base.resolve()
        models = base / "models.yaml"
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
            *self.flags,
        ]

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            try:
                self.get("/system_stats")
                return
            except OSError:
                if self._process.poll() is not None:
                    raise SetupError(f"ComfyUI ended while it started; its log says:\n{self.log_tail()}") from None
            time.sleep(0.3)
        raise SetupError(f"ComfyUI did not start within {START_SECONDS} s; its log says:\n{self.log_tail()}")


def refusal_message(answer: Mapping[str, Any]) -> str:
    """Puts the server's refusal of a prompt, with the nodes and inputs at fault, into words."""
    error = answer["error"]
    faults = [
        f"{node['class_type']} (node {number}): {fault['message']} ({fault['details']})"
        for number, node in (answer.get("node_errors") or {}).items()
        for fault in node["errors"]
    ]
    return "; ".join(faults) or f"{error['message']} {error['details']}".strip()


def device_flags() -> list[str]:
    """Returns the flags that suit this machine: on a CPU, PyTorch's attention is nearly twice as fast."""
    import torch

    accelerated = torch.cuda.is_available() or torch.backends.mps.is_available()
    return [] if accelerated else ["--cpu", "--use-pytorch-cross-attention"]


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
