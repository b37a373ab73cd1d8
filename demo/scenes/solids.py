"""Solid bodies seen from far away: ellipsoids turned in space, hidden by what stands before them."""

from typing import NamedTuple

import torch
from torch import Tensor

from .canvas import Canvas

FAR = -9.0


class Pose(NamedTuple):
    """A body's frame: where its origin is, (3, B, 1, 1) right, down, towards the viewer, and how it is turned."""

    origin: Tensor
    turn: Tensor  # (3, 3, B, 1, 1): the columns are its own axes

    def point(self, local: Tensor) -> Tensor:
        """A point (3, B or 1, 1, 1) of the body in the picture's space."""
        return self.origin + (self.turn * local.unsqueeze(0)).sum(1)

    def rounded(self, local: Tensor, axes: tuple[float, float, float]) -> Tensor:
        """Where an ellipsoid around the origin looks at points (3, B, H, W) near it."""
        along = local / torch.tensor(axes).view(3, 1, 1, 1).square()
        normal = torch.stack([(self.turn[i] * along).sum(0) for i in range(3)])
        return normal / normal.norm(dim=0, keepdim=True).clamp_min(1e-6)


class Surface(NamedTuple):
    """What of a body is seen: its depth and coverage (B, H, W), normal and own coordinates (3, B, H, W)."""

    depth: Tensor
    cover: Tensor
    normal: Tensor
    local: Tensor


def pose(x: Tensor, y: Tensor, yaw: Tensor, pitch: Tensor) -> Pose:
    """A body at (x, y), turned by `yaw` to the right and then, with its own axes, by `pitch` downwards (radians)."""
    zero = torch.zeros_like(x)
    c, s, cp, sp = yaw.cos(), yaw.sin(), pitch.cos(), pitch.sin()
    rows = [[c, -s * sp, s * cp], [zero, cp, sp], [-s, -c * sp, c * cp]]
    return Pose(torch.stack([x, y, zero]), torch.stack([torch.stack([v + zero for v in row]) for row in rows]))


class Solids:
    """Paints bodies in any order: what is nearer hides what is farther."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.depth = torch.full_like(canvas.pixels[:, 0], FAR)

    def paint(self, colour: Tensor, surface: Surface, keep: Tensor | float = 1.0) -> None:
        """Paints a surface in a colour (B, 3, H, W), where `keep` (B, H, W) is one."""
        front = (0.5 + (surface.depth - self.depth) / self.canvas.pixel).clamp(0, 1)
        cover = surface.cover * front * keep
        self.canvas.fill(colour, cover)
        self.canvas.stand(0.6 + surface.depth, cover)
        self.depth = torch.where(cover > 0.5, surface.depth, self.depth)

    def ellipsoid(self, frame: Pose, middle: tuple, axes: tuple) -> Surface:
        """The front of an ellipsoid with its middle and half axes in a body's own coordinates."""
        shape = frame.origin.shape[1:]
        at, half = (
            torch.stack([torch.as_tensor(v, dtype=torch.float32).expand(shape) for v in triple])
            for triple in (middle, axes)
        )
        centre = frame.point(at)
        dx, dy = self.canvas.x - centre[0], self.canvas.y - centre[1]
        turn = frame.turn
        start = torch.stack([(turn[0, i] * dx + turn[1, i] * dy) / half[i] for i in range(3)])  # in units of the axes
        step = torch.stack([turn[2, i] / half[i] for i in range(3)])
        a, b, c = (step * step).sum(0), (start * step).sum(0), (start * start).sum(0) - 1
        inner = b * b - a * c
        reach = (inner.clamp_min(0).sqrt() - b) / a
        unit = start + step * reach
        along = unit / half
        normal = torch.stack([(turn[i] * along).sum(0) for i in range(3)])
        normal = normal / normal.norm(dim=0, keepdim=True).clamp_min(1e-6)
        return Surface(centre[2] + reach, coverage(inner), normal, unit * half + at)


def coverage(inside: Tensor) -> Tensor:
    """Coverage, one pixel wide at its edge, of the region where a smooth function (B, H, W) is positive."""
    gy, gx = torch.gradient(inside, dim=(1, 2))
    return (0.5 + inside / (gx * gx + gy * gy).sqrt().clamp_min(1e-9)).clamp(0, 1)


def spot(local: Tensor, x: float, y: float, radius: float | Tensor, soft: Tensor | float) -> Tensor:
    """Coverage of a disc painted on a surface, around (x, y) of its own coordinates."""
    away = ((local[0] - x).square() + (local[1] - y).square()).sqrt()
    return (0.5 + (radius - away) / soft).clamp(0, 1)
