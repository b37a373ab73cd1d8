"""Tests of FastDrag's latent warpage function."""

import pytest
import torch
from dragkit.core.grid.latent_grid import latent_mask, latent_points
from dragkit.core.maps.stretch import (
    Blend,
    Circle,
    Priority,
    bounded_stretch,
    cell_list,
    circumscribed_circle,
    claim_order,
    destinations,
    displacements,
    drag_weights,
    gather_map,
    stretch_factors,
)
from dragkit.tests.core.fastdrag_golden import case_ids, load_answer, load_fill_modes, load_problem
from dragkit.tests.core.placing import warp_latent

GOLDEN = pytest.mark.parametrize(("group", "case"), case_ids())
EVERY_MODE = pytest.mark.parametrize(("priority", "blend"), [(p, b) for p in Priority for b in Blend])


def disc(height: int, width: int, x: float, y: float, radius: float) -> torch.Tensor:
    """Draw a disc as a (height, width) bool mask."""
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return (columns - x) ** 2 + (rows - y) ** 2 <= radius**2


def numbered_latent(height: int, width: int, channels: int = 4, batch: int = 1) -> torch.Tensor:
    """Make a latent whose cells all differ and none is zero."""
    return torch.arange(1.0, batch * channels * height * width + 1).view(batch, channels, height, width)


@GOLDEN
def test_circle_stretch_and_weights_equal_the_reference(group, case):
    answer = load_answer(group, case)
    cells = cell_list(answer.mask)
    circle = circumscribed_circle(cells)
    offsets = cells - answer.handles[:, None]
    distances = offsets.norm(dim=-1)
    stretch = stretch_factors(offsets, distances, answer.handles, circle)
    assert torch.equal(cells, answer.cells)
    torch.testing.assert_close(circle, Circle(answer.centre, answer.radius), atol=1e-5, rtol=0)
    torch.testing.assert_close(stretch, answer.stretch, atol=1e-5, rtol=0, equal_nan=True)
    torch.testing.assert_close(drag_weights(distances), answer.weights, atol=1e-5, rtol=0)


@GOLDEN
def test_displacements_and_destinations_equal_the_reference(group, case):
    answer = load_answer(group, case)
    distances = (answer.cells - answer.handles[:, None]).norm(dim=-1)
    moves = displacements(answer.stretch, distances, answer.targets - answer.handles, Blend.WEIGHTED)
    torch.testing.assert_close(moves, answer.moves, atol=5e-5, rtol=0, equal_nan=True)
    x, y = answer.destinations.unbind(1)
    expected = torch.where(x < 0, -1, y * answer.mask.shape[1] + x)
    assert torch.equal(destinations(answer.cells, moves, answer.mask), expected)


@GOLDEN
def test_relocation_equals_the_reference(group, case):
    answer = load_answer(group, case)
    source = gather_map(answer.mask, answer.handles, answer.targets, skip_handle_cell=True)
    assert torch.equal(source, answer.source)
    x, y = answer.destinations[answer.accepted].unbind(1)
    own = answer.mask.flatten().nonzero()[:, 0]
    assert torch.equal(source[y, x], own[answer.accepted])


@GOLDEN
def test_warped_latent_equals_the_reference(group, case):
    answer, latent = load_answer(group, case), load_problem(group, case).latent
    before = latent.clone()
    result = warp_latent(latent, answer.handles, answer.targets, answer.mask, skip_handle_cell=True)
    assert torch.equal(result.latent, answer.warped)
    assert torch.equal(result.null_mask, answer.source < 0)
    assert torch.equal(result.latent[0, 0] == 0, answer.null)
    assert torch.equal(latent, before)


@GOLDEN
def test_default_differs_from_the_reference_only_where_a_cell_lies_under_a_handle(group, case):
    answer = load_answer(group, case)
    source = gather_map(answer.mask, answer.handles, answer.targets)
    assert torch.equal(source, answer.source) != bool(answer.moves.isnan().any())


@pytest.mark.parametrize("case", ["a", "b"])
def test_fill_modes_zero_and_original(case):
    problem, outputs = load_problem("fillmodes", case), load_fill_modes(case)
    handles = latent_points(problem.handles, problem.image_size)
    targets = latent_points(problem.targets, problem.image_size)
    mask = latent_mask(problem.image_mask)
    result = warp_latent(problem.latent, handles, targets, mask, skip_handle_cell=True)
    assert torch.equal(result.latent, outputs["0"])
    assert torch.equal(torch.where(result.null_mask, problem.latent, result.latent), outputs["ori"])


@EVERY_MODE
def test_zero_drag_is_identity(priority, blend):
    latent, points = numbered_latent(20, 30), torch.tensor([[12.0, 9.25], [15.5, 11.0]])
    result = warp_latent(latent, points, points, disc(20, 30, 14, 10, 6), priority=priority, blend=blend)
    assert torch.equal(result.latent, latent)
    assert not result.null_mask.any()


@EVERY_MODE
def test_handles_on_every_cell_translate_the_block(priority, blend):
    latent, mask = numbered_latent(16, 16), torch.zeros(16, 16, dtype=torch.bool)
    mask[4:7, 5:9] = True
    handles = cell_list(mask)
    result = warp_latent(latent, handles, handles + torch.tensor([5.0, -2.0]), mask, priority=priority, blend=blend)
    expected = latent.clone()
    expected[..., 4:7, 5:9] = 0
    expected[..., 2:5, 10:14] = latent[..., 4:7, 5:9]
    assert torch.equal(result.latent, expected)
    assert torch.equal(result.null_mask, expected[0, 0] == 0)


def test_cell_under_the_handle_moves_by_default_and_is_skipped_on_request():
    answer = load_answer("quirks", "handle_on_cell")
    x, y = answer.handles[0].int().tolist()
    target_x, target_y = answer.targets[0].int().tolist()
    under_handle = y * answer.mask.shape[1] + x
    moved = gather_map(answer.mask, answer.handles, answer.targets)
    skipped = gather_map(answer.mask, answer.handles, answer.targets, skip_handle_cell=True)
    assert moved[target_y, target_x] == under_handle
    assert under_handle not in skipped


def test_first_mask_cell_under_the_handle_works_in_both_modes():
    mask, latent = torch.ones(8, 8, dtype=torch.bool), numbered_latent(8, 8)
    handle, target = torch.zeros(1, 2), torch.tensor([[3.0, 0.0]])
    moved = warp_latent(latent, handle, target, mask)
    skipped = warp_latent(latent, handle, target, mask, skip_handle_cell=True)
    assert moved.latent[0, 0, 0, 3] == latent[0, 0, 0, 0]
    assert (skipped.latent != latent[0, 0, 0, 0]).all()


def test_single_cell_mask_under_its_handle_moves_whole():
    mask, latent = torch.zeros(8, 8, dtype=torch.bool), numbered_latent(8, 8)
    mask[3, 2] = True
    result = warp_latent(latent, torch.tensor([[2.0, 3.0]]), torch.tensor([[6.0, 1.0]]), mask)
    assert torch.equal(result.latent[..., 1, 6], latent[..., 3, 2])
    assert result.null_mask.nonzero().tolist() == [[3, 2]]


def test_stretch_is_the_share_of_the_ray_left_to_the_circle():
    circle = Circle(torch.tensor([2.0, 0.0]), torch.tensor(5.0))
    handles, cells = torch.tensor([[4.0, 0.0]]), torch.tensor([[4.75, 0.0], [0.5, 0.0], [4.0, 4.0], [10.0, 0.0]])
    offsets = cells - handles[:, None]
    stretch = stretch_factors(offsets, offsets.norm(dim=-1), handles, circle)
    expected = torch.tensor([[1 - 0.75 / 3, 1 - 3.5 / 7, 1 - 4 / 21**0.5, 6 / 3 - 1]])
    torch.testing.assert_close(stretch, expected)


def test_stretch_is_bounded_where_the_circle_is_degenerate():
    stretch = torch.tensor([[torch.nan, torch.inf, 1.5, 0.25, torch.nan]])
    distances = torch.tensor([[2.0, 2.0, 2.0, 2.0, 0.0]])
    assert bounded_stretch(stretch, distances).tolist() == [[0.0, 0.0, 1.0, 0.25, 1.0]]


def test_far_handles_of_tiny_masks_leave_the_cell_in_place():
    mask = torch.zeros(9, 9, dtype=torch.bool)
    mask[4, 4] = True
    directions = torch.rand(200, 2, generator=torch.Generator().manual_seed(1)) - 0.5
    for handle in directions * 1e4:
        source = gather_map(mask, handle[None], handle[None] + 7)
        assert torch.equal(source, torch.arange(81).view(9, 9))


def test_content_pushed_over_the_border_piles_up_on_it():
    mask, latent = disc(12, 12, 8, 6, 2), numbered_latent(12, 12)
    source = gather_map(mask, torch.tensor([[8.25, 6.25]]), torch.tensor([[500.0, 6.25]]))
    outside = (source.flatten() != torch.arange(144)) & (source.flatten() >= 0)
    assert outside.any()
    assert (outside.nonzero() % 12 == 11).all()
    corner = warp_latent(latent, torch.tensor([[8.0, 6.0]]), torch.tensor([[1e6, -1e6]]), mask).latent[0, 0, 0, 11]
    assert corner in latent[0, 0, mask]


def test_raster_order_and_nearest_handle_choose_different_claimants():
    mask = torch.zeros(1, 40, dtype=torch.bool)
    mask[0, 5:26] = True
    handle, target = torch.tensor([[15.25, 0.0]]), torch.tensor([[4.0, 0.0]])
    raster = gather_map(mask, handle, target, priority=Priority.RASTER)
    nearest = gather_map(mask, handle, target, priority=Priority.NEAREST_HANDLE)
    assert raster[0, 4] < 15
    assert nearest[0, 4] == 15


def test_nearness_counts_to_the_nearest_of_several_handles_with_ties_in_raster_order():
    distances = torch.tensor([[3.0, 6.0, 9.0, 1.0], [7.0, 4.0, 1.0, 11.0]])
    assert claim_order(distances.amin(0), Priority.NEAREST_HANDLE).tolist() == [2, 3, 0, 1]


@EVERY_MODE
def test_only_nearest_handle_priority_is_mirror_symmetric(priority, blend):
    mask = disc(33, 65, 30, 16, 11)
    handles = torch.tensor([[28.75, 14.25], [33.25, 19.5]])
    targets = torch.tensor([[17.5, 13.0], [23.5, 21.25]])

    latent, modes = numbered_latent(33, 65), {"priority": priority, "blend": blend}
    there = warp_latent(latent, handles, targets, mask, **modes)
    for points in (handles, targets):
        points[:, 0] = 64 - points[:, 0]
    back = warp_latent(latent.flip(-1), handles, targets, mask.flip(-1), **modes)
    symmetric = torch.equal(there.latent, back.latent.flip(-1))
    assert symmetric is (priority is Priority.NEAREST_HANDLE)


def test_nearest_handle_blend_follows_one_drag_and_weighted_mixes():
    distances = torch.tensor([[1.0, 3.0, 2.0], [3.0, 1.0, 2.0]])
    stretch = torch.tensor([[0.5, 0.5, 0.5], [0.25, 0.25, 0.25]])
    drags = torch.tensor([[8.0, 0.0], [0.0, -8.0]])
    nearest = displacements(stretch, distances, drags, Blend.NEAREST_HANDLE)
    weighted = displacements(stretch, distances, drags, Blend.WEIGHTED)
    assert nearest.tolist() == [[4.0, 0.0], [0.0, -2.0], [4.0, 0.0]]
    torch.testing.assert_close(weighted, torch.tensor([[3.0, -0.5], [1.0, -1.5], [2.0, -1.0]]), atol=1e-3, rtol=0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_batches_channels_and_dtypes_move_alike(dtype):
    answer = load_answer("multi", "poly_4")
    latent = torch.randn(3, 16, 64, 64, generator=torch.Generator().manual_seed(0)).to(dtype)
    result = warp_latent(latent, answer.handles, answer.targets, answer.mask)
    assert result.latent.dtype == dtype
    for item, warped in zip(latent, result.latent, strict=True):
        for channel, moved in zip(item, warped, strict=True):
            expected = channel.flatten()[answer.source.clamp(min=0)].masked_fill(answer.source < 0, 0)
            assert torch.equal(moved, expected)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mask": torch.zeros(8, 8, dtype=torch.bool)}, "Paint a larger area"),
        ({"mask": torch.ones(8, 9, dtype=torch.bool)}, "of the same size"),
        ({"latent": torch.zeros(4, 8, 8)}, "must be"),
        ({"handles": torch.ones(2, 2)}, "every handle needs one target"),
        ({"handles": torch.ones(1, 3), "targets": torch.ones(1, 3)}, "every handle needs one target"),
        ({"handles": torch.ones(0, 2), "targets": torch.ones(0, 2)}, "no drag"),
        ({"targets": torch.tensor([[torch.nan, 1.0]])}, "Give every point as finite x, y"),
        ({"handles": torch.tensor([[1.0, -torch.inf]])}, "Give every point as finite x, y"),
        ({"handles": torch.tensor([[1.0, 1e25]])}, "Give every point as finite x, y"),
    ],
)
def test_impossible_input_is_refused(change, message):
    valid = {
        "latent": torch.zeros(1, 4, 8, 8),
        "handles": torch.ones(1, 2),
        "targets": torch.ones(1, 2),
        "mask": torch.ones(8, 8, dtype=torch.bool),
    }
    with pytest.raises(ValueError, match=message):
        warp_latent(**valid | change)
