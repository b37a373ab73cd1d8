"""Masks as things to press on the canvas."""

import numpy as np
import pytest
from dragkit.core.instruction.geometry import Bounds, Extent
from dragkit.core.instruction.spec import Outlines, Polygon
from dragkit.core.objects.pressable import MOST, pressable_boxes, pressable_masks


def rectangle(left: int, top: int, right: int, bottom: int) -> np.ndarray:
    mask = np.zeros((40, 50), dtype=bool)
    mask[top:bottom, left:right] = True
    return mask


def test_the_smallest_comes_first_and_holes_are_kept():
    ring = rectangle(5, 5, 35, 35) & ~rectangle(10, 10, 30, 30)
    things = pressable_masks(np.stack([ring, rectangle(12, 12, 20, 16)]))
    assert things.size == Extent(50, 40) and not things.notes
    assert isinstance(things.shapes[0], Polygon) and things.shapes[0].bounds == Bounds(12, 12, 20, 16)
    assert isinstance(things.shapes[1], Outlines) and len(things.shapes[1].rings) == 2


def test_what_is_left_out_is_told():
    empty = np.zeros((40, 50), dtype=bool)
    things = pressable_masks(np.stack([empty, rectangle(1, 1, 9, 9)]))
    assert len(things.shapes) == 1
    assert things.notes == ("masks in objects with nothing in them are left out: 1 of 2.",)
    many = pressable_masks(np.stack([rectangle(1, 1, 9, 9)] * (MOST + 1)))
    assert len(many.shapes) == MOST and "the 200 largest" in many.notes[0]


def test_an_edge_without_end_is_refused():
    noise = np.random.default_rng(0).random((1, 900, 900)) < 0.5
    with pytest.raises(ValueError, match="smooth the mask"):
        pressable_masks(noise)


def test_boxes():
    things = pressable_boxes([Bounds(0, 0, 20, 20), Bounds(5, 5, 9, 8)], Extent(50, 40))
    assert [shape.bounds for shape in things.shapes] == [Bounds(5, 5, 9, 8), Bounds(0, 0, 20, 20)]
