"""Inversion of flows whose velocity field is known exactly: the way back by Euler's steps returns the picture."""

from itertools import pairwise

import pytest
import torch
from dragkit.core.invert.ddim import start_state
from dragkit.core.invert.ddpm import ancestral_step, chain, invert_ddpm, unit_noise
from dragkit.core.invert.flow import HIGHEST, LOWEST, Estimate, FlowSchedule, as_sampled, invert_flow
from dragkit.core.invert.schedule import variance_preserving

LEVELS = torch.linspace(0.001, 1, 1000, dtype=torch.float64)
CENTRES = torch.tensor([-1.5, 0.2, 1.4], dtype=torch.float64)
SPREAD = 0.25


def shifted(shift: float) -> FlowSchedule:
    """The levels of a flow model that spends its time near the noise."""
    return FlowSchedule(shift * LEVELS / (1 + (shift - 1) * LEVELS))


def mixture(state: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    """The mean of x_0 given x_t where every value of x_0 is drawn from three bells of one width."""
    level = sigma.double()
    x, kept = state[..., None], 1 - level
    variance = kept**2 * SPREAD**2 + level**2
    chosen = (-((x - kept * CENTRES) ** 2) / (2 * variance)).softmax(-1)
    mean = CENTRES + kept * SPREAD**2 / variance * (x - kept * CENTRES)
    return (chosen * mean).sum(-1)


def picture() -> torch.Tensor:
    generator = torch.Generator().manual_seed(3)
    chosen = torch.randint(3, (2, 4, 8, 8), generator=generator)
    return CENTRES[chosen] + SPREAD * torch.randn(2, 4, 8, 8, generator=generator, dtype=torch.float64)


def sampled(state: torch.Tensor, sigmas: torch.Tensor) -> torch.Tensor:
    for sigma, following in pairwise(sigmas.flip(0)):
        state = state + (following - sigma) * (state - mixture(state, sigma)) / sigma
    return state


def returned(estimate: Estimate, steps: int = 20, strength: float = 1.0, refine: int = 0) -> float:
    """The PSNR in dB of the way up and down again, the range of values being 4."""
    sigmas = shifted(3.0).inverted(steps, strength)
    path = invert_flow(mixture, picture(), sigmas, estimate=estimate, refine=refine)
    error = (sampled(path[-1], sigmas) - picture()).square().mean()
    return (10 * torch.log10(16 / error)).item()


@pytest.mark.parametrize("steps", [10, 20, 50])
@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_uni_inv_returns_the_picture_more_closely_than_euler(steps: int, strength: float):
    assert returned(Estimate.UPPER, steps, strength) > returned(Estimate.LOWER, steps, strength) + 2


def test_refinement_closes_the_round_trip_where_steps_are_fine():
    found = [returned(Estimate.UPPER, steps=50, refine=refine) for refine in (0, 5, 10, 20)]
    assert found == sorted(found) and found[-1] > found[0] + 30


def test_a_straight_flow_is_inverted_exactly():
    """Where the velocity is the same everywhere, one call a step is no approximation."""
    clean, sigmas = picture(), shifted(1.0).inverted(4, 1.0)
    for estimate in Estimate:
        path = invert_flow(lambda x, t: x - t * 2.0, clean, sigmas, estimate=estimate)
        for state, sigma in zip(path, sigmas, strict=True):
            torch.testing.assert_close(state, clean + 2.0 * sigma)


def test_the_states_at_the_top_are_noise():
    sigmas = shifted(3.0).inverted(50, 1.0)
    top = invert_flow(mixture, picture(), sigmas)[-1]
    assert sigmas[-1] == HIGHEST and abs(top.std() - 1) < 0.1 and abs(top.mean()) < 0.1


@pytest.mark.parametrize(("estimate", "calls"), [(Estimate.UPPER, 6), (Estimate.LOWER, 5)])
def test_one_call_a_step(estimate: Estimate, calls: int):
    seen, steps = [], []

    def counting(state: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        seen.append(float(sigma))
        return mixture(state, sigma)

    path = invert_flow(counting, picture(), shifted(1.0).inverted(5, 1.0), estimate=estimate, callback=steps.append)
    assert len(seen) == calls and all(seen)
    assert [step["i"] for step in steps] == list(range(5))
    assert all(torch.equal(step["x"], state) for step, state in zip(steps, path[1:], strict=True))


def test_the_start_of_the_hosts_samplers():
    """noise_scaling of a clean latent y without noise is (1 - t) y, which has to be the state."""
    state, sigma = picture(), torch.tensor(HIGHEST)
    torch.testing.assert_close((1 - sigma) * as_sampled(state, sigma), state)


def test_levels_are_those_of_the_hosts_simple_scheduler():
    """The K lowest, and 0."""
    schedule = shifted(1.7)
    simple = [schedule.levels[-(1 + int(x * 1000 / 7))].item() for x in range(7)]
    expected = [0.0, *reversed(simple)][:-1] + [HIGHEST]
    assert schedule.inverted(7, 1.0).tolist() == pytest.approx(expected)
    assert schedule.inverted(7, 0.4).tolist() == pytest.approx(expected[:4])


@pytest.mark.parametrize(("steps", "strength", "what"), [(10, 0.04, "leaves no step"), (2000, 1.0, "1000 or less")])
def test_what_leaves_no_levels_is_refused(steps: int, strength: float, what: str):
    with pytest.raises(ValueError, match=what):
        shifted(1.0).inverted(steps, strength)


@pytest.mark.parametrize("steps", [5, 20])
@pytest.mark.parametrize("strength", [0.5, 1.0])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_recovered_noise_returns_a_picture_exactly(steps: int, strength: float, dtype: torch.dtype):
    """Stochastic inversion, in sigma space: the way down with the noises of the way up ends on the picture."""
    schedule = shifted(3.0)
    sigmas = schedule.inverted(steps, strength, LOWEST).to(dtype)
    levels, denoise = schedule.level_in_sigma_space(sigmas), schedule.denoiser_in_sigma_space(mixture_of(dtype))
    path = invert_ddpm(denoise, start_state(picture().to(dtype), levels[0]), chain(levels), unit_noise(3))
    state = path.states[-1]
    for sigma, following, noise in zip(levels.flip(0), levels.flip(0)[1:], reversed(path.noises), strict=False):
        state = ancestral_step(state, denoise(state, sigma), sigma, following, noise)
    found = variance_preserving(state, levels[0])
    assert (found - picture()).abs().max() < (1e-9 if dtype is torch.float64 else 1e-4)


def mixture_of(dtype: torch.dtype):
    return lambda state, sigma: mixture(state.double(), sigma).to(dtype)


def test_the_stochastic_states_are_the_flows_own():
    """Every state is as noisy as a picture at its level."""
    schedule = shifted(1.0)
    sigmas = schedule.inverted(10, 0.9, LOWEST)
    levels, denoise = schedule.level_in_sigma_space(sigmas), schedule.denoiser_in_sigma_space(mixture)
    path = invert_ddpm(denoise, start_state(picture(), levels[0]), chain(levels), unit_noise(3))
    for state, level, sigma in zip(path.states[1:], levels[1:], sigmas[1:], strict=True):
        on_path = schedule.state_on_path(state, level)
        torch.testing.assert_close(schedule.state_in_sigma_space(on_path, sigma), state)
        assert (on_path - (1 - sigma) * picture()).std() == pytest.approx(sigma.item(), rel=0.15)


def test_a_deterministic_step_in_sigma_space_is_eulers():
    schedule, (sigma, following) = shifted(1.0), torch.tensor([0.7, 0.4]).double()
    state = picture()
    euler = state + (following - sigma) * (state - mixture(state, sigma)) / sigma
    levels, inner = (
        schedule.level_in_sigma_space(torch.stack([sigma, following])),
        schedule.state_in_sigma_space(state, sigma),
    )
    denoised = schedule.denoiser_in_sigma_space(mixture)(inner, levels[0])
    stepped = denoised + levels[1] * (inner - denoised) / levels[0]
    torch.testing.assert_close(schedule.state_on_path(stepped, levels[1]), euler)
