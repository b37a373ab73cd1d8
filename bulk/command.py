"""Edits many pictures: a graph run over a table of jobs or a folder, on this machine or on a Ray cluster."""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

from ..tools.environment import SetupError, say
from .cluster import joined
from .editor import Setting
from .graph import read_graph
from .jobs import read_jobs
from .places import Place
from .recipe import GraphRecipe
from .results import Results
from .run import Progress, Run
from .servers import checked

EVERY = 2.0  # seconds between lines of progress


def main(arguments: list[str]) -> int:
    """Does the jobs that are not done yet; 1 where some failed, 130 where it was stopped."""
    options = parse(arguments)
    saved = read_graph(options.workflow)
    place = Place.of(options.output)
    if place.within(Place.of(options.jobs)) == "":
        raise SetupError(f"The results would lie among the jobs in {options.jobs}; give another folder as --output.")
    results = Results(place)
    made_with = {"graph": digest(saved), "set": options.set, "node": options.node}
    results.claim(made_with)
    try:
        with joined(options.address, options.workers) as share:
            jobs = read_jobs(Place.of(options.jobs), place)
            passed = results.done() | (set() if options.retry else set(results.failed()))
            left = jobs.dataset.filter(lambda row: row["id"] not in passed) if passed else jobs.dataset
            waiting = left.count() if passed else jobs.total
            aside = jobs.total - waiting
            by = f"{share.workers} workers" if share.workers > 1 else "one worker"
            say(f"{jobs.total} jobs, {aside} done or set aside, {waiting} to do by {by}.")
            recipe = GraphRecipe(
                saved, tuple(options.set), options.node, jobs.columns, frozenset(options.ignore), jobs.beside
            )
            setting = Setting(recipe, place, tuple(map(str, options.models)), tuple(options.flag), options.timeout)
            if waiting:
                Run(setting, results, share, Progress(waiting, say, EVERY), checked(options.server)).do(left)
    except KeyboardInterrupt:
        say("Stopped. What is done is kept; the same command goes on from there.")
        return 130
    failed = results.failed()
    say(f"{len(results.done())} done, {len(failed)} failed; pictures and results are in {place.uri}.")
    return 1 if failed else 0


def digest(saved: object) -> str:
    """A short text that differs where graphs do."""
    return hashlib.sha256(json.dumps(saved, sort_keys=True).encode()).hexdigest()[:16]


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dragkit.py bulk", description=__doc__)
    parser.add_argument("jobs", help="a table (.parquet, .csv, .jsonl) with a row a job, or a folder of pictures")
    parser.add_argument("--workflow", required=True, help="an example's name, or a file from the editor")
    parser.add_argument("--output", required=True, metavar="PLACE", help="a folder or URI for pictures and results")
    parser.add_argument("--set", action="append", default=[], metavar="NODE.INPUT=VALUE", help="change the graph")
    parser.add_argument("--node", metavar="NODE", help="the node that saves the result, where there are several")
    parser.add_argument("--ignore", action="append", default=[], metavar="COLUMN", help="a column that is no input")
    parser.add_argument("--address", help="of a Ray cluster; without it this machine")
    parser.add_argument("--workers", type=int, help="default: one a GPU, or one for two cores")
    parser.add_argument(
        "--server", action="append", default=[], metavar="ADDRESS", help="a running ComfyUI; repeatable"
    )
    parser.add_argument(
        "--models", action="append", default=[], type=Path, help="a folder laid out as ComfyUI's models"
    )
    parser.add_argument("--flag", action="append", default=[], help="an option for ComfyUI, as --flag=--lowvram")
    parser.add_argument("--timeout", type=float, default=3600, metavar="SECONDS", help="for one job")
    parser.add_argument("--retry", action="store_true", help="do failed jobs again")
    options = parser.parse_args(arguments)
    if options.workers is not None and options.workers < 1:
        raise SetupError(f"--workers {options.workers}: give 1 or more.")
    if options.timeout <= 0:
        raise SetupError(f"--timeout {options.timeout:g}: give more than 0 seconds.")
    options.workers = len(options.server) or options.workers
    return options
