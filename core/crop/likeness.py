"""Whether a picture still shows what it showed, where nothing was to change."""

import torch
import torch.nn.functional as F
from torch import Tensor

BLOCKS = 24  # to the longer side, over which pictures are averaged, so that grain and a shift by pixels count little
FEWEST = 12  # blocks that tell anything
FLATTEST = 0.05  # contrast that is taken for none
UNLIKE = 0.7  # of the contrast; a picture that has nothing to do with another differs by about 1.4 of it
FAR = 0.4  # of full scale, a change of brightness alone


def looks_unlike(before: Tensor, after: Tensor, where: Tensor) -> bool:
    """Tell whether a picture (H, W, C) shows another thing than the one before, where (H, W) bool both should be alike.

    A change of colours or contrast is none. False where there is too little to tell.

    >>> ramp = torch.linspace(0, 1, 96).expand(96, 96)[..., None]
    >>> everywhere = torch.ones(96, 96, dtype=torch.bool)
    >>> looks_unlike(ramp, 0.2 + 0.7 * ramp, everywhere), looks_unlike(ramp, ramp.mT.flip(0), everywhere)
    (False, True)
    """
    channels, weight = min(before.shape[-1], after.shape[-1]), where.to(before)[..., None]  # (H, W, 1)
    parts = [before[..., :channels] * weight, after[..., :channels].to(before) * weight, weight]
    means = blocks(torch.cat(parts, dim=-1)).cpu()  # (2 C + 1, N)
    told = means[-1] > 0.5
    if told.sum() < FEWEST:
        return False
    a, b = (means[:-1, told] / means[-1, told]).chunk(2)  # (C, M) each
    way = b - a
    shift = way.mean(1, keepdim=True)
    contrast = (a - a.mean(1, keepdim=True)).square().mean().sqrt().clamp_min(FLATTEST)
    return bool((way - shift).square().mean().sqrt() > UNLIKE * contrast) or bool(shift.abs().mean() > FAR)


def blocks(picture: Tensor) -> Tensor:
    """The means (C, N) of a picture (H, W, C) over blocks of equal size, those at its far borders cut off."""
    side = max(1, max(picture.shape[:2]) // BLOCKS)
    return F.avg_pool2d(picture.float().movedim(-1, 0), min(side, *picture.shape[:2])).flatten(1)
