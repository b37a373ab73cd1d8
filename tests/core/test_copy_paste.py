"""Stochastic inversion and copy-paste sampling against the reference's whole pipelines."""

from pathlib import Path

import numpy as np
import pytest
import torch
from dragkit.core.invert.ddim import relabel, start_state
from dragkit.core.invert.ddpm import ancestral_split, chain, invert_ddpm, unit_noise
from dragkit.core.redraw.copy_paste import PasteMap, blend_noise, reference_labels, sample_copy_paste
from dragkit.tests.core.placing import from_gather
from torch.utils._python_dispatch import TorchDispatchMode

GOLDEN = Path(__file__).parents[1] / "golden" / "regiondrag"
CASES = sorted(file for file in GOLDEN.glob("pipe_*.npz") if "ode" not in file.name)
ALPHAS = (1 - torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2).cumprod(0)
SIGMAS = ((1 - ALPHAS) / ALPHAS).sqrt()


def denoise(state: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    t = int((SIGMAS - sigma).abs().argmin())
    x = state / (1 + sigma**2).sqrt()
    noise = (1 - ALPHAS[t]).sqrt() * x + 0.1 * torch.sin(3 * x.roll(1, -1) + t / 100)
    return state - sigma * noise


def ddpm_latent(state: torch.Tensor, sigma: torch.Tensor) -> np.ndarray:
    return (state / (1 + sigma**2).sqrt())[0].numpy()


def tensor(golden, name: str) -> torch.Tensor:
    return torch.from_numpy(golden[name]).double()


def forward_steps(golden) -> list:
    """The reference's labels: a step starts at the timestep of its own list, not where the last one ended."""
    labels, distance = golden["fwd_labels"].tolist(), 1000 // int(golden["steps"])
    return [(SIGMAS[t - distance], SIGMAS[t]) for t in labels]


def backward_steps(golden) -> list:
    labels = reference_labels(int(golden["steps"]), len(golden["bwd_labels"]))
    assert [t for t, _ in labels] == golden["bwd_labels"].tolist()
    return [(SIGMAS[t], SIGMAS[below]) for t, below in labels]


def inverted(golden):
    steps, drawn = forward_steps(golden), iter(tensor(golden, "rand_forward"))
    start = start_state(tensor(golden, "z0")[None], steps[0][0])
    return steps, invert_ddpm(denoise, start, steps, lambda like: next(drawn)[None])


def paste_map(golden) -> PasteMap:
    height, width = golden["mask"].shape
    gather, target = torch.arange(height * width), torch.zeros(height * width, dtype=torch.bool)
    for (sx, sy), (tx, ty) in zip(golden["src"].tolist(), golden["trg"].tolist(), strict=True):
        gather[ty * width + tx] = sy * width + sx
        target[ty * width + tx] = True
    fixed = torch.from_numpy(golden["mask"] != 1)
    return PasteMap.of(from_gather(gather.view_as(fixed), target.view_as(fixed), fixed))


def blurred(golden) -> tuple[torch.Tensor, torch.Tensor]:
    """The cells that get noise, and the noise; of a cell listed twice the last counts."""
    noise = torch.zeros(1, 4, *golden["mask"].shape).double()
    cells = torch.zeros(golden["mask"].shape, dtype=torch.bool)
    for (x, y), value in zip(golden["blur_pts"].tolist(), tensor(golden, "rand_blur").T, strict=True):
        noise[0, :, y, x], cells[y, x] = value, True
    return cells, noise


@pytest.mark.parametrize("file", CASES, ids=lambda f: f.stem)
def test_inversion_follows_the_reference(file):
    golden = np.load(file)
    steps, path = inverted(golden)
    levels = [steps[0][0], *(upper for _, upper in steps)]
    for state, sigma, expected in zip(path.states, levels, golden["hook_latents"], strict=True):
        np.testing.assert_allclose(ddpm_latent(state, sigma), expected, atol=1e-5)
    for noise, expected in zip(path.noises, golden["recovered_noise"], strict=True):
        np.testing.assert_allclose(noise[0], expected, atol=1e-5)


@pytest.mark.parametrize("file", CASES, ids=lambda f: f.stem)
def test_sampling_follows_the_reference(file):
    golden = np.load(file)
    up, path = inverted(golden)
    down = backward_steps(golden)
    cells, noise = blurred(golden)
    start = blend_noise(path.states[-1], cells, float(golden["noise_scale"]), noise, up[-1][1])
    out = sample_copy_paste(
        denoise,
        relabel(start, up[-1][1], down[0][0]),
        down,
        path.states[:0:-1],
        [upper for _, upper in up[::-1]],
        path.noises[::-1],
        paste_map(golden),
        paste_until=0.0,
    )
    np.testing.assert_allclose(ddpm_latent(out, down[-1][1]), golden["out"], atol=1e-5)


def test_the_deterministic_form_follows_the_reference():
    """The reference's other order: the preview's own inversion is pasted, cell onto the same cell, without noise."""
    golden = np.load(GOLDEN / "pipe_07_cp_then_encode_ode.npz")
    down = backward_steps(golden)
    labels = SIGMAS[[50, *golden["bwd_labels"][:0:-1].tolist(), 550]]  # of the way there, ascending
    recorded = [
        start_state(hook[None], sigma) for hook, sigma in zip(tensor(golden, "hook_latents"), labels, strict=True)
    ]
    cells, noise = blurred(golden)
    start = start_state(tensor(golden, "start_latent")[None], labels[-1])
    start = blend_noise(start, cells, float(golden["noise_scale"]), noise, labels[-1])
    mapped = paste_map(golden)
    in_place = PasteMap(torch.arange(cells.numel()), mapped.pasted, mapped.fixed)
    out = sample_copy_paste(
        denoise, relabel(start, labels[-1], down[0][0]), down, recorded[:0:-1], labels.flip(0)[:-1], None, in_place, 0.0
    )
    np.testing.assert_allclose(ddpm_latent(out, down[-1][1]), golden["out"], atol=1e-5)


def sound_round_trip(paste_until: float = 0.0, edit: PasteMap | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """Up and down the same labels."""
    levels = SIGMAS[[50, 100, 200, 350, 550]]
    start = torch.randn(2, 3, 6, 5, generator=torch.Generator().manual_seed(0)).double()
    path = invert_ddpm(denoise, start, chain(levels), unit_noise(42))
    untouched = torch.zeros(30, dtype=torch.bool)
    edit = edit or PasteMap(torch.arange(30), untouched, untouched)
    down = levels.flip(0)
    back = sample_copy_paste(
        denoise, path.states[-1], chain(down), path.states[:0:-1], down, path.noises[::-1], edit, paste_until, start
    )
    return start, back


def test_without_an_edit_the_latent_comes_back_to_rounding():
    start, back = sound_round_trip()
    torch.testing.assert_close(back, start, atol=1e-12, rtol=0)


def test_cells_outside_of_the_mask_come_back_whatever_is_pasted():
    fixed = torch.arange(30) % 5 < 2
    zeros = torch.zeros(6, 5, dtype=torch.long)
    everywhere = PasteMap.of(from_gather(zeros, torch.ones(6, 5, dtype=torch.bool), fixed.view(6, 5)))
    start, back = sound_round_trip(edit=everywhere)
    changed = (back - start).abs().amax((0, 1)).flatten()
    assert not changed[fixed].any() and changed[~fixed].min() > 1e-3


def test_pasting_stops_at_its_level():
    everywhere = PasteMap.of(from_gather(torch.zeros(6, 5, dtype=torch.long), torch.ones(6, 5, dtype=torch.bool)))
    results = [sound_round_trip(until, everywhere)[1] for until in (0.0, 1.0, float("inf"))]
    start, _ = sound_round_trip()
    torch.testing.assert_close(results[2], start, atol=1e-12, rtol=0)
    assert not torch.allclose(results[0], results[1])


def test_posterior_keeps_the_noise_level():
    kept, added = ancestral_split(SIGMAS[500], SIGMAS[450])
    torch.testing.assert_close(kept**2 + added**2, SIGMAS[450] ** 2)


def test_noise_comes_from_its_seed_alone():
    like = torch.zeros(1, 2, 3, 4)
    first = unit_noise(1)(like)
    torch.manual_seed(5)
    assert torch.equal(first, unit_noise(1)(like))
    assert not torch.equal(first, unit_noise(2)(like)) and not torch.equal(first, unit_noise(1, stream=1)(like))


@pytest.mark.parametrize(("scale", "kept"), [(0.0, 1.0), (0.6, 0.8), (1.0, 0.0), (1.4, 0.0)])
def test_noise_blend(scale, kept):
    state, noise = torch.full((1, 2, 2, 2), 3.0), torch.ones(1, 2, 2, 2)
    cells = torch.tensor([[True, False], [False, False]])
    out = blend_noise(state, cells, scale, noise, torch.tensor(0.75))
    assert out[0, 0, 0, 0].item() == pytest.approx(kept * 3 + scale * 1.25)
    assert (out[..., 1, :] == 3).all()


class NoReading(TorchDispatchMode):
    """Refuses to read a number of a tensor, for which a GPU's work would be waited for."""

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        assert operation.overloadpacket.__name__ != "_local_scalar_dense"
        return operation(*args, **(kwargs or {}))


def test_no_step_waits_for_the_device():
    levels, cells = torch.tensor([4.0, 3.0, 2.0, 1.0]), torch.arange(30)
    untouched = torch.zeros(30, dtype=torch.bool)
    path = [torch.randn(1, 3, 6, 5, generator=torch.Generator().manual_seed(seed)) for seed in range(4)]
    edit = PasteMap(cells, ~untouched, untouched)
    with NoReading():
        found = sample_copy_paste(
            lambda state, sigma: state / 2, path[0], chain(levels), path[:3], levels[:3], path[1:], edit, 2.5
        )
    assert found.isfinite().all()
