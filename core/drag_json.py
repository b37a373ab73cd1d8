"""The JSON form of a drag instruction: read with an error that names the place, written small and stable."""

import json
import math
from collections.abc import Callable
from typing import Any, TypeVar

from .drag import Affine, Brush, Drag, DragSpec, Extent, Point, Polygon, Region, Shape, Stroke

VERSION = 1
KEYS = ("version", "size", "drags", "regions", "mask")
AFFINE_PARTS: dict[str, Any] = {"move": [0, 0], "scale": [1, 1], "rotate": 0}
SMALLEST_SCALE = 0.001
T = TypeVar("T")


def read_drag(value: str | dict | list) -> DragSpec:
    """Reads a drag instruction from JSON text, a JSON object, or another editor's list of alternating points.

    Raises ValueError naming the place (`drags[2].target`), what stands there and what is needed.
    """
    if isinstance(value, str):
        value = parse_text(value)
    if isinstance(value, list):
        return DragSpec(drags=alternating_points(value))
    if not isinstance(value, dict):
        raise ValueError(f"drag: {describe(value)} is no drag instruction; give a JSON object with a version.")
    check_header(value)
    return DragSpec(
        drags=read_list(value, "drags", read_pair),
        regions=read_list(value, "regions", read_region),
        mask=read_list(value, "mask", read_shape),
        size=read_size(value["size"]) if value.get("size") is not None else None,
    )


def write_drag(spec: DragSpec) -> dict[str, Any]:
    """The JSON object of an instruction, without its raster base; coordinates to a hundredth of a pixel."""
    out: dict[str, Any] = {"version": VERSION}
    if spec.size:
        out["size"] = list(spec.size)
    out["drags"] = [{"handle": number_pair(d.handle), "target": number_pair(d.target)} for d in spec.drags]
    out["regions"] = [write_region(region) for region in spec.regions]
    out["mask"] = [write_shape(shape) for shape in spec.mask]
    return out


def parse_text(text: str) -> Any:
    if not text.strip():
        raise ValueError("drag: the JSON is empty; draw or write at least one drag, region or mask.")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"drag: not JSON at line {error.lineno}, column {error.colno}: {error.msg}.") from error


def check_header(value: dict) -> None:
    version = value.get("version")
    if version != VERSION or isinstance(version, bool):
        found = "has no version" if "version" not in value else f"has version {describe(version)}"
        advice = "update DragKit to read it" if isinstance(version, int) and version > VERSION else "write version 1"
        raise ValueError(f"drag: the instruction {found}, this DragKit reads version {VERSION}; {advice}.")
    for key in value:
        if key not in KEYS:
            raise ValueError(f"drag: unknown key {describe(key)}; known are {', '.join(KEYS)}.")


def alternating_points(items: list) -> tuple[Drag, ...]:
    points = [read_point_object(item, f"points[{i}]") for i, item in enumerate(items)]
    if len(points) % 2:
        raise ValueError(f"points: {len(points)} points, an odd number; they must alternate handle and target.")
    return tuple(Drag(handle, target) for handle, target in zip(points[::2], points[1::2], strict=True))


def read_list(value: dict, key: str, read: Callable[[Any, str], T]) -> tuple[T, ...]:
    items = value.get(key)
    return () if items is None else tuple(read(item, f"{key}[{i}]") for i, item in enumerate(listed(items, key)))


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
    return Affine(move, tuple(scale), read_number(parts["rotate"], f"{place}.rotate"))


def read_shape(value: Any, place: str) -> Shape:
    if isinstance(value, dict) and "polygon" in value:
        points = read_points(value["polygon"], f"{place}.polygon")
        if len(points) < 3:
            raise ValueError(f"{place}.polygon: {len(points)} points; a polygon needs at least 3.")
        return Polygon(points, read_flag(value, "erase", place))
    if isinstance(value, dict) and "brush" in value:
        strokes = listed(value["brush"], f"{place}.brush")
        return Brush(tuple(read_stroke(s, f"{place}.brush[{i}]") for i, s in enumerate(strokes)))
    raise ValueError(f'{place}: {describe(value)} is no shape; give {{"polygon": [...]}} or {{"brush": [...]}}.')


def read_stroke(value: Any, place: str) -> Stroke:
    entry = keyed(value, place, ("radius", "points"))
    radius = read_number(entry["radius"], f"{place}.radius")
    points = read_points(entry["points"], f"{place}.points")
    if radius <= 0 or not points:
        raise ValueError(f"{place}: a stroke needs a radius above 0 and at least one point.")
    return Stroke(radius, points, read_flag(entry, "erase", place))


def read_flag(entry: dict, key: str, place: str) -> bool:
    flag = entry.get(key, False)
    if not isinstance(flag, bool):
        raise ValueError(f"{place}.{key}: {describe(flag)} is neither true nor false.")
    return flag


def read_size(value: Any) -> Extent:
    width, height = (read_number(v, "size") for v in pair(value, "size"))
    if width < 1 or height < 1 or width % 1 or height % 1:
        raise ValueError(f"size: {describe(value)} is no image size; give whole pixels [width, height] above 0.")
    return Extent(int(width), int(height))


def read_points(value: Any, place: str) -> tuple[Point, ...]:
    return tuple(read_point(p, f"{place}[{i}]") for i, p in enumerate(listed(value, place)))


def read_point(value: Any, place: str) -> Point:
    return Point(*(read_number(v, place) for v in pair(value, place)))


def read_point_object(value: Any, place: str) -> Point:
    entry = keyed(value, place, ("x", "y"))
    return Point(read_number(entry["x"], f"{place}.x"), read_number(entry["y"], f"{place}.y"))


def read_number(value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{place}: {describe(value)} is no finite number.")
    return float(value)


def pair(value: Any, place: str) -> list:
    if len(listed(value, place)) != 2:
        raise ValueError(f"{place}: {describe(value)} has {len(value)} numbers; give two, [x, y].")
    return value


def listed(value: Any, place: str) -> list:
    if not isinstance(value, list | tuple):
        raise ValueError(f"{place}: {describe(value)} is no list.")
    return value


def keyed(value: Any, place: str, keys: tuple[str, ...]) -> dict:
    missing = [key for key in keys if not isinstance(value, dict) or value.get(key) is None]
    if missing:
        raise ValueError(f"{place}: {describe(value)} lacks {' and '.join(missing)}; it needs {', '.join(keys)}.")
    return value


def describe(value: Any) -> str:
    text = json.dumps(value, default=repr)
    return text if len(text) <= 60 else text[:57] + "..."


def write_region(region: Region) -> dict[str, Any]:
    source = write_shape(region.source)
    if isinstance(region.target, Affine):
        return {"source": source, "affine": write_affine(region.target)}
    return {"source": source, "target": write_shape(region.target)}


def write_affine(affine: Affine) -> dict[str, Any]:
    """The parts of a transform that do something; scales to a ten-thousandth, angles to a hundredth of a degree."""
    parts = {
        "move": number_pair(affine.move),
        "scale": [short(side, 4) for side in affine.scale],
        "rotate": short(affine.rotate),
    }
    return {key: part for key, part in parts.items() if part != AFFINE_PARTS[key]}


def write_shape(shape: Shape) -> dict[str, Any]:
    if isinstance(shape, Polygon):
        return {"polygon": [number_pair(p) for p in shape.points]} | ({"erase": True} if shape.erase else {})
    return {"brush": [write_stroke(stroke) for stroke in shape.strokes]}


def write_stroke(stroke: Stroke) -> dict[str, Any]:
    out: dict[str, Any] = {"radius": short(stroke.radius), "points": [number_pair(p) for p in stroke.points]}
    return out | {"erase": True} if stroke.erase else out


def number_pair(point: Point) -> list[float]:
    return [short(point.x), short(point.y)]


def short(value: float, digits: int = 2) -> float:
    rounded = round(value, digits)
    return int(rounded) if rounded == int(rounded) else rounded
