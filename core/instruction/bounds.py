"""How large an instruction may be: far more than hands draw, far less than would hold up a server."""

from collections.abc import Mapping, Sequence
from typing import Any

LARGEST_NUMBER = 1_000_000_000  # of every number, either side of 0
LARGEST_SIDE = 16_384  # of an image, as the host's own nodes
LONGEST_TEXT = 4_000_000  # characters
DEEPEST = 16  # lists and objects in each other
MOST_VALUES = 500_000
MOST_POINTS = 50_000
MOST_ITEMS = {"drags": 1_000, "regions": 250, "mask": 10_000}


def check_text(text: str) -> None:
    """Refuses a text that is too long to be parsed in passing."""
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"drag: the text has {len(text):,} characters; at most {LONGEST_TEXT:,} are read.")


def check_extent(value: Any) -> None:
    """Refuses a JSON value that is too deep or has too many parts or points, before anything of it is read."""
    for key in MOST_ITEMS if isinstance(value, dict) else ():
        items = value.get(key)
        check_count(key, len(items) if isinstance(items, list | tuple) else 0)
    level, values, points = [value], 0, 0
    for _ in range(DEEPEST):
        level = [item for item in level if isinstance(item, list | tuple | dict)]
        values += sum(map(len, level))
        if values > MOST_VALUES:
            raise ValueError(
                f"drag: the instruction has over {MOST_VALUES:,} numbers and lists; draw it with fewer points."
            )
        points += sum(map(is_point, level))
        if points > MOST_POINTS:
            raise ValueError(f"drag: the instruction has over {MOST_POINTS:,} points; draw it with fewer.")
        if not level:
            return
        level = [child for item in level for child in (item.values() if isinstance(item, dict) else item)]
    raise ValueError(f"drag: the instruction is nested more than {DEEPEST} deep.")


def is_point(value: Sequence[Any] | Mapping[str, Any]) -> bool:
    """Whether a list or an object looks like a point: [x, y] or {"x": x, "y": y}."""
    if isinstance(value, Mapping):
        return "x" in value and "y" in value
    return len(value) == 2 and not isinstance(value[0], list | tuple | dict)


def check_count(key: str, count: int) -> None:
    """Refuses more drags, regions or mask shapes than are read."""
    if count > MOST_ITEMS[key]:
        raise ValueError(f"{key}: {count:,} of them; at most {MOST_ITEMS[key]:,} are read.")
