"""Drawing a drag instruction on its picture: numbered arrows, regions, the fixed area darkened."""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .drag import Drag, DragSpec, Extent, Point, Region
from .masks import editable_mask, rasterise

SUPERSAMPLING = 3
FIXED_SHADE = 0.55
HANDLE_COLOUR = (235, 64, 52)
TARGET_COLOUR = (52, 120, 246)
PATH_COLOUR = (255, 214, 10)
SOURCE_TINT = np.array([0.92, 0.25, 0.20], dtype=np.float32)
TARGET_TINT = np.array([0.20, 0.47, 0.96], dtype=np.float32)


def draw_drag(picture: np.ndarray, spec: DragSpec) -> np.ndarray:
    """The picture (H, W, 3), float 0..1, with an instruction of the same size drawn on it."""
    return draw_paths(picture, spec, [])


def draw_paths(picture: np.ndarray, spec: DragSpec, paths: list[list[Point]]) -> np.ndarray:
    """The same, and the paths that its handles have taken, in pixels."""
    size = Extent(picture.shape[1], picture.shape[0])
    shaded = tint_regions(shade_fixed(picture.astype(np.float32), spec, size), spec.regions, size)
    pixels = Image.fromarray((shaded.clip(0, 1) * 255).round().astype(np.uint8))
    large = pixels.resize((size.width * SUPERSAMPLING, size.height * SUPERSAMPLING), Image.Resampling.BICUBIC)
    pen = Pen(ImageDraw.Draw(large), stroke_width(size))
    for drag in spec.drags:
        pen.arrow(drag)
    for path in paths:
        pen.path(path)
    for number, drag in enumerate(spec.drags, 1):
        pen.label(str(number), drag)
    return np.asarray(large.resize(size, Image.Resampling.BOX), dtype=np.float32) / 255


def stroke_width(size: Extent) -> float:
    """Lines of about a two-hundredth of the picture, two pixels at least."""
    return max(2.0, min(size) / 160)


def shade_fixed(picture: np.ndarray, spec: DragSpec, size: Extent) -> np.ndarray:
    """Darkens what lies outside the editable area."""
    area = editable_mask(spec, size)
    return picture if area is None else np.where(area.numpy()[..., None], picture, picture * FIXED_SHADE)


def tint_regions(picture: np.ndarray, regions: tuple[Region, ...], size: Extent) -> np.ndarray:
    """Tints source shapes red and target shapes blue."""
    for region in regions:
        for shape, colour in ((region.source, SOURCE_TINT), (region.target_shape(), TARGET_TINT)):
            inside = rasterise(shape, size).numpy()[..., None]
            picture = np.where(inside, 0.6 * picture + 0.4 * colour, picture)
    return picture


class Pen:
    """Draws on an enlarged picture in coordinates of the original one; every line has a white rim."""

    def __init__(self, draw: ImageDraw.ImageDraw, width: float):
        self.draw, self.width = draw, width
        self.radius = 2.2 * width

    def arrow(self, drag: Drag) -> None:
        """Handle, shaft and head; an anchor is a ring."""
        if drag.is_anchor:
            self.disc(drag.handle, self.radius * 1.3, "white")
            self.disc(drag.handle, self.radius, HANDLE_COLOUR)
            self.disc(drag.handle, self.radius * 0.5, "white")
            return
        tip, wings = arrow_head(drag, 4.5 * self.width)
        for grow, shaft, head in ((self.width, "white", "white"), (0.0, TARGET_COLOUR, TARGET_COLOUR)):
            self.line(drag.handle, wings[2], self.width + grow, shaft)
            self.polygon([tip, wings[0], wings[1]], head, grow)
        self.disc(drag.handle, self.radius + 0.5 * self.width, "white")
        self.disc(drag.handle, self.radius, HANDLE_COLOUR)

    def path(self, points: list[Point]) -> None:
        """A thin line through points, and a disc where it ends."""
        for width, colour in ((1.1, "black"), (0.6, PATH_COLOUR)):
            for start, end in zip(points, points[1:], strict=False):
                self.line(start, end, width * self.width, colour)
        self.disc(points[-1], 0.9 * self.radius + 0.4 * self.width, "black")
        self.disc(points[-1], 0.9 * self.radius, PATH_COLOUR)

    def label(self, text: str, drag: Drag) -> None:
        """The number of a drag, beside its handle on the side away from the target."""
        dx, dy = drag.handle.x - drag.target.x, drag.handle.y - drag.target.y
        length = math.hypot(dx, dy) or 1.0
        offset = 3.6 * self.radius
        x, y = drag.handle.x + offset * dx / length, drag.handle.y + offset * (dy / length or (length == 1.0) * -1.0)
        font = ImageFont.load_default(size=round(4.2 * self.radius * SUPERSAMPLING / 1.5))
        edge = round(self.width * SUPERSAMPLING * 0.6)
        self.draw.text(
            self.enlarged(Point(x, y)),
            text,
            font=font,
            anchor="mm",
            fill="white",
            stroke_width=edge,
            stroke_fill="black",
        )

    def line(self, start: Point, end: Point, width: float, colour: str | tuple[int, int, int]) -> None:
        ends = [self.enlarged(start), self.enlarged(end)]
        self.draw.line(ends, fill=colour, width=round(width * SUPERSAMPLING))

    def polygon(self, points: list[Point], colour: str | tuple[int, int, int], grow: float) -> None:
        outline = round(grow * SUPERSAMPLING)
        self.draw.polygon([self.enlarged(p) for p in points], fill=colour, outline=colour, width=max(outline, 1))

    def disc(self, centre: Point, radius: float, colour: str | tuple[int, int, int]) -> None:
        x, y = self.enlarged(centre)
        r = radius * SUPERSAMPLING
        self.draw.ellipse([x - r, y - r, x + r, y + r], fill=colour)

    def enlarged(self, point: Point) -> tuple[float, float]:
        return point.x * SUPERSAMPLING, point.y * SUPERSAMPLING


def arrow_head(drag: Drag, length: float) -> tuple[Point, tuple[Point, Point, Point]]:
    """The tip of an arrow at the target, and its two wings with the middle of its base."""
    tip = drag.target
    angle = math.atan2(drag.target.y - drag.handle.y, drag.target.x - drag.handle.x)
    base = Point(tip.x - length * math.cos(angle), tip.y - length * math.sin(angle))
    across = (0.5 * length * math.sin(angle), -0.5 * length * math.cos(angle))
    wings = (Point(base.x + across[0], base.y + across[1]), Point(base.x - across[0], base.y - across[1]))
    return tip, (*wings, base)
