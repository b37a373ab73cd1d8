"""The drag instruction: scaling, warnings, its JSON form."""

import json

import pytest
import torch
from dragkit.core.drag import Brush, Drag, DragSpec, Extent, Point, Polygon, Region, Stroke
from dragkit.core.drag_json import read_drag, write_drag

FULL = {
    "version": 1,
    "size": [512, 384],
    "drags": [{"handle": [100, 120.5], "target": [160, 120]}, {"handle": [20, 20], "target": [20, 20]}],
    "regions": [
        {
            "source": {"polygon": [[10, 10], [60, 10], [60, 60]]},
            "target": {"brush": [{"radius": 8, "points": [[90, 90], [120, 95]]}]},
        }
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
    assert spec.regions == (
        Region(
            Polygon((Point(10, 10), Point(60, 10), Point(60, 60))),
            Brush((Stroke(8, (Point(90, 90), Point(120, 95))),)),
        ),
    )
    assert spec.mask[1] == Brush((Stroke(12.25, (Point(30, 30),), erase=True),))


@pytest.mark.parametrize("value", [FULL, json.dumps(FULL)], ids=["object", "text"])
def test_writes_what_it_read(value):
    assert write_drag(read_drag(value)) == FULL


def test_only_the_version_is_needed():
    assert read_drag({"version": 1}) == DragSpec()


def test_reads_alternating_points_of_other_editors():
    points = [{"x": 1, "y": 2}, {"x": 3, "y": 4}, {"x": 5, "y": 6}, {"x": 7, "y": 8}]
    assert read_drag(json.dumps(points)).drags == (Drag(Point(1, 2), Point(3, 4)), Drag(Point(5, 6), Point(7, 8)))


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
