"""How good a result is: how near the dragged content came, and how close the picture is to the true one."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ..perceptual import lpips_map
from .cases import SIZE, Case
from .finding import found_shifts

CHANGED = 0.02  # of a channel's range
RIM = 8  # pixels around what truly changes that still count as the edit


class Score(NamedTuple):
    """Of one result; distance in pixels of a 256 x 256 picture, PSNR in decibels."""

    distance: float
    way: float
    psnr_inside: float
    psnr_outside: float
    lpips_inside: float
    lpips_outside: float


def edited_area(case: Case) -> Tensor:
    """Where the true picture differs from the one before, with a rim, (H, W) bool."""
    changed = ((case.truth - case.picture).abs().amax(0) > CHANGED).float()
    return F.max_pool2d(changed[None, None], 2 * RIM + 1, 1, RIM)[0, 0] > 0


def psnr_where(a: Tensor, b: Tensor, where: Tensor) -> float:
    """PSNR of two pictures (3, H, W) over an area (H, W)."""
    return -10 * (a - b)[:, where].square().mean().clamp_min(1e-8).log10().item()


def score(case: Case, result: Tensor) -> Score:
    """Compares a result (3, SIZE, SIZE) with the truth; several keypoints count by their mean."""
    wanted, found = torch.tensor(case.shifts), found_shifts(case, result)
    distance = (found - wanted).norm(dim=-1).mean().item() * SIZE
    way = ((found * wanted).sum(-1) / wanted.square().sum(-1)).mean().item()
    area, unlike = edited_area(case), lpips_map(result, case.truth)
    inside, outside = (psnr_where(result, case.truth, where) for where in (area, ~area))
    return Score(distance, way, inside, outside, unlike[area].mean().item(), unlike[~area].mean().item())
