"""What of a picture a map of its latent changes, so that all else can be put back."""

import torch.nn.functional as F
from torch import Tensor

from ..grid.placed import Placed
from ..maps.map import Map

AROUND = 2  # cells beside what changes: one that changes with it, and the seam


def changed_area(moves: Map, placed: Placed, within: bool) -> Tensor:
    """The pixels (H, W) bool of a picture that show what a map of its cells changes.

    Of a map at rest the whole area, or where nothing limits that the regions. within: whether the first area limits
    where content lands, rather than being what moves.
    """
    still = not placed.is_masked and moves.stays
    cells = moves.area | moves.landing | moves.held if still else moves.changed
    near = F.max_pool2d(cells.float()[None], 2 * AROUND + 1, 1, AROUND)[0] > 0  # (h, w)
    pixels = near.repeat_interleave(placed.cell_size, 0).repeat_interleave(placed.cell_size, 1)  # (H, W)
    area = placed.areas[0]
    shown = pixels & area if within else pixels
    return shown if bool(shown.any()) else area
