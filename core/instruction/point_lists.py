"""The point lists of other editors: handles and targets in turn, or tracks, of which the two ends count."""

import math
from collections.abc import Sequence
from typing import Any

from .bounds import check_count
from .spec import Drag, DragSpec, Point, others
from .values import describe, keyed, listed, read_number, read_point

FORMS = '[{"x": 1, "y": 2}, ...] or [[1, 2], ...], handle and target in turn, or a list of such lists, each one a track'
SHORTEST_TRACK = 8
SMOOTHNESS = 0.35  # of the steps' lengths
ROUNDING = 1.5  # pixels
SMOOTH_SHARE = 0.75


def read_point_list(items: Sequence[Any]) -> DragSpec:
    """The drags of another editor's list, with a note where it could be meant otherwise.

    Raises ValueError for an odd number of points that are no track, and for fractions of a picture.
    """
    if items and is_track(items[0]):
        tracks, notes = [read_track(track, f"points[{i}]") for i, track in enumerate(items)], ()
    else:
        points = [read_any_point(item, f"points[{i}]") for i, item in enumerate(items)]
        tracks, notes = split_points(points)
    check_count("drags", len(tracks))
    if tracks and all(0 <= number <= 1 for track in tracks for point in track for number in point):
        raise ValueError(
            "points: all of them lie between 0 and 1, but points are read in pixels; write fractions of the picture "
            'as {"version": 1, "size": [1, 1], "drags": [{"handle": [x, y], "target": [x, y]}]}.'
        )
    return DragSpec(drags=tuple(Drag(track[0], track[-1]) for track in tracks), notes=notes + notes_on_returns(tracks))


def is_track(item: Any) -> bool:
    """Whether an item of a list is itself a list of points."""
    return isinstance(item, list | tuple) and (not item or isinstance(item[0], list | tuple | dict))


def read_track(value: Any, place: str) -> list[Point]:
    points = [read_any_point(item, f"{place}[{i}]") for i, item in enumerate(listed(value, place))]
    if not points:
        raise ValueError(f"{place}: a track without points; points are read as {FORMS}.")
    return points


def read_any_point(value: Any, place: str) -> Point:
    if isinstance(value, list | tuple) and len(value) == 2:
        return read_point(value, place)
    if not isinstance(value, dict):
        raise ValueError(f"{place}: {describe(value)} is no point; points are read as {FORMS}.")
    entry = keyed(value, place, ("x", "y"))
    return Point(read_number(entry["x"], f"{place}.x"), read_number(entry["y"], f"{place}.y"))


def split_points(points: list[Point]) -> tuple[list[list[Point]], tuple[str, ...]]:
    """The tracks in one list of points: the whole list if it goes on smoothly, else pairs; and what to say of it."""
    smooth = len(points) > 2 and goes_on(points)
    if smooth and len(points) >= SHORTEST_TRACK:
        note = (
            f"the {len(points)} points go on from one to the next and are read as one track: a drag from the first to "
            "the last. To have them in pairs, write drags with handle and target."
        )
        return [points], (note,)
    if len(points) % 2:
        raise ValueError(f"points: {len(points)} points, an odd number; points are read as {FORMS}.")
    note = (
        f"the {len(points)} points are read as handle and target in turn, though they go on from one to the next. If "
        "they are one track, put the list into another list."
    )
    return [points[i : i + 2] for i in range(0, len(points), 2)], (note,) if smooth else ()


def goes_on(points: list[Point]) -> bool:
    """Whether most steps from a target to the next handle are about the mean of the steps beside them."""
    steps = [(b.x - a.x, b.y - a.y) for a, b in zip(points, points[1:], strict=False)]
    gaps = range(1, len(steps), 2)
    smooth = sum(is_smooth(steps[i - 1], steps[i], steps[min(i + 1, len(steps) - 1)]) for i in gaps)
    return smooth >= SMOOTH_SHARE * len(gaps)


def is_smooth(before: tuple[float, float], step: tuple[float, float], after: tuple[float, float]) -> bool:
    mean = (before[0] + after[0]) / 2, (before[1] + after[1]) / 2
    difference = math.sqrt((step[0] - mean[0]) ** 2 + (step[1] - mean[1]) ** 2)
    length = math.sqrt(step[0] ** 2 + step[1] ** 2) + math.sqrt(mean[0] ** 2 + mean[1] ** 2)
    return difference <= SMOOTHNESS * length + ROUNDING


def notes_on_returns(tracks: list[list[Point]]) -> tuple[str, ...]:
    """What to say of tracks that move and come back, so that nothing is dragged."""
    back = [i for i, track in enumerate(tracks, 1) if track[0] == track[-1] and any(p != track[0] for p in track)]
    if not back:
        return ()
    return (f"track {back[0]} ends where it starts, so it holds its place.{others(len(back) - 1, 'track')}",)
