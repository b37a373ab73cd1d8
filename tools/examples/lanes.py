"""Links past other columns run above all groups, in lanes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .layout import GROUP_TOP, Placed

LANE, STEP, BESIDE = 25, 20, 10
SLOT, FIRST_SLOT = 20, 15


class Lane(NamedTuple):
    """Links from one output past other columns: above all groups at a height, from x to x."""

    origin: Placed
    output: int
    links: Sequence[Any]
    height: int


def lanes(
    placed: Sequence[Placed],
    ids: Mapping[str, int],
    links: Sequence[Any],
    above: int = GROUP_TOP + LANE,
    step: int = STEP,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Points that lead links past the columns between their ends, above all groups; and each link's last point."""
    at = {ids[p.piece.name]: p for p in placed}
    points: list[dict[str, Any]] = []
    ends: list[dict[str, Any]] = []
    gutters: dict[int, int] = defaultdict(int)

    def point(x: int, y: int, served: Sequence[Any], parent: int | None) -> int:
        parents = {} if parent is None else {"parentId": parent}
        points.append({"id": len(points) + 1, **parents, "pos": [x, y], "linkIds": [link[0] for link in served]})
        return len(points)

    def beside(column: int) -> int:
        gutters[column] += 1
        return BESIDE + 4 * ((gutters[column] - 1) % 6)

    for origin, output, found, height in stacked(at, links, above, step):
        away = origin.x + origin.width + beside(origin.column)
        last = point(away, socket_height(origin, output), found, None)
        last = point(away, height, found, last)
        for number, link in enumerate(found):
            target = at[link[3]]
            x = target.x - beside(target.column - 1)
            last = point(x, height, found[number:], last)
            ends.append({"id": link[0], "parentId": point(x, socket_height(target, link[4]), [link], last)})
    return points, ends


def stacked(at: Mapping[int, Placed], links: Sequence[Any], above: int, step: int) -> Iterator[Lane]:
    """Lanes for all long links; those that do not meet share a height, and the short ones are lowest."""
    long: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for link in links:
        if at[link[3]].column - at[link[1]].column > 1:
            long[link[1], link[2]].append(link)
    taken: list[list[tuple[int, int]]] = []
    for (origin, output), found in sorted(long.items(), key=lambda item: span(at, item[1])):
        left, right = at[origin].column, max(at[link[3]].column for link in found)
        free = (n for n, others in enumerate(taken) if all(right <= a or b <= left for a, b in others))
        number = next(free, len(taken))
        taken += [[]] * (number == len(taken))
        taken[number] = [*taken[number], (left, right)]
        found.sort(key=lambda link: (at[link[3]].x, at[link[3]].y))
        yield Lane(at[origin], output, found, -above - step * number)


def span(at: Mapping[int, Placed], links: Sequence[Any]) -> int:
    """How many columns links from one output pass at most."""
    return max(at[link[3]].column - at[link[1]].column for link in links)


def socket_height(p: Placed, slot: int) -> int:
    return p.y + FIRST_SLOT + SLOT * slot
