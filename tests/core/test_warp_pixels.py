"""How finely the pixel warp moves content: whole pixels, parts of them, sizes, precisions."""

import numpy as np
import pytest
import torch
from dragkit.core.grid.areas import Area
from dragkit.core.instruction.geometry import Affine, Extent, Point
from dragkit.core.instruction.spec import Brush, DragSpec, Polygon, Region, Stroke
from dragkit.core.redraw.pixels import Fill, Sampling
from dragkit.core.redraw.resample import resample
from dragkit.tests.core.placing import pixels_of, warp
from dragkit.tests.core.warped import CONTROLS, ONE_MOVE, SIZE, SQUARE, away_from_edges, box, drags, waves


@pytest.mark.parametrize("spec", ONE_MOVE, ids=CONTROLS)
@pytest.mark.parametrize("sampling", Sampling)
def test_a_move_by_whole_pixels_copies_them(spec, sampling):
    picture = waves()
    result = warp(picture, spec, sampling=sampling)
    inner = away_from_edges(result)
    shifted = picture.roll((3, 8), (1, 2))
    assert inner.sum() == 16 * 16 if spec.regions[:1] != ONE_MOVE[3].regions else inner.sum() >= 16 * 16
    torch.testing.assert_close(result.image[:, inner], shifted[:, inner], atol=1e-4, rtol=0)
    rest = ~result.target_mask
    assert torch.equal(result.image[:, rest], picture[:, rest])


BRUSH = Brush((Stroke(10, (Point(26, 22),)),))
PART_MOVES = {
    "drag": DragSpec(drags=drags((20.2, 20.5, 24.55, 23.25)), mask=(SQUARE,), size=SIZE),
    "affine": DragSpec(regions=(Region(SQUARE, Affine(move=Point(4.35, 2.75))),), size=SIZE),
    "polygons": DragSpec(regions=(Region(SQUARE, box(20.35, 14.75, 40.35, 34.75)),), size=SIZE),
    "triangles": DragSpec(
        regions=(
            Region(
                Polygon((Point(16, 12), Point(36, 14), Point(22, 34))),
                Polygon((Point(20.35, 14.75), Point(40.35, 16.75), Point(26.35, 36.75))),
            ),
        ),
        size=SIZE,
    ),
}


@pytest.mark.parametrize("spec", PART_MOVES.values(), ids=PART_MOVES)
def test_parts_of_a_pixel_count(spec):
    size, finer = SIZE, 20
    result = warp(waves(), spec)
    y, x = away_from_edges(result).nonzero().T
    fine = waves(Extent(size.width * finer, size.height * finer), 16 * finer)
    true_x, true_y = ((x + 0.5 - 4.35) * finer).long(), ((y + 0.5 - 2.75) * finer).long()
    assert (result.image[0, y, x] - fine[0, true_y, true_x]).abs().max() < 0.02
    by_pixels = warp(waves(), spec, sampling=Sampling.REFERENCE)
    assert (by_pixels.image[0, y, x] - fine[0, true_y, true_x]).abs().max() > 0.05


def test_a_brushed_disc_grows_evenly():
    spec = DragSpec(regions=(Region(BRUSH, Brush((Stroke(13.5, (Point(34, 24),)),))),), size=SIZE)
    y, x = away_from_edges(warp(waves(), spec)).nonzero().T
    x, y = (x + 0.5 - 34) / 1.35 + 26, (y + 0.5 - 24) / 1.35 + 22
    errors = {}
    for sampling in Sampling:
        pixels = pixels_of(spec, SIZE, sampling)
        inner = away_from_edges(warp(waves(), spec)).numpy()[pixels.moved.numpy()]
        errors[sampling] = np.abs(pixels.points(pixels.moved)[inner] - np.stack([x, y], axis=1)).mean()
    assert errors[Sampling.SMOOTH] < 0.25 < errors[Sampling.REFERENCE]


def test_shrinking_does_not_alias():
    size = Extent(128, 128)
    board = (torch.arange(128)[:, None] + torch.arange(128)).remainder(2).float().expand(1, 3, 128, 128).movedim(1, -1)
    spec = DragSpec(regions=(Region(box(10, 10, 110, 110), Affine(scale=(0.3, 0.3))),), size=size)
    inner = away_from_edges(warp(board, spec))
    spread = {sampling: warp(board, spec, sampling=sampling).image[:, inner].std() for sampling in Sampling}
    assert spread[Sampling.SMOOTH] < 0.08 < 0.4 < spread[Sampling.REFERENCE]


def test_content_under_handles_lands_on_targets():
    moves = drags(
        (20.5, 16.5, 12.5, 10.5), (32.5, 16.5, 44.5, 12.5), (20.5, 28.5, 14.5, 38.5), (32.5, 28.5, 40.5, 34.5)
    )
    spec = DragSpec(drags=moves, mask=(SQUARE,), size=SIZE)
    pixels = pixels_of(spec, SIZE, Sampling.SMOOTH)
    places = {
        tuple(cell): point
        for cell, point in zip(Area.of(pixels.moved.numpy()).cells().tolist(), pixels.points(pixels.moved), strict=True)
    }
    for handle, target in moves:
        assert np.abs(places[int(target.x), int(target.y)] - handle).max() < 0.5


def test_resampling_at_pixel_centres_returns_the_picture():
    picture = torch.rand(2, 3, 11, 17, generator=torch.Generator().manual_seed(0))
    y, x = np.mgrid[:11, :17]
    points = np.stack([x, y], axis=2) + 0.5
    torch.testing.assert_close(resample(picture, points, np.ones((11, 17), dtype=bool)), picture.flatten(2))


def test_whole_pixels_from_beyond_the_picture_are_those_of_its_border():
    spec = DragSpec(regions=(Region(box(50, 30, 80, 60), box(10, 5, 40, 35)),), size=SIZE)
    result = warp(waves(), spec, sampling=Sampling.REFERENCE)
    assert torch.equal(result.image[:, 5:23, 38], waves()[:, 30:48, 63]) and result.target_mask[34, 39]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_batches_channels_and_precisions(dtype, channels):
    pictures = torch.rand(3, 48, 64, channels, generator=torch.Generator().manual_seed(0)).to(dtype)
    together = warp(pictures, ONE_MOVE[1], fill=Fill.NEIGHBOURS)
    assert together.image.dtype == dtype and together.image.shape == pictures.shape
    for number, picture in enumerate(pictures):
        alone = warp(picture[None], ONE_MOVE[1], fill=Fill.NEIGHBOURS)
        torch.testing.assert_close(together.image[number], alone.image[0], atol=1e-6, rtol=0)


@pytest.mark.parametrize("size", [Extent(1, 1), Extent(3, 200), Extent(333, 7)])
def test_any_size(size):
    picture = torch.rand(1, size.height, size.width, 3)
    middle = size.width / 2, size.height / 2
    whole = torch.ones(size.height, size.width, dtype=torch.bool)
    spec = DragSpec(drags=drags((*middle, middle[0] + 1.3, middle[1])), base=whole, size=size)
    for fill in Fill:
        assert warp(picture, spec, fill=fill).image.shape == picture.shape


@pytest.mark.parametrize("fill", Fill)
@pytest.mark.parametrize("sampling", Sampling)
def test_an_empty_batch_stays_one(fill, sampling):
    assert warp(waves()[:0], ONE_MOVE[0], fill=fill, sampling=sampling).image.shape == (0, 48, 64, 3)
