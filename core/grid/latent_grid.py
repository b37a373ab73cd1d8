"""Where points and masks of the image fall on the latent grid."""

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from scipy import ndimage
from torch import Tensor

from ..instruction.geometry import Extent
from .given_mask import counts
from .outlines import EIGHT_NEIGHBOURS
from .raster import pad_to

CELL_SIZE = 8


class Part(NamedTuple):
    """The upright part of a picture that a latent shows, in whole pixels; it may reach beyond the picture."""

    left: int
    top: int
    size: Extent

    def taken_from(self, plane: Tensor) -> Tensor:
        """What of a plane (H, W) of the picture lies in it; beyond the picture it goes on as at the border."""
        (left, top, (width, height)), (rows, columns) = self, plane.shape
        plane = pad_to(plane, Extent(max(left + width, columns), max(top + height, rows)))
        return plane[top : top + height, left : left + width]


def latent_points(points: Tensor, image_size: tuple[int, int], cell_size: int = CELL_SIZE) -> Tensor:
    """Convert image points to latent coordinates, rounded to whole pixels of the half-size image (reference behaviour).

    points: (P, 2) xy in pixels of the image; image_size: its (width, height); cell_size: pixels per latent cell, even.
    Returns (P, 2) xy float32 in latent cells, multiples of a quarter cell for cells of 8 pixels. Points outside the
    image stay outside. There is no pixel-centre offset: pixel x falls on x / 8.

    >>> latent_points(torch.tensor([[100.0, 40.0], [101.0, 42.0]]), (512, 512))
    tensor([[12.5000,  5.0000],
            [12.5000,  5.2500]])
    """
    return half_size_points(points, image_size) / (cell_size // 2)


def half_size_points(points: Tensor, image_size: tuple[int, int]) -> Tensor:
    """Convert image points to whole pixels of the half-size image, the supervision grid of DragDiffusion.

    points: (P, 2) xy in pixels of the image; image_size: its (width, height). Returns (P, 2) xy float32; halves round
    to even.

    >>> half_size_points(torch.tensor([[100.0, 40.0], [101.0, 43.0]]), (512, 512))
    tensor([[50., 20.],
            [50., 22.]])
    """
    size = points.new_tensor(image_size).double()  # (2,)
    half_size = size.div(2).floor()
    return (points.double() / size * half_size).float().round()  # (P, 2)


def half_size_mask(mask: Tensor) -> Tensor:
    """Reduce an image mask (H, W), inside from a half up, to the half-size image, (H // 2, W // 2) bool, by nearest."""
    height, width = mask.shape
    inside = counts(mask).float()[None, None]  # (1, 1, H, W)
    return F.interpolate(inside, size=(height // 2, width // 2), mode="nearest")[0, 0] > 0


def latent_mask(mask: Tensor, cell_size: int = CELL_SIZE) -> Tensor:
    """Reduce an image mask to the latent cells it touches, sampled without antialiasing (reference behaviour).

    mask: (H, W), a pixel is inside from a half up; cell_size: pixels per latent cell, even. Returns
    (H // cell_size, W // cell_size) bool: a cell is inside where one of the 4 pixels sampled around its middle is.

    >>> mask = torch.zeros(16, 24)
    >>> mask[:, 5:12] = 1  # to the middle of the second cell, beyond that of the first
    >>> latent_mask(mask).int()
    tensor([[0, 1, 0],
            [0, 1, 0]], dtype=torch.int32)
    """
    height, width = mask.shape
    half = half_size_mask(mask).float()[None, None]  # (1, 1, H // 2, W // 2)
    cells = F.interpolate(half, size=(height // cell_size, width // cell_size), mode="bilinear", antialias=False)
    return cells[0, 0] > 0  # (h, w)


def nearest_latent_mask(mask: Tensor, latent_size: tuple[int, int] | None = None) -> Tensor:
    """Reduce an image mask (H, W) to a latent of (height, width) cells by nearest, twice (DragDiffusion)."""
    half = half_size_mask(mask).float()[None, None]
    size = latent_size or tuple(side // CELL_SIZE for side in mask.shape)
    return F.interpolate(half, size=size, mode="nearest")[0, 0] > 0


def cells_of(
    mask: Tensor, points: Tensor, sampled: Callable[[Tensor], Tensor] = latent_mask, cell_size: int = CELL_SIZE
) -> Tensor:
    """Reduce an image mask to latent cells by a rule that samples it, and add what that rule loses.

    mask: (H, W) bool, sides of whole cells; points: (P, 2) xy in its pixels; sampled: the rule, (H, W) to (h, w).
    Parts of which no cell is sampled keep all cells that they touch, points in the mask the cell they lie in. Returns
    (h, w) bool.
    """
    cells = sampled(mask)
    touched = F.max_pool2d(mask.float()[None], cell_size)[0] > 0  # (h, w)
    parts = torch.from_numpy(ndimage.label(touched.numpy(), EIGHT_NEIGHBOURS)[0])  # (h, w)
    lost = touched & ~torch.isin(parts, parts[cells])
    x, y = points.floor().long().T  # (P,) each
    inside = (x >= 0) & (y >= 0) & (x < mask.shape[1]) & (y < mask.shape[0])
    x, y = x[inside], y[inside]
    held = mask[y, x]
    cells = cells | lost
    cells[y[held] // cell_size, x[held] // cell_size] = True
    return cells
