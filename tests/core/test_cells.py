"""Tests of the cells of masks and polygons."""

import numpy as np
from dragkit.core.grid.cells import downscale_mask, fill_polygon, mask_cells, touched_cells
from dragkit.core.instruction.geometry import Extent


def test_downscale_counts_the_four_pixels_in_the_middle():
    mask = np.zeros((16, 24), dtype=bool)
    mask[3, 3], mask[4, 4] = True, True
    mask[3, 11] = True
    mask[8:, 16:] = True
    mask[11:13, 19:21] = False
    assert downscale_mask(mask, 8).tolist() == [[True, False, False], [False, False, False]]
    assert touched_cells(mask, 8).tolist() == [[True, True, False], [False, False, True]]
    assert np.array_equal(downscale_mask(mask, 1), mask)
    assert downscale_mask(mask[:15, :15], 3).tolist()[1] == [bool(mask[4, 3 * j + 1]) for j in range(5)]


def test_only_a_mask_that_would_vanish_takes_all_cells_it_touches():
    speck, both = np.zeros((2, 16, 24), dtype=bool)
    speck[0, 0] = both[0, 0] = True
    both[8:, 8:16] = True
    assert mask_cells(speck, 8).nonzero() == ([0], [0])
    assert mask_cells(both, 8).nonzero() == ([1], [1])


def test_a_filled_polygon_holds_its_outline_and_leaves_the_grid_quietly():
    filled = fill_polygon(np.array([(2.9, 1.2), (8.1, 1.0), (8.0, 5.9), (2.0, 5.0)]), Extent(12, 8))
    assert filled[1:6, 2:9].all() and filled.sum() == 35
    assert fill_polygon(np.array([(-99, -99), (300, -99), (300, 300), (-99, 300)]), Extent(12, 8)).all()
    assert not fill_polygon(np.array([(-9, -9), (-0.5, -9), (-0.5, 20)]), Extent(12, 8)).any()
