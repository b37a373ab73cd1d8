"""A client that runs prompts on a ComfyUI server."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

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
        targets: Sequence[str] = (),
        extra: Mapping[str, Any] | None = None,
    ) -> PromptResult:
        """Runs an API prompt to its end, and raises PromptError when it does not get there.

        targets: the output nodes to run; with none the server runs all that it finds no fault with. extra: what goes
        along with it as `extra_data`.
        """
        body = {"prompt": graph, "extra_data": extra or {}} | (
            {"partial_execution_targets": list(targets)} if targets else {}
        )
        try:
            return asyncio.run(asyncio.wait_for(self._follow(body, on_event), timeout))
        except asyncio.TimeoutError:
            self.interrupt()
            raise PromptError(f"The prompt did not end within {timeout:.0f} s.", "interrupted", {}) from None

    async def _follow(self, body: Mapping[str, Any], on_event: Callable[[dict[str, Any]], None]) -> PromptResult:
        client, result = uuid.uuid4().hex, PromptResult()
        async with aiohttp.ClientSession() as session:
            async with session.ws_connect(f"{self.address}/ws?clientId={client}", max_msg_size=0) as socket:
                result.prompt_id = self._submit(body, client)
                async for message in socket:
                    if message.type != aiohttp.WSMsgType.TEXT:
                        result.frames.append(message.data)
                        continue
                    event = message.json()
                    result.events.append(event)
                    on_event(event)
                    if event["type"] in ENDINGS and event["data"]["prompt_id"] == result.prompt_id:
                        return await self._finish(result, ENDINGS[event["type"]], event["data"])
        raise PromptError("The server ended while the prompt ran.", "failed", {})

    def _submit(self, body: Mapping[str, Any], client: str) -> str:
        try:
            return self.post("/prompt", {**body, "client_id": client})["prompt_id"]
        except urllib.error.HTTPError as refusal:
            raise refused(refusal.read()) from None

    async def _finish(self, result: PromptResult, kind: str, details: dict[str, Any]) -> PromptResult:
        if kind != "success":
            message = details.get("exception_message", "The prompt was interrupted.").strip()
            raise PromptError(message, kind, details)
        while not (record := self.history(result.prompt_id)):
            await asyncio.sleep(0.02)
        result.outputs = record["outputs"]
        return result

    def _send(self, path: str, body: bytes, content_type: str) -> Any:
        request = urllib.request.Request(self.address + path, body, {"Content-Type": content_type})
        with self._opener.open(request, timeout=60) as answer:
            return json.loads(answer.read() or "null")


def refused(said: bytes) -> PromptError:
    """What the server answers to a prompt that it does not take; in words of its own where it does not know why."""
    try:
        answer = json.loads(said)
        return PromptError(refusal_message(answer), "refused", answer)
    except (ValueError, TypeError, KeyError):
        words = " ".join(said.decode(errors="replace").split())[:200]
        return PromptError(f"ComfyUI could not read the prompt: {words}", "refused", {})


def refusal_message(answer: Mapping[str, Any]) -> str:
    """Puts the server's refusal of a prompt, with the nodes and inputs at fault, into words."""
    error = answer["error"]
    faults = [
        f"{node['class_type']} (node {number}): {fault['message']} ({fault['details']})"
        for number, node in (answer.get("node_errors") or {}).items()
        for fault in node["errors"]
    ]
    return "; ".join(faults) or f"{error['message']} {error['details']}".strip()
