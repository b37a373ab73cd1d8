"""Patterns on surfaces, backgrounds with a table, soft shadows, and the light that all of it stands in."""

import torch
from torch import Tensor

from .canvas import Canvas, colour, mix
from .scene import Parameters, Range

SURROUNDINGS: dict[str, Range] = {
    "light": (-0.9, 0.9), "horizon": (0.5, 0.62), "wall_hue": (0, 1), "wall_value": (0.55, 0.95),
    "wall_kind": (0, 4), "table_hue": (0, 1), "table_value": (0.5, 0.9), "table_kind": (0, 3),
}  # fmt: skip
"""The ranges of what `surroundings` paints."""

WARM = torch.tensor([1.0, 0.97, 0.92]).view(1, 3, 1, 1)


def wave(position: Tensor, soft: Tensor | float) -> Tensor:
    """A square wave of period one, 0 to 1, its edges `soft` wide (in periods)."""
    away = (position % 1 - 0.5).abs() - 0.25  # the distance from an edge
    return (0.5 + away / torch.as_tensor(soft).clamp_min(1e-4)).clamp(0, 1)


def stripes(u: Tensor, v: Tensor, soft: Tensor | float) -> Tensor:
    return wave(u + 0 * v, soft)


def checks(u: Tensor, v: Tensor, soft: Tensor | float) -> Tensor:
    a, b = 2 * wave(u, soft) - 1, 2 * wave(v, soft) - 1
    return 0.5 + 0.5 * a * b


def dots(u: Tensor, v: Tensor, soft: Tensor | float) -> Tensor:
    shifted = u + 0.5 * (v.floor() % 2)
    away = ((shifted % 1 - 0.5).square() + (v % 1 - 0.5).square()).sqrt() - 0.27
    return (0.5 - away / torch.as_tensor(soft).clamp_min(1e-4)).clamp(0, 1)


def plain(u: Tensor, v: Tensor, soft: Tensor | float) -> Tensor:
    del soft
    return 0 * (u + v)


PATTERNS = (stripes, dots, checks, plain)


def pattern(kind: Tensor, u: Tensor, v: Tensor, soft: Tensor | float) -> Tensor:
    """The pattern that the whole part of `kind` names at (u, v), 0 to 1; its cells have side one."""
    number = kind.floor() % len(PATTERNS)
    out = torch.zeros(torch.broadcast_shapes(u.shape, v.shape, kind.shape))
    for choice, painter in enumerate(PATTERNS):
        rows = (number == choice).flatten()
        if rows.any():
            u_rows, v_rows = (part[rows] if len(part) == len(rows) else part for part in (u, v))
            soft_rows = soft[rows] if isinstance(soft, Tensor) and len(soft) == len(rows) else soft
            out[rows] = painter(u_rows, v_rows, soft_rows).expand_as(out[rows])
    return out


def light_of(p: Parameters) -> Tensor:
    """The direction to the lamp, (3, B, 1, 1): right, down, towards the viewer."""
    light = torch.stack([-p["light"], -0.65 * torch.ones_like(p["light"]), 0.7 * torch.ones_like(p["light"])])
    return light / light.norm(dim=0, keepdim=True)


def lit(body: Tensor, normal: Tensor, light: Tensor, gloss: float = 0.25) -> Tensor:
    """A colour (B, 3, H, W) under the lamp, where the surface looks along `normal` (3, B, H, W)."""
    towards = (normal * light).sum(0).clamp_min(0)
    half = light + torch.tensor([0.0, 0.0, 1.0]).view(3, 1, 1, 1)
    shine = (normal * (half / half.norm(dim=0, keepdim=True))).sum(0).clamp_min(0) ** 30
    rim = 0.12 * (1 - normal[2].clamp(0, 1)) ** 2
    return (body * WARM * (0.36 + 0.72 * towards + rim).unsqueeze(1) + gloss * shine.unsqueeze(1)).clamp(0, 1)


def surroundings(canvas: Canvas, p: Parameters) -> None:
    """A papered wall, out of focus, and a table that runs towards the viewer."""
    wall = colour(p["wall_hue"], 0.3, p["wall_value"])
    paper = pattern(p["wall_kind"], 6 * canvas.x + 0 * canvas.y, 6 * canvas.y, 0.3)
    fall = (canvas.y / p["horizon"]).clamp(0, 1)
    canvas.fill(mix(wall, wall * 0.82, paper) * (1.04 - 0.22 * fall + 0.1 * p["light"] * (0.5 - canvas.x)).unsqueeze(1))
    table(canvas, p)


def table(canvas: Canvas, p: Parameters) -> None:
    """The table below the horizon, its pattern in perspective and fading far away."""
    wood = colour(p["table_hue"], 0.4, p["table_value"])
    near = ((canvas.y - p["horizon"]) / (1 - p["horizon"])).clamp_min(0)  # 0 at the horizon, 1 in front
    away = 1 / (near + 0.35)
    u, v = 3 * (canvas.x - 0.5) * away, 4 * away
    woven = pattern(p["table_kind"], u, v, 8 * canvas.pixel * away)
    top = mix(wood * 0.78, wood, near) * (1 - 0.3 * woven * (2.5 * near).clamp(0, 1)).unsqueeze(1)
    cover = canvas.inside(canvas.below(p["horizon"]))
    canvas.fill(top, cover)
    canvas.stand(near, cover)


def shadow(canvas: Canvas, x: Tensor, y: Tensor, a: Tensor, b: Tensor, strength: float = 0.6) -> None:
    """A soft dark ellipse on the ground."""
    u, v = (canvas.x - x) / a, (canvas.y - y) / b
    canvas.fill(torch.zeros(1, 3, 1, 1), strength * torch.exp(-1.6 * (u * u + v * v)))


def dome(u: Tensor, v: Tensor) -> Tensor:
    """Where a ball's front looks at (u, v) of its disc of radius one, (3, B, H, W)."""
    u, v = torch.broadcast_tensors(u, v)
    return torch.stack([u, v, (1 - u * u - v * v).clamp_min(0).sqrt()])
