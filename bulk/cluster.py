"""Ray on this machine or on a cluster, with the pack on every node."""

from __future__ import annotations

import logging
import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, NamedTuple

from ..tools.environment import ROOT, SetupError
from . import register

LOCAL_STORE = 256 * 2**20  # bytes: rows are small, pictures do not travel by Ray
LEFT_AT_HOME = [".git", "tests", "docs", "node_modules", "benchmarks/runs", "**/__pycache__"]
CPUS_A_WORKER = 2
CORES = "cores"  # of a Ray of our own, which counts more CPUs than there are


class Share(NamedTuple):
    """How many workers there are, and what each takes of its machine."""

    workers: int
    gpus: float
    threads: int | None = None  # that a worker's server computes with; None leaves it the choice, as beside a GPU

    @property
    def cpus(self) -> float:
        """A worker waits for its server, which does the computing; what it takes spreads the workers over nodes."""
        return 0.0 if self.gpus else 1.0


@contextmanager
def joined(address: str | None, workers: int | None) -> Generator[Share]:
    """Ray, for the length of a block; raises SetupError where a cluster cannot be reached."""
    import ray
    import ray.data
    from ray import cloudpickle

    logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # what it has to say comes from here
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    ray.data.DataContext.get_current().enable_progress_bars = False
    if ray.is_initialized():
        yield share(workers)
        return
    cloudpickle.register_pickle_by_value(register)
    environment: dict[str, Any] = {"worker_process_setup_hook": register.register}
    if address:
        environment |= {"working_dir": str(ROOT), "excludes": LEFT_AT_HOME}
        try:
            ray.init(address, runtime_env=environment, logging_level=logging.ERROR, log_to_driver=False)
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise SetupError(f"No Ray cluster answers at {address} ({str(error).splitlines()[0]}).") from None
    else:
        environment["env_vars"] = {"DRAGKIT_ROOT": str(ROOT)}
        cores = os.cpu_count() or 1
        ray.init(
            "local",  # one of its own, beside any that runs on this machine already
            num_cpus=max(cores, workers or 0) + 1,  # one reads the table
            resources={CORES: cores},
            object_store_memory=LOCAL_STORE,
            runtime_env=environment,
            logging_level=logging.ERROR,
            log_to_driver=False,
            include_dashboard=False,
        )
    try:
        yield share(workers)
    finally:
        ray.shutdown()


def share(workers: int | None) -> Share:
    """One worker a GPU, or where there is none one for every two cores."""
    import ray

    resources = ray.cluster_resources()
    gpus, cpus = int(resources.get("GPU", 0)), int(resources.get(CORES) or resources.get("CPU", 1))
    if gpus:
        return Share(workers or gpus, min(1.0, gpus / (workers or gpus)))
    workers = workers or max(1, cpus // CPUS_A_WORKER)
    return Share(workers, 0.0, int(os.environ.get("OMP_NUM_THREADS") or max(1, cpus // workers)))
