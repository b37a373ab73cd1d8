"""FastDrag's, RegionDrag's and Drag Warp's geometry, beside plain double loops that give the same results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...core.grid.areas import Area
from ...core.grid.cells import mask_cells
from ...core.grid.placed import place
from ...core.grid.raster import rasterise, shape_pixels
from ...core.instruction.geometry import Extent
from ...core.instruction.spec import DragSpec
from ...core.maps.flow import flow_map
from ...core.maps.rows_and_columns import match_rows_and_columns
from ...core.maps.stretch import gather_map, map_of
from ...core.redraw.bnni import FillMode, fill_null
from ...core.redraw.copy_paste import relocate
from ...core.redraw.pixels import Fill, Sampling, warp
from ...tests.core.fastdrag_golden import case_ids, load_answer, load_problem
from ..report import Report
from .instructions import brushed, drags, on_latent
from .networks import CELL
from .plain import fill_by_cell, map_by_cell, warp_by_cell, warp_by_pixel
from .timing import REPEATS, device, milliseconds

SIZES = (64, 128, 256, 512)
PLAIN_UP_TO = 128  # cells; beyond, the plain loops take minutes
LARGEST_PICTURE = 256  # cells; Drag Warp is not timed beyond
DRAGS, AREA, REGION_AREA = 4, 1.0, 0.1
PLAIN_REPEATS = 3
SAME_PIXELS = 0.999  # a coordinate half way between two pixels is rounded either way


class NotEqual(RuntimeError):
    """The plain loop and the vectorised form differ, so comparing their times would mean nothing."""


@dataclass(frozen=True)
class Operation:
    """Two ways to the same result; agreement: the share of its values that have to be equal."""

    what: str
    plain: Callable[[], Any]
    vectorised: Callable[[], Any]
    agreement: float = 1.0

    def checked(self) -> Operation:
        """Itself; raises NotEqual where the results differ."""
        plain, vectorised = np.asarray(self.plain()), np.asarray(self.vectorised())
        if plain.shape != vectorised.shape or (plain == vectorised).mean() < self.agreement:
            raise NotEqual(self.what)
        return self

    def row(self, cells: int) -> dict[str, Any]:
        """A row of the table; the plain loop is left out where it would take long."""
        plain = milliseconds(self.checked().plain, PLAIN_REPEATS) if cells <= PLAIN_UP_TO else None
        sizes = {"latent": f"{cells}x{cells}", "picture": f"{CELL * cells}x{CELL * cells}"}
        return {"what": self.what, **sizes, **columns(plain, milliseconds(self.vectorised))}


def columns(plain: float | None, here: float) -> dict[str, float | None]:
    """Milliseconds of both ways; the plain one may not have been run."""
    return {"plain loop ms": plain, "here ms": here, "ratio": None if plain is None else plain / here}


def put_all(report: Report, sizes: tuple[int, ...] = SIZES) -> None:
    """Writes both tables, timed on one thread: waiting for others would swamp tasks this small."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        rows = [row for cells in sizes for row in size_rows(cells)]
        about = (
            f"Geometry on one thread, vectorised and as plain double loops that give the same results; {DRAGS} drags. "
            "FastDrag moves the whole latent, the others a tenth of the picture."
        )
        settings = {"threads": 1, "repeats": REPEATS, "of_plain_loops": PLAIN_REPEATS}
        report.put(f"geometry {device()}", about, rows, **settings)
        about = "FastDrag's geometry on the reference cases: medians of the times and of the ratios."
        report.put(f"geometry cases {device()}", about, case_rows(), threads=1, repeats=PLAIN_REPEATS)
    finally:
        torch.set_num_threads(threads)


def size_rows(cells: int) -> list[dict[str, Any]]:
    """All operations on latents of one size."""
    spec, picture = drags(CELL * cells, DRAGS, AREA), drags(CELL * cells, DRAGS, REGION_AREA)
    latent = torch.randn(1, 4, cells, cells, generator=torch.Generator().manual_seed(0))
    operations = [*latent_operations(latent, *on_latent(spec)), map_operation(cells)]
    if cells <= LARGEST_PICTURE:
        operations.append(picture_operation(CELL * cells, picture))
    return [operation.row(cells) for operation in operations]


def latent_operations(latent: Tensor, handles: Tensor, targets: Tensor, mask: Tensor) -> list[Operation]:
    """FastDrag's warp of a latent, and the fill of what it leaves."""

    def vectorised_warp() -> Tensor:
        return relocate(latent, map_of(gather_map(mask, handles, targets, skip_handle_cell=True), mask))

    warped = vectorised_warp()
    return [
        Operation("FastDrag, warp", partial(warp_by_cell, latent, handles, targets, mask), vectorised_warp),
        *(
            Operation(
                f"FastDrag, {mode.value} fill",
                partial(fill_by_cell, warped, mode is FillMode.SEQUENTIAL),
                partial(fill_null, warped, None, mode),
            )
            for mode in (FillMode.SEQUENTIAL, FillMode.SIMULTANEOUS)
        ),
    ]


def map_operation(cells: int) -> Operation:
    """RegionDrag's map of a painted region, from masks."""
    size = Extent(CELL * cells, CELL * cells)
    (region,) = brushed(CELL * cells, REGION_AREA).regions
    shapes = region.source, region.target_shape()
    masks = [mask_cells(shape_pixels(shape, size, "region"), CELL) for shape in shapes]
    areas = [Area.of(mask) for mask in masks]
    return Operation("RegionDrag, map", partial(map_by_cell, *masks), lambda: match_rows_and_columns(*areas).source)


def picture_operation(side: int, spec: DragSpec) -> Operation:
    """Drag Warp on the picture, sampled as the paper's program does."""
    image = torch.rand(1, side, side, 3, generator=torch.Generator().manual_seed(0))
    region = rasterise(spec.mask[0], spec.picture).numpy()

    def vectorised_warp() -> Tensor:
        moves = flow_map(place(spec, spec.picture), Sampling.REFERENCE.rounding)
        return warp(image, moves, 5, Fill.NONE, Sampling.REFERENCE).image

    return Operation(
        "Drag Warp",
        partial(warp_by_pixel, image, region, spec.drags),
        vectorised_warp,
        SAME_PIXELS,
    )


def case_rows() -> list[dict[str, Any]]:
    """Medians over the cases of the original program's results."""
    times: dict[str, list[tuple[float, float]]] = {}
    cases = case_ids()
    for case in cases:
        answer = load_answer(*case)
        for operation in latent_operations(load_problem(*case).latent, answer.handles, answer.targets, answer.mask):
            plain, vectorised = operation.checked().plain, operation.vectorised
            both = milliseconds(plain, PLAIN_REPEATS), milliseconds(vectorised, PLAIN_REPEATS)
            times.setdefault(operation.what, []).append(both)
    return [
        {"what": what, "cases": len(cases)}
        | columns(*(median(way) for way in zip(*found, strict=True)))
        | {"ratio": median(plain / here for plain, here in found)}
        for what, found in times.items()
    ]
