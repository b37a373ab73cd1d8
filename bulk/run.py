"""The run itself: jobs stream to the workers, outcomes stream back, and the table of results grows."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from ..tools.environment import SetupError
from .cluster import Share
from .editor import Editor, Setting
from .foreman import Foreman
from .results import Results
from .tasks import Outcome

if TYPE_CHECKING:
    from ray.data import Dataset

ROWS_A_BLOCK = 8  # at most: what a worker takes at a time, and what is done again when its node is lost
LOOK = 0.5  # seconds
DRAIN = 10.0  # seconds for the last outcomes to come in
END = None
NAME = 60  # characters of an id that a line shows


class Telling(Protocol):
    """What a run tells of itself, and to whom."""

    total: int
    say: Callable[[str], None]

    def step(self, outcome: Outcome) -> None:
        """Takes note of what came of one job."""
        ...


class Progress:
    """Tells how many jobs are done, at what rate, and how long the rest will take."""

    def __init__(self, total: int, say: Callable[[str], None], every: float = 0.0) -> None:
        self.total, self.say, self.every = total, say, every
        self.done = self.failed = 0
        self._start = self._said = time.monotonic()

    def step(self, outcome: Outcome) -> None:
        self.done += 1
        self.failed += bool(outcome.error)
        now = time.monotonic()
        if outcome.error or now - self._said >= self.every or self.done == self.total:
            self._said = now
            what = f"FAILED: {outcome.error}" if outcome.error else f"{outcome.seconds:.1f} s"
            name = " ".join(outcome.id[:NAME].split())
            self.say(f"[{self.done}/{self.total}] {name} {what}, {self.rest(now - self._start)}")

    def rest(self, passed: float) -> str:
        rate = self.done / max(passed, 1e-3)
        return f"{60 * rate:.1f} a minute, {duration((self.total - self.done) / rate)} left"


def duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


class Run:
    """Jobs, shared by the workers of a cluster."""

    def __init__(
        self, setting: Setting, results: Results, share: Share, tell: Telling, addresses: Sequence[str] = ()
    ) -> None:
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        self.setting, self.results = replace(setting, threads=share.threads), results
        self.share, self.tell = share, tell
        self._get: Callable[[Any], Any] = ray.get
        here: Any = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        # on our own machine, so that it is lost with us alone
        self.foreman: Any = ray.remote(num_cpus=0, scheduling_strategy=here)(Foreman).remote(tuple(addresses))

    def do(self, jobs: Dataset, grouped: bool = False) -> None:
        """Does jobs; Ctrl-C lets those that are being done end. grouped: every block stays with one worker.

        Raises SetupError for what ends the run, KeyboardInterrupt after one; all that is done is kept.
        """
        arrived: queue.Queue[dict[str, Any] | BaseException | None] = queue.Queue()
        threading.Thread(target=self._stream, args=(jobs, grouped, arrived), daemon=True).start()
        try:
            self._receive(arrived)
        except KeyboardInterrupt:
            self._finish(arrived)
            raise
        finally:
            self.results.flush()
        if reason := self._get(self.foreman.reason.remote()):
            raise SetupError(reason)

    def _stream(self, jobs: Dataset, grouped: bool, arrived: queue.Queue) -> None:
        try:
            for row in self._edited(jobs, grouped).iter_rows():
                arrived.put(row)
        except BaseException as error:
            arrived.put(error)
        arrived.put(END)

    def _edited(self, jobs: Dataset, grouped: bool) -> Dataset:
        import ray

        if not grouped:
            each = max(1, min(ROWS_A_BLOCK, self.tell.total // (4 * self.share.workers)))
            jobs = jobs.repartition(target_num_rows_per_block=each)
        return jobs.map_batches(
            Editor,
            fn_constructor_args=(self.setting, self.foreman),
            batch_size=None,
            compute=ray.data.ActorPoolStrategy(size=self.share.workers, max_tasks_in_flight_per_actor=2),
            num_cpus=self.share.cpus,
            num_gpus=self.share.gpus,
        )

    def _receive(self, arrived: queue.Queue, until: float = float("inf")) -> None:
        """Keeps outcomes until the last has come in, or nothing more is to come."""
        while time.monotonic() < until:
            try:
                row = arrived.get(timeout=LOOK)
            except queue.Empty:
                if self._get(self.foreman.reason.remote()) and not self._get(self.foreman.running.remote()):
                    until = min(until, time.monotonic() + DRAIN)
                continue
            if row is END:
                return
            if isinstance(row, BaseException):
                raise SetupError(f"Ray could not go on: {str(row).splitlines()[0] if str(row) else row!r}") from row
            outcome = Outcome(**row)
            if not outcome.stopped:
                self.results.keep(outcome)
                self.tell.step(outcome)

    def _finish(self, arrived: queue.Queue) -> None:
        """Lets what is being done end, and keeps it; a second Ctrl-C leaves at once."""
        self._get(self.foreman.stop.remote())
        running = self._get(self.foreman.running.remote())
        self.tell.say(f"Stopping; {running} that are being done will end. Ctrl-C again leaves at once.")
        while self._get(self.foreman.running.remote()):
            self._receive(arrived, time.monotonic() + LOOK)
        self._receive(arrived, time.monotonic() + DRAIN)
