"""Rasterised shapes: a pixel is inside where its centre is."""

import numpy as np
import pytest
import torch
from dragkit.core.grid.raster import editable_mask, rasterise
from dragkit.core.instruction.spec import Brush, DragSpec, Extent, Point, Polygon, Stroke

SIZE = Extent(40, 30)


def polygon(*points):
    return Polygon(tuple(Point(*p) for p in points))


def centres():
    y, x = np.mgrid[0 : SIZE.height, 0 : SIZE.width]
    return x + 0.5, y + 0.5


def test_rectangle_covers_the_pixels_whose_centres_it_holds():
    inside = rasterise(polygon((3, 4), (10, 4), (10, 9), (3, 9)), SIZE)
    expected = torch.zeros(SIZE.height, SIZE.width, dtype=torch.bool)
    expected[4:9, 3:10] = True
    assert torch.equal(inside, expected)


def test_shapes_that_share_an_edge_share_no_pixel():
    left, right = polygon((2, 2), (20, 2), (11, 25)), polygon((20, 2), (38, 2), (11, 25))
    both = rasterise(left, SIZE).int() + rasterise(right, SIZE).int()
    assert both.max() == 1


def test_triangle_equals_the_half_plane_test():
    a, b, c = (5.3, 2.2), (35.1, 11.7), (12.9, 28.4)
    x, y = centres()

    def side(p, q):
        return (q[0] - p[0]) * (y - p[1]) - (q[1] - p[1]) * (x - p[0]) > 0

    expected = side(a, b) & side(b, c) & side(c, a)
    assert np.array_equal(rasterise(polygon(a, b, c), SIZE).numpy(), expected)


def test_self_crossing_polygon_follows_the_even_odd_rule():
    star = polygon((20, 1), (29, 28), (5, 11), (35, 11), (11, 28))
    assert not rasterise(star, SIZE)[15, 20]
    assert rasterise(star, SIZE)[5, 20]


def test_polygon_may_leave_the_image():
    assert rasterise(polygon((-50, -50), (90, -50), (90, 90), (-50, 90)), SIZE).all()
    assert not rasterise(polygon((50, 50), (90, 50), (90, 90)), SIZE).any()


def test_stroke_is_the_neighbourhood_of_its_line():
    x, y = centres()
    inside = rasterise(Brush((Stroke(4, (Point(10, 15), Point(30, 15))),)), SIZE).numpy()
    expected = (x - x.clip(10, 30)) ** 2 + (y - 15) ** 2 <= 16
    assert np.array_equal(inside, expected)


def test_single_point_is_a_disc():
    x, y = centres()
    inside = rasterise(Brush((Stroke(6.5, (Point(20, 15),)),)), SIZE).numpy()
    assert np.array_equal(inside, (x - 20) ** 2 + (y - 15) ** 2 <= 6.5**2)


def test_later_strokes_erase_earlier_ones_and_the_base():
    base = torch.ones(15, 20, dtype=torch.bool)
    erase = Brush((Stroke(5, (Point(20, 15),), erase=True),))
    area = editable_mask(DragSpec(mask=(erase,), base=base, size=SIZE), SIZE)
    assert not area[15, 20] and area[2, 2] and area.shape == (30, 40)


def test_shapes_scale_with_the_image():
    spec = DragSpec(mask=(polygon((3, 4), (10, 4), (10, 9), (3, 9)),), size=SIZE)
    area = editable_mask(spec, Extent(80, 60))
    assert area.sum() == 4 * editable_mask(spec, SIZE).sum()
    assert area[8:18, 6:20].all()


def test_no_mask_means_the_whole_image():
    assert editable_mask(DragSpec(size=SIZE), SIZE) is None


@pytest.mark.parametrize("turn", range(3))
def test_vertex_order_does_not_matter(turn):
    points = [(5.3, 2.2), (35.1, 11.7), (12.9, 28.4)]
    rotated = points[turn:] + points[:turn]
    assert torch.equal(rasterise(polygon(*rotated), SIZE), rasterise(polygon(*points[::-1]), SIZE))


def test_an_erasing_polygon_takes_away_what_was_painted_before():
    whole, hole = polygon((0, 0), (40, 0), (40, 30), (0, 30)), polygon((3, 4), (10, 4), (10, 9), (3, 9))
    again = polygon((5, 5), (7, 5), (7, 6), (5, 6))
    area = editable_mask(DragSpec(mask=(whole, Polygon(hole.points, erase=True), again)), SIZE)
    expected = torch.ones(SIZE.height, SIZE.width, dtype=torch.bool)
    expected[4:9, 3:10] = False
    expected[5, 5:7] = True
    assert torch.equal(area, expected)


def distance(x, y, a, b):
    """From places (x, y) to a segment."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    along = np.clip(((x - a[0]) * dx + (y - a[1]) * dy) / ((dx * dx + dy * dy) or 1), 0, 1)
    return np.hypot(x - a[0] - along * dx, y - a[1] - along * dy)


@pytest.mark.parametrize("seed", range(20))
def test_random_strokes_are_the_neighbourhood_of_their_lines(seed):
    rng = np.random.default_rng(seed)
    points, radius = rng.uniform(-15, 50, (4, 2)), rng.uniform(0.2, 15)
    x, y = centres()
    near = np.min([distance(x, y, a, b) for a, b in zip(points, points[1:], strict=False)], axis=0)
    inside = rasterise(Brush((Stroke(radius, tuple(Point(*p) for p in points)),)), SIZE).numpy()
    clear = abs(near - radius) > 1e-6
    assert np.array_equal(inside[clear], (near < radius)[clear])


@pytest.mark.parametrize("radius", [0.3, 7.0, 1e9])
def test_a_stroke_covers_what_its_segments_cover_one_by_one(radius):
    points = [Point(*p) for p in np.random.default_rng(1).uniform(-5, 45, (40, 2)).tolist()]
    parts = [Stroke(radius, pair) for pair in zip(points, points[1:], strict=False)]
    together = rasterise(Brush((Stroke(radius, tuple(points)),)), SIZE)
    assert torch.equal(together, sum(rasterise(Brush((part,)), SIZE).int() for part in parts) > 0)
