"""Tests of the mapping of masks by columns and rows."""

import numpy as np
import pytest
import torch
from dragkit.core.grid.cells import downscale_mask
from dragkit.core.instruction.geometry import Extent
from dragkit.core.maps.map import Layers, Match, Rounding
from dragkit.tests.core.placing import match_masks
from dragkit.tests.core.regiondrag_golden import CELL_SIZES, case_ids, load_answer, mask_pairs

# The original resizes masks of 333 x 500 pixels to 41 x 62 cells; here a picture is made of whole cells.
UNEVEN = "brush_21_not_mult_of_8"
PIXELS = [(case, "px") for case in case_ids("brush")]
CELLS = [(case, "lat") for case in case_ids("brush") if case != UNEVEN]


def golden_matches(case: str, scale: str) -> list[Match]:
    """Map every pair of a golden case whose masks survive the downscale."""
    small = [[downscale_mask(mask, CELL_SIZES[scale]) for mask in pair] for pair in mask_pairs(case)]
    return [match_masks(*pair) for pair in small if pair[0].any() and pair[1].any()]


def area(*rows: str) -> np.ndarray:
    """Draw a mask, # for a set cell."""
    return np.array([[cell == "#" for cell in row] for row in rows])


@pytest.mark.parametrize(("case", "scale"), PIXELS + CELLS)
def test_map_equals_the_reference(case, scale):
    answer, matches = load_answer(case, scale), golden_matches(case, scale)
    none = np.zeros((0, 2), dtype=np.int64)
    source, target = (np.concatenate([none, *(getattr(m, end) for m in matches)]) for end in ("source", "target"))
    valid = (answer.source >= 0).all(1)  # where the original read an empty column it left no usable index
    assert valid.all() or answer.status.startswith("invalid")
    assert np.array_equal(target, answer.target)
    assert np.array_equal(source[valid], answer.source[valid])


@pytest.mark.parametrize(("case", "scale"), CELLS)
def test_copy_paste_equals_the_reference(case, scale):
    pasted = load_answer(case, scale).pasted
    if pasted is None:
        assert "BAD" in case
        return
    grid = Extent(pasted.shape[1], pasted.shape[0])
    y, x = np.mgrid[: grid.height, : grid.width]
    stored = torch.from_numpy(1000 * y + x)
    layers = Layers(grid, 1, Rounding.TRUNCATED)
    for match in golden_matches(case, scale):
        layers.lay(match)
    regions = layers.map(None, [])
    result = torch.where(regions.moved, stored.flatten()[regions.gather], -stored)
    assert np.array_equal(result.numpy(), pasted)


def test_some_golden_cases_are_invalid_in_the_reference():
    statuses = [load_answer(*case).status for case in PIXELS + CELLS]
    assert sum(status != "ok" for status in statuses) == 3


@pytest.mark.parametrize("seed", range(5))
def test_a_region_onto_itself_is_the_identity(seed):
    blob = np.random.default_rng(seed).random((30, 40)) < 0.2
    match = match_masks(blob, blob)
    assert len(match.target) == blob.sum()
    assert np.array_equal(match.source, match.target)


@pytest.mark.parametrize(("dx", "dy"), [(7, 3), (-4, 9), (0, -5)])
def test_a_moved_region_is_read_where_it_was(dx, dy):
    blob = np.zeros((40, 50), dtype=bool)
    blob[12:22, 10:30] = np.random.default_rng(0).random((10, 20)) < 0.4
    match = match_masks(blob, np.roll(blob, (dy, dx), (0, 1)))
    assert np.array_equal(match.target - match.source, np.full((blob.sum(), 2), (dx, dy)))


def test_holes_are_spanned_from_end_to_end_of_a_column():
    source = area("...", ".#.", "...", "...", ".#.", "...")
    target = area("###", "###", "###", "###", "...", "...")
    match = match_masks(source, target)
    assert match.source[:, 0].tolist() == [1] * 12
    assert match.source[::3, 1].tolist() == [1, 2, 3, 4]


def test_a_gap_reads_the_nearest_column_and_the_left_of_two():
    source = area("#....#.#", "#....#.#", "........")
    target = area("########", "########", "........")
    match = match_masks(source, target)
    assert match.source[:8, 0].tolist() == [0, 0, 0, 5, 5, 5, 5, 7]
    assert match.source[8:, 1].tolist() == [1] * 8


@pytest.mark.parametrize("turned", [False, True])
def test_a_line_fills_a_block_and_a_block_a_line(turned):
    line, block = np.zeros((2, 12, 12), dtype=bool)
    line[2:9, 3] = True
    block[4:11, 5:9] = True
    if turned:
        line, block = line.T.copy(), block.T.copy()
    across = int(turned)
    onto_block, onto_line = match_masks(line, block), match_masks(block, line)
    assert set(onto_block.source[:, across]) == {3}
    assert np.array_equal(onto_block.source[:, 1 - across], onto_block.target[:, 1 - across] - 2)
    assert set(onto_line.source[:, across]) == {5}
    assert set(onto_line.target[:, across]) == {3}


def test_sources_stay_within_the_columns_of_the_source():
    rng = np.random.default_rng(1)
    for _ in range(50):
        source, target = rng.random((2, 20, 25)) < rng.choice([0.02, 0.3])
        if not (source.any() and target.any()):
            continue
        x, y = match_masks(source, target).source.T
        rows = np.arange(20)[:, None]
        top, bottom = np.where(source, rows, 99).min(0), np.where(source, rows, -1).max(0)
        assert source.any(0)[x].all()
        assert (top[x] <= y).all() and (y <= bottom[x]).all()
