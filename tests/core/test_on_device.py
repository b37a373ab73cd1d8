"""The mathematics on a device and in a precision of your choice, against the same in double precision on the CPU."""

from functools import partial

import pytest
import torch
from dragkit.core.attention.store import pack, unpack
from dragkit.core.instruction.geometry import Extent
from dragkit.core.invert.ddim import invert_ddim, relabel, start_state
from dragkit.core.invert.ddpm import ancestral_step, recovered_noise
from dragkit.core.maps.stretch import Blend, Priority
from dragkit.core.optimise.features import FeatureMap
from dragkit.core.optimise.motion import SourceFeatures, drift, motion_supervision
from dragkit.core.optimise.track import track
from dragkit.core.redraw.bnni import FillMode, fill_null
from dragkit.core.redraw.copy_paste import PasteMap, blend_noise
from dragkit.tests.core.placing import from_gather, warp_latent

TOLERANCE = {torch.float32: 1e-5, torch.float16: 1e-2, torch.bfloat16: 8e-2}
DRAW = torch.Generator().manual_seed(0)
LATENT, NOISE = torch.randn(2, 2, 4, 12, 16, generator=DRAW, dtype=torch.float64)
FEATURES = torch.randn(5, 12, 16, generator=DRAW, dtype=torch.float64)
AREA = torch.zeros(12, 16, dtype=torch.bool)
AREA[3:9, 2:11] = True
HANDLES, TARGETS = torch.tensor([[4.0, 5.0], [7.0, 6.0]]), torch.tensor([[7.0, 5.0], [9.0, 8.0]])
LOW, HIGH = torch.tensor([1.5, 4.0], dtype=torch.float64)


def fill(mode: FillMode, latent: torch.Tensor) -> torch.Tensor:
    return fill_null(latent, AREA.to(latent.device), mode, torch.Generator().manual_seed(1))


def warped(blend: Blend, latent: torch.Tensor) -> torch.Tensor:
    return warp_latent(latent, HANDLES, TARGETS, AREA, priority=Priority.RASTER, blend=blend).latent


def pasted(latent: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    gather = torch.arange(AREA.numel()).view_as(AREA).roll(3, 1)
    return PasteMap.of(from_gather(gather, AREA, ~AREA)).to(latent.device).apply(latent, noise, paste=True)


def forgotten(latent: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    return blend_noise(latent, AREA.to(latent.device), 0.8, noise, HIGH.to(latent))


def inverted(latent: torch.Tensor) -> torch.Tensor:
    sigmas = torch.linspace(0.1, 3, 5).to(latent)
    return torch.stack(invert_ddim(lambda x, sigma: x / (1 + sigma**2), latent, sigmas, refine=1))


def relabelled(latent: torch.Tensor) -> torch.Tensor:
    low, high = LOW.to(latent), HIGH.to(latent)
    return relabel(start_state(latent, low), low, high)


def there_and_back(latent: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    levels = HIGH.to(latent), LOW.to(latent)
    below = ancestral_step(latent, latent / 17, *levels, noise)
    return torch.stack([below, recovered_noise(below, latent, latent / 17, *levels)])


def supervised(features: torch.Tensor) -> torch.Tensor:
    """The loss of motion supervision, and its gradient."""
    features = features.detach().requires_grad_()
    loss = motion_supervision(FeatureMap((features,), Extent(32, 24)), 2 * HANDLES, 2 * TARGETS, 1)
    (gradient,) = torch.autograd.grad(loss, features)
    return torch.cat([loss.detach().flatten().to(gradient), gradient.flatten()])


def tracked(features: torch.Tensor) -> torch.Tensor:
    source = SourceFeatures.of(FeatureMap((features,), Extent(16, 12)), HANDLES, 1, None)
    moved = FeatureMap((features.roll((1, 2), (1, 2)),), Extent(16, 12))
    return track(source.templates, moved, HANDLES, 3)


def fixed_drift(latent: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    return drift(latent[:1], noise[:1], ~AREA.to(latent.device))


def stored(latent: torch.Tensor) -> torch.Tensor:
    states = latent.flatten(2).mT  # (B, T, C)
    return unpack(pack(states), states.dtype)


CASES = {
    **{f"fill, {mode.value}": (partial(fill, mode), (LATENT,)) for mode in FillMode},
    **{f"warp, {blend.value}": (partial(warped, blend), (LATENT,)) for blend in Blend},
    "paste": (pasted, (LATENT, NOISE)),
    "blend noise": (forgotten, (LATENT, NOISE)),
    "DDIM": (inverted, (LATENT,)),
    "relabel": (relabelled, (LATENT,)),
    "DDPM": (there_and_back, (LATENT, NOISE)),
    "motion supervision": (supervised, (FEATURES,)),
    "tracking": (tracked, (FEATURES,)),
    "drift": (fixed_drift, (LATENT, NOISE)),
    "states in 8 bits": (stored, (LATENT,)),
}


@pytest.mark.parametrize("case", CASES)
def test_a_result_is_that_of_double_precision(case, device, dtype):
    work, inputs = CASES[case]
    rounded = [tensor.to(dtype) for tensor in inputs]
    wanted = work(*(tensor.double() for tensor in rounded))
    found = work(*(tensor.to(device) for tensor in rounded)).cpu().double()
    scale = wanted.abs().max()
    torch.testing.assert_close(found / scale, wanted.double() / scale, rtol=0, atol=TOLERANCE[dtype])
