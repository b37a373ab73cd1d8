"""Tests of filling null cells: BNNI, sequential and simultaneous, and noise."""

import pytest
import torch
from dragkit.core.grid.latent_grid import latent_mask, latent_points
from dragkit.core.redraw.bnni import FillMode, fill_null
from dragkit.tests.core.fastdrag_golden import case_ids, load_answer, load_fill_modes, load_problem
from dragkit.tests.core.placing import warp_latent

GOLDEN = pytest.mark.parametrize(("group", "case"), case_ids())
BNNI = pytest.mark.parametrize("mode", [FillMode.SEQUENTIAL, FillMode.SIMULTANEOUS])


def random_latent(*shape: int, seed: int = 0) -> torch.Tensor:
    """Draw a standard normal latent."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def random_null(height: int, width: int, share: float, seed: int = 0) -> torch.Tensor:
    """Draw a (height, width) bool mask."""
    return torch.rand(height, width, generator=torch.Generator().manual_seed(seed)) < share


def bnni_by_cell(latent: torch.Tensor, null: torch.Tensor, *, in_place: bool) -> torch.Tensor:
    """Fill one latent (C, h, w) cell by cell, as the specification reads."""
    height, width = null.shape
    source, result, unknown = latent.clone(), latent.clone(), null.clone()
    for y, x in null.nonzero().tolist():
        rays = (
            [(y, column) for column in range(x - 1, -1, -1)],
            [(y, column) for column in range(x + 1, width)],
            [(row, x) for row in range(y - 1, -1, -1)],
            [(row, x) for row in range(y + 1, height)],
        )
        total, total_weight = 0, 0.0
        for ray in rays:
            for distance, (row, column) in enumerate(ray, start=1):
                if not unknown[row, column]:
                    total = total + 1 / distance * source[:, row, column]
                    total_weight += 1 / distance
                    break
        if total_weight:
            result[:, y, x] = total / total_weight
            if in_place:
                source[:, y, x] = result[:, y, x]
                unknown[y, x] = False
    return result


@GOLDEN
def test_sequential_equals_the_reference_to_the_bit(group, case):
    answer = load_answer(group, case)
    filled = fill_null(answer.warped, None)
    assert torch.equal(filled, answer.filled)
    assert torch.equal(filled[0, 0] == 0, answer.null_after)


@GOLDEN
def test_null_mask_of_the_warp_gives_the_reference_where_channel_0_has_no_other_zeros(group, case):
    answer = load_answer(group, case)
    null_mask = answer.source < 0
    filled = fill_null(answer.warped, null_mask)
    assert torch.equal(filled, answer.filled) is torch.equal(null_mask, answer.null)


@pytest.mark.parametrize("case", ["a", "b"])
def test_warp_and_fill_equal_the_reference(case):
    problem = load_problem("fillmodes", case)
    handles = latent_points(problem.handles, problem.image_size)
    targets = latent_points(problem.targets, problem.image_size)
    mask = latent_mask(problem.image_mask)
    result = warp_latent(problem.latent, handles, targets, mask, skip_handle_cell=True)
    assert torch.equal(fill_null(result.latent, result.null_mask), load_fill_modes(case)["interpolation"])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.float64])
@pytest.mark.parametrize("share", [0.1, 0.6, 0.97])
@BNNI
def test_equals_filling_cell_by_cell(mode, share, dtype):
    latent, null = random_latent(1, 3, 13, 21).to(dtype), random_null(13, 21, share)
    latent.masked_fill_(null, 0)
    expected = bnni_by_cell(latent[0], null, in_place=mode is FillMode.SEQUENTIAL)
    assert torch.equal(fill_null(latent, null, mode)[0], expected)


def test_a_cell_filled_with_zero_serves_later_cells_only_with_a_mask():
    latent = torch.tensor([[[[1.0, 0.0, -1.0], [5.0, 0.0, 5.0]]]])
    by_value = fill_null(latent, None)
    by_mask = fill_null(latent, latent[0, 0] == 0)
    assert by_value[0, 0, :, 1].tolist() == [0.0, 5.0]
    torch.testing.assert_close(by_mask[0, 0, :, 1], torch.tensor([0.0, 10 / 3]))


@BNNI
def test_without_a_mask_a_cell_is_null_by_channel_0_of_its_item(mode):
    latent = random_latent(2, 3, 24, 24)
    latent[0, 0].masked_fill_(random_null(24, 24, 0.5, seed=1), 0)
    latent[1, 0].masked_fill_(random_null(24, 24, 0.5, seed=2), 0)
    for item, result in zip(latent, fill_null(latent, None, mode), strict=True):
        assert torch.equal(result, bnni_by_cell(item, item[0] == 0, in_place=mode is FillMode.SEQUENTIAL))


def test_filled_cells_serve_later_cells_only_in_sequence():
    latent = torch.tensor([[[[8.0, 0.0, 0.0, 2.0]]]])
    null = torch.tensor([[False, True, True, False]])
    first = (8 + 2 / 2) / 1.5
    expected = torch.tensor([[[[8.0, first, (first + 2) / 2, 2.0]]]])
    torch.testing.assert_close(fill_null(latent, null, FillMode.SEQUENTIAL), expected)
    expected = torch.tensor([[[[8.0, first, (8 / 2 + 2) / 1.5, 2.0]]]])
    torch.testing.assert_close(fill_null(latent, null, FillMode.SIMULTANEOUS), expected)


@BNNI
def test_null_goes_by_the_mask_and_not_by_the_value(mode):
    latent = torch.tensor([[[[0.0, 5.0, 4.0]]]])
    filled = fill_null(latent, torch.tensor([[False, True, False]]), mode)
    assert filled.tolist() == [[[[0.0, 2.0, 4.0]]]]


@BNNI
def test_cells_without_a_reference_become_zero(mode):
    latent, null = torch.full((1, 2, 3, 3), 7.0), torch.ones(3, 3, dtype=torch.bool)
    assert not fill_null(latent, null, mode).any()
    null[2, 2] = False
    filled = fill_null(latent, null, mode)
    alone = torch.zeros(3, 3, dtype=torch.bool)
    alone[:2, :2] = True
    assert torch.equal(filled[0, 0] == 0, alone)


@pytest.mark.parametrize("null_mask", [None, random_null(16, 18, 0.5)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@BNNI
def test_batch_items_are_filled_alike_and_apart(mode, dtype, null_mask):
    latent = random_latent(3, 16, 16, 18).to(dtype)
    latent[:, 0].masked_fill_(random_null(16, 18, 0.3, seed=1), 0)
    latent[1, 0].masked_fill_(random_null(16, 18, 0.3, seed=2), 0)
    before = latent.clone()
    filled = fill_null(latent, null_mask, mode)
    apart = torch.cat([fill_null(item[None], null_mask, mode) for item in latent])
    assert torch.equal(filled, apart)
    assert filled.dtype == dtype
    assert torch.equal(latent, before)


@BNNI
def test_bfloat16_is_the_rounded_float32_result(mode):
    latent, null = random_latent(1, 4, 16, 16).bfloat16(), random_null(16, 16, 0.4)
    assert torch.equal(fill_null(latent, null, mode), fill_null(latent.float(), null, mode).bfloat16())


@pytest.mark.parametrize("mode", list(FillMode))
def test_nothing_null_is_identity(mode):
    latent = random_latent(2, 4, 9, 7)
    filled = fill_null(latent, torch.zeros(9, 7, dtype=torch.bool), mode)
    assert torch.equal(filled, latent)
    assert filled.data_ptr() != latent.data_ptr()


def test_noise_has_the_deviation_of_each_channel_and_leaves_the_rest():
    latent = random_latent(2, 3, 64, 64) * torch.tensor([0.5, 2.0, 8.0]).view(1, 3, 1, 1) + 3
    null = random_null(64, 64, 0.5)
    filled = fill_null(latent, null, FillMode.NOISE, torch.Generator().manual_seed(5))
    assert torch.equal(filled[..., ~null], latent[..., ~null])
    noise, known = filled[..., null], latent[..., ~null]
    torch.testing.assert_close(noise.std(-1) / known.std(-1), torch.ones(2, 3), atol=0.07, rtol=0)
    torch.testing.assert_close(noise.mean(-1) / known.std(-1), torch.zeros(2, 3), atol=0.1, rtol=0)


def test_noise_follows_the_seed_and_not_the_mask():
    latent, null = random_latent(1, 4, 12, 12).half(), random_null(12, 12, 0.3)

    def noise(mask: torch.Tensor, seed: int) -> torch.Tensor:
        return fill_null(latent, mask, FillMode.NOISE, torch.Generator().manual_seed(seed))

    assert noise(null, 1).dtype == torch.float16
    assert torch.equal(noise(null, 1), noise(null, 1))
    assert not torch.equal(noise(null, 1), noise(null, 2))
    more = null | random_null(12, 12, 0.3, seed=9)
    assert torch.equal(noise(null, 1)[..., null].sign(), noise(more, 1)[..., null].sign())


def test_noise_without_a_mask_replaces_cells_with_channel_0_zero_in_each_item():
    latent = random_latent(2, 3, 10, 10)
    latent[0, 0, 2:5] = 0
    latent[1, 0, :, 7] = 0
    null = (latent[:, :1] == 0).expand_as(latent)
    filled = fill_null(latent, None, FillMode.NOISE, torch.Generator().manual_seed(3))
    assert torch.equal(filled != latent, null)


def test_noise_of_a_latent_without_known_cells_is_standard_normal():
    everything = torch.ones(64, 64, dtype=torch.bool)
    filled = fill_null(torch.zeros(1, 4, 64, 64), everything, FillMode.NOISE, torch.Generator().manual_seed(3))
    torch.testing.assert_close(filled.std(), torch.tensor(1.0), atol=0.05, rtol=0)


@pytest.mark.parametrize("mode", list(FillMode))
@pytest.mark.parametrize(("latent_shape", "mask_shape"), [((1, 4, 8, 8), (8, 9)), ((4, 8, 8), (8, 8))])
def test_a_mask_that_does_not_fit_is_refused(mode, latent_shape, mask_shape):
    with pytest.raises(ValueError, match="of the same size"):
        fill_null(torch.zeros(latent_shape), torch.zeros(mask_shape, dtype=torch.bool), mode)


@pytest.mark.parametrize("mode", FillMode)
@pytest.mark.parametrize("null_mask", [None, torch.ones(4, 5, dtype=torch.bool)])
def test_an_empty_batch_stays_one(mode, null_mask):
    assert fill_null(torch.zeros(0, 4, 4, 5), null_mask, mode).shape == (0, 4, 4, 5)
