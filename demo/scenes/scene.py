"""What a scene is: a picture as a function of parameters, so that the true result of a drag is known exactly."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

import torch
from torch import Tensor

from .canvas import Canvas, Window

Parameters = dict[str, Tensor]
Range = tuple[float, float]


class Keypoint(NamedTuple):
    """A visible point of a scene: its place is the sum of the named parameters, a move changes the last of them."""

    x: tuple[str, ...]
    y: tuple[str, ...]


@dataclass(frozen=True)
class Scene:
    """A family of pictures: the ranges its parameters are drawn from, its keypoints and its painter."""

    name: str
    ranges: dict[str, Range]
    keypoints: dict[str, Keypoint]
    paint: Callable[["Canvas", Parameters], None]

    def sample(self, count: int, generator: torch.Generator) -> Parameters:
        """Draws `count` parameter sets uniformly from the scene's ranges."""
        return {
            name: low + (high - low) * torch.rand(count, generator=generator)
            for name, (low, high) in self.ranges.items()
        }

    def render(self, parameters: Parameters, size: int = 256, window: Window | None = None) -> Tensor:
        """Pictures (B, 3, size, size) in 0..1, anti-aliased to one pixel, or a window of each."""
        canvas = Canvas(len(next(iter(parameters.values()))), size, window)
        self.paint(canvas, {name: value.view(-1, 1, 1) for name, value in parameters.items()})
        return canvas.pixels.clamp(0, 1)

    def nearness(self, parameters: Parameters, size: int = 256) -> Tensor:
        """How near what is seen is, (B, size, size), 0 (far away) to 1: a depth map as depth networks give it."""
        canvas = Canvas(len(next(iter(parameters.values()))), size)
        canvas.near = torch.zeros(len(canvas.pixels), size, size)
        self.paint(canvas, {name: value.view(-1, 1, 1) for name, value in parameters.items()})
        return canvas.near.clamp(0, 1)

    def place(self, parameters: Parameters, keypoint: str) -> Tensor:
        """Where a keypoint is, (B, 2) xy as fractions of the side."""
        names = self.keypoints[keypoint]
        return torch.stack([reduce(torch.add, (parameters[n] for n in axis)) for axis in names], dim=-1)

    def moved(self, parameters: Parameters, keypoint: str, shift: tuple[float | Tensor, float | Tensor]) -> Parameters:
        """The same scene with one keypoint moved by `shift` (xy, fractions of the side)."""
        names = self.keypoints[keypoint]
        changed = {axis[-1]: parameters[axis[-1]] + delta for axis, delta in zip(names, shift, strict=True)}
        return {**parameters, **changed}
