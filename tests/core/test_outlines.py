"""Shapes of several outlines: read, written, moved and filled by the even-odd rule."""

import numpy as np
import pytest
from dragkit.core.grid.placed import place
from dragkit.core.grid.raster import editable_mask, rasterise, shape_pixels
from dragkit.core.instruction.form import read_drag, write_drag
from dragkit.core.instruction.geometry import Affine, Bounds, Extent, Point
from dragkit.core.instruction.spec import DragSpec, Outlines, Polygon, Region
from dragkit.core.maps.regions import region_map

SIZE = Extent(61, 47)


def ring(*points: tuple[float, float]) -> tuple[Point, ...]:
    return tuple(Point(*p) for p in points)


def box(left: float, top: float, right: float, bottom: float) -> tuple[Point, ...]:
    return ring((left, top), (right, top), (right, bottom), (left, bottom))


FRAME = Outlines((box(10, 10, 40, 30), box(20, 15, 30, 25)))


def test_one_outline_within_another_is_a_hole():
    pixels = rasterise(FRAME, SIZE).numpy()
    assert pixels.sum() == 30 * 20 - 10 * 10
    assert pixels[12, 12] and not pixels[20, 25]


@pytest.mark.parametrize("seed", range(20))
def test_the_inside_is_that_of_an_odd_number_of_its_outlines(seed: int):
    rng = np.random.default_rng(seed)
    decimals = seed % 3  # whole numbers and halves meet centres and edges of pixels
    rings = [ring(*rng.uniform(-10, 70, (rng.integers(3, 9), 2)).round(decimals)) for _ in range(rng.integers(1, 6))]
    rings = [ring(*(0.5 * np.array(r).round() if seed % 2 else np.array(r))) for r in rings]
    each = [rasterise(Polygon(r), SIZE).numpy() for r in rings]
    assert np.array_equal(rasterise(Outlines(tuple(rings)), SIZE).numpy(), np.logical_xor.reduce(each))


def test_an_erasing_one_takes_away_what_was_painted_before():
    whole = Polygon(box(0, 0, 61, 47))
    area = editable_mask(DragSpec(mask=(whole, Outlines(FRAME.rings, erase=True))), SIZE)
    assert np.array_equal(area.numpy(), ~rasterise(FRAME, SIZE).numpy())


def test_it_turns_about_the_middle_of_all_its_outlines():
    turned = FRAME.transformed(Affine(rotate=90))
    assert turned.bounds == pytest.approx(Bounds(15, 5, 35, 35))
    assert FRAME.scaled(2, 0.5).bounds == Bounds(20, 5, 80, 15)


def test_outlines_too_thin_for_a_centre_are_never_lost():
    thin = Outlines((box(10.6, 10.6, 10.8, 20.8), box(30.6, 10.6, 30.8, 20.8)))
    pixels = shape_pixels(thin, SIZE, "regions[0].source")
    assert pixels[10:21, 10].all() and pixels[10:21, 30].all() and pixels.sum() == 22


def test_it_is_written_as_it_was_read():
    shape = {"outlines": [[[0, 0], [20, 0.5], [20, 20]], [[5, 5], [9, 5], [9, 9]]]}
    form = {
        "version": 1,
        "drags": [],
        "regions": [{"source": shape, "target": shape}],
        "mask": [shape | {"erase": True}],
    }
    assert write_drag(read_drag(form)) == form


REFUSED = [
    ({"outlines": []}, r"mask\[0\].outlines: there is no outline; give at least one list of points."),
    ({"outlines": [[[1, 2], [3, 4]]]}, r"mask\[0\].outlines\[0\]: 2 points; a polygon needs at least 3."),
    ({"outlines": [[1, 2], [3, 4], [5, 6]]}, r"mask\[0\].outlines\[0\]\[0\]: 1 is no list."),
    ({"outlines": {}}, r"mask\[0\].outlines: {} is no list."),
    ({"outlines": [[[1, 2], [3, 4], [5, 6]]], "erase": 1}, r"mask\[0\].erase: 1 is neither true nor false."),
]


@pytest.mark.parametrize(("shape", "sentence"), REFUSED)
def test_what_is_no_outline_is_refused(shape: dict, sentence: str):
    with pytest.raises(ValueError, match=sentence):
        read_drag({"version": 1, "mask": [shape]})


def test_a_region_with_a_hole_moves_without_what_shows_through_it():
    moves = region_map(place(DragSpec(regions=(Region(FRAME, Affine(Point(15, 5))),)), SIZE))
    assert moves.landing[16, 27] and not moves.landing[25, 40] and moves.area.sum() == 500


NOWHERE = {
    "flat": (Outlines((ring((5, 5), (9, 5), (30, 5)),)), "its 3 points lie on one line and enclose nothing"),
    "off the picture": (Outlines((box(90, 90, 99, 99),)), "covers nothing of the 61x47 image. Move it into the image"),
}


@pytest.mark.parametrize("name", NOWHERE)
def test_outlines_that_hold_nothing_are_refused(name: str):
    shape, sentence = NOWHERE[name]
    with pytest.raises(ValueError, match=rf"regions\[0\].source: .*{sentence}"):
        region_map(place(DragSpec(regions=(Region(shape, Affine(Point(5, 0))),)), SIZE))
