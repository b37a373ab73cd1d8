"""DDIM inversion in sigma space against the reference's trajectories."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from dragkit.core.invert.ddim import Spacing, inversion_timesteps, invert_ddim, start_state

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "fastdrag" / "ddim.npz")
CASES = sorted({key.split("/")[0] for key in GOLDEN.files})
ALPHAS = (1 - torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2).cumprod(0)
SIGMAS = ((1 - ALPHAS) / ALPHAS).sqrt()


def field(case: str, name: str):
    return GOLDEN[f"{case}/{name}"]


def reference_noise(x: torch.Tensor, t: int) -> torch.Tensor:
    wave = torch.sin(torch.tensor(t / 97, dtype=x.dtype))
    return 0.6 * torch.tanh(0.7 * x.roll(1, -1) + 0.3 * wave) + 0.4 * x


def denoise(state: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    t = int((SIGMAS - sigma).abs().argmin())
    return state - sigma * reference_noise(state / (1 + sigma**2).sqrt(), t)


def ddim_latent(state: torch.Tensor, sigma: torch.Tensor) -> np.ndarray:
    return (state / (1 + sigma**2).sqrt()).numpy()


def run(case: str, refine: int = 0):
    steps, strength = case.removeprefix("n").split("_s")
    timesteps = inversion_timesteps(int(steps), float(strength), Spacing.LEADING)
    sigmas = SIGMAS[[0, *timesteps]]
    clean = torch.from_numpy(field(case, "inv_latents")[0]).double()[None]
    return timesteps, sigmas, invert_ddim(denoise, start_state(clean, sigmas[0]), sigmas, refine=refine)


def sample(state: torch.Tensor, sigmas: torch.Tensor) -> list[torch.Tensor]:
    states = []
    for sigma, following in pairwise(sigmas):
        state = state + (state - denoise(state, sigma)) / sigma * (following - sigma)
        states.append(state)
    return states


@pytest.mark.parametrize("case", CASES)
def test_inversion_follows_the_reference(case):
    timesteps, sigmas, path = run(case)
    assert timesteps == field(case, "inv_t").tolist()
    for state, sigma, expected in zip(path, sigmas, field(case, "inv_latents"), strict=True):
        np.testing.assert_allclose(ddim_latent(state[0], sigma), expected, atol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_euler_sampling_from_it_follows_the_reference(case):
    _, sigmas, path = run(case)
    down = sigmas.flip(0)
    expected = field(case, "smp_latents")[-len(down[1:]) :]
    for state, sigma, reference in zip(sample(path[-1], down), down[1:], expected, strict=True):
        np.testing.assert_allclose(ddim_latent(state[0], sigma), reference, atol=1e-5)


def test_refinement_closes_the_round_trip():
    case = "n10_s0.7" if "n10_s0.7" in CASES else CASES[0]
    errors = []
    for refine in (0, 1, 3, 8):
        _, sigmas, path = run(case, refine)
        errors.append((sample(path[-1], sigmas.flip(0))[-1] - path[0]).abs().max().item())
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < errors[0] / 100


def test_callback_reports_every_step():
    steps = []
    sigmas = SIGMAS[[0, 1, 101, 201]]
    path = invert_ddim(denoise, torch.ones(2, 4, 3, 5).double(), sigmas, callback=steps.append)
    assert [s["i"] for s in steps] == [0, 1, 2]
    assert all(torch.equal(s["x"], state) for s, state in zip(steps, path[1:], strict=True))


def test_data_of_another_deviation_is_rescaled_by_it():
    """Scaling data and noise levels alike scales the whole path."""
    sigmas = SIGMAS[[0, 1, 101, 201]]
    state = torch.linspace(-1, 1, 60).double().view(1, 4, 3, 5)
    plain = invert_ddim(denoise, start_state(state, sigmas[0]), sigmas)
    halved = invert_ddim(
        lambda x, s: denoise(2 * x, 2 * s) / 2, start_state(state / 2, sigmas[0] / 2, 0.5), sigmas / 2, sigma_data=0.5
    )
    for a, b in zip(plain, halved, strict=True):
        torch.testing.assert_close(b, a / 2)


def test_linspace_spacing_is_regiondrags():
    assert inversion_timesteps(20, 0.5, Spacing.LINSPACE) == [50, 100, 150, 200, 250, 300, 350, 400, 450, 500]


@pytest.mark.parametrize(("steps", "strength"), [(10, 0.0), (10, 0.04), (1, 0.5)])
def test_refuses_a_strength_that_leaves_no_step(steps, strength):
    with pytest.raises(ValueError, match="leaves no step"):
        inversion_timesteps(steps, strength, Spacing.LEADING)
