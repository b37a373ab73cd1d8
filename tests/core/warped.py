"""Small instructions and pictures for the tests of the pixel warp."""

import torch
from dragkit.core.instruction.geometry import Affine, Extent, Point
from dragkit.core.instruction.spec import Drag, DragSpec, Polygon, Region
from dragkit.tests.core.placing import Result

SIZE = Extent(64, 48)


def box(left: float, top: float, right: float, bottom: float) -> Polygon:
    return Polygon((Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)))


def drags(*ends: tuple[float, float, float, float]) -> tuple[Drag, ...]:
    return tuple(Drag(Point(x, y), Point(to_x, to_y)) for x, y, to_x, to_y in ends)


def waves(size: Extent = SIZE, period: float = 16.0) -> torch.Tensor:
    """A smooth picture (1, H, W, 3) whose value tells the place."""
    y, x = torch.meshgrid(torch.arange(size.height) + 0.5, torch.arange(size.width) + 0.5, indexing="ij")
    phases = (x + 0.3 * y, y, x - y)
    return torch.stack([0.5 + 0.4 * torch.sin(2 * torch.pi * p / period) for p in phases], dim=-1)[None]


def away_from_edges(result: Result) -> torch.Tensor:
    """The target pixels (H, W) that lie within the target by two pixels."""
    rest = (~result.target_mask).float()[None, None]
    return torch.nn.functional.max_pool2d(rest, 5, 1, 2)[0, 0] == 0


SQUARE = box(16, 12, 36, 32)
ONE_MOVE = [
    DragSpec(drags=drags((20.5, 20.5, 28.5, 23.5)), mask=(SQUARE,), size=SIZE),
    DragSpec(drags=drags((20, 20, 28, 23), (30, 30, 38, 33)), mask=(SQUARE,), size=SIZE),
    DragSpec(regions=(Region(SQUARE, Affine(move=Point(8, 3))),), size=SIZE),
    DragSpec(regions=(Region(SQUARE, box(24, 15, 44, 35)),), size=SIZE),
]
CONTROLS = ["one drag", "two drags", "affine", "polygons"]
