"""The baseline that needs no model: FastDrag's warp and fill on the pixels themselves."""

from typing import Any

import torch
from torch import Tensor

from ..core.grid.raster import editable_mask
from ..core.instruction.form import read_drag
from ..core.maps.stretch import warp_latent
from ..core.redraw.bnni import FillMode, fill_null


def pixel_warp(picture: Tensor, instruction: dict[str, Any]) -> Tensor:
    """A picture (3, H, W) warped along the drags of an instruction, in its mask or all over, (3, H, W)."""
    spec = read_drag(instruction)
    handles, targets = (torch.tensor(ends) for ends in zip(*spec.drags, strict=True))  # (P, 2) each
    mask = editable_mask(spec, spec.picture)
    mask = torch.ones(picture.shape[1:], dtype=torch.bool) if mask is None else mask
    warped, null = warp_latent(picture[None], handles, targets, mask)
    return fill_null(warped, null, FillMode.SIMULTANEOUS)[0]
