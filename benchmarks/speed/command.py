"""What does it cost? Whole edits against the bare network, how cost grows, and the geometry against plain loops."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from ...tools.in_process import use_host
from ..report import RESULTS, Report
from .timing import device, seconds

TITLE = "What DragKit costs"
NETWORKS = ("sd15", "sdxl", "demo")
METHODS = ("fastdrag", "regiondrag", "dragdiffusion", "dragwarp")
FEWEST_STEPS = 3
START = 8.0  # seconds that a process of its own takes to start


def main(arguments: Sequence[str]) -> int:
    """Carries out the command."""
    options = parse(arguments)
    use_host()
    with torch.inference_mode():
        if options.peak is None:
            measure_parts(options)
        else:
            print(json.dumps(peak(options)))
    return 0


def measure_parts(options: argparse.Namespace) -> None:
    """Measures the parts asked for, one after the other."""
    report = Report("speed", TITLE, options.results)
    for part in PARTS if options.part == "all" else (options.part,):
        print(f"part {part} took {seconds(partial(PARTS[part], report, options)) / 60:.1f} minutes", flush=True)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dragkit.py benchmark speed", description=__doc__, allow_abbrev=False)
    parser.add_argument("--part", choices=(*PARTS, "all"), default="all")
    parser.add_argument("--network", choices=NETWORKS, default="sd15", help="which one edits are measured on")
    parser.add_argument("--cells", type=int, help="side of the latent, a multiple of 8 (default: the network's usual)")
    parser.add_argument("--steps", type=int, help="steps of a whole run (default: the papers', of DragDiffusion 10)")
    parser.add_argument("--rounds", type=int, default=3, help="how often bare and whole are run by turns")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--gradients", action="store_true", help="LoRA and drag steps also on SDXL without a GPU")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the folder that the tables are written to")
    parser.add_argument("--peak", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.steps is not None and options.steps < FEWEST_STEPS:
        parser.error(f"--steps is {options.steps}; give {FEWEST_STEPS} or more")
    if options.cells is not None and (options.cells < 8 or options.cells % 8):
        parser.error(f"--cells is {options.cells}; give a multiple of 8")
    if options.rounds < 1:
        parser.error(f"--rounds is {options.rounds}; give 1 or more")
    return options


def chosen_phases(options: argparse.Namespace) -> list:
    """The phases to measure; gradients of an SDXL-sized network need a GPU, or to be asked for."""
    from .edits import phases

    gradients = options.gradients or options.network != "sdxl" or torch.cuda.is_available()
    return phases(options.steps, gradients, options.methods)


def edits(report: Report, options: argparse.Namespace) -> None:
    """The table of whole edits and steps, and that of the attention store."""
    from .edits import measure, table_row, warm_up
    from .networks import load

    found, begin = chosen_phases(options), time.perf_counter()
    network = load(options.network, options.cells)
    loading = time.perf_counter() - begin
    print(f"{network.title}, {network.dtype}, {network.picture}: loaded in {loading:.0f} s", flush=True)
    evaluation = warm_up(network, found)
    say_how_long(found, options.rounds, evaluation, loading)
    times = []
    for phase in found:
        times.append(measure(network, phase, options.rounds))
        print(f"{phase.what}: {times[-1]}", flush=True)
    table = f"{options.network} {network.picture.split('x')[0]} {device()}"
    settings = {"network": network.title, "dtype": network.dtype, "rounds": options.rounds}
    put_stores(report, network, table, options, settings)
    peaks = all_peaks(found, options)
    rows = [table_row(phase, *row) for phase, *row in zip(found, times, *zip(*peaks, strict=True), strict=True)]
    report.put(f"edits {table}", caption(network), rows, **settings)


def caption(network) -> str:
    return (
        f"Whole edits and single steps beside the bare runs of the network that they cannot avoid, {network.title}, "
        f"{network.picture}: by turns, medians; ratios round by round; memory at its peak above the loaded model."
    )


def say_how_long(found: Sequence, rounds: int, evaluation: float, loading: float) -> None:
    """Prints how long the measurement will take."""
    whole, bare = (sum(phase.weight for phase in found), sum(phase.bare.weight for phase in found if phase.bare))
    processes = len(found) + len({phase.bare.once for phase in found if phase.bare})
    expected = evaluation * (rounds * (whole + bare) + whole) + processes * (START + 2 * loading)
    print(f"One evaluation takes {evaluation:.2f} s; all will take about {expected / 60:.0f} minutes", flush=True)


def put_stores(report: Report, network, table: str, options: argparse.Namespace, settings: dict[str, Any]) -> None:
    """The table of what FastDrag's and RegionDrag's attention stores take."""
    from ...core.attention.states import Capture
    from .edits import inverted
    from .store import store_row

    kinds = (
        ("FastDrag", Capture.OUTPUT, inverted(options.steps or 10, 0.7)),
        ("RegionDrag", Capture.ALL, inverted(options.steps or 20, 0.5)),
    )
    rows = [{"method": method, **store_row(network, capture, levels)} for method, capture, levels in kinds]
    about = f"The attention store of a whole edit at {network.picture}, and the keys and values it stands for."
    report.put(f"store {table}", about, rows, **settings)


def all_peaks(found: Sequence, options: argparse.Namespace) -> list[tuple[dict, dict | None]]:
    """The peak memory of every phase, whole and bare, each in a process of its own; equal bare work but once."""
    from .memory import apart

    bare: dict[Any, dict] = {}
    peaks = []
    for number, phase in enumerate(found):
        again = rerun(options, number)
        if phase.bare and phase.bare.once not in bare:
            bare[phase.bare.once] = apart([*again, "--bare"])
        peaks.append((apart(again), bare[phase.bare.once] if phase.bare else None))
        print(f"{phase.what}: MB whole and bare {peaks[-1]}", flush=True)
    return peaks


def rerun(options: argparse.Namespace, number: int) -> list[str]:
    """The arguments that measure the peak of one phase by its number."""
    given = {"--network": options.network, "--cells": options.cells, "--steps": options.steps, "--peak": number}
    values = [text for name, value in given.items() if value is not None for text in (name, str(value))]
    return [*values, "--methods", *options.methods, *(["--gradients"] if options.gradients else [])]


def peak(options: argparse.Namespace) -> dict[str, float]:
    """The peak memory of one phase in this process, after the same on a small latent."""
    if options.part == "photos":
        from .photos import peak as photo_peak

        return photo_peak(options.peak)
    from .edits import SMALL
    from .memory import peak_above
    from .networks import load

    network, phase = load(options.network, options.cells), chosen_phases(options)[options.peak]
    work = phase.bare.once if options.bare else phase.whole
    work(network.resized(SMALL))
    return peak_above(lambda: work(network))


def growth(report: Report, options: argparse.Namespace) -> None:
    """The tables of how cost grows."""
    from .growth import put_all

    print("This takes about 2 minutes on two CPU cores at 1 round, 4 at 3", flush=True)
    put_all(report, options.rounds)


def references(report: Report, options: argparse.Namespace) -> None:
    """The table of what a moved reference costs."""
    from .references import put_all

    put_all(report, options.rounds)


def geometry(report: Report, options: argparse.Namespace) -> None:
    """The tables of the geometry."""
    from .geometry import put_all

    print("This takes about 2 minutes", flush=True)
    put_all(report)


def photos(report: Report, options: argparse.Namespace) -> None:
    """The table of what a photo's size costs."""
    from .photos import put_all

    print("This takes about a minute at 1 round, two at 3", flush=True)
    put_all(report, options.rounds)


def frames(report: Report, options: argparse.Namespace) -> None:
    """The table of what a frame of the canvas takes."""
    from .frames import put_all

    print("This takes about a minute", flush=True)
    put_all(report, options.rounds)


PARTS = {
    "edits": edits,
    "growth": growth,
    "geometry": geometry,
    "reference": references,
    "photos": photos,
    "frames": frames,
}
