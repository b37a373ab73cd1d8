"""The one process that all workers of a run ask: whether to go on, and which running server is theirs."""

from __future__ import annotations

from collections.abc import Sequence


class Foreman:
    """Knows which jobs are being done, why the run must end, and which servers are free."""

    def __init__(self, addresses: Sequence[str] = ()) -> None:
        self.addresses, self._lent = list(addresses), dict[str, str]()
        self._stopping, self._reason = False, ""
        self._running = set[tuple[str, str]]()

    def address(self, worker: str) -> str | None:
        """A running server for a worker, where some were named; every worker has its own."""
        if not self.addresses:
            return None
        taken = set(self._lent.values())
        free = [address for address in self.addresses if address not in taken]
        return self._lent.setdefault(worker, (free or self.addresses)[0])

    def begin(self, worker: str, task: str) -> bool:
        """Whether a worker may begin a job."""
        if self._stopping:
            return False
        self._running.add((worker, task))
        return True

    def end(self, worker: str, task: str) -> None:
        """Notes that a worker has done a job."""
        self._running.discard((worker, task))

    def stop(self) -> None:
        """Lets nothing more begin."""
        self._stopping = True

    def refuse(self, reason: str) -> None:
        """Ends the run with a sentence, the first one given."""
        self._stopping, self._reason = True, self._reason or reason

    def reason(self) -> str:
        """Why the run must end, empty where it need not."""
        return self._reason

    def running(self) -> int:
        """How many jobs are being done."""
        return len(self._running)
