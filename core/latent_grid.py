"""Where points and masks of the image fall on the latent grid."""

import torch.nn.functional as F
from torch import Tensor

CELL_SIZE = 8


def latent_points(points: Tensor, image_size: tuple[int, int], cell_size: int = CELL_SIZE) -> Tensor:
    """Convert image points to latent coordinates, rounded to whole pixels of the half-size image (reference behaviour).

    points: (P, 2) xy in pixels of the image; image_size: its (width, height); cell_size: pixels per latent cell, even.
    Returns (P, 2) xy float32 in latent cells, multiples of a quarter cell for cells of 8 pixels. Points outside the
    image stay outside. There is no pixel-centre offset: pixel x falls on x / 8.
    """
    return half_size_points(points, image_size) / (cell_size // 2)


def half_size_points(points: Tensor, image_size: tuple[int, int]) -> Tensor:
    """Convert image points to whole pixels of the half-size image, the supervision grid of DragDiffusion.

    points: (P, 2) xy in pixels of the image; image_size: its (width, height). Returns (P, 2) xy float32; halves round
    to even.
    """
    size = points.new_tensor(image_size).double()  # (2,)
    half_size = size.div(2).floor()
    return (points.double() / size * half_size).float().round()  # (P, 2)


def half_size_mask(mask: Tensor) -> Tensor:
    """Reduce an image mask (H, W), inside where above 0, to the half-size image, (H // 2, W // 2) bool, by nearest."""
    height, width = mask.shape
    inside = (mask > 0).float()[None, None]  # (1, 1, H, W)
    return F.interpolate(inside, size=(height // 2, width // 2), mode="nearest")[0, 0] > 0


def latent_mask(mask: Tensor, cell_size: int = CELL_SIZE) -> Tensor:
    """Reduce an image mask to the latent cells it touches, sampled without antialiasing (reference behaviour).

    mask: (H, W), a pixel is inside where it is above 0; cell_size: pixels per latent cell, even. Returns
    (H // cell_size, W // cell_size) bool: a cell is inside where one of the 4 pixels sampled around its middle is.
    """
    height, width = mask.shape
    half = half_size_mask(mask).float()[None, None]  # (1, 1, H // 2, W // 2)
    cells = F.interpolate(half, size=(height // cell_size, width // cell_size), mode="bilinear", antialias=False)
    return cells[0, 0] > 0  # (h, w)


def nearest_latent_mask(mask: Tensor, latent_size: tuple[int, int]) -> Tensor:
    """Reduce an image mask (H, W) to a latent of (height, width) cells by nearest, twice (DragDiffusion)."""
    half = half_size_mask(mask).float()[None, None]
    return F.interpolate(half, size=latent_size, mode="nearest")[0, 0] > 0
