"""The JSON form of a drag instruction: read with an error that names the place, written small and stable."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from .bounds import LARGEST_NUMBER, LARGEST_SIDE, check_extent
from .geometry import Affine, Extent, Point
from .point_lists import FORMS, read_point_list
from .spec import Brush, Drag, DragSpec, Outlines, Polygon, Region, Shape, Stroke
from .text import is_blank, parse_text
from .values import describe, keyed, listed, pair, read_flag, read_list, read_number, read_point, read_points

VERSION = 1
KEYS = ("version", "size", "drags", "regions", "mask")
MARKS = {"positive", "negative", "bbox", "bboxes", "boxes"}
WRAPPER = "__value__"
AFFINE_PARTS: dict[str, Any] = {"move": [0, 0], "scale": [1, 1], "rotate": 0}
SMALLEST_SCALE = 0.001
FRACTIONS = Extent(1, 1)


def read_drag(value: str | dict[str, Any] | list[Any]) -> DragSpec:
    """Reads a drag instruction from JSON text, a JSON object, or another editor's list of points or tracks.

    Raises ValueError naming the place (`drags[2].target`), what stands there and what is needed.

    >>> read_drag('{"version": 1, "drags": [{"handle": [8, 8], "target": [24, 8]}]}').drags
    (Drag(handle=Point(x=8.0, y=8.0), target=Point(x=24.0, y=8.0)),)
    >>> read_drag([[8, 8], [24, 8]]).drags == _
    True
    >>> read_drag('{"version": 1, "drags": [{"handle": [8, 8], "target": [24]}]}')
    Traceback (most recent call last):
    ValueError: drags[0].target: ...
    """
    if isinstance(value, str):
        value = parse_text(value)
    if isinstance(value, dict) and set(value) == {WRAPPER}:  # as a list is wrapped in a prompt of the host
        value = value[WRAPPER]
    check_extent(value)
    if isinstance(value, list | tuple):
        return read_point_list(value)
    if not isinstance(value, dict):
        raise ValueError(f"drag: {describe(value)} is no drag instruction; give a JSON object with a version.")
    return read_instruction(value)


def read_canvas(value: str | dict[str, Any] | list[Any] | None) -> DragSpec:
    """The same, and an empty instruction where nothing was ever drawn."""
    if value is None or (isinstance(value, str) and is_blank(value)):
        return DragSpec()
    return read_drag(value)


def read_instruction(value: dict[str, Any]) -> DragSpec:
    check_header(value)
    size = read_size(value["size"]) if value.get("size") is not None else None
    drags = read_list(value, "drags", read_pair)
    regions = read_list(value, "regions", read_region)
    mask = read_list(value, "mask", read_shape)
    return DragSpec(drags, regions, mask, size, notes=notes_on(drags, size))


def notes_on(drags: tuple[Drag, ...], size: Extent | None) -> tuple[str, ...]:
    """What to say of coordinates that look like fractions of a picture."""
    numbers = [number for drag in drags for point in drag for number in point]
    if size == FRACTIONS or not numbers or not all(0 <= number <= 1 for number in numbers):
        return ()
    return ('all points lie within the first pixel. If they are fractions of the picture, write "size": [1, 1].',)


def write_drag(spec: DragSpec) -> dict[str, Any]:
    """The JSON object of an instruction, without its raster base.

    Coordinates to a hundredth of a pixel, to a millionth where they are fractions of the picture (size [1, 1]); what
    was written is read and written again as it is.
    """
    write = Writer(6 if spec.size == FRACTIONS else 2)
    out: dict[str, Any] = {"version": VERSION}
    if spec.size:
        out["size"] = list(spec.size)
    out["drags"] = [{"handle": write.point(d.handle), "target": write.point(d.target)} for d in spec.drags]
    out["regions"] = [write.region(region) for region in spec.regions]
    out["mask"] = [write.shape(shape) for shape in spec.mask]
    return out


def check_header(value: dict[str, Any]) -> None:
    if MARKS & set(value) and "version" not in value:
        raise ValueError(
            f"drag: {describe(value)} marks places without saying where anything goes; points are read as {FORMS}."
        )
    version = value.get("version")
    if isinstance(version, bool) or version != VERSION:
        found = "has no version" if "version" not in value else f"has version {describe(version)}"
        advice = "update DragKit to read it" if isinstance(version, int) and version > VERSION else "write version 1"
        raise ValueError(f"drag: the instruction {found}, this DragKit reads version {VERSION}; {advice}.")
    for key in value:
        if key not in KEYS:
            raise ValueError(f"drag: unknown key {describe(key)}; known are {', '.join(KEYS)}.")


def read_pair(value: Any, place: str) -> Drag:
    entry = keyed(value, place, ("handle", "target"))
    return Drag(read_point(entry["handle"], f"{place}.handle"), read_point(entry["target"], f"{place}.target"))


def read_region(value: Any, place: str) -> Region:
    entry = keyed(value, place, ("source",))
    source = read_shape(entry["source"], f"{place}.source")
    target, affine = entry.get("target"), entry.get("affine")
    if (target is None) == (affine is None):
        raise ValueError(f"{place}: {describe(value)} needs either a target shape or an affine.")
    if affine is not None:
        return Region(source, read_affine(affine, f"{place}.affine"))
    return Region(source, read_shape(target, f"{place}.target"))


def read_affine(value: Any, place: str) -> Affine:
    if not isinstance(value, dict) or not set(value) <= set(AFFINE_PARTS):
        raise ValueError(f"{place}: {describe(value)} is no affine; give an object of {', '.join(AFFINE_PARTS)}.")
    parts = AFFINE_PARTS | {k: v for k, v in value.items() if v is not None}
    move, scale = (read_point(parts[key], f"{place}.{key}") for key in ("move", "scale"))
    if min(abs(scale.x), abs(scale.y)) < SMALLEST_SCALE:
        raise ValueError(f"{place}.scale: {describe(parts['scale'])} leaves nothing; give {SMALLEST_SCALE} or more.")
    return Affine(move, (scale.x, scale.y), read_number(parts["rotate"], f"{place}.rotate"))


def read_shape(value: Any, place: str) -> Shape:
    if isinstance(value, dict) and "polygon" in value:
        return Polygon(read_corners(value["polygon"], f"{place}.polygon"), read_flag(value, "erase", place))
    if isinstance(value, dict) and "brush" in value:
        strokes = listed(value["brush"], f"{place}.brush")
        return Brush(tuple(read_stroke(s, f"{place}.brush[{i}]") for i, s in enumerate(strokes)))
    if isinstance(value, dict) and "outlines" in value:
        return Outlines(read_rings(value["outlines"], f"{place}.outlines"), read_flag(value, "erase", place))
    known = '{"polygon": [...]}, {"outlines": [[...], ...]} or {"brush": [...]}'
    raise ValueError(f"{place}: {describe(value)} is no shape; give {known}.")


def read_rings(value: Any, place: str) -> tuple[tuple[Point, ...], ...]:
    rings = tuple(read_corners(ring, f"{place}[{i}]") for i, ring in enumerate(listed(value, place)))
    if not rings:
        raise ValueError(f"{place}: there is no outline; give at least one list of points.")
    return rings


def read_corners(value: Any, place: str) -> tuple[Point, ...]:
    points = read_points(value, place)
    if len(points) < 3:
        raise ValueError(f"{place}: {len(points)} points; a polygon needs at least 3.")
    return points


def read_stroke(value: Any, place: str) -> Stroke:
    entry = keyed(value, place, ("radius", "points"))
    radius = read_number(entry["radius"], f"{place}.radius")
    points = read_points(entry["points"], f"{place}.points")
    if radius <= 0 or not points:
        raise ValueError(f"{place}: a stroke needs a radius above 0 and at least one point.")
    return Stroke(radius, points, read_flag(entry, "erase", place))


def read_size(value: Any) -> Extent:
    if isinstance(value, dict):
        raise ValueError(f"size: {describe(value)} is no image size; give [width, height].")
    width, height = (read_number(v, "size") for v in pair(value, "size"))
    if width < 1 or height < 1 or width % 1 or height % 1:
        raise ValueError(f"size: {describe(value)} is no image size; give whole pixels [width, height] above 0.")
    if max(width, height) > LARGEST_SIDE:
        raise ValueError(f"size: {describe(value)} is too large; pictures have up to {LARGEST_SIDE:,} pixels a side.")
    return Extent(int(width), int(height))


class Writer(NamedTuple):
    """Writes the parts of an instruction, its coordinates with a number of decimals."""

    decimals: int

    def region(self, region: Region) -> dict[str, Any]:
        source = self.shape(region.source)
        if isinstance(region.target, Affine):
            return {"source": source, "affine": self.affine(region.target)}
        return {"source": source, "target": self.shape(region.target)}

    def affine(self, affine: Affine) -> dict[str, Any]:
        """The parts of a transform that do something; scales to a ten-thousandth, angles to a hundredth of a degree."""
        parts = {
            "move": self.point(affine.move),
            "scale": [short(side, 4) for side in affine.scale],
            "rotate": short(affine.rotate, 2),
        }
        return {key: part for key, part in parts.items() if part != AFFINE_PARTS[key]}

    def shape(self, shape: Shape) -> dict[str, Any]:
        if isinstance(shape, Brush):
            return {"brush": [self.stroke(stroke) for stroke in shape.strokes]}
        erase = {"erase": True} if shape.erase else {}
        if isinstance(shape, Polygon):
            return {"polygon": self.points(shape.points)} | erase
        return {"outlines": [self.points(ring) for ring in shape.rings]} | erase

    def stroke(self, stroke: Stroke) -> dict[str, Any]:
        radius = short(max(stroke.radius, 10**-self.decimals), self.decimals)  # none that would be read as nothing
        out: dict[str, Any] = {"radius": radius, "points": self.points(stroke.points)}
        return out | {"erase": True} if stroke.erase else out

    def points(self, points: tuple[Point, ...]) -> list[list[float]]:
        return [self.point(p) for p in points]

    def point(self, point: Point) -> list[float]:
        return [short(point.x, self.decimals), short(point.y, self.decimals)]


def short(value: float, decimals: int) -> float:
    """A number within the bounds of the form, rounded half away from zero as the page does."""
    bounded = min(max(value, -LARGEST_NUMBER), LARGEST_NUMBER)
    rounded = float(Decimal(bounded).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))
    return int(rounded) if rounded == int(rounded) else rounded
