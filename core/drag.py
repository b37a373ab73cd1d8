"""The drag instruction and its geometry.

Points are (x, y) in pixels of the image, origin at its top left corner. Pixel-centre rule: coordinates are
continuous, the pixel in column j and row i covers j <= x < j + 1 and i <= y < i + 1, so its centre is
(j + 0.5, i + 0.5), and a point follows a resized image by a plain factor.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from torch import Tensor


class Point(NamedTuple):
    x: float
    y: float

    def scaled(self, sx: float, sy: float) -> "Point":
        return Point(self.x * sx, self.y * sy)


class Extent(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int

    def contains(self, point: Point) -> bool:
        return 0 <= point.x <= self.width and 0 <= point.y <= self.height


class Drag(NamedTuple):
    """Content at the handle shall go to the target; a drag of length zero is an anchor."""

    handle: Point
    target: Point

    @property
    def is_anchor(self) -> bool:
        return self.handle == self.target


@dataclass(frozen=True)
class Polygon:
    """The inside of a closed polygon by the even-odd rule."""

    points: tuple[Point, ...]

    def scaled(self, sx: float, sy: float) -> "Polygon":
        return Polygon(tuple(p.scaled(sx, sy) for p in self.points))


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

    def scaled(self, sx: float, sy: float) -> "Brush":
        return Brush(tuple(s.scaled(sx, sy) for s in self.strokes))


Shape = Polygon | Brush


class Region(NamedTuple):
    """Content of the source shape shall fill the target shape."""

    source: Shape
    target: Shape


@dataclass(frozen=True)
class DragSpec:
    """One drag instruction.

    `size` is the image the coordinates belong to (None: whatever image it meets). The editable area is `base`,
    a raster (H, W) of booleans, with the `mask` shapes painted on it; with neither, the whole image.
    """

    drags: tuple[Drag, ...] = ()
    regions: tuple[Region, ...] = ()
    mask: tuple[Shape, ...] = ()
    size: Extent | None = None
    base: Tensor | None = field(default=None, compare=False)

    @property
    def has_mask(self) -> bool:
        return bool(self.mask) or self.base is not None

    def scaled_to(self, size: Extent) -> "DragSpec":
        """The same instruction for an image of another size; the raster base keeps its own size."""
        if self.size is None or self.size == size:
            return replace(self, size=size)
        sx, sy = size.width / self.size.width, size.height / self.size.height

        def scaled(shape: Shape) -> Shape:
            return shape.scaled(sx, sy)

        return replace(
            self,
            size=size,
            drags=tuple(Drag(d.handle.scaled(sx, sy), d.target.scaled(sx, sy)) for d in self.drags),
            regions=tuple(Region(scaled(r.source), scaled(r.target)) for r in self.regions),
            mask=tuple(scaled(shape) for shape in self.mask),
        )

    def warnings(self) -> list[str]:
        """Sentences on what can be done but is probably not meant: points outside the image."""
        if self.size is None:
            return []
        ends: dict[str, Callable[[Drag], Point]] = {"handle": lambda d: d.handle, "target": lambda d: d.target}
        return [
            f"drag {number}: its {name} ({place.x:g}, {place.y:g}) lies outside the "
            f"{self.size.width}x{self.size.height} image."
            for number, drag in enumerate(self.drags, 1)
            for name, of in ends.items()
            if not self.size.contains(place := of(drag))
        ]
