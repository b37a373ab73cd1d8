"""The drag instruction: scaling, warnings, its JSON form."""

import json

import numpy as np
import pytest
import torch
from dragkit.core.instruction.form import read_canvas, read_drag, write_drag
from dragkit.core.instruction.spec import Affine, Bounds, Brush, Drag, DragSpec, Extent, Point, Polygon, Region, Stroke

FULL = {
    "version": 1,
    "size": [512, 384],
    "drags": [{"handle": [100, 120.5], "target": [160, 120]}, {"handle": [20, 20], "target": [20, 20]}],
    "regions": [
        {
            "source": {"polygon": [[10, 10], [60, 10], [60, 60]]},
            "target": {"brush": [{"radius": 8, "points": [[90, 90], [120, 95]]}]},
        },
        {
            "source": {"polygon": [[10, 10], [60, 10], [60, 60]]},
            "affine": {"move": [1, 1], "scale": [1.2345, -0.5], "rotate": 30.25},
        },
        {"source": {"brush": [{"radius": 8, "points": [[90, 90]]}]}, "affine": {"scale": [1, 1.5]}},
        {"source": {"polygon": [[0, 0], [6, 1], [6, 6]]}, "affine": {}},
    ],
    "mask": [
        {"polygon": [[0, 0], [200, 0], [200, 200]]},
        {"brush": [{"radius": 12.25, "points": [[30, 30]], "erase": True}]},
    ],
}


def test_reads_every_part():
    spec = read_drag(FULL)
    assert spec.size == Extent(512, 384)
    assert spec.drags[0] == Drag(Point(100, 120.5), Point(160, 120))
    assert [d.is_anchor for d in spec.drags] == [False, True]
    assert spec.regions[0] == (
        Region(
            Polygon((Point(10, 10), Point(60, 10), Point(60, 60))),
            Brush((Stroke(8, (Point(90, 90), Point(120, 95))),)),
        )
    )
    affines = [Affine(Point(1, 1), (1.2345, -0.5), 30.25), Affine(scale=(1, 1.5)), Affine()]
    assert [region.target for region in spec.regions[1:]] == affines
    assert [affine.is_identity for affine in affines] == [False, False, True]
    assert spec.mask[1] == Brush((Stroke(12.25, (Point(30, 30),), erase=True),))


@pytest.mark.parametrize("value", [FULL, json.dumps(FULL)], ids=["object", "text"])
def test_writes_what_it_read(value):
    assert write_drag(read_drag(value)) == FULL


def test_only_the_version_is_needed():
    assert read_drag({"version": 1}) == DragSpec()


def test_reads_alternating_points_of_other_editors():
    points = [{"x": 1, "y": 2}, {"x": 3, "y": 4}, {"x": 5, "y": 6}, {"x": 7, "y": 8}]
    assert read_drag(json.dumps(points)).drags == (Drag(Point(1, 2), Point(3, 4)), Drag(Point(5, 6), Point(7, 8)))


def as_points(track) -> list[dict]:
    return [{"x": float(x), "y": float(y)} for x, y in np.round(track, 2)]


SAMPLES = {
    "a line of 16": [(60 + 5 * i, 130) for i in range(16)],
    "a line of 64, one pixel each": [(127 + i, 179) for i in range(64)],
    "a line of 9": [(10 + 20 * i, 30 - 3 * i) for i in range(9)],
    "a shaky line": [(10 + 4 * i + i % 3, 20 + 2 * i + i % 2) for i in range(24)],
    "an arc": [(200 + 90 * np.cos(i / 8), 200 + 90 * np.sin(i / 8)) for i in range(16)],
    "a corner": [(10 + 10 * min(i, 8), 10 + 10 * max(i - 8, 0)) for i in range(17)],
    "slow at its ends": [(20 + 200 * (1 - np.cos(np.pi * i / 31)), 60) for i in range(32)],
    "a stop in the middle": [(20 + 6 * (i - 5 * (i > 8)), 60) if not 8 < i < 14 else (68, 60) for i in range(20)],
}


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("form", [as_points, lambda track: np.round(track, 2).tolist()], ids=["objects", "pairs"])
def test_a_sampled_track_is_one_drag_and_said_to_be(name, form):
    track = form(SAMPLES[name])
    spec = read_drag(json.dumps(track))
    (first, *_, last) = np.round(SAMPLES[name], 2).tolist()
    assert spec.drags == (Drag(Point(*first), Point(*last)),)
    assert len(spec.notes) == 1 and "read as one track" in spec.notes[0]


PAIRED = {
    "two points": [(60, 130), (130, 130)],
    "four far apart": [(60, 130), (130, 130), (60, 180), (130, 180)],
    "a row moved together": [p for i in range(8) for p in ((60, 20 + 20 * i), (130, 20 + 20 * i))],
    "a ring that grows": [(200 + r * np.cos(i), 200 + r * np.sin(i)) for i in range(6) for r in (50, 80)],
    "anchors": [(40 * i, 50 + i) for i in range(6) for _ in range(2)],
    "anywhere": np.random.default_rng(0).uniform(0, 512, (40, 2)).round(2).tolist(),
}


@pytest.mark.parametrize("name", PAIRED)
def test_handles_and_targets_in_turn_stay_pairs(name):
    points = np.round(PAIRED[name], 2).tolist()
    spec = read_drag(as_points(points))
    assert [[*d.handle, *d.target] for d in spec.drags] == [[*a, *b] for a, b in zip(*[iter(points)] * 2, strict=True)]
    assert not spec.notes


@pytest.mark.parametrize("count", [4, 6])
def test_few_points_in_a_line_are_pairs_with_a_word(count):
    spec = read_drag([[20 * i, 30] for i in range(count)])
    assert len(spec.drags) == count // 2 and "put the list into another list" in spec.notes[0]


def test_a_list_of_tracks_is_a_drag_each():
    line = [[10.0 + 7 * i, 20.0] for i in range(16)]
    spec = read_drag(
        json.dumps([as_points(line), [[60, 180], [90, 10], [130, 180]], [[5, 5]], [[7, 7], [9, 9], [7, 7]]])
    )
    ends = [((10, 20), (115, 20)), ((60, 180), (130, 180)), ((5, 5), (5, 5)), ((7, 7), (7, 7))]
    assert spec.drags == tuple(Drag(Point(*a), Point(*b)) for a, b in ends)
    assert spec.notes == ("track 4 ends where it starts, so it holds its place.",)


def test_a_sampled_ring_is_said_to_hold_its_place():
    ring = [[100 + 50 * np.cos(i * np.pi / 8), 100 + 50 * np.sin(i * np.pi / 8)] for i in range(16)]
    spec = read_drag([*ring, ring[0]])
    assert len(spec.drags) == 1 and "ends where it starts" in spec.notes[1]
    assert read_drag([[[5, 5]] * 30, [[7, 7], [7, 7]]]).notes == ()


TEXTS = ["  {}", "\ufeff{}\n", '{{"__value__": {}}}']


@pytest.mark.parametrize("frame", TEXTS)
@pytest.mark.parametrize("write", [json.dumps, str], ids=["JSON", "Python"])
@pytest.mark.parametrize("value", [FULL, [{"x": 60, "y": 130}, {"x": 130, "y": 130}], [[60, 130], [130, 130]]])
def test_texts_with_blanks_a_wrapper_or_in_pythons_notation(frame, write, value):
    assert read_drag(frame.format(write(value))) == read_drag(value)


def test_python_words_and_quotes_in_a_text():
    shape = "{'polygon': [[0, 0], [9, 1], [2, 7]], 'erase': True, \"it's\": 'a\"b\\x41'}"
    text = "{'version': 1, 'size': None, 'mask': [" + shape + "]}"
    assert read_drag(text).mask[0].erase
    with pytest.raises(ValueError, match=r"drags\[0\].handle: NaN is no finite number"):
        read_drag("{'version': 1, 'drags': [{'handle': [1, nan], 'target': [-inf, 2]}]}")


def test_fractions_of_the_picture():
    spec = read_drag({"version": 1, "size": [1, 1], "drags": [{"handle": [0.25, 0.123456], "target": [0.5, 1]}]})
    assert not spec.notes and write_drag(spec)["drags"][0]["handle"] == [0.25, 0.123456]
    assert spec.scaled_to(Extent(512, 256)).drags[0].target == Point(256, 256)
    lost = read_drag({"version": 1, "size": [512, 512], "drags": [{"handle": [0.25, 0.5], "target": [0.5, 1]}]})
    assert 'write "size": [1, 1]' in lost.notes[0]


@pytest.mark.parametrize(
    ("value", "written"), [(0.125, 0.13), (2.375, 2.38), (-0.125, -0.13), (1.005, 1), (3e12, 1e9), (-0.001, 0), (7, 7)]
)
def test_numbers_are_written_as_the_page_writes_them(value, written):
    spec = DragSpec(drags=(Drag(Point(value, 0.0), Point(0.0, 0.0)),))
    assert write_drag(spec)["drags"][0]["handle"][0] == written


def test_a_tiny_radius_is_not_lost():
    written = write_drag(DragSpec(mask=(Brush((Stroke(1e-5, (Point(1, 1),)),)),)))
    assert written["mask"][0]["brush"][0]["radius"] == 0.01 and read_drag(written)


def test_nothing_drawn_is_an_empty_canvas():
    assert read_canvas(None) == read_canvas(" \n") == read_canvas("\ufeff") == DragSpec()


def region_with(**parts) -> dict:
    """An instruction with one region, its source a triangle."""
    return {"version": 1, "regions": [{"source": {"polygon": [[0, 0], [9, 1], [2, 7]]}, **parts}]}


BAD = [
    ({}, "has no version"),
    ({"version": 2}, "update DragKit"),
    ({"version": "1"}, 'has version "1"'),
    ({"version": True}, "has version true"),
    ({"version": 1, "drag": []}, 'unknown key "drag"'),
    ({"version": 1, "size": [512]}, "size: [512] has 1 numbers"),
    ({"version": 1, "size": [0, 5]}, "size: [0, 5] is no image size"),
    ({"version": 1, "drags": {}}, "drags: {} is no list"),
    ({"version": 1, "drags": [{"handle": [1, 2]}]}, "lacks target"),
    ({"version": 1, "drags": [{"handle": [1, 2], "target": [1, 2, 3]}]}, "drags[0].target"),
    ({"version": 1, "drags": [{"handle": [1, 2], "target": [1, float("nan")]}]}, "drags[0].target: NaN"),
    ({"version": 1, "drags": [{"handle": [1, "2"], "target": [1, 2]}]}, 'drags[0].handle: "2" is no finite number'),
    ({"version": 1, "drags": [{"handle": [1, True], "target": [1, 2]}]}, "drags[0].handle: true"),
    ({"version": 1, "regions": [{"source": {"polygon": [[0, 0], [1, 1], [2, 0]]}}]}, "regions[0]"),
    (region_with(), "regions[0]: "),
    (region_with(target={"polygon": [[0, 0], [9, 1], [2, 7]]}, affine={}), "needs either a target shape or an affine"),
    (region_with(affine=[1, 2]), "regions[0].affine: [1, 2] is no affine; give an object of move, scale, rotate"),
    (region_with(affine={"turn": 3}), 'regions[0].affine: {"turn": 3} is no affine'),
    (region_with(affine={"scale": [1]}), "regions[0].affine.scale: [1] has 1 numbers"),
    (region_with(affine={"scale": [1, 0]}), "regions[0].affine.scale: [1, 0] leaves nothing"),
    (region_with(affine={"move": [1, "2"]}), 'regions[0].affine.move: "2" is no finite number'),
    (region_with(affine={"rotate": float("inf")}), "regions[0].affine.rotate: Infinity is no finite number"),
    ({"version": 1, "mask": [{"polygon": [[0, 0], [1, 1]]}]}, "mask[0].polygon: 2 points"),
    ({"version": 1, "mask": [{"circle": 3}]}, "mask[0]: "),
    ({"version": 1, "mask": [{"brush": [{"radius": 0, "points": [[1, 1]]}]}]}, "mask[0].brush[0]"),
    ('{"version": 1, "drags": [{"handle": [1, NaN], "target": [1, 2]}]}', "drags[0].handle: NaN"),
    ("{version: 1}", "not JSON at line 1, column 2"),
    ("ball, right", "Write an object as in"),
    ("  ", "empty"),
    ("3", "3 is no drag instruction"),
    ('[{"x": 1, "y": 2}]', "1 points, an odd number"),
    ('[{"x": 1, "y": null}, {"x": 1, "y": 2}]', "points[0]: "),
    ({"version": 1, "drags": [{"handle": [1, 10**400], "target": [1, 2]}]}, "drags[0].handle: a number of over 60"),
    ('{"version": 1, "size": [1, 1' + "0" * 4300 + "]}", "size: Infinity is no finite number"),
    ({"version": 1, "mask": [{"brush": [{"radius": 1e200, "points": [[1, 1]]}]}]}, "radius: 1e+200 is too large"),
    ({"version": 1, "drags": [{"handle": [1, -1.1e9], "target": [1, 2]}]}, "numbers go up to 1,000,000,000"),
    (region_with(affine={"move": [1e12, 0]}), "regions[0].affine.move: 1000000000000.0 is too large"),
    ({"version": 1, "size": [16385, 5]}, "size: [16385, 5] is too large; pictures have up to 16,384 pixels a side"),
    ({"version": 1, "size": [1e308, 1e308]}, "size: 1e+308 is too large"),
    ({"version": 1, "size": {"width": 5, "height": 5}}, "give [width, height]"),
    ("[" * 1000 + "]" * 1000, "nested more than 16 deep"),
    ("[" * 2_000_000, "nested more than 16 deep"),
    (
        {"version": 1, "drags": [{"handle": [1, 2], "target": [1, 2], "note": [[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]}]},
        "nested",
    ),
    ("{'version': 1, []: []}", "not JSON at line 1, column 2"),
    ("{" + "'version': 1, " * 400_000 + "}", "the text has 5,600,002 characters; at most 4,000,000 are read"),
    ({"version": 1, "drags": [{"handle": [1, 2], "target": [3, 4]}] * 1001}, "drags: 1,001 of them; at most 1,000"),
    ({"version": 1, "regions": [{}] * 251}, "regions: 251 of them; at most 250"),
    ({"version": 1, "mask": [{}] * 10_001}, "mask: 10,001 of them; at most 10,000"),
    ({"version": 1, "mask": [{"polygon": [[1, 2]] * 50_001}]}, "over 50,000 points; draw it with fewer"),
    ({"version": 1, "note": [0] * 500_001}, "over 500,000 numbers and lists"),
    ([[1, 2], [500, 3]] * 1001, "drags: 1,001 of them"),
    ([[[1, 2]]] * 1001, "drags: 1,001 of them"),
    (
        {"positive": [{"x": 6, "y": 9}], "negative": []},
        "marks places without saying where anything goes; points are read",
    ),
    ([[1, 2], [3, 4], [5, 6]], "3 points, an odd number; points are read as"),
    ([{"x": 0.25, "y": 0.5}, {"x": 0.5, "y": 0.5}], 'write fractions of the picture as {"version": 1, "size": [1, 1]'),
    ([[[0.2, 0.5], [0.5, 1]]], "points: all of them lie between 0 and 1"),
    ([[1, 2, 3], [3, 4, 5]], "points[0]: [1, 2, 3] is no point; points are read as"),
    ([[[1, 2]], []], "points[1]: a track without points"),
    ([[[1, 2]], 5], "points[1]: 5 is no list"),
]


@pytest.mark.parametrize(("value", "message"), BAD, ids=[message for _, message in BAD])
def test_refuses_naming_the_place(value, message):
    with pytest.raises(ValueError) as refusal:
        read_drag(value)
    assert message in str(refusal.value) and len(str(refusal.value)) < 400


def test_scales_points_shapes_and_radii():
    spec = read_drag(FULL).scaled_to(Extent(1024, 768))
    assert spec.drags[0] == Drag(Point(200, 241), Point(320, 240))
    assert spec.regions[0].source == Polygon((Point(20, 20), Point(120, 20), Point(120, 120)))
    assert spec.mask[1].strokes[0].radius == pytest.approx(24.5)


def test_scales_the_way_of_a_transform_but_not_its_angle_or_factors():
    spec = read_drag(FULL).scaled_to(Extent(1024, 384))
    assert spec.regions[1].target == Affine(Point(2, 1), (1.2345, -0.5), 30.25)


def test_null_parts_of_a_transform_count_as_missing():
    assert read_drag(region_with(affine={"move": None, "rotate": 5}, target=None)).regions[0].target == Affine(rotate=5)


def test_a_transform_scales_then_turns_clockwise_about_the_centre_then_moves():
    square = Polygon((Point(0, 0), Point(10, 0), Point(10, 4), Point(0, 4)))
    shape = Region(square, Affine(Point(100, 50), (2, 1), 90)).target_shape()
    corners = [(107, 42), (107, 62), (103, 62), (103, 42)]
    assert [p for point in shape.points for p in point] == pytest.approx([p for point in corners for p in point])


def test_a_transformed_brush_keeps_its_area_and_its_erasing():
    brush = Brush((Stroke(3, (Point(10, 10), Point(20, 10))), Stroke(1, (Point(90, 90),), erase=True)))
    shape = Region(brush, Affine(Point(0, 5), (-4, 1))).target_shape()
    assert shape.strokes[0] == Stroke(6, (Point(35, 15), Point(-5, 15)))
    assert shape.strokes[1].erase and shape.strokes[1].radius == 2


def test_bounds_hold_what_is_painted():
    brush = Brush((Stroke(3, (Point(10, 10), Point(20, 12))), Stroke(1, (Point(90, 90),), erase=True)))
    assert brush.bounds == Bounds(7, 7, 23, 15) and brush.bounds.centre == Point(15, 11)
    assert Brush(()).bounds == Bounds(0, 0, 0, 0)


def test_a_target_shape_stands_for_itself():
    region = read_drag(FULL).regions[0]
    assert region.target_shape() is region.target


def test_takes_the_size_of_the_first_image_it_meets():
    spec = DragSpec(drags=(Drag(Point(1, 2), Point(3, 4)),)).scaled_to(Extent(64, 32))
    assert spec.size == Extent(64, 32)
    assert spec.drags == (Drag(Point(1, 2), Point(3, 4)),)


def test_warns_of_points_outside_the_image():
    spec = DragSpec(drags=(Drag(Point(1, 2), Point(70, 4)), Drag(Point(0, 0), Point(64, 32))), size=Extent(64, 32))
    assert spec.warnings() == ["drag 1: its target (70, 4) lies outside the 64x32 image."]


def test_is_immutable():
    with pytest.raises(AttributeError):
        read_drag(FULL).drags = ()


def test_a_raster_base_counts_as_a_mask():
    assert not DragSpec().has_mask
    assert DragSpec(base=torch.zeros(4, 4, dtype=torch.bool)).has_mask
