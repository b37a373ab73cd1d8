"""A mask as outlines: every pixel kept, nowhere more than half a pixel off, and small."""

import json

import numpy as np
import pytest
from dragkit.core.grid.raster import rasterise
from dragkit.core.instruction import vectorise as vectorising
from dragkit.core.instruction.bounds import MOST_POINTS
from dragkit.core.instruction.form import read_drag, write_drag
from dragkit.core.instruction.geometry import Extent
from dragkit.core.instruction.spec import DragSpec, Outlines, Shape
from dragkit.core.instruction.vectorise import MOST_SIDES, USUAL, sides, vectorise
from scipy import ndimage
from scipy.spatial import cKDTree


def raster(shape: Shape, mask: np.ndarray) -> np.ndarray:
    return rasterise(shape, Extent(mask.shape[1], mask.shape[0])).numpy()


def written(shape: Outlines) -> str:
    return json.dumps(write_drag(DragSpec(mask=(shape,)))["mask"][0], separators=(",", ":"))


def noise(seed: int, share: float) -> np.ndarray:
    return np.random.default_rng(seed).random((23, 31)) < share


def object_like(seed: int, side: int = 512) -> np.ndarray:
    """A body of several round parts with an uneven edge, some with a hole, as a segmenter finds it."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] / side
    found = np.zeros((side, side))
    for _ in range(6):
        cx, cy, a, b = *rng.uniform(0.35, 0.65, 2), *rng.uniform(0.06, 0.22, 2)
        angle = rng.uniform(0, np.pi)
        u, v = (x - cx) * np.cos(angle) + (y - cy) * np.sin(angle), (y - cy) * np.cos(angle) - (x - cx) * np.sin(angle)
        found = np.maximum(found, 1.5 - np.hypot(u / a, v / b) / 2)
    rough = ndimage.gaussian_filter(rng.normal(size=found.shape), side / 100)
    parts, _ = ndimage.label(found + 0.02 * rough / rough.std() > 1)
    return parts == np.bincount(parts.ravel())[1:].argmax() + 1


MASKS = {
    **{f"noise {share}": noise(i, share) for i, share in enumerate((0.02, 0.3, 0.5, 0.7, 0.98))},
    "one pixel": np.eye(1, dtype=bool),
    "a diagonal": np.eye(9, dtype=bool),
    "two diagonals": np.eye(9, dtype=bool) | np.eye(9, dtype=bool)[::-1],
    "everything": np.ones((7, 5), dtype=bool),
    "a frame": np.pad(np.zeros((5, 9), dtype=bool), 1, constant_values=True),
    "a comb": np.indices((9, 20))[1] % 2 == 0,
    "a chequerboard": np.indices((8, 8)).sum(0) % 2 == 0,
    **{f"object {seed}": object_like(seed, 256) for seed in range(6)},
}


def edge_pixels(mask: np.ndarray) -> np.ndarray:
    """The pixels whose centres are half a pixel from the edge."""
    padded = np.pad(mask, 1)
    return (mask & ~ndimage.binary_erosion(padded)[1:-1, 1:-1]) | (ndimage.binary_dilation(mask) & ~mask)


def corners_of(shape: Outlines) -> int:
    return sum(map(len, shape.rings))


@pytest.mark.parametrize("name", MASKS)
def test_the_raster_of_the_outlines_is_the_mask_to_half_a_pixel(name: str):
    mask, shape = MASKS[name], vectorise(MASKS[name])
    found = raster(read_drag({"version": 1, "mask": [json.loads(written(shape))]}).mask[0], mask)
    assert not ((found ^ mask) & ~edge_pixels(mask)).any()
    assert np.array_equal(found, mask) or corners_of(exactly(mask)) > USUAL


@pytest.mark.parametrize("name", MASKS)
def test_with_all_corners_it_is_the_mask_to_the_pixel(name: str):
    assert np.array_equal(raster(exactly(MASKS[name]), MASKS[name]), MASKS[name])


def exactly(mask: np.ndarray) -> Outlines:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vectorising, "USUAL", MOST_POINTS)
        return vectorise(mask)


@pytest.mark.parametrize("name", MASKS)
def test_the_outlines_are_half_a_pixel_off_at_most(name: str):
    corners, ways = sides(MASKS[name])
    along = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)])[ways]
    edge = np.concatenate([corners + share * along for share in np.linspace(0, 1, 21)])  # the edge, closely sampled
    for ring in exactly(MASKS[name]).rings:
        start, end = np.array(ring), np.roll(ring, -1, axis=0)
        drawn = np.concatenate([start + share * (end - start) for share in np.linspace(0, 1, 41)])
        assert cKDTree(edge).query(drawn)[0].max() <= 0.5 + 0.025


@pytest.mark.parametrize("name", MASKS)
def test_coordinates_are_whole(name: str):
    assert all(
        float(number).is_integer() for ring in vectorise(MASKS[name]).rings for point in ring for number in point
    )


def test_pixels_that_touch_at_a_corner_hang_together():
    assert len(vectorise(MASKS["a diagonal"]).rings) == 1


@pytest.mark.parametrize("seed", range(12))
def test_an_object_takes_less_than_two_kilobytes(seed: int):
    mask = object_like(seed)
    assert mask.sum() > 20_000
    assert len(written(vectorise(mask))) < 2000


def test_straight_edges_keep_their_corners_alone():
    y, x = np.mgrid[:400, :600]
    box = (x >= 50) & (x < 550) & (y >= 20) & (y < 380)
    assert [tuple(p) for p in vectorise(box).rings[0]] == [(50, 20), (550, 20), (550, 380), (50, 380)]
    slope = 3 * y + 7 * x < 2000  # from (285, 0) to the left border
    assert len(vectorise(slope).rings[0]) < 10


def test_a_disc_has_few_corners():
    y, x = np.mgrid[:512, :512] + 0.5
    assert len(vectorise((x - 256) ** 2 + (y - 256) ** 2 < 150**2).rings[0]) < 100


def test_an_empty_mask_and_one_of_dust_are_refused():
    with pytest.raises(ValueError, match="the mask is empty, so there is nothing to draw around."):
        vectorise(np.zeros((8, 8), dtype=bool))
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"the edge of the mask needs \d\d,\d+ points, over 50,000; smooth the mask."):
        vectorise(rng.random((420, 420)) < 0.5)


def test_an_edge_that_is_too_long_is_refused_before_it_is_followed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(vectorising, "straightened", lambda stops: pytest.fail("the edge is followed"))
    with pytest.raises(ValueError, match=f"pixels long, over {MOST_SIDES:,}; smooth the mask."):
        vectorise(np.random.default_rng(0).random((1024, 1024)) < 0.5)
