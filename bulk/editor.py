"""The worker: one ComfyUI in a process of its own, fed with jobs through its API, its models loaded once."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import aiohttp

from ..tools.client import ComfyClient, PromptError
from ..tools.comfyui import configured_host, fetched_host
from ..tools.environment import SetupError
from ..tools.server import ComfyServer, device_flags
from ..tools.workflow import Graph
from .places import FULL, Place, unreachable
from .servers import alive
from .tasks import Outcome, Prompted, Recipe, Task, TaskError, check_id

STARTS = 2  # of a server for one job
LOST = (OSError, aiohttp.ClientError)


@dataclass(frozen=True)
class Setting:
    """What all workers of a run have in common."""

    recipe: Recipe
    place: Place
    models: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    timeout: float = 3600
    threads: int | None = None  # of a server on the processor


class Editor:
    """Does jobs on a server of its own, or on a running one that the foreman lends it."""

    def __init__(self, setting: Setting, foreman: Any) -> None:
        import ray

        self.setting, self._foreman = setting, foreman
        self._ask: Callable[..., Any] = cast("Callable[..., Any]", ray.get)
        self.client: ComfyClient
        self._ready = False
        self.name = f"{os.uname().nodename if hasattr(os, 'uname') else 'here'}:{os.getpid()}"
        address: str | None = self._ask(foreman.address.remote(self.name))
        try:
            self.client = ComfyClient(address) if address else self._start()
            self.setting.recipe.bind(self.client.get("/object_info"))
            self._ready = True
        except SetupError as error:
            self._ask(foreman.refuse.remote(str(error)))

    def _start(self) -> ComfyServer:
        host = configured_host() or fetched_host()
        os.environ.pop("OMP_NUM_THREADS", None)  # Ray sets it to 1 for a worker, which the server would inherit
        if self.setting.threads:
            os.environ["OMP_NUM_THREADS"] = str(self.setting.threads)
        models = [folder for folder in (host / "models", *map(Path, self.setting.models)) if folder.is_dir()]
        server = ComfyServer(host, models=models, flags=[*device_flags(), *self.setting.flags])
        try:
            server.start()
        except BaseException:
            server.stop()
            raise
        return server

    def __call__(self, batch: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
        """Does the jobs of a batch one by one; a row of outcome for each."""
        rows = [
            Task.unpacked({"id": name, "task": text}) for name, text in zip(batch["id"], batch["task"], strict=True)
        ]
        outcomes = [self.do(task) for task in rows]
        return {name: [getattr(outcome, name) for outcome in outcomes] for name in Outcome.__dataclass_fields__}

    def do(self, task: Task) -> Outcome:
        """Does a job, or says why it could not be done; nothing more is begun once the run is to stop."""
        if not self._ready or not self._ask(self._foreman.begin.remote(self.name, task.id)):
            return Outcome(task.id, stopped=True)
        try:
            return self._tried(task)
        finally:
            self._foreman.end.remote(self.name)

    def _tried(self, task: Task) -> Outcome:
        failed = Outcome(task.id, worker=self.name)
        for _ in range(STARTS):
            try:
                check_id(task.id)
                if task.fault:
                    raise TaskError(task.fault)
                return self._edited(task)
            except TaskError as error:
                return replace(failed, error=str(error))
            except PromptError as error:
                if alive(self.client):
                    return replace(failed, error=str(error))
            except LOST as error:
                if getattr(error, "errno", None) in FULL:
                    return self._ended(task, unreachable(self.setting.place, error))
                if alive(self.client):
                    return replace(failed, error=f"{type(error).__name__}: {error}")
            except SetupError as error:
                return self._ended(task, str(error))
            if not isinstance(self.client, ComfyServer):
                return self._ended(task, f"The server at {self.client.address} answers no more; start it again.")
            self.client.stop()
            self.client = self._start()
        return replace(failed, error="the server ended twice while it did this job.")

    def _ended(self, task: Task, sentence: str) -> Outcome:
        """Ends the whole run with a sentence."""
        self._ask(self._foreman.refuse.remote(sentence))
        return Outcome(task.id, stopped=True)

    def _edited(self, task: Task) -> Outcome:
        start = time.monotonic()
        with Uploads(self.client) as uploads:
            prompted = self.setting.recipe.prompt(task, uploads.add)
            result = self._run(prompted)
        shown = result.get(prompted.output, {}).get("images")
        if not shown:
            raise TaskError("the graph gave no picture.")
        name = f"pictures/{task.id}.png"
        self._write(name, self.client.view(shown[-1]))
        self._tidy()
        report = "\n".join(str(text) for node in prompted.reports for text in result.get(node, {}).get("text", ()))
        return Outcome(task.id, name, round(time.monotonic() - start, 3), report, self.name)

    def _run(self, prompted: Prompted) -> dict[str, Any]:
        """The outputs of a prompt; a refusal that is not the job's own fault ends the whole run."""
        wanted = [prompted.output, *prompted.reports]
        graph = saved_anew(prompted)
        try:
            result = self.client.prompt(graph, timeout=self.setting.timeout, targets=wanted)
        except PromptError as error:
            blamed = set(error.details.get("node_errors") or {})
            if error.kind == "refused" and not all(map(self.setting.recipe.is_job_s_own, blamed)):
                raise SetupError(f"ComfyUI refuses the graph: {error}") from None
            raise
        self.client.post("/history", {"delete": [result.prompt_id]})
        return result.outputs

    def _write(self, name: str, picture: bytes) -> None:
        place = self.setting.place / name
        try:
            place.write(picture)
        except OSError as error:
            raise SetupError(unreachable(self.setting.place, error)) from None

    def _tidy(self) -> None:
        """Deletes what a job left in the folders of an own server."""
        if isinstance(self.client, ComfyServer):
            for folder in ("output", "temp"):
                for file in (self.client.base / folder).rglob("*.*"):
                    file.unlink(missing_ok=True)


def saved_anew(prompted: Prompted) -> Graph:
    """The graph with a result saved under a new name, as the file that ComfyUI remembers of an earlier job is gone."""
    images = prompted.graph[prompted.output]["inputs"].get("images")
    if images is None:
        return prompted.graph
    save = {"class_type": "SaveImage", "inputs": {"images": images, "filename_prefix": f"dragkit_{uuid.uuid4().hex}"}}
    return prompted.graph | {prompted.output: save}


class Uploads:
    """The pictures of one job in a server's input folder; those of an own server are taken away at the end."""

    def __init__(self, client: ComfyClient) -> None:
        self.client, self._files = client, list[Path]()

    def __enter__(self) -> Uploads:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files:
            file.unlink(missing_ok=True)

    def add(self, part: str, pixels: bytes) -> str:
        """Puts PNG bytes there, under a name that says what is in it; returns the name for Load Image."""
        name = f"dragkit_{re.sub('[^a-z]', '_', part)}_{hashlib.sha256(pixels).hexdigest()[:12]}.png"
        if isinstance(self.client, ComfyServer):
            file = self.client.base / "input" / name
            file.write_bytes(pixels)
            self._files.append(file)
            return name
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, name)
            file.write_bytes(pixels)
            return self.client.upload(file)
