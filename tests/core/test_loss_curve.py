import numpy as np
import pytest
from dragkit.core.show.loss_curve import BOTTOM, LEFT, MEAN, RIGHT, SIZE, TOP, draw_losses, running_mean, ticks


def mean_height(chart: np.ndarray, column: int) -> float:
    """How far up the plot the line of the mean is in a column, 0 to 1; there must be one."""
    plot = chart[TOP - 2 : SIZE.height - BOTTOM + 2, column]
    rows = np.flatnonzero((np.abs(plot - np.array(MEAN) / 255) < 0.1).all(1))
    return 1 - (rows.mean() - 2) / (SIZE.height - TOP - BOTTOM)


def test_a_chart_is_dark_on_light_and_of_a_fixed_size():
    chart = draw_losses([0.5, 0.4, 0.3])
    assert chart.shape == (400, 640, 3) and chart.dtype == np.float32
    assert 0 <= chart.min() and chart.max() == 1 and np.median(chart) == 1


@pytest.mark.parametrize("start", [0.8, 8e-4, 8000.0])
def test_the_mean_is_drawn_where_the_axes_say(start: float):
    """80 steps from the start down to nothing, under axes from 0 to 80 and from 0 to its tenth tenth."""
    losses = [start * (1 - step / 80) for step in range(1, 81)]
    chart = draw_losses(losses)
    for step in (20, 40, 60):
        column = round(LEFT + (SIZE.width - LEFT - RIGHT) * step / 80)
        expected = running_mean(losses, 10)[step - 1] / start
        assert mean_height(chart, column) == pytest.approx(expected, abs=0.012)


@pytest.mark.parametrize("losses", [[0.3], [0.0], [0.0, 0.0], [1e-12, 2e30]])
def test_odd_trainings_have_a_chart_too(losses: list[float]):
    chart = draw_losses(losses)
    assert np.isfinite(chart).all() and (np.abs(chart - np.array(MEAN) / 255) < 0.1).all(2).any()


def test_the_running_mean_looks_back_only():
    values = np.random.default_rng(0).normal(size=30)
    expected = [values[max(0, end - 4) : end].mean() for end in range(1, 31)]
    np.testing.assert_allclose(running_mean(values.tolist(), 4), expected)


@pytest.mark.parametrize("high", [3e-5, 0.07, 0.1, 1, 1.01, 99, 100, 12345])
def test_ticks_are_few_and_even_and_enclose_the_values(high: float):
    places = ticks(0, high, 5)
    assert places[0] == 0 and places[-1] >= high * (1 - 1e-9) and 2 <= len(places) <= 6
    np.testing.assert_allclose(np.diff(places), places[1])


def test_steps_have_whole_ticks():
    assert ticks(1, 3, 8, whole=True) == [1, 2, 3]
    assert ticks(1, 80, 8, whole=True) == [0, 20, 40, 60, 80]
