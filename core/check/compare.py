"""How far a result is from the stored one, and how far it may be."""

from collections.abc import Sequence

import torch
from torch import Tensor

SAMPLES = 64
EXACT = 2e-3  # the same numbers on another processor, by other libraries
ALLOWED = {torch.float16: 1e-2, torch.bfloat16: 3e-2}
TENSOR_FLOAT = ALLOWED[torch.float16]  # convolutions of GPUs round float32 to the ten bits of float16
BY_GRADIENT = 10  # Adam's first steps follow the sign of a gradient, however small


def samples_of(result: Tensor) -> list[float]:
    """Some 64 evenly spread numbers of a result, to six digits: enough to tell another result, small enough to keep.

    >>> samples_of(torch.tensor([[1.0, 2.0], [3.0, 1 / 3]]))
    [1.0, 2.0, 3.0, 0.333333]
    """
    numbers = result.detach().float().cpu().flatten()
    spread = torch.linspace(0, len(numbers) - 1, min(SAMPLES, len(numbers))).round().long()
    return [float(f"{number:.6g}") for number in numbers[spread].tolist()]


def largest_difference(found: Sequence[float], stored: Sequence[float]) -> float:
    """The largest difference of two results, in units of the stored one's largest number; infinite where it is NaN.

    >>> largest_difference([1.0, 2.5], [1.0, 2.0])
    0.25
    """
    ours, theirs = torch.tensor(found), torch.tensor(stored)
    if ours.shape != theirs.shape or not ours.isfinite().all():
        return float("inf")
    return ((ours - theirs).abs().max() / theirs.abs().max()).item()


def allowed_difference(dtype: torch.dtype, device: str, by_gradient: bool = False) -> float:
    """The largest difference that computing in a dtype on a kind of device explains."""
    forward = ALLOWED.get(dtype, EXACT if device == "cpu" else TENSOR_FLOAT)
    return forward * BY_GRADIENT if by_gradient else forward


def psnr(found: Tensor, wanted: Tensor) -> float:
    """Peak signal-to-noise ratio of two pictures in 0..1, in decibels; 100 at most.

    >>> round(psnr(torch.zeros(3), torch.full((3,), 0.1)))
    20
    """
    return -10 * (found.float() - wanted.float()).square().mean().clamp_min(1e-10).log10().item()


def smooth_latent(cells: int) -> Tensor:
    """A latent (1, 4, cells, cells) that no autoencoder had a part in, so that only the network is compared."""
    coarse = torch.randn(1, 4, 4, 4, generator=torch.Generator().manual_seed(1)) / 0.18215
    return torch.nn.functional.interpolate(coarse, (cells, cells), mode="bilinear")
