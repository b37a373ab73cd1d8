"""The drag instruction: scaling, warnings, its JSON form."""

import json

import pytest
import torch
from dragkit.core.drag import Affine, Bounds, Brush, Drag, DragSpec, Extent, Point, Polygon, Region, Stroke
from dragkit.core.drag_json import read_drag, write_drag

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
    ("  ", "empty"),
    ("3", "3 is no drag instruction"),
    ('[{"x": 1, "y": 2}]', "1 points, an odd number"),
    ('[{"x": 1, "y": null}, {"x": 1, "y": 2}]', "points[0]: "),
]


@pytest.mark.parametrize(("value", "message"), BAD, ids=[message for _, message in BAD])
def test_refuses_naming_the_place(value, message):
    with pytest.raises(ValueError) as refusal:
        read_drag(value)
    assert message in str(refusal.value)


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
