"""Masks, boxes and tracks of other nodes as instructions."""

import numpy as np
import pytest
import torch
from dragkit.core.grid.given_mask import GivenMask, read_mask
from dragkit.core.grid.placed import place
from dragkit.core.grid.raster import editable_mask, rasterise
from dragkit.core.instruction.geometry import Affine, Bounds, Extent, Point
from dragkit.core.instruction.spec import Drag, DragSpec, Polygon
from dragkit.core.objects.boxes import Boxes, read_boxes
from dragkit.core.objects.things import boxes_moved, things_moved
from dragkit.core.objects.tracks import read_tracks

SIZE = Extent(96, 64)
RIGHT = Affine(Point(20, 0))


def blob(x: float, y: float, radius: float, size: Extent = SIZE) -> torch.Tensor:
    rows, columns = np.mgrid[: size.height, : size.width] + 0.5
    return torch.from_numpy(((columns - x) ** 2 + (rows - y) ** 2 < radius**2).astype(np.float32))


def given(*masks: torch.Tensor) -> GivenMask:
    found = read_mask(torch.stack(masks), None)
    assert found
    return found


def pixels(spec: DragSpec, end: str = "source") -> list[np.ndarray]:
    shapes = [region.source if end == "source" else region.target_shape() for region in spec.regions]
    return [rasterise(shape, spec.picture).numpy() for shape in shapes]


def test_every_mask_of_a_batch_is_a_region():
    masks = blob(20, 20, 10), blob(60, 40, 12)
    spec = things_moved(given(*masks), None, RIGHT, None, 0)
    assert spec.size == SIZE and not spec.notes
    for mask, source, target in zip(masks, pixels(spec), pixels(spec, "target"), strict=True):
        assert np.array_equal(source, mask.numpy() > 0)
        assert np.array_equal(target[:, 20:], source[:, :-20])


def test_what_may_change_is_both_ends_and_pixels_around():
    spec = things_moved(given(blob(20, 30, 10)), None, RIGHT, None, 4)
    area = editable_mask(spec, SIZE)
    assert area is not None
    free = area.numpy()
    rows, columns = np.mgrid[: SIZE.height, : SIZE.width] + 0.5
    distance = np.minimum(np.hypot(columns - 20, rows - 30), np.hypot(columns - 40, rows - 30))
    assert free[distance < 13].all() and not free[distance > 15].any()


def test_it_turns_and_grows_about_the_middle_of_each():
    spec = things_moved(given(blob(48, 32, 10)), None, Affine(Point(0, 8), (1.5, 1.5), 90), None, 0)
    assert np.allclose(spec.regions[0].target_shape().bounds, (33, 25, 63, 55))


def test_a_mask_goes_onto_a_mask():
    spec = things_moved(given(blob(20, 30, 10)), None, given(blob(70, 30, 14)), None, 0)
    assert np.array_equal(pixels(spec, "target")[0], blob(70, 30, 14).numpy() > 0)


def test_a_mask_of_half_the_size_is_scaled_to_the_picture():
    spec = things_moved(given(blob(10, 15, 6, Extent(48, 32))), None, RIGHT, SIZE, 0)
    assert spec.size == SIZE and abs(pixels(spec)[0].sum() / (np.pi * 12**2) - 1) < 0.05
    assert spec.regions[0].target == RIGHT


def test_a_box_takes_what_of_the_mask_lies_in_it():
    union = (blob(20, 30, 10) + blob(70, 30, 10)).clamp(max=1)
    boxes = read_boxes([{"x": 5, "y": 10, "width": 40, "height": 40}], "bboxes")
    (found,) = pixels(things_moved(given(union), boxes, RIGHT, None, 0))
    assert np.array_equal(found, blob(20, 30, 10).numpy() > 0)


def test_a_box_alone_is_a_thing():
    spec = things_moved(None, read_boxes({"x": 5, "y": 10, "width": 40, "height": 30}, "bboxes"), RIGHT, SIZE, 0)
    assert pixels(spec)[0].sum() == 1200 and spec.regions[0].source.bounds == Bounds(5, 10, 45, 40)


def test_boxes_go_into_boxes():
    source, target = ({"x": x, "y": 8, "width": 16, "height": 24} for x in (8, 40))
    spec = boxes_moved(read_boxes(source, "source"), read_boxes(target | {"width": 32}, "target"), SIZE, 0)
    (region,) = spec.regions
    assert isinstance(region.source, Polygon) and isinstance(region.target, Polygon)
    assert len(region.source.points) == 4 and region.target.bounds == Bounds(40, 8, 72, 32)


def test_of_boxes_by_frames_the_first_frame_counts():
    box = {"x": 1, "y": 2, "width": 3, "height": 4}
    boxes = read_boxes([[box, box], [box]], "bboxes")
    assert len(boxes.bounds) == 2 and boxes.notes == ("bboxes: the boxes of the first of 2 frames count.",)


def test_a_box_that_reaches_beyond_is_cut_and_said_to_be():
    boxes = Boxes((Bounds(-4, 0, 10, 10),)).on(SIZE, "bboxes")
    assert boxes.bounds[0] == Bounds(0, 0, 10, 10)
    assert boxes.notes == ("bboxes[0] reaches beyond the 96x64 picture and is cut to it.",)


def test_an_empty_mask_of_a_batch_is_named():
    spec = things_moved(given(blob(20, 20, 10), torch.zeros(64, 96)), None, RIGHT, None, 0)
    assert len(spec.regions) == 1 and spec.notes == ("mask 2 is empty and left out.",)


def test_a_thing_at_rest_is_said_to_be():
    still = things_moved(given(blob(20, 20, 10)), None, Affine(), None, 0)
    assert "nothing moves yet" in still.notes[0] and not still.has_mask


BOX = Boxes((Bounds(5, 5, 20, 20),))
FAINT = 0.3 * blob(20, 20, 10)
REFUSED = {
    "nothing": ((None, None, RIGHT, SIZE), "there is no mask and no box. Connect a mask of what shall move"),
    "empty": ((given(torch.zeros(64, 96)), None, RIGHT, SIZE), "the 96x64 mask is empty. Connect a mask"),
    "faint": ((given(FAINT), None, RIGHT, SIZE), r"the 96x64 mask is empty: it is 0.3 at most, and counts from a half"),
    "another picture": (
        (given(blob(20, 20, 10)), None, RIGHT, Extent(512, 512)),
        "the 96x64 mask belongs to another picture than the 512x512 one",
    ),
    "target of another picture": (
        (given(blob(20, 20, 10)), None, given(blob(9, 9, 5, Extent(40, 40))), None),
        "the 40x40 mask belongs to another picture than the 96x64 one",
    ),
    "target empty": (
        (given(blob(20, 20, 10)), None, given(torch.zeros(64, 96)), None),
        "target mask 1 is empty. Connect a mask of where it goes.",
    ),
    "fewer targets": (
        (given(blob(20, 20, 10), blob(60, 20, 10)), None, given(blob(20, 20, 10)), None),
        "2 things go onto 1 target masks. Connect one target for each.",
    ),
    "off the picture": (
        (given(blob(20, 20, 10)), None, Affine(Point(90, 0)), None),
        "what is moved would land wholly outside the 96x64 picture. Move it less far.",
    ),
    "box of another picture": (
        (None, Boxes((Bounds(100, 5, 130, 20),)), RIGHT, SIZE),
        r"bboxes\[0\]: the box at \(100, 5\), 30 x 15 pixels, lies outside the 96x64 picture",
    ),
    "box beside the mask": (
        (given(blob(70, 40, 8)), BOX, RIGHT, None),
        r"bboxes\[0\]: nothing of the mask lies in it",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_meant_is_refused(name: str):
    arguments, sentence = REFUSED[name]
    with pytest.raises(ValueError, match=sentence):
        things_moved(*arguments, grow=0)


BOXES = [
    ([], r"bboxes: there is no box"),
    ([[], []], r"bboxes: there is no box"),
    ([{"x": 1, "y": 2, "width": 3}], r"bboxes\[0\]: .* lacks height; it needs x, y, width, height."),
    ({"x": 1, "y": 2, "width": 0, "height": 3}, r"bboxes\[0\]: .* has nothing in it"),
    ({"x": 1, "y": float("nan"), "width": 1, "height": 3}, r"bboxes\[0\].y: NaN is no finite number."),
    ("text", r"bboxes: there is no box"),
]


@pytest.mark.parametrize(("value", "sentence"), BOXES, ids=[str(value) for value, _ in BOXES])
def test_what_is_no_box_is_refused(value: object, sentence: str):
    with pytest.raises(ValueError, match=sentence):
        read_boxes(value, "bboxes")


def test_boxes_need_a_partner_each():
    with pytest.raises(ValueError, match="source has 2 boxes and target 1. Connect one target for each source."):
        boxes_moved(Boxes(BOX.bounds * 2), BOX, None, 0)


def test_a_track_is_a_drag_between_where_it_is_seen():
    path = torch.stack([torch.stack([torch.arange(9.0) * 4 + 10 * n, torch.full((9,), 30.0)], 1) for n in range(3)], 1)
    visible = torch.ones(9, 3, dtype=torch.bool)
    visible[6:, 1], visible[:, 2] = False, False
    spec = read_tracks({"track_path": path, "track_visibility": visible})
    assert spec.drags == (Drag(Point(0, 30), Point(32, 30)), Drag(Point(10, 30), Point(30, 30)))
    assert len(read_tracks({"track_path": path, "track_visibility": visible[:, :1]}).drags) == 3


TRACKS = [
    ({}, "the tracks hold nothing; tracks are positions"),
    ({"track_path": torch.zeros(0, 3, 2)}, r"the tracks hold \(0, 3, 2\)"),
    ({"track_path": torch.ones(4, 3, 2) * 9, "track_visibility": torch.zeros(4, 1)}, "no track is ever seen"),
    ({"track_path": torch.full((4, 1, 2), float("nan"))}, r"points\[0\]\[0\]: NaN is no finite number"),
    ({"track_path": torch.ones(2, 1001, 2) * 9}, "drags: 1,001 of them"),
]


@pytest.mark.parametrize(("tracks", "sentence"), TRACKS, ids=[sentence for _, sentence in TRACKS])
def test_what_is_no_track_is_refused(tracks: dict, sentence: str):
    with pytest.raises(ValueError, match=sentence):
        read_tracks(tracks)


def test_a_thing_can_be_laid_on_a_picture():
    placed = place(things_moved(given(blob(20, 20, 10)), None, RIGHT, None, 8), SIZE)
    assert placed.is_masked and not placed.notes
