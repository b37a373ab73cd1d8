"""Tests of the mapping from the image to the latent grid."""

import pytest
import torch
from dragkit.core.grid.latent_grid import latent_mask, latent_points
from dragkit.tests.core.fastdrag_golden import case_ids, load_answer, load_problem


@pytest.mark.parametrize(("group", "case"), case_ids())
def test_points_equal_the_reference(group, case):
    problem, answer = load_problem(group, case), load_answer(group, case)
    assert torch.equal(latent_points(problem.handles, problem.image_size), answer.handles)
    assert torch.equal(latent_points(problem.targets, problem.image_size), answer.targets)


@pytest.mark.parametrize(("group", "case"), case_ids())
def test_mask_equals_the_reference(group, case):
    assert torch.equal(latent_mask(load_problem(group, case).image_mask), load_answer(group, case).mask)


def test_points_are_x_y_in_quarter_cells_with_ties_to_even():
    points = torch.tensor([[9.0, 20.0], [1.0, 3.0], [-4.0, 130.0]])  # (3, 2)
    expected = torch.tensor([[1.0, 2.5], [0.0, 0.5], [-0.5, 16.25]])  # 9 / 2 = 4.5 and 1 / 2 = 0.5 round down
    assert torch.equal(latent_points(points, (256, 128)), expected)


def test_odd_image_sizes_halve_downwards():
    assert latent_points(torch.tensor([[7.0, 7.0]]), (11, 10)).tolist() == [[0.75, 1.0]]  # 7 / 11 * 5 = 3.18


def test_integer_and_fractional_points_are_float32_cells():
    whole = latent_points(torch.tensor([[80, 40]]), (512, 512))
    fraction = latent_points(torch.tensor([[80.3, 39.8]], dtype=torch.float64), (512, 512))
    assert whole.dtype == fraction.dtype == torch.float32
    assert whole.tolist() == fraction.tolist() == [[10.0, 5.0]]


@pytest.mark.parametrize("pixel", [(2, 2), (2, 4), (4, 2), (4, 4)])
def test_a_sampled_pixel_selects_its_cell(pixel):
    mask = torch.zeros(32, 48)
    mask[8 + pixel[0], 16 + pixel[1]] = 0.5
    expected = torch.zeros(4, 6, dtype=torch.bool)
    expected[1, 2] = True
    assert torch.equal(latent_mask(mask), expected)


def test_pixels_between_the_samples_select_nothing():
    mask = torch.ones(16, 16)
    for offset in (2, 4):
        mask[offset::8] = 0
    assert not latent_mask(mask).any()


def test_size_is_floored():
    assert latent_mask(torch.ones(511, 514)).shape == (63, 64)


def test_other_cell_sizes():
    mask = torch.zeros(64, 96)
    mask[16:32, 32:64] = 1
    expected = torch.zeros(4, 6, dtype=torch.bool)
    expected[1, 2:4] = True
    assert torch.equal(latent_mask(mask, cell_size=16), expected)
    assert latent_points(torch.tensor([[32.0, 20.0]]), (96, 64), cell_size=16).tolist() == [[2.0, 1.25]]
