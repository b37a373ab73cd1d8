"""What is cut out of a picture for an instruction, and where the instruction lies in it."""

import pytest
import torch
from dragkit.core.crop.crop import cut_out, moved_into, resized, with_connected
from dragkit.core.crop.framing import Aspect, Wanted
from dragkit.core.grid.latent_grid import Part
from dragkit.core.grid.placed import place
from dragkit.core.grid.raster import editable_mask, rasterise
from dragkit.core.instruction.geometry import Affine, Extent, Point
from dragkit.core.instruction.spec import Drag, DragSpec, Polygon, Region

PICTURE = Extent(640, 480)
SQUARE = Wanted(0.5, Extent(64, 64), 8)


def box(left: float, top: float, right: float, bottom: float) -> Polygon:
    return Polygon(tuple(Point(*p) for p in ((left, top), (right, top), (right, bottom), (left, bottom))))


def pull(start: tuple[float, float], end: tuple[float, float]) -> DragSpec:
    return DragSpec((Drag(Point(*start), Point(*end)),), size=PICTURE)


def cut(spec: DragSpec, wanted: Wanted = SQUARE, **options):
    return cut_out(place(spec, spec.picture), wanted, **options)


def test_the_surroundings_are_a_share_of_the_longer_side():
    (made,) = cut(pull((300, 200), (400, 200)))
    assert made.part == Part(250, 100, Extent(200, 200)) and made.size == Extent(64, 64)
    assert made.borders == (False,) * 4 and made.areas[0].all()
    assert made.scale == (3.125, 3.125)


@pytest.mark.parametrize(
    ("end", "part"), [((100.0, 5.0), Part(0, 0, Extent(180, 180))), ((635.0, 475.0), Part(0, 0, PICTURE))]
)
def test_a_crop_stays_in_the_picture(end, part):
    made = cut(pull((10, 5), end), Wanted(0.5, Extent(64, 64), 8))[0]
    assert made.borders[:2] == (True, True)
    assert made.part == part


def test_a_part_that_no_square_holds_keeps_its_shape_and_says_so():
    (made,) = cut(pull((10, 5), (635, 475)))
    assert made.size == Extent(72, 56) and "does not fit into the 640x480 picture" in made.notes[0]


def test_context_gives_way_to_the_shape():
    """The picture's height limits a square; the drag itself fits into it, so all of its surroundings need not."""
    (made,) = cut(pull((100, 240), (500, 240)))
    assert made.part == Part(60, 0, Extent(480, 480)) and not made.notes


@pytest.mark.parametrize(
    ("aspect", "part", "size"),
    [
        (Aspect.SIZE, Part(250, 100, Extent(200, 200)), Extent(64, 64)),
        (Aspect.PART, Part(250, 150, Extent(200, 100)), Extent(96, 48)),
        (Aspect.STRETCHED, Part(250, 150, Extent(200, 100)), Extent(64, 64)),
    ],
)
def test_the_shape_of_a_crop(aspect, part, size):
    (made,) = cut(pull((300, 200), (400, 200)), Wanted(0.5, Extent(64, 64), 16, aspect))
    assert (made.part, made.size) == (part, size)


def test_a_crop_larger_than_the_picture_is_said():
    (made,) = cut(pull((300, 200), (400, 200)), Wanted(0.5, Extent(1024, 1024), 8))
    assert made.notes == ("the crop of 1024x1024 is larger than the 640x480 picture and shows it enlarged.",)


def test_an_instruction_moves_along():
    spec = DragSpec(
        (Drag(Point(300, 200), Point(400, 200)),),
        (Region(box(310, 210, 350, 250), Affine(Point(20.0, -10.0), rotate=30.0)),),
        (box(290, 150, 420, 260),),
        PICTURE,
    )
    (made,) = cut(spec, Wanted(0.25, Extent(81, 81), 1))
    moved, zoom = made.moved(spec), 1 / made.scale[0]
    left, top = made.part.left, made.part.top
    assert moved.size == made.size
    assert moved.drags[0].handle == pytest.approx(((300 - left) * zoom, (200 - top) * zoom))
    assert moved.regions[0].source.points[0] == pytest.approx(((310 - left) * zoom, (210 - top) * zoom))
    assert moved.regions[0].target.move == pytest.approx((20 * zoom, -10 * zoom))
    assert moved.regions[0].target.rotate == 30.0
    window = editable_mask(spec, PICTURE)[top : top + made.part.size.height, left : left + made.part.size.width]
    assert torch.equal(made.areas[0], window)
    assert (editable_mask(moved, made.size) ^ made.masks()[0]).float().mean() < 0.02


def test_a_raster_mask_moves_along():
    base = torch.zeros(480, 640, dtype=torch.bool)
    base[100:200, 300:360] = True
    spec = DragSpec((Drag(Point(310, 110), Point(340, 150)),), size=PICTURE, base=base)
    (made,) = cut(spec, Wanted(0.0, Extent(120, 120), 8))
    moved = made.moved(spec)
    assert torch.equal(editable_mask(moved, made.size), made.masks()[0])
    assert moved.base.sum() * made.scale[0] * made.scale[1] == pytest.approx(60 * 100, rel=0.03)


def test_a_connected_mask_takes_the_place_of_the_own_one():
    spec = DragSpec((Drag(Point(310, 110), Point(340, 150)),), (), (box(0, 0, 640, 480),), PICTURE)
    given = torch.zeros(1, 480, 640)
    given[0, 100:200, 300:360] = 1
    placed = place(spec, PICTURE, given)
    (made,) = cut_out(placed, SQUARE)
    moved = made.moved(with_connected(placed))
    assert torch.equal(editable_mask(moved, made.size), made.masks()[0]) and not moved.mask


def test_a_crop_holds_a_mask_where_drags_move_it():
    spec = DragSpec((Drag(Point(310, 150), Point(420, 150)),), (), (box(300, 100, 360, 200),), PICTURE)
    part = cut(spec, Wanted(0.0, Extent(64, 64), 8))[0].part
    assert part.left <= 300 and part.left + part.size.width >= 360 + 110


def test_a_full_mask_limits_nothing():
    placed = place(pull((300, 200), (400, 200)), PICTURE, torch.ones(1, 480, 640))
    assert cut_out(placed, SQUARE)[0].part == Part(250, 100, Extent(200, 200))


def test_what_of_regions_may_change():
    spec = DragSpec((), (Region(box(300, 200, 340, 240), box(360, 200, 400, 240)),), (), PICTURE)
    (made,) = cut(spec, Wanted(1.0, Extent(304, 304), 8))
    area = torch.zeros(480, 640, dtype=torch.bool)
    area[made.part.top : made.part.top + 300, made.part.left : made.part.left + 300] = made.areas[0]
    ends = rasterise(spec.regions[0].source, PICTURE) | rasterise(spec.regions[0].target, PICTURE)
    assert (area & ends).sum() == ends.sum()
    rows, columns = area.any(1).nonzero()[:, 0], area.any(0).nonzero()[:, 0]
    assert (int(rows[0]), int(columns[0])) == pytest.approx((200 - 16, 300 - 16), abs=1)
    assert (int(rows[-1]), int(columns[-1])) == pytest.approx((239 + 16, 399 + 16), abs=1)


def test_parts_far_apart_are_one_crop_each_or_a_sentence():
    spec = DragSpec((Drag(Point(40, 40), Point(60, 40)), Drag(Point(600, 440), Point(580, 440))), size=PICTURE)
    (together,) = cut(spec)
    assert together.notes[0].startswith("the instruction has 2 parts that lie far from each other")
    first, second = cut(spec, apart=True)
    assert first.part.left < 100 < 500 < second.part.left and first.size == second.size
    near = DragSpec((*spec.drags[:1], Drag(Point(70, 50), Point(90, 50))), size=PICTURE)
    assert len(cut(near, apart=True)) == 1


def test_each_crop_of_several_is_told_what_begins_in_it():
    region = Region(box(580, 420, 620, 460), Affine(Point(-20, 0)))
    spec = DragSpec((Drag(Point(40, 40), Point(60, 40)),), (region,), size=PICTURE)
    first, second = cuts = cut(spec, apart=True)
    of_first, of_second = moved_into(cuts, spec)
    assert len(of_first.drags) == len(of_second.regions) == 1
    assert not of_first.regions and not of_second.drags
    assert first.areas[0].all() and not second.areas[0].all()
    together = cut(spec)
    assert moved_into(together, spec) == [together[0].moved(spec)]


def test_parts_that_meet_through_a_third_are_one():
    ends = ((0, 100), (400, 500), (90, 410))
    drags = tuple(Drag(Point(a + 20.0, 50), Point(b + 20.0, 50)) for a, b in ends)
    assert len(cut(DragSpec(drags, size=PICTURE), apart=True)) == 1
    assert len(cut(DragSpec(drags[:2], size=PICTURE), apart=True)) == 2


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (DragSpec(size=PICTURE), "the instruction is empty"),
        (pull((700, 200), (720, 200)), "lies outside the 640x480 picture"),
    ],
)
def test_nothing_to_cut_out_is_refused(spec, sentence):
    with pytest.raises(ValueError, match=sentence):
        cut(spec)


def test_a_batch_of_masks_is_cut_alike():
    masks = torch.zeros(2, 480, 640)
    masks[0, 100:140, 100:140] = 1
    masks[1, 200:240, 160:200] = 1
    (made,) = cut_out(place(DragSpec(size=PICTURE), PICTURE, masks, batch=2), SQUARE)
    assert [int(area.sum()) for area in made.areas] == [1600, 1600]
    assert made.part.left <= 100 and made.part.top <= 100 and made.masks().shape == (2, 64, 64)


def test_a_crop_of_its_own_size_is_the_picture_itself():
    picture = torch.rand(2, 480, 640, 3)
    (made,) = cut(pull((10, 5), (635, 475)), Wanted(10, PICTURE, 8))
    assert made.size == PICTURE and torch.equal(made.taken_from(picture), picture)


def test_resizing_stays_within_the_range_and_keeps_a_ramp():
    ramp = torch.linspace(0, 1, 80).view(1, 1, 80, 1).expand(1, 40, 80, 3)
    small = resized(ramp, Extent(20, 10))
    assert small.shape == (1, 10, 20, 3) and small.min() >= 0 and small.max() <= 1
    assert torch.allclose(small[0, 5, 3:-3, 0], ramp[0, 0, :, 0].view(20, 4).mean(1)[3:-3], atol=1e-3)
    half = resized(ramp.half(), Extent(20, 10))
    assert half.dtype == torch.float16
