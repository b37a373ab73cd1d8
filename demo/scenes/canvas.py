"""A stack of pictures that shapes are painted on, and the colours they are painted with."""

from typing import NamedTuple

import torch
from torch import Tensor


class Window(NamedTuple):
    """A square part of every picture of a stack: its left and upper edge, (B, 1, 1), and its side, in pixels."""

    left: Tensor
    top: Tensor
    side: int


class Canvas:
    """A stack of pictures that shapes are painted on, back to front."""

    def __init__(self, count: int, size: int, window: "Window | None" = None):
        left, top, side = window or (0, 0, size)
        self.x = ((torch.arange(side) + 0.5).view(1, 1, side) + left) / size
        self.y = ((torch.arange(side) + 0.5).view(1, side, 1) + top) / size
        self.pixel = 1 / size
        self.pixels = torch.zeros(count, 3, side, side)
        self.near: Tensor | None = None  # (B, side, side), noted only where it is asked for

    def fill(self, colour: Tensor, cover: Tensor | float = 1.0) -> None:
        """Paints a colour (B, 3, 1|H, 1|W) with a coverage (B, H, W) in 0..1."""
        cover = cover.unsqueeze(1) if isinstance(cover, Tensor) else cover
        self.pixels = self.pixels + (colour - self.pixels) * cover

    def stand(self, nearness: Tensor | float, cover: Tensor) -> None:
        """Notes how near a shape is, 0 (far away) to 1, where it covers half of a pixel or more."""
        if self.near is not None:
            self.near = torch.where(cover >= 0.5, torch.as_tensor(nearness), self.near)

    def inside(self, distance: Tensor) -> Tensor:
        """Coverage of the region where a signed distance is negative, one pixel wide at its edge."""
        return (0.5 - distance / self.pixel).clamp(0, 1)

    def ellipse(self, x: Tensor, y: Tensor, a: Tensor, b: Tensor) -> Tensor:
        """Approximate signed distance to an axis-aligned ellipse."""
        u, v = (self.x - x) / a, (self.y - y) / b
        radius = (u * u + v * v).sqrt().clamp_min(1e-6)
        slope = ((u / a) ** 2 + (v / b) ** 2).sqrt().clamp_min(1e-6) / radius
        return (radius - 1) / slope

    def below(self, height: Tensor, slope: Tensor | float = 0.0) -> Tensor:
        """Approximate signed distance to the region under a curve y = height(x) of the given slope."""
        slope = torch.as_tensor(slope)
        return (height - self.y) / (1 + slope * slope).sqrt()


def colour(hue: Tensor, saturation: Tensor | float, value: Tensor | float) -> Tensor:
    """HSV to RGB: hue in turns, (B, 1, 1) each, to (B, 3, 1, 1)."""
    offsets = torch.tensor([5.0, 3.0, 1.0]).view(1, 3, 1, 1)
    k = (offsets + 6 * torch.as_tensor(hue).unsqueeze(1)) % 6
    saturation = torch.as_tensor(saturation).reshape(-1, 1, 1, 1)
    value = torch.as_tensor(value).reshape(-1, 1, 1, 1)
    return value * (1 - saturation * torch.minimum(k, 4 - k).clamp(0, 1))


def mix(a: Tensor, b: Tensor, weight: Tensor) -> Tensor:
    """Colour a where the weight (B, H, W) is 0, colour b where it is 1."""
    return a + (b - a) * weight.clamp(0, 1).unsqueeze(1)
