"""Noise levels as values."""

import math

import pytest
import torch
from dragkit.core.invert.schedule import NoiseSchedule

LEVELS = torch.tensor([0.1, 1.0, 10.0, 100.0])


def test_the_ends_of_a_run_are_beyond_all_levels():
    schedule = NoiseSchedule(LEVELS, 1.0)
    assert schedule.percent_to_sigma(0.0) == math.inf and schedule.percent_to_sigma(1.0) == 0.0


def test_between_timesteps_the_logarithm_is_interpolated():
    schedule = NoiseSchedule(torch.logspace(-2, 2, 1000), 1.0)
    for percent in (0.001, 0.25, 0.5, 0.7123, 0.999):
        expected = 10 ** (4 * (1 - percent) - 2)
        assert schedule.percent_to_sigma(percent) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("count", [1, 50, 999, 1000, 1500])
def test_any_number_of_levels_gives_falling_levels(count: int):
    schedule = NoiseSchedule(torch.logspace(-2, 2, count), 1.0)
    found = [schedule.percent_to_sigma(step / 100) for step in range(101)]
    assert found == sorted(found, reverse=True) and all(0.0099 <= sigma <= 100.1 for sigma in found[1:-1])
