"""Spreads prompts over ComfyUI servers; a job that fails is noted, a server that is lost gives its work back."""

from __future__ import annotations

import threading
import urllib.error
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Generic, TypeVar

import aiohttp

from ..tools.client import ComfyClient, PromptError
from ..tools.environment import SetupError
from ..tools.server import ComfyServer

Job = TypeVar("Job")


@contextmanager
def own_servers(
    host: Path, count: int, models: Sequence[Path] = (), flags: Sequence[str] | None = None
) -> Generator[list[ComfyServer]]:
    """Servers of our own on this machine, until the end of the block; models: folders laid out as ComfyUI's."""
    with ExitStack() as stack:
        yield [stack.enter_context(ComfyServer(host, models=models, flags=flags)) for _ in range(count)]


class Fleet(Generic[Job]):
    """Servers that share groups of jobs; the jobs of a group run in order on one server, whose cache they share."""

    def __init__(
        self,
        clients: Sequence[ComfyClient],
        work: Callable[[ComfyClient, Job], None],
        failed: Callable[[Job, str], None],
    ) -> None:
        self.clients = clients
        self.work, self.failed = work, failed
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._lost: list[ComfyClient] = []
        self._broken: list[BaseException] = []

    def run(self, groups: Sequence[Sequence[Job]]) -> None:
        """Runs all jobs; raises SetupError when every server is lost, and stops the servers' prompts on Ctrl-C."""
        self._left = deque(deque(group) for group in groups)
        while self._left:
            remaining = [client for client in self.clients if client not in self._lost]
            if not remaining:
                lost = "; ".join(client.address for client in self._lost)
                raise SetupError(f"No server answers any more: {lost}. What is done is kept; run it again.")
            self._share(remaining)

    def _share(self, clients: Sequence[ComfyClient]) -> None:
        """Lets servers work until nothing is left to take; one lost at the very end may still give some back."""
        threads = [threading.Thread(target=self._serve, args=(client,), daemon=True) for client in clients]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except KeyboardInterrupt:
            self._stop.set()
            for client in clients:
                client.interrupt()
            raise
        if self._broken:
            raise self._broken[0]

    def _serve(self, client: ComfyClient) -> None:
        try:
            while not self._stop.is_set() and (group := self._take()) is not None:
                while group and not self._stop.is_set():
                    if not self._attempt(client, group[0]):
                        self._give_back(group, client)
                        return
                    group.popleft()
        except Exception as error:
            self._broken.append(error)
            self._stop.set()

    def _attempt(self, client: ComfyClient, job: Job) -> bool:
        """Runs a job; false when its server is lost."""
        try:
            self.work(client, job)
        except (PromptError, OSError, aiohttp.ClientError) as error:
            if not alive(client):
                return False
            self.failed(job, str(error))
        return True

    def _take(self) -> deque[Job] | None:
        with self._lock:
            return self._left.popleft() if self._left else None

    def _give_back(self, group: deque[Job], client: ComfyClient) -> None:
        with self._lock:
            self._left.appendleft(group)
            self._lost.append(client)


def alive(client: ComfyClient) -> bool:
    """Tells whether a server answers."""
    try:
        client.get("/system_stats")
    except (OSError, urllib.error.URLError):
        return False
    return True
