"""Arrows, discs, paths and numbers, drawn enlarged on a layer of their own and shrunk again for smooth edges."""

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..instruction.spec import Bounds, Drag, Extent, Point

SUPERSAMPLING = 3
HANDLE_COLOUR = (235, 64, 52)
TARGET_COLOUR = (52, 120, 246)
PATH_COLOUR = (255, 214, 10)
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
Colour = tuple[int, int, int]


class Mark(Protocol):
    """Something of one colour to draw; its bounds in pixels of the picture."""

    @property
    def bounds(self) -> Bounds: ...

    def draw(self, tile: "Tile") -> None: ...


class Line(NamedTuple):
    start: Point
    end: Point
    width: float
    colour: Colour

    @property
    def bounds(self) -> Bounds:
        return Bounds.around((self.start, self.end), self.width)

    def draw(self, tile: "Tile") -> None:
        part = clipped_line(self.start, self.end, tile.bounds(2 * self.width))
        if part:
            ends = [tile.place(point) for point in part]
            tile.pen.line(ends, fill=(*self.colour, 255), width=round(self.width * SUPERSAMPLING))


class Triangle(NamedTuple):
    corners: tuple[Point, Point, Point]
    rim: float
    colour: Colour

    @property
    def bounds(self) -> Bounds:
        return Bounds.around(self.corners, self.rim)

    def draw(self, tile: "Tile") -> None:
        colour = (*self.colour, 255)
        width = max(round(self.rim * SUPERSAMPLING), 1)
        tile.pen.polygon([tile.place(corner) for corner in self.corners], fill=colour, outline=colour, width=width)


class Disc(NamedTuple):
    centre: Point
    radius: float
    colour: Colour

    @property
    def bounds(self) -> Bounds:
        return Bounds.around((self.centre,), self.radius)

    def draw(self, tile: "Tile") -> None:
        x, y = tile.place(self.centre)
        r = self.radius * SUPERSAMPLING
        tile.pen.ellipse([x - r, y - r, x + r, y + r], fill=(*self.colour, 255))


class Label(NamedTuple):
    text: str
    centre: Point
    height: float
    rim: float

    @property
    def bounds(self) -> Bounds:
        return Bounds.around((self.centre,), self.height * len(self.text) + self.rim)

    def draw(self, tile: "Tile") -> None:
        tile.pen.text(
            tile.place(self.centre),
            self.text,
            font=font_of(round(self.height * SUPERSAMPLING)),
            anchor="mm",
            fill=(*WHITE, 255),
            stroke_width=round(self.rim * SUPERSAMPLING),
            stroke_fill=(*BLACK, 255),
        )


class Tile:
    """An enlarged, empty part of a picture to draw on."""

    def __init__(self, corner: Point, size: Extent):
        self.corner, self.size = corner, size
        enlarged = (size.width * SUPERSAMPLING, size.height * SUPERSAMPLING)
        self.pixels = Image.new("RGBA", enlarged, (0, 0, 0, 0))
        self.pen = ImageDraw.Draw(self.pixels)

    def place(self, point: Point) -> tuple[float, float]:
        return (point.x - self.corner.x) * SUPERSAMPLING, (point.y - self.corner.y) * SUPERSAMPLING

    def bounds(self, margin: float = 0.0) -> Bounds:
        return Bounds.around(
            (self.corner, Point(self.corner.x + self.size.width, self.corner.y + self.size.height)), margin
        )

    def shrunk(self) -> np.ndarray:
        """Colours weighted by the share of each pixel that they cover, and that share, (H, W, 4) in 0..1."""
        bands = self.pixels.split()  # weighted already, as what is drawn is opaque, or text that fades into nothing
        return np.stack([np.asarray(band.reduce(SUPERSAMPLING)) for band in bands], axis=-1) / np.float32(255)


def drawn_tile(marks: list[Mark], corner: Point, size: Extent) -> np.ndarray | None:
    """The marks on the part of a picture at a corner, (H, W, 4); None where none of them comes near."""
    right, bottom = corner.x + size.width, corner.y + size.height
    near = [m for m in marks if meets(m.bounds, Bounds(corner.x, corner.y, right, bottom))]
    if not near:
        return None
    tile = Tile(corner, size)
    for mark in near:
        mark.draw(tile)
    return tile.shrunk()


def meets(a: Bounds, b: Bounds) -> bool:
    return a.left <= b.right and b.left <= a.right and a.top <= b.bottom and b.top <= a.bottom


def clipped_line(start: Point, end: Point, box: Bounds) -> tuple[Point, Point] | None:
    """The part of a line inside a box (Liang and Barsky), or None."""
    dx, dy = end.x - start.x, end.y - start.y
    low, high = 0.0, 1.0
    for step, room in (
        (-dx, start.x - box.left),
        (dx, box.right - start.x),
        (-dy, start.y - box.top),
        (dy, box.bottom - start.y),
    ):
        if step == 0 and room < 0:
            return None
        if step < 0:
            low = max(low, room / step)
        elif step > 0:
            high = min(high, room / step)
    if low > high:
        return None
    return Point(start.x + low * dx, start.y + low * dy), Point(start.x + high * dx, start.y + high * dy)


@lru_cache(maxsize=8)
def font_of(height: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=height)


def arrow_marks(drag: Drag, width: float) -> Iterator[Mark]:
    """Handle, shaft and head, every line with a white rim; an anchor is a ring."""
    radius = 2.2 * width
    if drag.is_anchor:
        yield Disc(drag.handle, radius * 1.3, WHITE)
        yield Disc(drag.handle, radius, HANDLE_COLOUR)
        yield Disc(drag.handle, radius * 0.5, WHITE)
        return
    tip, wings, base = arrow_head(drag, 4.5 * width)
    for rim, colour in ((width, WHITE), (0.0, TARGET_COLOUR)):
        yield Line(drag.handle, base, width + rim, colour)
        yield Triangle((tip, *wings), rim, colour)
    yield Disc(drag.handle, radius + 0.5 * width, WHITE)
    yield Disc(drag.handle, radius, HANDLE_COLOUR)


def path_marks(points: list[Point], width: float) -> Iterator[Mark]:
    """A thin line through points, and a disc where it ends."""
    radius = 0.9 * 2.2 * width
    for share, colour in ((1.1, BLACK), (0.6, PATH_COLOUR)):
        for start, end in zip(points, points[1:], strict=False):
            yield Line(start, end, share * width, colour)
    yield Disc(points[-1], radius + 0.4 * width, BLACK)
    yield Disc(points[-1], radius, PATH_COLOUR)


def label_marks(text: str, drag: Drag, width: float) -> Iterator[Mark]:
    """The number of a drag, beside its handle on the side away from the target; above an anchor."""
    dx, dy = drag.handle.x - drag.target.x, drag.handle.y - drag.target.y
    length = math.hypot(dx, dy)
    ux, uy = (dx / length, dy / length) if length else (0.0, -1.0)
    radius = 2.2 * width
    centre = Point(drag.handle.x + 3.6 * radius * ux, drag.handle.y + 3.6 * radius * uy)
    yield Label(text, centre, 4.2 * radius / 1.5, 0.6 * width)


def arrow_head(drag: Drag, length: float) -> tuple[Point, tuple[Point, Point], Point]:
    """The tip of an arrow at the target, its two wings, and the middle of its base."""
    tip = drag.target
    angle = math.atan2(drag.target.y - drag.handle.y, drag.target.x - drag.handle.x)
    base = Point(tip.x - length * math.cos(angle), tip.y - length * math.sin(angle))
    across = (0.5 * length * math.sin(angle), -0.5 * length * math.cos(angle))
    return tip, (Point(base.x + across[0], base.y + across[1]), Point(base.x - across[0], base.y - across[1])), base
