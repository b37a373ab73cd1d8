"""Finds where dragged content is in a result: the places of its keypoints with which the renderer comes closest.

All else about the scene is known, so the fit asks one question: where is it now? Differences of a channel count from
FAINT, so that a glow left behind cannot pull the answer, to CAP, so that a smear or a hole elsewhere cannot either.
Places are fractions of the side.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from scipy.optimize import minimize
from torch import Tensor

from ...demo.scenes import SCENES, Parameters, Scene
from .cases import Case

FAINT, CAP = 0.06, 0.26
COARSE, FINE = 48, 128  # sides at which content is searched for and then placed
AROUND, STEP = 0.1, 0.02  # how far beyond the drag to search, and how densely


def misfit(result: Tensor, rendered: Tensor) -> Tensor:
    """Mean difference of pictures beyond what is faint, capped, (B,)."""
    return ((rendered - result).abs().clamp_max(CAP) - FAINT).clamp_min(0).mean((1, 2, 3))


def shrunk(result: Tensor, side: int) -> Tensor:
    """A picture (3, H, W) by mean colours, (1, 3, side, side)."""
    return F.interpolate(result[None], (side, side), mode="area")


def at_shifts(case: Case, scene: Scene, shifts: Tensor) -> Parameters:
    """The scene with its keypoints moved by shifts (B, K, 2), as parameters (B,)."""
    parameters = {name: value.expand(len(shifts)) for name, value in case.before.items()}
    for number, pull in enumerate(case.pulls):
        parameters = scene.moved(parameters, pull.keypoint, (shifts[:, number, 0], shifts[:, number, 1]))
    return parameters


def window(shift: Tensor) -> tuple[Tensor, Tensor]:
    """The least and the greatest shift looked at: a little beyond nowhere and the target, (..., 2) each."""
    return shift.clamp_max(0) - AROUND, shift.clamp_min(0) + AROUND


def grid(shift: Tensor) -> Tensor:
    """The shifts tried first, (B, 2)."""
    low, high = window(shift)
    axes = [torch.arange(a.item(), b.item() + STEP, STEP) for a, b in zip(low, high, strict=True)]
    return torch.cartesian_prod(*axes)


def search(case: Case, scene: Scene, result: Tensor) -> Tensor:
    """The best shifts on the grid, one keypoint after the other and once more, (K, 2)."""
    small = shrunk(result, COARSE)
    best = torch.tensor(case.shifts)
    for number in [*range(len(best)), *range(len(best) - 1)]:
        tried = grid(torch.tensor(case.shifts[number]))
        shifts = best.repeat(len(tried), 1, 1)  # (B, K, 2)
        shifts[:, number] = tried
        errors = misfit(small, scene.render(at_shifts(case, scene, shifts), COARSE))
        best[number] = tried[errors.argmin()]
    return best


def found_shifts(case: Case, result: Tensor) -> Tensor:
    """How far every keypoint's content has gone in a result (3, H, W), (K, 2) fractions of the side.

    Content that is lost is found somewhere in the window all the same.
    """
    scene = SCENES[case.scene]
    small, wanted = shrunk(result, FINE), torch.tensor(case.shifts)

    def error(flat: np.ndarray) -> float:
        shifts = torch.from_numpy(flat).float().view(1, -1, 2)
        return misfit(small, scene.render(at_shifts(case, scene, shifts), FINE)).item()

    places = (search(case, scene, result), torch.zeros_like(wanted), wanted)  # small things repeat: a vase's flowers
    start = min((place.double().flatten().numpy() for place in places), key=error)
    corners = np.vstack([start, start + STEP / 2 * np.eye(len(start))])
    low, high = (end.double().flatten().numpy() for end in window(wanted))
    bounds = list(zip(low - STEP, high + STEP, strict=True))
    options = {"initial_simplex": corners, "xatol": 2e-4, "fatol": 1e-6, "maxfev": 60 * len(start)}
    found = minimize(error, start, method="Nelder-Mead", bounds=bounds, options=options).x
    return torch.from_numpy(found).float().view(-1, 2)
