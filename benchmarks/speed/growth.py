"""How cost grows: with the picture's size, the number of drags and regions, the area of the mask, and the steps."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

from ...core.attention.states import Capture
from ...core.grid.placed import place
from ...core.instruction.spec import DragSpec
from ...core.maps.map import Rounding
from ...core.maps.regions import region_map
from ...nodes.fastdrag import BNNIFill, LatentWarpage
from ...nodes.warp import DragWarp
from ..report import Report
from .edits import Evaluations, fastdrag, inverted, timed
from .gradients import bare_gradient, drag_step
from .instructions import brushed, drags, regions
from .networks import CELL, Network, load, random_latent
from .store import store_row
from .timing import REPEATS, device, milliseconds, take_turns

SIZES = (32, 64, 128, 256)  # cells
LARGEST_EDIT = 64  # cells; beyond, the bundled network's attention takes long
COUNTS = (1, 2, 4, 8, 16, 32, 64)
AREAS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0)
STEPS = (5, 10, 20, 50)
STRENGTH = 0.7
CELLS, COUNT, AREA = 64, 4, 0.1
WARP_REPEATS = 3

Row = dict[str, Any]


def put_all(report: Report, rounds: int) -> None:
    """Writes the five tables."""
    network = load("demo")
    side, share = CELL * CELLS, f"{100 * AREA:g} % of the picture"
    edits = {"rounds": rounds, "network": network.title, "dtype": network.dtype}
    report.put(
        f"growth size {device()}",
        f"By picture size: {COUNT} drags in a mask of {share}; a whole FastDrag edit beside its bare evaluations.",
        size_rows(network, rounds),
        **edits,
    )
    report.put(
        f"growth drags {device()}",
        f"By number of drags: a mask of {share} of {side}x{side}; a step of Drag Optimize Latent at {network.picture} "
        "beside a bare forward and backward.",
        drag_rows(network, rounds),
        **edits,
    )
    report.put(f"growth area {device()}", f"By area: {COUNT} drags, {side}x{side}.", area_rows(), repeats=REPEATS)
    about = f"By number of regions, polygons that cover {share} together, {side}x{side}."
    report.put(f"growth regions {device()}", about, region_rows(), repeats=REPEATS)
    about = f"FastDrag by the steps of a whole run, 0.7 of which are inverted, {network.picture}."
    report.put(f"growth steps {device()}", about, step_rows(network, rounds), **edits)


def size_rows(network: Network, rounds: int) -> list[Row]:
    return [
        {
            "picture": f"{CELL * cells}x{CELL * cells}",
            **fastdrag_parts(drags(CELL * cells, COUNT, AREA)),
            **maps(CELL * cells, AREA),
            "Drag Warp ms": drag_warp(drags(CELL * cells, COUNT, AREA)),
            **whole_edit(network.resized(cells), rounds if cells <= LARGEST_EDIT else 0),
        }
        for cells in SIZES
    ]


def drag_rows(network: Network, rounds: int) -> list[Row]:
    rows = []
    for count in COUNTS:
        spec = drags(CELL * CELLS, count, AREA)
        times = take_turns(partial(bare_gradient, network), partial(drag_step, network, spec), rounds).columns()
        step = {"bare gradient s": times["bare s"], "drag step s": times["whole s"], "ratio": times["ratio"]}
        rows.append({"drags": count, **fastdrag_parts(spec), "Drag Warp ms": drag_warp(spec), **step})
    return rows


def area_rows() -> list[Row]:
    side = CELL * CELLS
    specs = {area: drags(side, COUNT, area) for area in AREAS}
    return [
        {
            "area": f"{100 * area:g} %",
            **fastdrag_parts(spec),
            **maps(side, area),
            "Drag Warp ms": drag_warp(spec),
        }
        for area, spec in specs.items()
    ]


def region_rows() -> list[Row]:
    side = CELL * CELLS
    specs = {count: regions(side, count, AREA) for count in COUNTS}
    return [
        {"regions": count, "map ms": region_map_time(spec), "Drag Warp ms": drag_warp(spec)}
        for count, spec in specs.items()
    ]


def step_rows(network: Network, rounds: int) -> list[Row]:
    rows = []
    for steps in STEPS:
        levels = inverted(steps, STRENGTH)
        stores = {
            f"store of {capture.value} MB": store_row(network, capture, levels)["kept MB"]
            for capture in (Capture.OUTPUT, Capture.ALL)
        }
        evaluations = Evaluations(levels).label
        rows.append({"steps": steps, "evaluations": evaluations, **whole_edit(network, rounds, steps), **stores})
    return rows


def whole_edit(network: Network, rounds: int, steps: int = 10) -> Row:
    """The columns of a whole FastDrag edit; empty ones for no rounds."""
    if not rounds:
        return dict.fromkeys(("bare s", "whole s", "ratio", "spread"))
    bare = partial(Evaluations(inverted(steps, STRENGTH)), network)
    bare()
    return take_turns(bare, partial(timed, fastdrag, network, steps=steps), rounds).columns()


def fastdrag_parts(spec: DragSpec) -> Row:
    """Milliseconds of the nodes between inversion and sampling."""
    latent = random_latent(spec.picture.width // CELL)
    warped, null, _ = LatentWarpage.execute(latent, spec, "raster", "weighted").args
    return {
        "Latent Warpage ms": milliseconds(lambda: LatentWarpage.execute(latent, spec, "raster", "weighted")),
        "BNNI Fill ms": milliseconds(lambda: BNNIFill.execute(warped, "sequential", 42, null)),
    }


def maps(side: int, area: float) -> Row:
    """Milliseconds of RegionDrag's map of one region."""
    return {
        "polygon's map ms": region_map_time(regions(side, 1, area)),
        "brush's map ms": region_map_time(brushed(side, area)),
    }


def region_map_time(spec: DragSpec) -> float:
    """Milliseconds of the map of an instruction on the latent's grid, its shapes drawn first."""
    return milliseconds(lambda: region_map(place(spec, spec.picture, cell_size=CELL), Rounding.TRUNCATED).gather)


def drag_warp(spec: DragSpec) -> float:
    """Milliseconds of the node Drag Warp on a picture of the instruction's size."""
    image = torch.rand(1, spec.picture.height, spec.picture.width, 3, generator=torch.Generator().manual_seed(0))
    return milliseconds(lambda: DragWarp.execute(image, spec, 5, "none"), WARP_REPEATS)
