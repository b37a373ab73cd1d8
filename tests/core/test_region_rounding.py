"""Where a map says a place between cells: the nearest cell has no drift, the reference's truncation has half a cell."""

import numpy as np
import pytest
from dragkit.core.instruction.geometry import Extent, Point
from dragkit.core.instruction.spec import DragSpec, Polygon, Region
from dragkit.core.maps.map import Rounding
from dragkit.tests.core.placing import regions_on

SIZE, GRID, CELL = Extent(512, 512), Extent(64, 64), 8
CORNERS = {
    "quadrilateral": ((101.3, 120.2), (221.9, 131.7), (230.4, 250.8), (110.6, 241.1)),
    "pentagon": ((101.3, 120.2), (171.2, 101.5), (231.9, 131.7), (230.4, 250.8), (110.6, 241.1)),
}
MOVES = np.random.default_rng(0).uniform(-90, 200, (40, 2))


def drift(corners, move, rounding: Rounding) -> np.ndarray:
    """How much farther than asked the cells went on average, xy in cells."""
    ends = (Polygon(tuple(Point(*p) for p in np.array(corners) + shift)) for shift in (0, move))
    regions = regions_on(DragSpec(regions=(Region(*ends),), size=SIZE), GRID, CELL, rounding)
    y, x = (regions.landing | regions.held).numpy().nonzero()
    from_y, from_x = np.divmod(regions.gather.numpy()[y, x], GRID.width)
    inside = (from_x > 0) & (from_y > 0)  # not clamped to the border
    return np.stack([x - from_x, y - from_y], axis=1)[inside].mean(0) - move / CELL


@pytest.mark.parametrize("corners", CORNERS.values(), ids=CORNERS.keys())
def test_the_nearest_cell_is_never_farther_than_half_a_cell_and_has_no_drift(corners):
    drifts = np.array([drift(corners, move, Rounding.NEAREST) for move in MOVES])
    assert np.abs(drifts).max() < 0.51
    assert np.abs(drifts.mean(0)).max() < 0.1


@pytest.mark.parametrize("corners", CORNERS.values(), ids=CORNERS.keys())
def test_truncation_moves_everything_half_a_cell_too_far_right_and_down(corners):
    drifts = np.array([drift(corners, move, Rounding.TRUNCATED) for move in MOVES])
    assert drifts.min() > -0.05 and drifts.max() > 0.9
    assert drifts.mean(0) == pytest.approx([0.5, 0.5], abs=0.1)


def test_what_stays_stays_in_either_way():
    corners = CORNERS["pentagon"]
    assert np.abs(drift(corners, np.zeros(2), Rounding.NEAREST)).max() == 0
    assert np.abs(drift(corners, np.zeros(2), Rounding.TRUNCATED)).max() == 0
