"""Times RegionDrag's mapping of a brush region on a picture of 512 x 512, at latent and at pixel scale."""

import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple

import _pack
import numpy as np

_pack.register()

from dragkit.core.drag import Brush, DragSpec, Extent, Point, Region, Stroke  # noqa: E402
from dragkit.core.region_brush import match_rows_and_columns  # noqa: E402
from dragkit.core.region_cells import mask_cells, shape_pixels  # noqa: E402
from dragkit.core.regions import RegionMap, combine, region_map  # noqa: E402

REPEATS = 21
PICTURE = Extent(512, 512)
SCALES = {"latent": 8, "pixel": 1}
GOAL_MS = 3


class Task(NamedTuple):
    """One region, as drawn and as masks of pixels."""

    label: str
    region: Region
    source: np.ndarray  # (H, W) bool
    target: np.ndarray  # (H, W) bool


def ring_stroke(x: float, y: float, radius: float) -> Brush:
    """Draw a disc with one stroke around its centre."""
    angles = np.linspace(0, 2 * np.pi, 40)
    line = zip(x + radius / 2 * np.cos(angles), y + radius / 2 * np.sin(angles), strict=True)
    return Brush((Stroke(radius / 2, tuple(Point(*p) for p in line)),))


def make_task(label: str, source: Brush, target: Brush) -> Task:
    """Rasterise a pair of brushed regions."""
    masks = (shape_pixels(shape, PICTURE, label) for shape in (source, target))
    return Task(label, Region(source, target), *masks)


def map_masks(task: Task, cell_size: int) -> RegionMap:
    """Map masks that are there already."""
    grid = Extent(PICTURE.width // cell_size, PICTURE.height // cell_size)
    return combine([match_rows_and_columns(*(mask_cells(m, cell_size) for m in (task.source, task.target)))], grid)


def map_drawing(task: Task, cell_size: int) -> RegionMap:
    """Map an instruction, its strokes rasterised first."""
    grid = Extent(PICTURE.width // cell_size, PICTURE.height // cell_size)
    return region_map(DragSpec(regions=(task.region,), size=PICTURE), grid, cell_size)


def median_ms(function: Callable[[Task, int], RegionMap], task: Task, cell_size: int) -> float:
    """Return the median of several runs in milliseconds."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        function(task, cell_size)
        times.append(time.perf_counter() - start)
    return median(times) * 1e3


def main() -> None:
    """Time a region of a tenth of the picture and one of all of it."""
    disc = make_task("disc, a tenth", ring_stroke(150, 150, 90), ring_stroke(330, 330, 95))
    whole = make_task("whole picture", ring_stroke(256, 256, 800), ring_stroke(256, 256, 900))
    print(f"{'region':<16} {'pixels':>8} {'scale':<8} {'from masks ms':>14} {'from strokes ms':>16} {'goal':>6}")
    for task in (disc, whole):
        for scale, cell_size in SCALES.items():
            masks, strokes = (median_ms(function, task, cell_size) for function in (map_masks, map_drawing))
            print(f"{task.label:<16} {task.target.sum():>8} {scale:<8} {masks:>14.2f} {strokes:>16.2f} {GOAL_MS:>5} ms")


if __name__ == "__main__":
    main()
