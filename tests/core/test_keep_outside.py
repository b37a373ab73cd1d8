"""Outside of a mask sampling follows the source's own path."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from dragkit.core.invert.ddim import invert_ddim, start_state
from dragkit.core.invert.ddpm import chain, invert_ddpm, unit_noise
from dragkit.core.redraw.copy_paste import PasteMap, sample_copy_paste
from dragkit.core.redraw.keep_outside import (
    FirstRow,
    KeepOutside,
    KeptArea,
    Outside,
    SourcePath,
    path_predictions,
    softened,
)
from dragkit.tests.core.placing import from_gather

SIGMAS = torch.tensor([0.03, 0.2, 0.45, 0.8, 1.3, 2.1, 3.2])
LEFT = torch.zeros(1, 1, 6, 8)
LEFT[..., :4] = 1


def denoise(state: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    return state / (1 + sigma**2) + 0.2 * sigma * torch.sin(state.roll(1, -1))


def picture(batch: int = 1) -> torch.Tensor:
    return torch.randn(batch, 4, 6, 8, generator=torch.Generator().manual_seed(3))


def path_of(clean: torch.Tensor, sigma_data: float = 1.0) -> SourcePath:
    start = start_state(clean, SIGMAS[0], sigma_data)
    return SourcePath(SIGMAS, torch.stack(invert_ddim(denoise, start, SIGMAS, sigma_data=sigma_data)))


def euler(predict, state: torch.Tensor, sigmas: torch.Tensor) -> list[torch.Tensor]:
    states = [state]
    for sigma, following in pairwise(sigmas):
        denoised = predict(states[-1], sigma)
        states.append(states[-1] + (states[-1] - denoised) / sigma * (following - sigma))
    return states


def sampled(keep: KeepOutside, start: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """The result, and what the network saw."""
    seen, down = [], SIGMAS.flip(0)

    def watched(state: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        seen.append(state)
        return denoise(state, sigma)

    states = euler(lambda state, sigma: keep.denoise(watched, state, sigma), keep.start(start, down[0]), down)
    return keep.held(states[-1], down[-1], down[-2]), seen


@pytest.mark.parametrize("sigma_data", [1.0, 0.5])
@pytest.mark.parametrize("batch", [1, 3])
def test_outside_is_the_recorded_path_bit_for_bit(batch: int, sigma_data: float):
    path = path_of(picture(batch), sigma_data)
    keep = KeepOutside(path, lambda sigma: LEFT.expand(batch, 4, -1, -1))
    result, seen = sampled(keep, path.states[-1].roll(3, -1))
    assert torch.equal(result[..., 4:], path.states[0][..., 4:])
    assert all(torch.equal(s[..., 4:], p[..., 4:]) for s, p in zip(seen, path.states.flip(0), strict=False))
    assert (result - path.states[0])[..., :4].abs().mean() > 0.1


def test_the_predictions_alone_lead_along_the_path():
    path = path_of(picture())
    states = euler(path.denoised, path.states[-1], SIGMAS.flip(0))
    assert torch.allclose(torch.stack(states).flip(0), path.states, atol=1e-5)


def test_a_mask_of_ones_changes_nothing():
    path = path_of(picture())
    start = path.states[-1].roll(2, -2)
    result, _ = sampled(KeepOutside(path, lambda sigma: torch.ones(1, 4, 6, 8)), start)
    assert torch.equal(result, euler(denoise, start, SIGMAS.flip(0))[-1])


def test_a_soft_mask_lies_between():
    path = path_of(picture())
    start = path.states[-1].roll(2, -2)

    def distance(value: float) -> float:
        result, _ = sampled(KeepOutside(path, lambda sigma: torch.full((1, 4, 6, 8), value)), start)
        return (result - path.states[0]).abs().mean().item()

    found = [distance(value) for value in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert found[0] == 0 and found == sorted(found) and found[1] > 0.001


def test_a_mask_may_grow_while_sampling():
    """As Differential Diffusion lets it: a cell follows the source until it is released."""
    path = path_of(picture())
    keep = KeepOutside(path, lambda sigma: LEFT.expand(1, 4, -1, -1) if sigma > 1 else torch.ones(1, 4, 6, 8))
    _, seen = sampled(keep, path.states[-1].roll(2, -2))
    right = [(s - p)[..., 4:].abs().amax() for s, p in zip(seen, path.states.flip(0), strict=False)]
    assert right[2] == 0 and right[4] > 1e-3


def test_rows_take_the_first_one():
    top = torch.cat([picture(), picture(3).roll(1, -1)])
    keep = KeepOutside(FirstRow(), lambda sigma: LEFT.expand(4, 4, -1, -1))
    result, _ = sampled(keep, top)
    assert torch.equal(result[:1], euler(denoise, top[:1], SIGMAS.flip(0))[-1])
    assert torch.equal(result[1:, ..., 4:], result[:1, ..., 4:].expand(3, -1, -1, -1))
    assert not torch.isclose(result[1:], result[:1])[..., :4].all()


@pytest.mark.parametrize("stochastic", [False, True])
def test_copy_paste_keeps_outside_of_a_mask(stochastic: bool):
    start, down = start_state(picture(2), SIGMAS[0]), SIGMAS.flip(0)
    noises = None
    if stochastic:
        states, noises = invert_ddpm(denoise, start, chain(SIGMAS), unit_noise(1))
        noises = noises[::-1]
    else:
        states = invert_ddim(denoise, start, SIGMAS)
    recorded = states[::-1]
    moved = torch.arange(48).view(6, 8).roll(2, 1)
    paste_map = PasteMap.of(from_gather(moved, torch.ones(6, 8, dtype=torch.bool)))

    def result(mask: torch.Tensor) -> torch.Tensor:
        outside = Outside(mask, path_predictions(recorded, chain(down), noises))
        return sample_copy_paste(
            denoise, recorded[0], chain(down), recorded[:-1], down[:-1], noises, paste_map, 1.0, start, outside
        )

    kept, half = result(LEFT.expand(2, 4, -1, -1)), result(torch.full((2, 4, 6, 8), 0.5))
    assert torch.equal(kept[..., 4:], start[..., 4:]) and (kept - start)[..., :4].abs().mean() > 0.1
    whole = result(torch.ones(2, 4, 6, 8))
    assert torch.equal(
        whole,
        sample_copy_paste(denoise, recorded[0], chain(down), recorded[:-1], down[:-1], noises, paste_map, 1.0, start),
    )
    assert 0.05 < (half - start).abs().mean() / (whole - start).abs().mean() < 0.8


def test_an_own_mask_leaves_free_what_the_noise_mask_does_too():
    area = KeptArea(LEFT.view(1, 1, *LEFT.shape[-2:]), torch.zeros(1, 4, 6, 8))
    latent = torch.ones(2, 4, 6, 8)
    own = area.mask_of(latent)
    assert torch.equal(own, LEFT.expand(2, 4, -1, -1))
    half = torch.full_like(latent, 0.5)
    assert torch.equal(area.mask_of(latent, half), own * half)
    assert torch.equal(area.clean_outside(latent, own), own)
    with pytest.raises(
        ValueError, match=r"the sampler got a latent of \(2, 4, 6, 7\), the inversion is of \(1, 4, 6, 8\)"
    ):
        area.mask_of(latent[..., :7])


def test_a_soft_mask_rises_inwards_and_nothing_outside():
    inside = np.zeros((12, 16), dtype=bool)
    inside[:, 4:] = True
    soft = softened(inside, 3.0)
    assert (soft[~inside] == 0).all() and (np.diff(soft[5, 4:]) >= 0).all() and soft[5, -1] == 1
    assert 0 < soft[5, 4] < 0.1 and np.array_equal(softened(inside, 0.0), inside)
