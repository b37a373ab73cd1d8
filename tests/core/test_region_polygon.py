"""Tests of the mapping of polygons, corner onto corner."""

import numpy as np
import pytest
from dragkit.core.drag import Extent
from dragkit.core.region_polygon import match_polygons
from dragkit.core.triangulation import ear_clip, is_convex, turn
from dragkit.tests.core.regiondrag_golden import (
    CELL_SIZES,
    case_ids,
    compare_by_target,
    grid_of,
    load_answer,
    polygon_pairs,
)

CONCAVE = "poly_15_quad_concave_target"
CASES = [case for case in case_ids("poly") if case != CONCAVE]
GRID = Extent(80, 60)
COMB = np.array([(5, 5), (50, 5), (50, 40), (40, 40), (40, 15), (30, 15), (30, 40), (20, 40), (20, 15), (5, 40)], float)


def star(points: int, radius: float, inner: float, x: float = 40, y: float = 30) -> np.ndarray:
    """Draw a star with as many points and twice as many corners, clockwise."""
    angle = np.arange(2 * points) * np.pi / points
    reach = np.where(np.arange(2 * points) % 2, inner, radius)
    return np.stack([x + reach * np.cos(angle), y + reach * np.sin(angle)], axis=1)


def golden_comparison(case: str, scale: str) -> tuple[np.ndarray, int, int]:
    """Compare a golden case: distances of sources, targets only one has, targets in all."""
    answer, distances, unshared = load_answer(case, scale), [], 0
    for (source, target), expected in zip(polygon_pairs(case), answer.pairs(), strict=True):
        size = CELL_SIZES[scale]
        match = match_polygons(source / size, target / size, grid_of(case, scale), "region")
        distance, only_one = compare_by_target(match.source, match.target, *expected)
        distances, unshared = [*distances, distance], unshared + only_one
    return np.concatenate(distances), unshared, len(answer.target)


@pytest.mark.parametrize("case", CASES)
def test_pixel_map_equals_the_reference(case):
    distances, unshared, total = golden_comparison(case, "px")
    assert unshared <= 0.01 * total
    assert distances.max() <= 1
    assert (distances > 0).mean() <= 0.02


@pytest.mark.parametrize("case", CASES)
def test_latent_map_equals_the_reference_on_common_targets(case):
    distances, _, _ = golden_comparison(case, "lat")
    assert not distances.any()


def test_latent_outlines_equal_the_reference():
    results = [golden_comparison(case, "lat") for case in CASES]
    assert sum(unshared for _, unshared, _ in results) <= 0.005 * sum(total for _, _, total in results)


@pytest.mark.parametrize("scale", CELL_SIZES)
def test_concave_quadrilateral_reads_its_source_where_the_reference_leaves_the_image(scale):
    (source, target), answer, size = polygon_pairs(CONCAVE)[0], load_answer(CONCAVE, scale), CELL_SIZES[scale]
    match = match_polygons(source / size, target / size, grid_of(CONCAVE, scale), "region")
    assert answer.status.startswith("out_of_bounds")
    assert np.array_equal(match.target, answer.target)
    assert (match.source >= source.min(0) // size - 2).all()
    assert (match.source <= source.max(0) // size + 2).all()


@pytest.mark.parametrize("corners", [star(5, 25, 10), star(2, 20, 20), star(30, 25, 20), COMB, COMB[::-1], COMB[:3]])
@pytest.mark.parametrize("move", [(0, 0), (9, -4), (25, 7)])
def test_a_moved_polygon_is_read_where_it_was(corners, move):
    match = match_polygons(corners, corners + move, Extent(120, 90), "region")
    moved_cells = np.floor(corners + move).min(0)
    assert np.array_equal(match.target.min(0), moved_cells)
    assert np.array_equal(match.source, match.target - move)


def test_a_sheared_polygon_follows_the_shear_cell_by_cell():
    shear = np.array([[1.0, 0.4], [0.0, 1.2]])
    match = match_polygons(COMB, COMB @ shear.T, Extent(90, 60), "region")
    expected = match.target @ np.linalg.inv(shear).T
    assert np.abs(match.source - expected).max() <= 1
    assert len(match.target) > 1000


def test_every_corner_of_a_concave_polygon_lands_on_its_own():
    rng = np.random.default_rng(0)
    target = COMB + rng.uniform(-2, 2, COMB.shape)
    match = match_polygons(COMB, target, GRID, "region")
    origin = dict(zip(map(tuple, match.target.tolist()), match.source, strict=True))
    reached = [origin[tuple(cell)] for cell in np.floor(target).astype(int).tolist()]
    assert np.abs(np.array(reached) - COMB).max() <= 2


def test_content_between_the_teeth_of_a_comb_stays_out():
    match = match_polygons(COMB, COMB + (20, 10), GRID, "region")
    assert not match.area.on((60, 80))[20:40, 33:38].any()
    covered = np.zeros((60, 80), dtype=bool)
    covered[tuple(match.target.T[::-1])] = True
    assert covered[35, 65] and not covered[35, 55]


def test_a_convex_quadrilateral_bends_the_diagonal_as_perspective_does():
    square, trapezoid = np.array([(0, 0), (40, 0), (40, 40), (0, 40)]), np.array([(20, 0), (30, 0), (50, 50), (0, 50)])
    match = match_polygons(square, trapezoid, GRID, "region")
    origin = dict(zip(map(tuple, match.target.tolist()), match.source.tolist(), strict=True))
    assert origin[(25, 12)][0] == 20
    assert origin[(25, 8)][1] == pytest.approx(20, abs=2)  # the diagonals of the trapezoid meet at y = 8.3


def test_a_quadrilateral_with_a_straight_corner_is_mapped_like_its_triangle():
    triangle = np.array([(5, 5), (45, 5), (25, 45)])
    with_middle = np.insert(triangle, 1, (25, 5), axis=0)
    plain = match_polygons(triangle, triangle * 1.2, GRID, "region")
    split = match_polygons(with_middle, with_middle * 1.2, GRID, "region")
    distances, unshared = compare_by_target(plain.source, plain.target, split.source, split.target)
    assert unshared <= 0.02 * len(plain.target)
    assert distances.max() <= 1


def test_a_nearly_straight_corner_counts_as_straight():
    source, target = np.array([(5, 5), (15, 5), (45, 5), (25, 45)]), np.array([(5, 5), (35, 5), (45, 5), (25, 45)])
    straight = match_polygons(source, target, GRID, "region")
    bent = match_polygons(
        source - [(0, 0), (0, 0.1), (0, 0), (0, 0)], target - [(0, 0), (0, 0.1), (0, 0), (0, 0)], GRID, ""
    )
    distances, _ = compare_by_target(straight.source, straight.target, bent.source, bent.target)
    assert distances.max() <= 2 and distances.mean() < 0.2


def test_a_convex_target_reads_a_concave_source_within_its_box():
    dart, square = np.array([(10, 10), (50, 30), (10, 50), (20, 30)]), np.array([(5, 5), (45, 5), (45, 45), (5, 45)])
    match = match_polygons(dart, square, GRID, "region")
    assert (match.source >= dart.min(0)).all() and (match.source <= dart.max(0)).all()


def test_the_outline_past_the_horizon_reads_the_near_end():
    square, wedge = [(0, 0), (50, 0), (50, 50), (0, 50)], [(35, 10.9), (35.7, 10.9), (60, 50.9), (10, 50.9)]
    match = match_polygons(np.array(square), np.array(wedge), GRID, "region")
    tip = match.target[:, 1] == 10
    assert tip.any() and (match.source[tip, 1] <= 5).all()


@pytest.mark.parametrize("corners", [star(5, 25, 10), star(2, 20, 20), star(40, 25, 20), COMB, COMB[::-1]])
def test_triangles_tile_the_polygon(corners):
    triangles = corners[ear_clip(corners, "region")]
    areas = turn(*triangles.swapaxes(0, 1))
    whole = turn(corners[0], corners, np.roll(corners, -1, axis=0)).sum()
    assert len(triangles) == len(corners) - 2
    assert (areas > 0).all()
    assert areas.sum() == pytest.approx(abs(whole))


def test_convexity():
    assert is_convex(star(2, 20, 20)) and is_convex(star(2, 20, 20)[::-1])
    assert not is_convex(np.array([(0, 0), (20, 10), (0, 20), (6, 10)]))
    assert not is_convex(np.array([(0, 0), (5, 0), (10, 0), (5, 10)]))


BOW_TIE = [(5, 5), (30, 30), (30, 5), (5, 30)]
BAD = [
    (BOW_TIE, "side from point 1 to 2 meets the side from point 3 to 4"),
    ([(5, 5), (30, 5), (30, 30), (17, 5), (5, 30)], "meets"),
    ([(5, 5), (30, 5), (30, 5), (30, 30), (5, 30)], "meets"),
    ([(5, 5), (10, 10), (40, 40)], "3 points lie on one line"),
    ([(7, 7), (7, 7), (7, 7), (7, 7)], "4 points lie on one line"),
    ([(0.1, 0.3), (0.2, 0.6), (0.3, 0.9), (0.7, 2.1)], "lie on one line"),
]


@pytest.mark.parametrize(("corners", "message"), BAD, ids=[message for _, message in BAD])
@pytest.mark.parametrize("end", ["source", "target"])
def test_outlines_that_cannot_be_mapped_are_refused(corners, message, end):
    angle = np.arange(len(corners)) * 2 * np.pi / len(corners)
    fine = 30 + 20 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    ends = {"source": fine, "target": fine, end: np.array(corners, float)}
    with pytest.raises(ValueError, match=rf"regions\[2\]\.{end}: .*{message}"):
        match_polygons(ends["source"], ends["target"], GRID, "regions[2]")


def test_an_outline_without_an_ear_is_refused():
    with pytest.raises(ValueError, match="region: the outline folds back on itself"):
        ear_clip(np.array([(5.0, 5.0), (30.0, 5.0), (50.0, 5.0), (20.0, 5.0)]), "region")
