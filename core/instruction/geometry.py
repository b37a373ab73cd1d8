"""Points, sizes, boxes and transforms.

Points are (x, y) in pixels of the image, origin at its top left corner. Pixel-centre rule: coordinates are
continuous, the pixel in column j and row i covers j <= x < j + 1 and i <= y < i + 1, so its centre is
(j + 0.5, i + 0.5), and a point follows a resized image by a plain factor. As y points down, a positive rotation
turns clockwise on the screen.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple


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


class Bounds(NamedTuple):
    """The smallest upright box around a shape, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def centre(self) -> Point:
        return Point((self.left + self.right) / 2, (self.top + self.bottom) / 2)

    @property
    def corners(self) -> tuple[Point, ...]:
        return tuple(Point(x, y) for x in (self.left, self.right) for y in (self.top, self.bottom))

    def overlaps(self, other: "Bounds") -> bool:
        """Whether the two share more than a border."""
        x = self.left < other.right and other.left < self.right
        return x and self.top < other.bottom and other.top < self.bottom

    @staticmethod
    def around(points: Iterable[Point], margin: float = 0.0) -> "Bounds":
        points = list(points)
        x, y = [point[0] for point in points], [point[1] for point in points]
        return Bounds(min(x) - margin, min(y) - margin, max(x) + margin, max(y) + margin)

    @staticmethod
    def union(boxes: Iterable["Bounds"]) -> "Bounds":
        left, top, right, bottom = zip(*boxes, strict=True)
        return Bounds(min(left), min(top), max(right), max(bottom))


@dataclass(frozen=True)
class Affine:
    """A transform of a shape: scaled along the image's axes, then rotated, both about its centre, then moved.

    move in pixels; scale without unit, a negative one mirrors; rotate in degrees.

    >>> Affine(Point(10, 0), rotate=90).applied(Point(3, 0), centre=Point(0, 0))
    Point(x=10.0, y=3.0)
    """

    move: Point = Point(0.0, 0.0)
    scale: tuple[float, float] = (1.0, 1.0)
    rotate: float = 0.0

    @property
    def is_identity(self) -> bool:
        return self == Affine()

    def linear(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The matrix, row by row, that acts on offsets (x, y) from the centre."""
        cos, sin = math.cos(math.radians(self.rotate)), math.sin(math.radians(self.rotate))
        sx, sy = self.scale
        return (cos * sx, -sin * sy), (sin * sx, cos * sy)

    def applied(self, point: Point, centre: Point) -> Point:
        return self.applied_to((point,), centre)[0]

    def applied_to(self, points: Iterable[Point], centre: Point) -> tuple[Point, ...]:
        """Where points go."""
        ((a, b), (c, d)), (cx, cy), (dx, dy) = self.linear(), centre, self.move
        offsets = ((x - cx, y - cy) for x, y in points)
        return tuple(Point(a * x + b * y + cx + dx, c * x + d * y + cy + dy) for x, y in offsets)

    def scaled(self, sx: float, sy: float) -> "Affine":
        """The same transform on a resized image, exactly so where both sides are resized alike or nothing rotates."""
        return replace(self, move=self.move.scaled(sx, sy))
