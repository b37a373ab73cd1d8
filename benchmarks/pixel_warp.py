"""The baseline that needs no model: FastDrag's warp and fill on the pixels themselves."""

from typing import Any

from torch import Tensor

from ..core.grid.placed import place
from ..core.instruction.form import read_drag
from ..core.maps.stretch import stretch_map
from ..core.redraw.bnni import FillMode, fill_null
from ..core.redraw.copy_paste import relocate


def pixel_warp(picture: Tensor, instruction: dict[str, Any]) -> Tensor:
    """A picture (3, H, W) warped along the drags of an instruction, in its mask or all over, (3, H, W)."""
    spec = read_drag(instruction)
    moves = stretch_map(place(spec, spec.picture))
    return fill_null(relocate(picture[None], moves), moves.vacated, FillMode.SIMULTANEOUS)[0]
