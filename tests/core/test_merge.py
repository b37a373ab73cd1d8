"""Two instructions on one picture."""

import torch
from dragkit.core.grid.merge import merge_drags, with_raster
from dragkit.core.grid.raster import editable_mask
from dragkit.core.instruction.form import read_drag
from dragkit.core.instruction.spec import DragSpec, Extent


def drag(x: float, size: list[int] | None) -> dict:
    return {"version": 1, "size": size, "drags": [{"handle": [x, 0], "target": [x, 1]}]}


def square(left: float, erase: bool = False) -> dict:
    return {"polygon": [[left, 0], [left + 4, 0], [left + 4, 8], [left, 8]]} | ({"erase": True} if erase else {})


def test_own_drags_keep_their_numbers_and_the_size():
    merged = merge_drags(read_drag(drag(1, [8, 8])), read_drag(drag(2, [4, 4])))
    assert merged.size == (8, 8)
    assert [d.handle.x for d in merged.drags] == [1, 4]


def test_an_instruction_without_a_size_takes_the_other_s():
    assert merge_drags(read_drag(drag(1, None)), read_drag(drag(2, [4, 6]))).size == (4, 6)
    assert merge_drags(DragSpec(), DragSpec()) == DragSpec()


def test_own_shapes_lie_on_top():
    own = read_drag({"version": 1, "size": [8, 8], "mask": [square(2, erase=True)]})
    merged = merge_drags(own, read_drag({"version": 1, "size": [8, 8], "mask": [square(0)]}))
    assert editable_mask(merged, Extent(8, 8))[0].tolist() == [True, True] + 6 * [False]


def test_masks_from_sockets_are_joined_at_the_size_of_the_first():
    left, right = torch.tensor([[[0.0, 0.0, 0.0, 0.5]]]), torch.tensor([[1.0, 0.0]])
    merged = merge_drags(with_raster(DragSpec(), left), with_raster(DragSpec(), right))
    assert merged.base.tolist() == [[True, True, False, True]]
    assert merge_drags(DragSpec(), with_raster(DragSpec(), right)).base.tolist() == [[True, False]]
    assert with_raster(DragSpec(), None).base is None


def test_a_batch_of_masks_counts_as_their_union():
    masks = torch.tensor([[[1.0, 0.0, 0.0]], [[0.0, 0.0, 1.0]]])
    assert with_raster(DragSpec(), masks).base.tolist() == [[True, False, True]]
