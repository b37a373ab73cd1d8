"""Times of work, also of work that a GPU does, and of bare work and whole work by turns."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import torch

REPEATS = 7


def device() -> str:
    """The kind of device that networks run on here, as the names of tables have it."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def synchronise() -> None:
    """Waits for the GPU, where there is one."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def seconds(work: Callable[[], object]) -> float:
    """How long work takes, all it has asked of a GPU included."""
    synchronise()
    start = time.perf_counter()
    work()
    synchronise()
    return time.perf_counter() - start


def milliseconds(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """The median of several runs after one that does not count."""
    work()
    return 1e3 * median(seconds(work) for _ in range(repeats))


@dataclass(frozen=True)
class Turns:
    """Seconds of bare and of whole work, one of each for every round."""

    bare: tuple[float, ...]
    whole: tuple[float, ...]

    @property
    def ratios(self) -> tuple[float, ...]:
        """What the whole cost above the bare, round by round, so that a slow moment counts for both."""
        return tuple(whole / bare for bare, whole in zip(self.bare, self.whole, strict=True))

    def columns(self) -> dict[str, float | str | None]:
        """The columns of a table: medians, and the lowest and the highest ratio."""
        return {
            "bare s": median(self.bare),
            "whole s": median(self.whole),
            "ratio": median(self.ratios),
            "spread": f"{min(self.ratios):.2f} to {max(self.ratios):.2f}",
        }


def take_turns(bare: Callable[[], float], whole: Callable[[], float], rounds: int) -> Turns:
    """Runs bare and whole work by turns; both return their seconds."""
    return Turns(*zip(*((bare(), whole()) for _ in range(rounds)), strict=True))
