"""Drags too short to act, and the length from which on they do."""

import pytest
import torch
from dragkit.core.instruction.geometry import Extent, Point
from dragkit.core.instruction.spec import Drag
from dragkit.core.maps.stretch import gather_map
from dragkit.core.optimise.short_drags import below_half_a_cell, least_length, length, warp_points, within_reach

SIZE = Extent(256, 256)
MASK = torch.zeros(32, 32, dtype=torch.bool)
MASK[8:28, 8:28] = True


def drag(x: float, y: float, dx: float, dy: float = 0.0) -> Drag:
    return Drag(Point(x, y), Point(x + dx, y + dy))


def moves(drags) -> bool:
    return not torch.equal(gather_map(MASK, *warp_points(drags, SIZE)).flatten(), torch.arange(1024))


@pytest.mark.parametrize("x", range(120, 128))
@pytest.mark.parametrize(("dx", "dy"), [(1, 0), (0, -2), (2, 2), (-1, 0.5)])
def test_the_least_length_is_where_a_warp_begins_to_act(x: int, dx: float, dy: float):
    one = [drag(x, 131, dx, dy)]
    least = least_length(one, moves)

    def acts(pixels: float) -> bool:
        factor = pixels / length(one[0])
        return moves([drag(x, 131, dx * factor, dy * factor)])

    assert [acts(pixels) for pixels in (least - 2, least - 1, least, least + 1, 40)] == [False, False, True, True, True]
    assert 4 <= least <= 10


def test_where_the_mask_is_out_of_reach_no_length_helps():
    assert least_length([drag(4, 4, 0, 0)], moves) is None
    assert least_length([drag(100, 100, 3)], lambda drags: False) is None


def test_short_ones_among_others_are_named():
    drags = [drag(40, 40, 30), drag(80, 80, 2), drag(90, 90, 0), drag(122, 122, 1, -1)]
    assert below_half_a_cell(drags, SIZE) == [2, 4]
    assert within_reach(drags, SIZE) == [2, 4]


@pytest.mark.parametrize("x", [127, 127.5, 128, 128.5, 129])
def test_a_handle_counts_as_arrived_below_its_reach(x: float):
    least = least_length([drag(x, 100, 1)], lambda longer: not within_reach(longer, SIZE))
    assert within_reach([drag(x, 100, least - 1)], SIZE) == [1] and not within_reach([drag(x, 100, least)], SIZE)
