"""Peak memory of work above what was in use before it, and that of a phase in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
import torch

RUN = Path(__file__).parents[1] / "run.py"
PAUSE = 0.002  # seconds between two looks at the resident set

Megabytes = dict[str, float]


def peak_above(work: Callable[[], object]) -> Megabytes:
    """Megabytes that work needs at its peak above what is in use before: of RAM, and of the GPU where there is one."""
    if not torch.cuda.is_available():
        return {"RAM": resident_peak(work)}
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    ram = resident_peak(work)
    return {"RAM": ram, "GPU": (torch.cuda.max_memory_allocated() - before) / 1e6}


def resident_peak(work: Callable[[], object]) -> float:
    """Megabytes by which this process's resident set grows at most during work."""
    process, done = psutil.Process(), threading.Event()
    before = highest = process.memory_info().rss

    def watch() -> None:
        nonlocal highest
        while not done.wait(PAUSE):
            highest = max(highest, process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    return (highest - before) / 1e6


def apart(arguments: Sequence[str]) -> Megabytes:
    """What the benchmark prints last when it is run with other arguments in a process of its own.

    Raises CalledProcessError where that fails, after its complaint has been shown.
    """
    command = [sys.executable, "-I", str(RUN), "speed", *arguments]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(run.stdout.splitlines()[-1])
