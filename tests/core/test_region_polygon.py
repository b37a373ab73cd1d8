"""Tests of the mapping of polygons, corner onto corner."""

import numpy as np
import pytest
from dragkit.core.instruction.geometry import Extent
from dragkit.core.mesh.compatible import Outline, compatible_pieces
from dragkit.core.mesh.triangles import signed_areas
from dragkit.core.mesh.triangulation import is_convex, simplified
from dragkit.tests.core.placing import match_corners
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
        match = match_corners(source / size, target / size, grid_of(case, scale), "region")
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
    match = match_corners(source / size, target / size, grid_of(CONCAVE, scale), "region")
    assert answer.status.startswith("out_of_bounds")
    assert np.array_equal(match.target, answer.target)
    assert (match.source >= source.min(0) // size - 2).all()
    assert (match.source <= source.max(0) // size + 2).all()


@pytest.mark.parametrize("corners", [star(5, 25, 10), star(2, 20, 20), star(30, 25, 20), COMB, COMB[::-1], COMB[:3]])
@pytest.mark.parametrize("move", [(0, 0), (9, -4), (25, 7)])
def test_a_moved_polygon_is_read_where_it_was(corners, move):
    match = match_corners(corners, corners + move, Extent(120, 90), "region")
    moved_cells = np.floor(corners + move).min(0)
    assert np.array_equal(match.target.min(0), moved_cells)
    assert np.array_equal(match.source, match.target - move)


def test_a_sheared_polygon_follows_the_shear_cell_by_cell():
    shear = np.array([[1.0, 0.4], [0.0, 1.2]])
    match = match_corners(COMB, COMB @ shear.T, Extent(90, 60), "region")
    expected = match.target @ np.linalg.inv(shear).T
    assert np.abs(match.source - expected).max() <= 1
    assert len(match.target) > 1000


def test_every_corner_of_a_concave_polygon_lands_on_its_own():
    rng = np.random.default_rng(0)
    target = COMB + rng.uniform(-2, 2, COMB.shape)
    match = match_corners(COMB, target, GRID, "region")
    origin = dict(zip(map(tuple, match.target.tolist()), match.source, strict=True))
    reached = [origin[tuple(cell)] for cell in np.floor(target).astype(int).tolist()]
    assert np.abs(np.array(reached) - COMB).max() <= 2


def test_content_between_the_teeth_of_a_comb_stays_out():
    match = match_corners(COMB, COMB + (20, 10), GRID, "region")
    assert not match.area.on((60, 80))[20:40, 33:38].any()
    covered = np.zeros((60, 80), dtype=bool)
    covered[tuple(match.target.T[::-1])] = True
    assert covered[35, 65] and not covered[35, 55]


def test_a_convex_quadrilateral_bends_the_diagonal_as_perspective_does():
    square, trapezoid = np.array([(0, 0), (40, 0), (40, 40), (0, 40)]), np.array([(20, 0), (30, 0), (50, 50), (0, 50)])
    match = match_corners(square, trapezoid, GRID, "region")
    origin = dict(zip(map(tuple, match.target.tolist()), match.source.tolist(), strict=True))
    assert origin[(25, 12)][0] == 20
    assert origin[(25, 8)][1] == pytest.approx(20, abs=2)  # the diagonals of the trapezoid meet at y = 8.3


def test_a_quadrilateral_with_a_straight_corner_is_mapped_like_its_triangle():
    triangle = np.array([(5, 5), (45, 5), (25, 45)])
    with_middle = np.insert(triangle, 1, (25, 5), axis=0)
    plain = match_corners(triangle, triangle * 1.2, GRID, "region")
    split = match_corners(with_middle, with_middle * 1.2, GRID, "region")
    distances, unshared = compare_by_target(plain.source, plain.target, split.source, split.target)
    assert unshared <= 0.02 * len(plain.target)
    assert distances.max() <= 1


def test_a_nearly_straight_corner_counts_as_straight():
    source, target = np.array([(5, 5), (15, 5), (45, 5), (25, 45)]), np.array([(5, 5), (35, 5), (45, 5), (25, 45)])
    straight = match_corners(source, target, GRID, "region")
    bent = match_corners(
        source - [(0, 0), (0, 0.1), (0, 0), (0, 0)], target - [(0, 0), (0, 0.1), (0, 0), (0, 0)], GRID, ""
    )
    distances, _ = compare_by_target(straight.source, straight.target, bent.source, bent.target)
    assert distances.max() <= 2 and distances.mean() < 0.2


def test_a_convex_target_reads_a_concave_source_within_its_box():
    dart, square = np.array([(10, 10), (50, 30), (10, 50), (20, 30)]), np.array([(5, 5), (45, 5), (45, 45), (5, 45)])
    match = match_corners(dart, square, GRID, "region")
    assert (match.source >= dart.min(0)).all() and (match.source <= dart.max(0)).all()


def test_the_outline_past_the_horizon_reads_the_near_end():
    square, wedge = [(0, 0), (50, 0), (50, 50), (0, 50)], [(35, 10.9), (35.7, 10.9), (60, 50.9), (10, 50.9)]
    match = match_corners(np.array(square), np.array(wedge), GRID, "region")
    tip = match.target[:, 1] == 10
    assert tip.any() and (match.source[tip, 1] <= 5).all()


@pytest.mark.parametrize("corners", [star(5, 25, 10), star(2, 20, 20), star(40, 25, 20), COMB, COMB[::-1]])
def test_triangles_tile_the_polygon(corners):
    triangles = compatible_pieces(corners, corners).target
    areas, whole = signed_areas(triangles), Outline.of(corners).area
    assert len(triangles) == len(corners) - 2
    assert (areas * whole > 0).all() and areas.sum() == pytest.approx(whole)


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
        match_corners(ends["source"], ends["target"], GRID, "regions[2]")


def band(line, half, count: int = 9) -> np.ndarray:
    """An outline (2 * count, 2) around a line of t in 0..1, half as wide as asked for on either side."""
    t = np.linspace(0, 1, count)
    middle = np.stack(line(t), axis=1) * np.ones((count, 1))
    way = np.gradient(middle, axis=0)
    across = np.stack([-way[:, 1], way[:, 0]], axis=1) / np.hypot(*way.T)[:, None] * np.reshape(half(t), (-1, 1))
    return np.concatenate([middle + across, (middle - across)[::-1]])


def arc(start: float, stop: float):
    """A line around (100, 100), by angles in half turns."""
    return lambda t: [100 + 60 * f(np.pi * (start + (stop - start) * t)) for f in (np.cos, np.sin)]


def bow(height: float):
    return lambda t: [40 + 120 * t, 100 + height * np.sin(np.pi * t)]


def even(t: np.ndarray) -> np.ndarray:
    return np.full_like(t, 7)


BENT = {
    "a mouth opens": (
        band(bow(20), lambda t: 3 + 4 * np.sin(np.pi * t)),
        band(bow(30), lambda t: 3 + 22 * np.sin(np.pi * t)),
    ),
    "a smile turns": (band(bow(25), even), band(bow(-25), even)),
    "a crescent thins": (
        band(arc(0.1, 0.9), lambda t: 3 + 12 * np.sin(np.pi * t)),
        band(arc(0.2, 1.1), lambda t: 2 + 3 * np.sin(np.pi * t)),
    ),
    "a C opens": (band(arc(0.3, 1.7), even, 17), band(arc(0.6, 1.4), even, 17)),
    "a C closes": (band(arc(0.6, 1.4), even, 17), band(arc(0.1, 1.9), even, 17)),
    "a bar bends to a C": (band(bow(0), even, 13), band(arc(0.2, 1.8), even, 13)),
    "an S swings": tuple(
        band(lambda t, h=h: [20 + 160 * t, 100 + h * np.sin(2 * np.pi * t)], even, 21) for h in (40, -40)
    ),
    "a comb shakes": (COMB * 2, COMB * 2 + np.random.default_rng(0).uniform(-4, 4, COMB.shape)),
}
DARTS = [(10, 10), (150, 90), (10, 170), (60, 90)], [(10, 90), (150, 10), (100, 90), (150, 170)]
CROSSED = {
    "a dart points elsewhere": DARTS,
    "a star one corner on": (star(6, 80, 30, 100, 100), np.roll(star(6, 80, 30, 100, 100), 1, axis=0)),
    "a mirrored star one corner on": (star(5, 80, 40, 100, 100), np.roll(star(5, 80, 40, 100, 100)[::-1], 1, axis=0)),
}


def steps_between(match, height: int = 200, width: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """How far the sources of a cell's right and lower neighbours lie from its own, (N, 2) each."""
    number = np.full((height + 1, width + 1), -1)
    x, y = match.target.T
    number[y, x] = np.arange(len(x))
    right, below = number[y, x + 1], number[y + 1, x]
    both, exact = (right >= 0) & (below >= 0), match.exact.astype(float)
    return exact[right[both]] - exact[both], exact[below[both]] - exact[both]


@pytest.mark.parametrize(("source", "target"), BENT.values(), ids=BENT)
@pytest.mark.parametrize("turned", [False, True])
def test_thin_bent_shapes_neither_tear_nor_fold(source, target, turned):
    source, target = (np.array(end)[:: -1 if turned else 1] for end in (source, target))
    across, down = steps_between(match_corners(source, target, Extent(200, 200), "region"))
    assert max(np.hypot(*across.T).max(), np.hypot(*down.T).max()) < 6
    area = across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0]
    assert len(area) > 500 and (area > 0).mean() > 0.999


@pytest.mark.parametrize(("source", "target"), [*BENT.values(), *CROSSED.values()], ids=[*BENT, *CROSSED])
def test_pieces_tile_both_shapes_and_none_is_turned_over(source, target):
    ends = [np.array(end, float) for end in (source, target)]
    pieces = compatible_pieces(*ends)
    for triangles, end in ((pieces.source, ends[0]), (pieces.target, ends[1])):
        areas, whole = signed_areas(triangles), Outline.of(end).area
        assert (areas * whole > 0).all() and areas.sum() == pytest.approx(whole)


@pytest.mark.parametrize(("source", "target"), CROSSED.values(), ids=CROSSED)
def test_pieces_join_without_gaps(source, target):
    pieces = compatible_pieces(np.array(source, float), np.array(target, float))
    for corners, others in ((pieces.target, pieces.source), (pieces.source, pieces.target)):
        points, images = corners.reshape(-1, 2), others.reshape(-1, 2)
        same = np.abs(points[:, None] - points).max(2) < 1e-9
        assert np.abs(images[:, None] - images).max(2)[same].max() < 1e-6


def test_outlines_of_very_many_corners_are_mapped_by_those_that_shape_them():
    dense = star(25000, 25, 24.99)
    fine, coarse = (match_corners(c, c + (20, 9), Extent(120, 90), "region") for c in (dense, star(100, 25, 24.99)))
    assert np.array_equal(fine.source, fine.target - (20, 9))
    assert abs(len(fine.target) - len(coarse.target)) < 20
    assert len(simplified(dense, 256)) == 256
