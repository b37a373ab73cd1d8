"""Values of the JSON form, each read with an error that names the place, what stands there and what is needed."""

import json
from collections.abc import Callable, Sequence
from itertools import chain, islice
from typing import Any, TypeVar

from .bounds import LARGEST_NUMBER
from .spec import Point

LONGEST_DESCRIPTION = 60
T = TypeVar("T")


def read_list(value: dict[str, Any], key: str, read: Callable[[Any, str], T]) -> tuple[T, ...]:
    items = value.get(key)
    return () if items is None else tuple(read(item, f"{key}[{i}]") for i, item in enumerate(listed(items, key)))


def read_flag(entry: dict[str, Any], key: str, place: str) -> bool:
    flag = entry.get(key, False)
    if not isinstance(flag, bool):
        raise ValueError(f"{place}.{key}: {describe(flag)} is neither true nor false.")
    return flag


def read_points(value: Any, place: str) -> tuple[Point, ...]:
    items = listed(value, place)
    if are_points(items):  # thousands are read in passing; only a fault needs to know its place
        return tuple(Point(float(x), float(y)) for x, y in items)
    return tuple(read_point(p, f"{place}[{i}]") for i, p in enumerate(items))


def are_points(items: Sequence[Any]) -> bool:
    """Whether all of them are pairs of numbers within the bounds."""
    if not all(isinstance(item, list | tuple) and len(item) == 2 for item in items):
        return False
    numbers = list(chain.from_iterable(items))
    return set(map(type, numbers)) <= {int, float} and all(-LARGEST_NUMBER <= n <= LARGEST_NUMBER for n in numbers)


def read_point(value: Any, place: str) -> Point:
    return Point(*(read_number(v, place) for v in pair(value, place)))


def read_number(value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or abs(value) == float("inf"):
        raise ValueError(f"{place}: {describe(value)} is no finite number.")
    if abs(value) > LARGEST_NUMBER:
        raise ValueError(f"{place}: {describe(value)} is too large; numbers go up to {LARGEST_NUMBER:,}.")
    return float(value)


def pair(value: Any, place: str) -> Sequence[Any]:
    if len(listed(value, place)) != 2:
        raise ValueError(f"{place}: {describe(value)} has {len(value)} numbers; give two, [x, y].")
    return value


def listed(value: Any, place: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"{place}: {describe(value)} is no list.")
    return value


def keyed(value: Any, place: str, keys: tuple[str, ...]) -> dict[str, Any]:
    missing = [key for key in keys if not isinstance(value, dict) or value.get(key) is None]
    if missing:
        raise ValueError(f"{place}: {describe(value)} lacks {' and '.join(missing)}; it needs {', '.join(keys)}.")
    return value


def describe(value: Any) -> str:
    """The beginning of a value as JSON; of a large one no more than that is written."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**LONGEST_DESCRIPTION:
        return "a number of over 60 digits"
    chunks = json.JSONEncoder(default=repr, skipkeys=True).iterencode(value)
    text = "".join(chunk[: LONGEST_DESCRIPTION + 1] for chunk in islice(chunks, LONGEST_DESCRIPTION + 1))
    return text if len(text) <= LONGEST_DESCRIPTION else text[: LONGEST_DESCRIPTION - 3] + "..."
