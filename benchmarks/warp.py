"""Times the pixel warp of a 200 x 200 region with four drags in a picture of 1024 x 1024, beside a plain form of it.

`python benchmarks/warp.py` runs both in one go and prints the shortest times and their ratio: processor time on one
thread, which other programs disturb least. The plain form follows Inpaint4Drag's description pixel by pixel: every
pixel weighs its four nearest references.
"""

import math
import time
from collections.abc import Callable

import _pack
import numpy as np
import torch
from torch import Tensor

_pack.register()

from dragkit.core.contours import contour_corners  # noqa: E402
from dragkit.core.drag import Drag, DragSpec, Extent, Point  # noqa: E402
from dragkit.core.region_cells import fill_polygon  # noqa: E402
from dragkit.core.warp import Fill, Sampling, warp  # noqa: E402

REPEATS = 15
PICTURE = Extent(1024, 1024)
GOAL_MS = 30
ENDS = [(350, 400, 380, 430), (450, 400, 500, 420), (350, 500, 370, 540), (450, 500, 480, 500)]


def shift(x: float, y: float, references: list[tuple[float, float, float, float]]) -> tuple[float, float]:
    """Move a point like its four nearest references (x, y, dx, dy), weighted by inverse distance."""
    near = sorted((math.hypot(x - rx, y - ry), dx, dy) for rx, ry, dx, dy in references)[:4]
    weights = [1 / (distance + 1e-6) for distance, *_ in near]
    total = sum(weights)
    return (
        round(x + sum(w * dx for w, (_, dx, _) in zip(weights, near, strict=True)) / total),
        round(y + sum(w * dy for w, (_, _, dy) in zip(weights, near, strict=True)) / total),
    )


def warp_by_pixel(image: Tensor, region: np.ndarray) -> Tensor:
    """Inpaint4Drag's warp in loops: the outline forwards, every pixel of its inside backwards."""
    drags = [(x, y, to_x - x, to_y - y) for x, y, to_x, to_y in ENDS]
    outline = np.array([shift(x, y, drags) for x, y in contour_corners(region).tolist()])
    rows, columns = region.nonzero()
    some = np.linspace(0, len(rows) - 1, 100).astype(int)
    landed = [(x, y, *shift(x, y, drags)) for x, y in zip(columns[some].tolist(), rows[some].tolist(), strict=True)]
    back = [(to_x, to_y, x - to_x, y - to_y) for x, y, to_x, to_y in landed]
    warped = image.clone()
    for y, x in np.argwhere(fill_polygon(outline, PICTURE)).tolist():
        from_x, from_y = shift(x, y, back)
        if 0 <= from_x < PICTURE.width and 0 <= from_y < PICTURE.height:
            warped[:, y, x] = image[:, from_y, from_x]
    return warped


def milliseconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return 1e3 * (time.process_time() - start)


def main() -> None:
    """Time every way of sampling and filling in turns, and the plain form once between."""
    torch.set_num_threads(1)
    image = torch.rand(1, PICTURE.height, PICTURE.width, 3)
    region = torch.zeros(PICTURE.height, PICTURE.width, dtype=torch.bool)
    region[350:550, 300:500] = True
    drags = tuple(Drag(Point(x, y), Point(to_x, to_y)) for x, y, to_x, to_y in ENDS)
    spec = DragSpec(drags=drags, base=region, size=PICTURE)
    ways = [(sampling, fill) for sampling in Sampling for fill in Fill]
    times: dict = {way: [] for way in ways}
    for _ in range(REPEATS):
        for sampling, fill in ways:
            times[sampling, fill].append(milliseconds(lambda s=sampling, f=fill: warp(image, spec, 5, f, s)))
    plain = milliseconds(lambda: warp_by_pixel(image, region.numpy()))
    same = (warp_by_pixel(image, region.numpy()) == warp(image, spec, 5, Fill.NONE, Sampling.REFERENCE).image).all(-1)
    print(f"plain form {plain:.0f} ms; reference sampling gives the same pixels: {100 * same.float().mean():.2f} %")
    for (sampling, fill), found in times.items():
        best = min(found)
        name = f"{sampling.value}, fill {fill.value}"
        print(f"{name:<38} {best:6.1f} ms   ratio {plain / best:6.0f}   goal {GOAL_MS} ms")


if __name__ == "__main__":
    main()
