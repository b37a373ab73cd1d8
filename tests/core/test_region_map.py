"""Tests of whole instructions turned to a map of cells."""

import math

import numpy as np
import pytest
import torch
from dragkit.core.instruction.geometry import Affine, Extent, Point
from dragkit.core.instruction.spec import Brush, Drag, DragSpec, Outlines, Polygon, Region, Stroke
from dragkit.core.maps.map import Map
from dragkit.core.maps.whole import linear_image
from dragkit.tests.core.placing import regions_on

SIZE = Extent(256, 192)
GRIDS = [(Extent(32, 24), 8), (SIZE, 1)]
EVERY_GRID = pytest.mark.parametrize(("grid", "cell_size"), GRIDS, ids=["latent", "pixels"])


def polygon(*points: tuple[float, float]) -> Polygon:
    return Polygon(tuple(Point(*p) for p in points))


def rectangle(x: float, y: float, width: float, height: float) -> Polygon:
    return polygon((x, y), (x + width, y), (x + width, y + height), (x, y + height))


def blob(x: float, y: float, radius: float = 20) -> Brush:
    return Brush((Stroke(radius, (Point(x, y), Point(x + 30, y + 10))), Stroke(radius, (Point(x, y + 24),))))


def build(*regions: Region, grid: Extent = GRIDS[0][0], cell_size: int = 8, drags: tuple[Drag, ...] = ()) -> Map:
    return regions_on(DragSpec(regions=regions, drags=drags, size=SIZE), grid, cell_size)


def offsets(regions: Map) -> np.ndarray:
    """Target minus source of every target cell, (N, 2) xy."""
    width = regions.gather.shape[1]
    y, x = regions.landing.numpy().nonzero()
    gather = regions.gather.numpy()[y, x]
    return np.stack([x - gather % width, y - gather // width], axis=1)


SHAPES = {
    "rectangle": rectangle(64, 48, 56, 40),
    "triangle": polygon((60, 40), (120, 52), (80, 96)),
    "concave": polygon((60, 40), (120, 40), (120, 100), (100, 100), (90, 60), (60, 100)),
    "brush": blob(70, 50),
    "thin stroke": Brush((Stroke(0.3, (Point(60.5, 41.2), Point(90.1, 80.7))),)),
    "sliver": polygon((60.2, 41.1), (62.3, 41.15), (61.1, 41.3)),
    "dot": Brush((Stroke(1.5, (Point(72, 64),)),)),
    "pinprick": Brush((Stroke(0.2, (Point(72, 64),)),)),
}
EVERY_SHAPE = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())


@EVERY_GRID
@EVERY_SHAPE
@pytest.mark.parametrize("stay", ["target", "affine"])
def test_a_region_onto_itself_is_the_identity(shape, stay, grid, cell_size):
    regions = build(Region(shape, shape if stay == "target" else Affine()), grid=grid, cell_size=cell_size)
    assert torch.equal(regions.gather, torch.arange(grid.width * grid.height).view(grid.height, grid.width))
    assert torch.equal(regions.landing, regions.area)
    assert regions.landing.any()


@EVERY_GRID
@EVERY_SHAPE
@pytest.mark.parametrize("by", ["target", "affine"])
def test_a_region_moved_by_whole_cells_is_read_where_it_was(shape, by, grid, cell_size):
    move = Affine(Point(80, 24))
    target = shape.transformed(move) if by == "target" else move
    regions = build(Region(shape, target), grid=grid, cell_size=cell_size)
    moved = np.array([80, 24]) // cell_size
    assert (offsets(regions) == moved).all()
    assert torch.equal(regions.landing, regions.area.roll(tuple(moved[::-1].tolist()), (0, 1)))


LEANT = np.array([[1.25, 0.5], [0.0, 0.75]])


def leant(points: tuple[Point, ...]) -> tuple[Point, ...]:
    return tuple(Point(*(LEANT @ point).tolist()) for point in points)


RING = tuple(Point(*p) for p in ((20, 20), (120, 20), (140, 60), (120, 140), (20, 140)))
HOLE = tuple(Point(*p) for p in ((50, 50), (90, 50), (90, 100), (50, 100)))
LINE = tuple(Point(*p) for p in ((40, 40), (80, 40), (100, 70), (60, 100), (30, 80)))
LEANING = {
    "polygon": (Polygon(RING), Polygon(leant(RING))),
    "outlines": (Outlines((RING, HOLE)), Outlines((leant(RING), leant(HOLE)))),
    "brush": (Brush((Stroke(9, LINE),)), Brush((Stroke(9, leant(LINE)),))),
}


@EVERY_GRID
@pytest.mark.parametrize("ends", LEANING.values(), ids=LEANING.keys())
def test_a_shape_that_leans_is_mapped_point_by_point(ends, grid, cell_size):
    regions = build(Region(*ends), grid=grid, cell_size=cell_size)
    y, x = regions.landing.numpy().nonzero()
    cells, sources = np.stack([x, y], axis=1) + 0.5, regions.source.numpy()[y, x]
    assert len(cells) > 20 and np.abs(cells @ np.linalg.inv(LEANT).T - sources).max() < 1


def test_a_corner_out_of_line_is_mapped_as_drawn():
    big, way = 4000 * np.array(RING) / 140, np.array([3.0, 0])
    moved = big + (500, 100)
    assert linear_image(big, moved.round(2)) is not None
    moved[2] += way
    assert linear_image(big, moved) is None and linear_image(big[:4], moved[:4]) is None
    assert linear_image(np.outer(np.arange(6.0), way), moved[[0, 1, 2, 3, 4, 0]]) is None


def test_other_outlines_are_mapped_by_columns_and_rows():
    source, bent = Outlines((RING, HOLE)), tuple(Point(x, y + x * x / 900) for x, y in RING)
    bent_too = build(Region(source, Outlines((bent, HOLE))))
    fewer = build(Region(source, Outlines((bent[:4], HOLE))))
    assert (offsets(bent_too)[:, 1] >= 0).all() and fewer.landing.any()


@EVERY_GRID
@pytest.mark.parametrize(
    "affine",
    [
        Affine(Point(60, 20), (1.0, 1.0), 30),
        Affine(Point(40, 30), (1.5, 0.8), -70),
        Affine(Point(50, 10), (-1.2, 1.3), 0),
        Affine(Point(70, 40), (0.5, 0.5), 180),
    ],
)
@pytest.mark.parametrize("name", ["rectangle", "triangle", "concave"])
def test_a_transform_maps_as_the_equivalent_polygon(name, affine, grid, cell_size):
    shape = SHAPES[name]
    by_affine = build(Region(shape, affine), grid=grid, cell_size=cell_size)
    by_corners = build(Region(shape, shape.transformed(affine)), grid=grid, cell_size=cell_size)
    common = by_affine.landing & by_corners.landing
    width = grid.width
    for part in (lambda g: g % width, lambda g: g // width):
        difference = part(by_affine.gather[common]) - part(by_corners.gather[common])
        assert difference.abs().max() <= math.ceil(1 / min(map(abs, affine.scale))) + 1
        assert difference.float().abs().mean() < 1.1
    # The outline counts as inside of a pair of polygons, not of a transformed region.
    extra, missing = by_corners.landing & ~by_affine.landing, by_affine.landing & ~by_corners.landing
    outline = 2 * sum(by_corners.landing.diff(dim=d).sum() for d in (0, 1))
    assert extra.sum() <= outline and missing.sum() <= 0.2 * outline


def test_a_transform_turns_clockwise_and_mirrors_exactly():
    bar = Region(rectangle(40, 64, 64, 16), Affine(rotate=90))
    turned = build(bar, grid=SIZE, cell_size=1)
    rows, columns = (turned.landing.any(d).nonzero().flatten().tolist() for d in (1, 0))
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (40, 103, 64, 79)
    assert turned.gather[40, 70] % 256 == 40  # what was at the left end is at the top
    mirrored = build(Region(rectangle(40, 64, 64, 16), Affine(scale=(-1, 1))), grid=SIZE, cell_size=1)
    assert mirrored.gather[70, 40:104].tolist() == list(range(70 * 256 + 103, 70 * 256 + 39, -1))


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_quarter_turns_about_an_edge_of_pixels_skip_and_double_none(angle):
    region = build(Region(rectangle(40, 64, 63, 16), Affine(rotate=angle)), grid=SIZE, cell_size=1)
    assert region.landing.sum() == region.area.sum() == 63 * 16
    assert torch.equal(region.gather[region.landing].sort().values, region.area.flatten().nonzero()[:, 0])


def test_a_transformed_region_reads_only_itself():
    ring = Brush((Stroke(40, (Point(90, 90),)), Stroke(20, (Point(90, 90),), erase=True)))
    regions = build(Region(ring, Affine(Point(60, 0), (1.3, 0.9), 25)), grid=SIZE, cell_size=1)
    assert regions.area.flatten()[regions.gather[regions.landing]].all()
    assert not regions.landing[90, 150] and regions.landing[90, 190]


def test_a_region_scaled_to_less_than_a_cell_keeps_one():
    regions = build(Region(rectangle(64, 48, 66, 50), Affine(Point(0, 0), (0.01, 0.01))))
    assert regions.landing.nonzero().tolist() == [[9, 12]]


def test_a_region_thinner_than_a_latent_cell_does_not_vanish():
    line = Brush((Stroke(1, (Point(17, 20), Point(17, 100))),))
    regions = build(Region(line, Affine(Point(80, 0))))
    assert regions.area[2:13, 2].all() and regions.area.sum() == 11
    assert torch.equal(regions.landing[:, 12], regions.area[:, 2])


def test_later_pairs_win():
    first, second = rectangle(16, 16, 40, 40), rectangle(160, 16, 40, 40)
    there, overlapping = rectangle(80, 100, 40, 40), rectangle(100, 100, 40, 40)
    regions = build(Region(first, there), Region(second, overlapping), grid=SIZE, cell_size=1)
    swapped = build(Region(second, overlapping), Region(first, there), grid=SIZE, cell_size=1)
    assert regions.gather[110, 110] % 256 == 170 and swapped.gather[110, 110] % 256 == 46
    assert regions.gather[110, 90] % 256 == 26
    assert torch.equal(regions.landing, swapped.landing) and torch.equal(regions.area, swapped.area)


@EVERY_GRID
def test_sources_outside_the_picture_are_taken_from_its_border(grid, cell_size):
    regions = build(Region(rectangle(-40, -40, 80, 80), rectangle(104, 64, 80, 80)), grid=grid, cell_size=cell_size)
    corner = tuple(np.array([64, 104]) // cell_size)
    assert regions.gather[corner] == 0
    assert regions.gather.min() >= 0 and regions.gather.max() < grid.width * grid.height
    inside = regions.gather[(64 + 64) // cell_size, (104 + 64) // cell_size]
    assert (inside % grid.width, inside // grid.width) == (24 // cell_size, 24 // cell_size)


def test_targets_outside_the_picture_are_left_out():
    regions = build(Region(rectangle(64, 64, 64, 64), Affine(Point(160, 0))))
    assert regions.landing[8:16, 28:32].all() and regions.landing.sum() == 32


def test_polygons_of_unlike_count_and_brushes_map_by_columns_and_rows():
    square, diamond_brush = rectangle(32, 32, 64, 64), blob(150, 80)
    for target in (polygon((120, 40), (200, 40), (220, 90), (200, 160), (120, 160)), diamond_brush):
        regions = build(Region(square, target), grid=SIZE, cell_size=1)
        columns = regions.landing.any(0).nonzero().flatten()
        left, right = columns[0], columns[-1]
        assert set((regions.gather[:, left][regions.landing[:, left]] % 256).tolist()) == {32}
        assert set((regions.gather[:, right][regions.landing[:, right]] % 256).tolist()) == {95}
        rows = regions.landing[:, 150].nonzero().flatten()
        assert (regions.gather[rows[[0, -1]], 150] // 256).tolist() == [32, 95]


def test_two_hundred_regions():
    regions = [
        Region(rectangle(12 * (i % 20), 18 * (i // 20), 8, 8), Affine(Point(3, 2), (1, 1), i)) for i in range(200)
    ]
    built = build(*regions, grid=SIZE, cell_size=1)
    assert built.area.sum() == 200 * 64
    ends = [build(region, grid=SIZE, cell_size=1) for region in (regions[0], regions[-1])]
    assert all(torch.equal(built.gather[end.landing], end.gather[end.landing]) for end in ends)


def test_drags_move_a_region_whose_transform_is_the_identity():
    drags = (Drag(Point(80, 60), Point(112, 76)),)
    regions = build(Region(rectangle(64, 48, 40, 40), Affine()), drags=drags)
    assert (offsets(regions) == (4, 2)).all()
    assert torch.equal(regions.landing, regions.area.roll((2, 4), (0, 1)))


@pytest.mark.parametrize("target", [rectangle(150, 100, 40, 40), Affine(Point(80, 24))])
def test_drags_do_not_move_regions_with_a_target_of_their_own(target):
    region = Region(rectangle(64, 48, 40, 40), target)
    drags = (Drag(Point(80, 60), Point(112, 76)),)
    assert torch.equal(build(region, drags=drags).gather, build(region).gather)


def test_a_drag_in_a_part_too_small_for_the_latent_still_moves_it():
    large, pupil = rectangle(100, 60, 80, 80), Brush((Stroke(2, (Point(32.5, 32.5),)),))
    spec = DragSpec(drags=(Drag(Point(32, 32), Point(48, 32)),), mask=(large, pupil), size=SIZE)
    regions = regions_on(spec, Extent(32, 24))
    assert offsets(regions).tolist() == [[2, 0]]
    assert regions.area.nonzero().tolist() == [[4, 4]]


def test_an_instruction_for_another_picture_is_scaled():
    spec = DragSpec(regions=(Region(blob(70, 50), Affine(Point(80, 24))),), size=SIZE)
    larger = DragSpec(regions=(Region(blob(70, 50).scaled(2, 2), Affine(Point(160, 48))),), size=Extent(512, 384))
    built, expected = (regions_on(each, Extent(32, 24)) for each in (larger, spec))
    for what in ("source", "landing", "area"):
        assert torch.equal(getattr(built, what), getattr(expected, what))
