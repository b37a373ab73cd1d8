"""Pictures made up to whole cells, and the note on those that are not."""

import torch.nn.functional as F
from torch import Tensor

from ..instruction.spec import Extent


def pad_to_multiple(planes: Tensor, multiple: int) -> Tensor:
    """Continue the border of planes (..., H, W) to the right and down until both sides are multiples of a number.

    >>> import torch
    >>> pad_to_multiple(torch.tensor([[1, 2, 3]]).float(), 2)
    tensor([[1., 2., 3., 3.],
            [1., 2., 3., 3.]])
    """
    height, width = planes.shape[-2:]
    return pad_to(planes, Extent(width + -width % multiple, height + -height % multiple))


def pad_to(planes: Tensor, size: Extent) -> Tensor:
    """Continue the border of planes (..., H, W) to the right and down to a size that is at least theirs."""
    height, width = planes.shape[-2:]
    if (width, height) == size:
        return planes
    beyond = (0, size.width - width, 0, size.height - height)
    padded = F.pad(planes.reshape(1, -1, height, width), beyond, mode="replicate")
    return padded.reshape(*planes.shape[:-2], size.height, size.width)


def cut_by_encoder(picture: Extent, cell_size: int) -> list[str]:
    """Say what an encoder that needs whole cells makes of a picture of other sides, or nothing."""
    left, top = (side % cell_size // 2 for side in picture)
    width, height = (side // cell_size * cell_size for side in picture)
    if (width, height) == picture:
        return []
    return [
        f"the sides of the picture, {picture.width}x{picture.height}, are no multiples of {cell_size}. A VAE gives "
        f"back its middle, {width}x{height}, which belongs {left} px to the right and {top} px down; with Drag Pad "
        "behind this node all of it comes back in its place."
    ]
