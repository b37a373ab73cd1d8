"""A cluster of three nodes on this machine, each in processes of its own, one of which is lost as a machine is."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psutil

NODES, CPUS = 3, 2
LOOK = 0.2  # seconds


class Loss(NamedTuple):
    """What was lost while a run went on, and after how many edits."""

    what: str
    after: int


@contextmanager
def three_nodes() -> Generator[Any]:
    """A head that does no work and three nodes that do, until the end of the block."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        for _ in range(NODES):
            cluster.add_node(num_cpus=CPUS)
        cluster.wait_for_nodes()
        yield cluster
    finally:
        cluster.shutdown()


def servers_of(node: Any) -> list[psutil.Process]:
    """The ComfyUI processes that a node's workers run."""
    return [p for p in processes_of(node) if "main.py" in " ".join(safe_command(p))]


def processes_of(node: Any) -> list[psutil.Process]:
    """Every process of a node, its servers among them."""
    found = []
    for infos in node.all_processes.values():
        for info in infos:
            if psutil.pid_exists(info.process.pid):
                own = psutil.Process(info.process.pid)
                found += [own, *own.children(recursive=True)]
    return found


def safe_command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


class Losses(threading.Thread):
    """Takes a node away after a third of a run, and kills another's server after two thirds."""

    def __init__(self, cluster: Any, output: Path, edits: int) -> None:
        super().__init__(daemon=True)
        self.cluster, self.pictures, self.edits = cluster, output / "pictures", edits
        self.seen: list[Loss] = []

    def run(self) -> None:
        self.wait_for(self.edits // 3)
        lost, other = (node for node in self.working()[:2])
        for process in reversed(processes_of(lost)):
            end(process)
        self.seen.append(Loss("a node of three", self.done()))
        self.wait_for(2 * self.edits // 3)
        for server in servers_of(other):
            end(server)
        self.seen.append(Loss("another node's server", self.done()))

    def working(self) -> list[Any]:
        """The nodes on which a server runs."""
        return [node for node in self.cluster.worker_nodes if servers_of(node)]

    def wait_for(self, done: int) -> None:
        while self.done() < done:
            time.sleep(LOOK)

    def done(self) -> int:
        return sum(1 for _ in files(self.pictures))


def files(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*.png"))


def end(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        pass
