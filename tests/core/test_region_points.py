"""Tests of regions moved by points, and of the contours they are traced along."""

import numpy as np
import pytest
from dragkit.core.grid.areas import Area
from dragkit.core.grid.cells import downscale_mask, fill_polygon
from dragkit.core.grid.outlines import Parts, contour
from dragkit.core.instruction.geometry import Extent, Point
from dragkit.core.instruction.spec import Drag, DragSpec
from dragkit.core.maps.map import Map
from dragkit.core.maps.points import match_by_points, shifted, spread
from dragkit.tests.core.placing import match_pulled, regions_on
from dragkit.tests.core.regiondrag_golden import CELL_SIZES, case_ids, compare_by_target, load_region_points
from torch import from_numpy

CASES = case_ids("regionpoints")
GOLDEN = pytest.mark.parametrize(("case", "scale"), [(case, scale) for case in CASES for scale in CELL_SIZES])

# A handle on the border, in a cell that the downscaled region lacks: the original ignores it, an instruction does not.
BORDER_HANDLE = ("regionpoints_03_eight_points", "lat")


def golden_comparison(case: str, scale: str) -> tuple[np.ndarray, int, int]:
    """Compare a golden case: distances of sources, targets only one has, targets in all."""
    problem, size = load_region_points(case, scale), CELL_SIZES[scale]
    area = downscale_mask(problem.mask, size)
    matches = match_pulled(match_by_points, area, problem.handles / size, problem.targets / size)
    source, target = (np.concatenate([getattr(match, end) for match in matches]) for end in ("source", "target"))
    return *compare_by_target(source, target, problem.source, problem.target), len(problem.target)


def golden_map(case: str, scale: str) -> Map:
    """Map a golden case as an instruction with a mask and drags."""
    problem, size = load_region_points(case, scale), CELL_SIZES[scale]
    height, width = problem.mask.shape
    points = zip(problem.handles.tolist(), problem.targets.tolist(), strict=True)
    drags = tuple(Drag(Point(*handle), Point(*target)) for handle, target in points)
    spec = DragSpec(drags=drags, base=from_numpy(problem.mask), size=Extent(width, height))
    return regions_on(spec, Extent(width // size, height // size), size)


@GOLDEN
def test_map_equals_the_reference_but_for_its_half_precision(case, scale):
    distances, unshared, total = golden_comparison(case, scale)
    assert unshared <= {"px": 0.015, "lat": 0.035}[scale] * total
    assert (distances <= 1).mean() >= {"px": 0.99, "lat": 1}[scale]


@pytest.mark.parametrize("scale", CELL_SIZES)
@pytest.mark.parametrize("case", ["regionpoints_00_one_point_translate", "regionpoints_07_point_outside_region"])
def test_one_point_equals_the_reference(case, scale):
    distances, unshared, _ = golden_comparison(case, scale)
    assert not distances.any() and unshared == 0


@GOLDEN
def test_instruction_with_mask_and_drags_gives_the_same_map(case, scale):
    problem, regions = load_region_points(case, scale), golden_map(case, scale)
    width = regions.gather.shape[1]
    y, x = regions.landing.numpy().nonzero()
    gather = regions.gather.numpy()[y, x]
    source, target = np.stack([gather % width, gather // width], axis=1), np.stack([x, y], axis=1)
    distances, unshared = compare_by_target(source, target, problem.source, problem.target)
    assert unshared <= 0.035 * len(problem.target)
    assert (distances <= 1).mean() >= 0.99 - 0.02 * ((case, scale) == BORDER_HANDLE)


def block(x: slice, y: slice) -> np.ndarray:
    """Draw a rectangle on a grid of 40 x 30 cells."""
    area = np.zeros((30, 40), dtype=bool)
    area[y, x] = True
    return area


@pytest.mark.parametrize("move", [(0, 0), (6, -3), (-5, 8)])
@pytest.mark.parametrize("count", [1, 2, 5, 150])
def test_equal_drags_move_the_region_as_a_whole(move, count):
    area = block(slice(10, 25), slice(9, 20))
    handles = np.random.default_rng(0).uniform((10, 9), (25, 20), (count, 2))
    (match,) = match_pulled(match_by_points, area, handles, np.floor(handles) + move)
    assert np.array_equal(match.source, match.target - move)
    assert len(match.source) == area.sum() and np.array_equal(match.area.on(area.shape), area)


def test_parts_follow_their_own_points_and_others_stay_out():
    left, right, still = (
        block(slice(2, 8), slice(3, 9)),
        block(slice(20, 28), slice(3, 9)),
        block(slice(35, 38), slice(3, 9)),
    )
    handles, targets = np.array([(4, 5), (22, 6), (15, 15)]), np.array([(4, 9), (25, 6), (35, 15)])
    matches = match_pulled(match_by_points, left | right | still, handles, targets)
    assert [set(map(tuple, (m.target - m.source).tolist())) for m in matches] == [{(0, 4)}, {(3, 0)}]
    assert all(np.array_equal(m.area.on(left.shape), part) for m, part in zip(matches, (left, right), strict=True))


def test_what_would_come_from_outside_the_grid_is_left_out():
    area = block(slice(0, 12), slice(0, 12))
    (match,) = match_pulled(match_by_points, area, np.array([(5, 5), (8, 10)]), np.array([(-2, 12), (9, 8)]))
    assert (match.source >= 0).all() and (match.source < (40, 30)).all()
    assert len(match.source) == len(match.target) == 98


def test_weights_fall_with_the_distance_to_the_nearest_references():
    references, moves = np.array([(0.0, 0.0), (4.0, 0.0), (100.0, 0.0)]), np.array([(1.0, 0.0), (0.0, 1.0), (9.0, 9.0)])
    moved = shifted(np.array([(1.0, 0.0), (0.0, 0.0)]), references, moves, eps=1e-9, neighbours=2)
    np.testing.assert_allclose(moved, [(1.75, 0.25), (1, 0)], atol=1e-6)
    softer = shifted(np.array([(1.0, 0.0)]), references, moves, eps=1.0, neighbours=2)
    np.testing.assert_allclose(softer, [(1 + 2 / 3, 1 / 3)])


def test_references_are_spread_evenly():
    assert spread(7).tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert len(spread(1000)) == 100 and spread(1000)[[0, 1, -1]].tolist() == [0, 10, 999]


def all_parts(mask: np.ndarray) -> list[Area]:
    parts = Parts.of(mask)
    return list(parts.areas(range(1, parts.count + 1)))


@pytest.mark.parametrize("seed", range(8))
def test_a_traced_contour_filled_again_is_its_component(seed):
    noise = np.random.default_rng(seed).random((30, 40)) < 0.1 + 0.1 * seed
    for part in all_parts(noise):
        assert np.array_equal(fill_polygon(contour(part), Extent(40, 30)), part.on((30, 40)))


def test_a_rectangle_has_four_corners():
    assert contour(Area.of(block(slice(3, 9), slice(5, 8)))).tolist() == [[3, 5], [8, 5], [8, 7], [3, 7]]


def test_components_touch_at_corners_and_have_no_holes():
    area = block(slice(2, 9), slice(2, 9)) & ~block(slice(4, 6), slice(4, 6)) | block(slice(9, 12), slice(9, 12))
    area |= block(slice(20, 22), slice(20, 22))
    first, second = all_parts(area)
    assert first.count == 49 + 9 and second.count == 4
