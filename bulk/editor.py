"""The worker: one ComfyUI in a process of its own, fed with jobs through its API, its models loaded once."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, cast

import aiohttp

from ..tools.client import ComfyClient, PromptError
from ..tools.comfyui import configured_host, fetched_host
from ..tools.environment import SetupError
from ..tools.server import ComfyServer, device_flags
from ..tools.workflow import Graph
from .places import FULL, Place, unreachable
from .results import RESULT_PICTURES
from .servers import alive
from .tasks import Outcome, Prompted, Recipe, Task, TaskError, check_id

AT_ONCE = 3  # jobs: one on the server, one being read, one being written
STARTS = 2  # of a server for one job
LOST = (OSError, HTTPException, aiohttp.ClientError)


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
        self._ready, self._turn = False, threading.Lock()
        self.name = f"{os.uname().nodename if hasattr(os, 'uname') else 'here'}:{os.getpid()}"
        address: str | None = self._ask(foreman.address.remote(self.name))
        try:
            self.client = ComfyClient(address) if address else self._start()
            self.setting.recipe.bind(self.client.get("/object_info"))
            self._ready = True
        except SetupError as error:
            self._ask(foreman.refuse.remote(str(error)))

    def _start(self) -> ComfyServer:
        """A server of its own; one that ends while it starts, as where it is killed, is started once more."""
        os.environ.pop("OMP_NUM_THREADS", None)  # Ray sets it to 1 for a worker, which the server would inherit
        if self.setting.threads:
            os.environ["OMP_NUM_THREADS"] = str(self.setting.threads)
        try:
            return self._started()
        except SetupError:
            return self._started()

    def _started(self) -> ComfyServer:
        host = configured_host() or fetched_host()
        models = [folder for folder in (host / "models", *map(Path, self.setting.models)) if folder.is_dir()]
        server = ComfyServer(host, models=models, flags=[*device_flags(), *self.setting.flags])
        try:
            server.start()
        except BaseException:
            server.stop()
            raise
        return server

    def __call__(self, batch: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
        """Does the jobs of a batch, one at a time on the server, while the next is read and the last is written.

        Returns a row of outcome for each.
        """
        rows = [
            Task.unpacked({"id": name, "task": text}) for name, text in zip(batch["id"], batch["task"], strict=True)
        ]
        with ThreadPoolExecutor(AT_ONCE) as threads:
            outcomes = list(threads.map(self.do, rows))
        return {name: [getattr(outcome, name) for outcome in outcomes] for name in Outcome.__dataclass_fields__}

    def do(self, task: Task) -> Outcome:
        """Does a job, or says why it could not be done; nothing more is begun once the run is to stop."""
        if not self._ready:
            return Outcome(task.id, stopped=True)
        try:
            return self._edited(task)
        except (TaskError, PromptError, *LOST) as error:
            words = str(error) if isinstance(error, TaskError | PromptError) else f"{type(error).__name__}: {error}"
            return Outcome(task.id, worker=self.name, error=words.encode(errors="replace").decode())
        except SetupError as error:
            self._ask(self._foreman.refuse.remote(str(error)))
            return Outcome(task.id, stopped=True)
        finally:
            self._foreman.end.remote(self.name, task.id)

    def _edited(self, task: Task) -> Outcome:
        check_id(task.id)
        if task.fault:
            raise TaskError(task.fault)
        prompted, files = prepared(self.setting.recipe, task)
        with self._turn:
            self._ready = self._ready and self._ask(self._foreman.begin.remote(self.name, task.id))
            if not self._ready:
                return Outcome(task.id, stopped=True)
            start = time.monotonic()
            picture, report = self._served(prompted, files)
            seconds = round(time.monotonic() - start, 3)
        name = f"{RESULT_PICTURES}/{task.id}.png"
        self._write(name, picture)
        return Outcome(task.id, name, seconds, report, self.name)

    def _served(self, prompted: Prompted, files: Mapping[str, bytes]) -> tuple[bytes, str]:
        """The picture of a prompt and what it reports; a server of its own that ends is started again."""
        for _ in range(STARTS):
            try:
                return self._shown(prompted, files)
            except (PromptError, *LOST) as error:
                if getattr(error, "errno", None) in FULL:
                    raise SetupError(unreachable(self.setting.place, error)) from None
                if alive(self.client):
                    raise
            if not isinstance(self.client, ComfyServer):
                raise SetupError(f"The server at {self.client.address} answers no more; start it again.")
            self.client.stop()
            self.client = self._start()
        raise TaskError("the server ended twice while it did this job.")

    def _shown(self, prompted: Prompted, files: Mapping[str, bytes]) -> tuple[bytes, str]:
        with uploaded(self.client, files):
            result = self._run(prompted)
        shown = result.get(prompted.output, {}).get("images")
        if not shown:
            raise TaskError("the graph gave no picture.")
        picture = self.client.view(shown[-1])
        self._tidy()
        report = "\n".join(str(text) for node in prompted.reports for text in result.get(node, {}).get("text", ()))
        return picture, report

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


def prepared(recipe: Recipe, task: Task) -> tuple[Prompted, dict[str, bytes]]:
    """The prompt of a job, and the PNG files it reads, under names that say what is in them."""
    files = dict[str, bytes]()

    def add(part: str, pixels: bytes) -> str:
        name = f"dragkit_{re.sub('[^a-z]', '_', part)}_{hashlib.sha256(pixels).hexdigest()[:12]}.png"
        files[name] = pixels
        return name

    return recipe.prompt(task, add), files


@contextmanager
def uploaded(client: ComfyClient, files: Mapping[str, bytes]) -> Generator[None]:
    """Files in a server's input folder; those of an own server are taken away at the end."""
    is_own = isinstance(client, ComfyServer)
    folder = client.base / "input" if is_own else Path(tempfile.mkdtemp())
    try:
        for name, pixels in files.items():
            (folder / name).write_bytes(pixels)
            if not is_own:
                client.upload(folder / name)
        yield
    finally:
        for name in files:
            (folder / name).unlink(missing_ok=True)
        if not is_own:
            folder.rmdir()
