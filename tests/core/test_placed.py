"""An instruction on a picture, or on the part of it that a latent shows."""

import pytest
import torch
from dragkit.core.grid.latent_grid import Part, latent_mask, nearest_latent_mask
from dragkit.core.grid.placed import encoded_part, place, place_on_grid
from dragkit.core.instruction.geometry import Affine, Extent, Point
from dragkit.core.instruction.spec import Brush, Drag, DragSpec, Polygon, Region, Stroke
from dragkit.core.maps.regions import by_frames, region_map

SIZE = Extent(64, 48)


def dot(x: float, y: float, radius: float) -> Brush:
    return Brush((Stroke(radius, (Point(x, y),)),))


def box(left: float, top: float, right: float, bottom: float) -> Polygon:
    return Polygon(tuple(Point(*p) for p in ((left, top), (right, top), (right, bottom), (left, bottom))))


def pull(*handles: tuple[float, float]) -> DragSpec:
    return DragSpec(tuple(Drag(Point(*h), Point(h[0] + 9, h[1])) for h in handles), size=SIZE)


PARTS = [
    ((263, 263), (32, 32), Part(3, 3, Extent(256, 256))),
    ((559, 801), (69, 100), Part(3, 0, Extent(552, 800))),
    ((263, 263), (33, 33), Part(0, 0, Extent(264, 264))),
    ((256, 128), (32, 16), Part(0, 0, Extent(256, 128))),
    ((256, 263), (32, 33), Part(0, 0, Extent(256, 264))),
    ((263, 250), (33, 31), None),
    ((512, 512), (32, 32), None),
]


@pytest.mark.parametrize(("picture", "grid", "part"), PARTS, ids=str)
def test_the_part_that_a_latent_shows(picture: tuple, grid: tuple, part: Part | None):
    assert encoded_part(Extent(*picture), Extent(*grid)) == part


def test_all_is_shifted_to_the_part_that_was_encoded():
    region = Region(box(10, 10, 20, 20), Affine(Point(5.0, 0.0), rotate=30.0))
    spec = DragSpec((Drag(Point(43, 33), Point(53, 33)),), (region,), (box(13, 13, 53, 43),), Extent(63, 55))
    placed = place_on_grid(spec, Extent(7, 6))
    assert placed.part == Part(3, 3, Extent(56, 48)) and placed.whole == spec
    assert placed.handles.tolist() == [[40, 30]] and placed.targets.tolist() == [[50, 30]]
    source, target = placed.spec.regions[0]
    assert source == box(7, 7, 17, 17) and target == region.target
    expected = torch.zeros(48, 56, dtype=torch.bool)
    expected[10:40, 10:50] = True
    assert torch.equal(placed.areas[0], expected)
    assert any("the latent shows 56x48 of the 63x55 picture" in note for note in placed.notes)


def test_beyond_a_padded_picture_the_mask_goes_on():
    mask = torch.zeros(1, 55, 63)
    mask[:, 50:, 40:] = 1
    placed = place_on_grid(DragSpec(size=Extent(63, 55)), Extent(8, 7), mask)
    assert placed.areas[0].nonzero().tolist() == [[y, x] for y in range(50, 56) for x in range(40, 64)]
    assert placed.notes == placed.astray == ()


def test_a_picture_of_another_size_is_scaled():
    placed = place_on_grid(DragSpec((Drag(Point(20, 10), Point(30, 10)),), size=Extent(128, 96)), Extent(8, 6))
    assert placed.handles.tolist() == [[10, 5]] and placed.part == Part(0, 0, SIZE) and not placed.is_masked


EMPTY = {
    "erased": (dot(30, 20, 9), Brush((Stroke(20.0, (Point(30, 20),), erase=True),))),
    "beside": (dot(300, 20, 9),),
    "no stroke": (Brush(()),),
    "between pixels": (dot(30, 20, 0.2),),
}


@pytest.mark.parametrize("mask", EMPTY.values(), ids=EMPTY)
def test_an_own_mask_with_nothing_in_it_is_refused(mask: tuple):
    with pytest.raises(ValueError, match="the 64x48 mask is empty. Paint the area"):
        place(DragSpec(mask=mask), SIZE)


def test_a_mask_in_the_rim_that_is_cut_off_is_refused():
    with pytest.raises(ValueError, match="wholly in the rim that the VAE cut off"):
        place_on_grid(DragSpec(mask=(box(0, 0, 63, 2),), size=Extent(63, 55)), Extent(7, 6))


def test_a_connected_mask_counts_before_the_own_and_the_black_64x64_does_not():
    spec = DragSpec(mask=(box(0, 0, 8, 8),))
    left = torch.zeros(1, 48, 64)
    left[..., :20] = 0.5
    assert place(spec, SIZE, left).areas[0].sum() == 20 * 48
    assert place(spec, SIZE, torch.zeros(1, 64, 64)).areas[0].sum() == 64
    assert not place(DragSpec(), SIZE, torch.zeros(1, 64, 64)).is_masked


@pytest.mark.parametrize("sampled", [latent_mask, nearest_latent_mask])
@pytest.mark.parametrize("radius", [1, 3, 4])
def test_a_mask_smaller_than_a_cell_is_never_lost(sampled, radius: int):
    for x in range(16, 24):
        for y in range(16, 24):
            spec = pull((x, y))
            placed = place(DragSpec(spec.drags, mask=(dot(x, y, radius), box(40, 24, 56, 40))), SIZE, cell_size=8)
            (cells,) = placed.cells(sampled)
            touched = placed.areas[0].reshape(6, 8, 8, 8).any(3).any(1)
            assert cells[y // 8, x // 8] or not placed.areas[0][y, x]
            assert torch.equal(cells[:, :5], touched[:, :5]) or sampled(placed.areas[0])[:, :5].any()


@pytest.mark.parametrize("sampled", [latent_mask, nearest_latent_mask])
def test_large_masks_are_sampled_as_in_the_reference(sampled):
    placed = place(DragSpec(mask=(dot(30.3, 22.1, 17.7),)), SIZE, cell_size=8)
    assert torch.equal(placed.cells(sampled)[0], sampled(placed.areas[0]))


def test_the_end_of_a_thin_line_keeps_the_handle_in_it():
    line = Brush((Stroke(1.0, (Point(4, 21), Point(60, 23))),))
    placed = place(DragSpec(pull((60, 23)).drags, mask=(line,)), SIZE, cell_size=8)
    assert placed.cells(nearest_latent_mask)[0][2, 7]


def test_many_handles_outside_take_one_line():
    handles = [(2.0 + i, 40.0) for i in range(37)]
    placed = place(DragSpec(pull((4, 4), *handles).drags, mask=(box(0, 0, 20, 20),)), SIZE)
    assert placed.astray == (
        "the handles of 37 drags (2, 3, 4, 5, 6, 7, 8, 9, ...) lie outside the mask; what is there stays.",
    )


def test_many_points_outside_the_picture_take_one_line():
    notes = place(pull(*((100.0 + i, 4.0) for i in range(20)), (60, 4)), SIZE).notes
    assert notes == (
        "drag 1: its handle (100, 4) lies outside the 64x48 image. So do 19 more handles.",
        "drag 1: its target (109, 4) lies outside the 64x48 image. So do 20 more targets.",
    )


def test_frames_are_named():
    masks = torch.zeros(4, 48, 64)
    masks[:2, :20, :20], masks[2, 30:, 30:] = 1, 1
    placed = place(pull((4, 4)), SIZE, masks, batch=4)
    assert placed.notes == ("the mask of frame 4 is empty; what is there stays as it is.",)
    assert placed.astray == ("the handle of drag 1 lies outside the mask of frame 3; what is there stays.",)
    assert [moves.stays for moves in by_frames(placed, region_map)] == [False, False, True, True]
