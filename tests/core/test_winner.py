"""LazyDrag's map on grids that can be worked out by hand."""

import pytest
import torch
from dragkit.core.grid.placed import place
from dragkit.core.instruction.form import read_drag
from dragkit.core.instruction.spec import Extent
from dragkit.core.maps.winner import winner_map

SIZE = Extent(160, 160)


def mapped(drags: list, mask: torch.Tensor | None = None, cell_size: int = 16):
    spec = read_drag({"version": 1, "size": list(SIZE), "drags": [{"handle": h, "target": t} for h, t in drags]})
    return winner_map(place(spec, SIZE, mask, cell_size=cell_size))


def box(left: int, top: int, right: int, bottom: int, cell: int = 16) -> torch.Tensor:
    mask = torch.zeros(SIZE.height, SIZE.width)
    mask[top * cell : bottom * cell, left * cell : right * cell] = 1
    return mask


def test_nothing_moves_without_a_drag():
    found = mapped([([40, 40], [40, 40])], box(1, 1, 5, 5))
    assert found.stays and torch.equal(found.source[found.moved], found.source[found.moved].floor() + 0.5)


def test_the_handle_lands_on_its_target_and_its_place_is_left():
    """One cell, moved by two and a half."""
    found = mapped([([40, 40], [80, 40])], box(2, 2, 3, 3))
    assert found.moved.nonzero().tolist() == [[2, 4]] and found.vacated.nonzero().tolist() == [[2, 2]]
    assert found.source[2, 4].tolist() == [2.0, 2.5]  # what comes to the centre lay half a cell before the handle's
    assert found.weight[2, 4] == 1


def test_cells_follow_less_and_less_towards_the_circle():
    """On the ray through the handle lambda is 1 - d / s, s being the distance to the circle around the mask."""
    found = mapped([([88, 88], [88 + 32, 88])], box(3, 3, 8, 8))
    radius = 2 * 2**0.5  # of the circle, in cells
    assert found.source[5, 7, 0] == 5.5 and found.weight[5, 7] == 1  # the handle's own cell, before the next one
    moved = 2 * (1 - 2 / radius)  # of the cell two beside the handle
    assert found.source[5, 8, 0].item() == pytest.approx(8.5 - moved, abs=1e-5) and found.weight[5, 8] == 0.5


def test_the_nearest_handle_wins_alone():
    """Two handles pull apart; a cell between them follows the nearer one by its whole share, and is not averaged."""
    found = mapped([([40, 88], [24, 88]), ([120, 88], [136, 88])], box(1, 4, 9, 7))
    left, right = found.source[5, 0:3], found.source[5, 7:10]
    assert (left[:, 0] >= torch.arange(3) + 0.5).all() and (right[:, 0] <= torch.arange(7, 10) + 0.5).all()


def test_where_several_land_the_one_nearest_to_a_handle_wins():
    found = mapped([([40, 40], [72, 40])], box(2, 2, 5, 3))
    assert found.source[2, 4].tolist() == [2.5, 2.5] and found.weight[2, 4] == 1


def test_what_lands_outside_the_picture_is_gone():
    found = mapped([([136, 40], [300, 40])], box(8, 2, 9, 3))
    assert not found.moved.any() and found.vacated.nonzero().tolist() == [[2, 8]]


def test_a_finer_grid_moves_by_parts_of_a_coarse_cell():
    """The cells of a large area near its middle follow the drag nearly whole."""
    found = mapped([([80, 80], [92, 71])], box(0, 0, 10, 10), cell_size=4)
    came = found.source[71 // 4, 92 // 4] * 4 + torch.tensor([12.0, -9.0])
    assert (came - torch.tensor([94.0, 70.0])).abs().max() < 1
