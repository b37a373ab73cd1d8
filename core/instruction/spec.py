"""The drag instruction: drags, regions of any shape, and the area that may change."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from torch import Tensor

from .geometry import Affine, Bounds, Extent, Point

FARTHEST = 1e6  # pixels


@dataclass(frozen=True)
class Polygon:
    """The inside of a closed polygon by the even-odd rule; an erasing one takes away what was painted before it."""

    points: tuple[Point, ...]
    erase: bool = False

    @cached_property
    def bounds(self) -> Bounds:
        return Bounds.around(self.points)

    def transformed(self, affine: Affine) -> "Polygon":
        centre = self.bounds.centre
        return replace(self, points=affine.applied_to(self.points, centre))

    def scaled(self, sx: float, sy: float) -> "Polygon":
        return replace(self, points=tuple(p.scaled(sx, sy) for p in self.points))


@dataclass(frozen=True)
class Outlines:
    """The inside of closed outlines together by the even-odd rule, so that one within another is a hole in it."""

    rings: tuple[tuple[Point, ...], ...]
    erase: bool = False

    @cached_property
    def bounds(self) -> Bounds:
        return Bounds.around(chain.from_iterable(self.rings))

    def transformed(self, affine: Affine) -> "Outlines":
        centre = self.bounds.centre
        return replace(self, rings=tuple(affine.applied_to(ring, centre) for ring in self.rings))

    def scaled(self, sx: float, sy: float) -> "Outlines":
        return replace(self, rings=tuple(tuple(p.scaled(sx, sy) for p in ring) for ring in self.rings))


@dataclass(frozen=True)
class Stroke:
    """All that lies within the radius of a polyline; an erasing stroke takes away what was painted before it."""

    radius: float
    points: tuple[Point, ...]
    erase: bool = False

    def scaled(self, sx: float, sy: float) -> "Stroke":
        radius = self.radius * (sx * sy) ** 0.5
        return replace(self, radius=radius, points=tuple(p.scaled(sx, sy) for p in self.points))


@dataclass(frozen=True)
class Brush:
    """Strokes in the order they were painted."""

    strokes: tuple[Stroke, ...]

    @cached_property
    def bounds(self) -> Bounds:
        """The box around the strokes that paint; an empty one at the origin where none does."""
        boxes = [Bounds.around(s.points, s.radius) for s in self.strokes if not s.erase]
        return Bounds.union(boxes or [Bounds(0.0, 0.0, 0.0, 0.0)])

    def transformed(self, affine: Affine) -> "Brush":
        """The strokes along their transformed lines; a stroke stays round, so unequal scales hold for its area only."""
        centre, growth = self.bounds.centre, math.sqrt(abs(affine.scale[0] * affine.scale[1]))
        return Brush(
            tuple(
                replace(s, radius=s.radius * growth, points=affine.applied_to(s.points, centre)) for s in self.strokes
            )
        )

    def scaled(self, sx: float, sy: float) -> "Brush":
        return Brush(tuple(s.scaled(sx, sy) for s in self.strokes))


Shape = Polygon | Outlines | Brush


class Drag(NamedTuple):
    """Content at the handle shall go to the target; a drag of length zero is an anchor."""

    handle: Point
    target: Point

    @property
    def is_anchor(self) -> bool:
        return self.handle == self.target


class Region(NamedTuple):
    """Content of the source shape shall fill the target: a shape, or the source itself under a transform."""

    source: Shape
    target: Shape | Affine

    def target_shape(self) -> Shape:
        """The target as a shape to draw."""
        return self.source.transformed(self.target) if isinstance(self.target, Affine) else self.target

    def target_bounds(self) -> Bounds:
        """A box around the target; under a transform that of the source's transformed box."""
        if not isinstance(self.target, Affine):
            return self.target.bounds
        box = self.source.bounds
        return Bounds.around(self.target.applied_to(box.corners, box.centre))

    def scaled(self, sx: float, sy: float) -> "Region":
        return Region(self.source.scaled(sx, sy), self.target.scaled(sx, sy))


@dataclass(frozen=True)
class DragSpec:
    """One drag instruction.

    `size` is the image the coordinates belong to (None: whatever image it meets). The editable area is `base`,
    a raster (H, W) of booleans, with the `mask` shapes painted on it; with neither, the whole image. `notes` are
    sentences on how the instruction was read.
    """

    drags: tuple[Drag, ...] = ()
    regions: tuple[Region, ...] = ()
    mask: tuple[Shape, ...] = ()
    size: Extent | None = None
    base: Tensor | None = field(default=None, compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def has_mask(self) -> bool:
        return bool(self.mask) or self.base is not None

    @property
    def asks_for_motion(self) -> bool:
        """Whether a drag or a region goes elsewhere."""
        elsewhere = (region.target_shape() != region.source for region in self.regions)
        return any(elsewhere) or any(not drag.is_anchor for drag in self.drags)

    @property
    def picture(self) -> Extent:
        """The size of the picture it is laid on; raises ValueError while it has none."""
        if self.size is None:
            raise ValueError("The instruction has no size yet; lay it on a picture by `scaled_to`.")
        return self.size

    def scaled_to(self, size: Extent) -> "DragSpec":
        """The same instruction for an image of another size; the raster base keeps its own size."""
        if self.size is None or self.size == size:
            return replace(self, size=size)
        sx, sy = size.width / self.size.width, size.height / self.size.height
        return replace(
            self,
            size=size,
            drags=tuple(Drag(d.handle.scaled(sx, sy), d.target.scaled(sx, sy)) for d in self.drags),
            regions=tuple(region.scaled(sx, sy) for region in self.regions),
            mask=tuple(shape.scaled(sx, sy) for shape in self.mask),
        )

    def refuse_far(self) -> None:
        """Raise ValueError, naming the place, for coordinates too far away to draw lines to."""
        boxes = {f"drags[{i}]": Bounds.around(drag) for i, drag in enumerate(self.drags)}
        for i, region in enumerate(self.regions):
            boxes |= {f"regions[{i}].source": region.source.bounds, f"regions[{i}]": region.target_bounds()}
        for place, box in boxes.items():
            if not max(map(abs, box)) <= FARTHEST:
                raise ValueError(f"{place}: it reaches {max(map(abs, box)):g} pixels away; stay within {FARTHEST:g}.")

    def warnings(self) -> list[str]:
        """Sentences on what can be done but is probably not meant: points outside the image."""
        if self.size is None:
            return []
        image = f"the {self.size.width}x{self.size.height} image"
        ends: dict[str, Callable[[Drag], Point]] = {"handle": lambda d: d.handle, "target": lambda d: d.target}
        away = {
            name: [(n, of(d)) for n, d in enumerate(self.drags, 1) if not self.size.contains(of(d))]
            for name, of in ends.items()
        }
        return [
            f"drag {n}: its {name} ({x:g}, {y:g}) lies outside {image}." + others(len(rest), name)
            for name, places in away.items()
            for (n, (x, y)), *rest in ([places] if places else [])
        ]


def others(count: int, name: str) -> str:
    """A word on further points of which the same is true."""
    return f" So do {count} more {name}s." if count > 1 else f" So does one more {name}." if count else ""
