"""What a user would draw around things that turn, open, bend or grow: the part that is pulled, and all that changes.

Points are xy as fractions of the side; the outlines of a pulled part in two states correspond point by point.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from scipy.spatial import ConvexHull
from torch import Tensor

from ...demo.scenes import Parameters
from ...demo.scenes.box import edge, turned
from ...demo.scenes.lamp import Arms

Outline = Tensor  # (N, 2)

TURN = torch.arange(20) / 20 * 2 * torch.pi


def ellipse(x: Tensor, y: Tensor, a: Tensor, b: Tensor) -> Outline:
    return torch.stack([x + a * TURN.cos(), y + b * TURN.sin()], dim=-1)


def hull(points: Tensor) -> Outline:
    """The convex hull of points (M, 2), corners in order."""
    return points[ConvexHull(points.numpy()).vertices.tolist()]


def away(sine: Tensor) -> Tensor:
    """How narrow what is turned aside by an angle of this sine looks."""
    return (1 - sine.clamp(-0.95, 0.95) ** 2).sqrt()


def face_in_front(p: Parameters) -> Outline:
    """Eyes, nose and mouth of a head that turns."""
    r, aside = p["head_size"], p["nose_x"] / p["head_size"]
    x, y = p["head_x"] + 0.75 * p["nose_x"], p["head_y"] + 0.6 * p["nose_y"] + 0.08 * r
    return ellipse(x, y, 0.55 * r * away(aside), 0.62 * r)


def head(p: Parameters) -> Outline:
    r = p["head_size"]
    return ellipse(p["head_x"], p["head_y"] + 0.02 * r, 1.08 * r, 1.22 * r)


def box(p: Parameters) -> Outline:
    """Its six outer corners."""
    corner = torch.cat([p["box_x"] + p["corner_x"], p["box_y"] + p["corner_y"]])
    left, right = (torch.cat([way.x, way.y]) for way in (edge(p, -1), edge(p, 1)))
    down = torch.cat([0 * p["box_size"], 2 * p["box_size"] * turned(p)[1].cos()])
    return corner + torch.stack([left, left + right, right, right + down, down, left + down])


def painted_flower(p: Parameters) -> Outline:
    """The flower on the vase that is pulled."""
    width = p["width"]
    return ellipse(p["vase_x"] + p["flower_x"], p["flower_y"], 0.42 * width * away(p["flower_x"] / width), 0.42 * width)


def vase(p: Parameters) -> Outline:
    tall = (p["foot"] - p["flower_y"]) / 0.45
    return ellipse(p["vase_x"], p["foot"] - 0.48 * tall, 1.25 * p["width"], 0.62 * tall)


def monster_mouth(p: Parameters) -> Outline:
    r = p["body_size"]
    top, low = p["body_y"] + 0.1 * r, p["body_y"] + 0.14 * r + p["lip_y"]
    x = p["body_x"] + 0.5 * p["lip_x"]
    return ellipse(x, (top + low) / 2, 0.75 * r - 0.3 * p["lip_y"], (low - top) / 2 + 0.14 * r)


def monster(p: Parameters) -> Outline:
    r, drop = p["body_size"], p["lip_y"]
    return ellipse(p["body_x"], p["body_y"] + 0.3 * drop - 0.1 * r, 1.15 * r, 1.25 * r + 0.42 * drop)


def lamp_shade(p: Parameters) -> Outline:
    size = 1.5 * p["shade_size"]
    return ellipse(p["foot_x"] + p["shade_x"], p["foot_y"] + p["shade_y"], size, size)


def lamp(p: Parameters) -> Outline:
    """Shade, joint and foot."""
    arms, size = Arms(p), torch.tensor(0.06)
    ends = (ellipse(place[0], place[1], size, size) for place in (arms.foot, arms.joint))
    return hull(torch.cat([lamp_shade(p), *ends]))


def flower_head(p: Parameters) -> Outline:
    return ellipse(p["root_x"] + p["head_x"], p["head_y"], 1.1 * p["head_size"], 1.1 * p["head_size"])


def flower(p: Parameters) -> Outline:
    """The head, stem and leaves down to the wall."""
    foot = torch.tensor(0.12)
    return hull(torch.cat([flower_head(p), ellipse(p["root_x"] + 0.15 * p["head_x"], p["wall_y"] - 0.1, foot, foot)]))


PULLED: dict[str, Callable[[Parameters], Outline]] = {
    "nose": face_in_front,
    "corner": box,
    "flower": painted_flower,
    "lower lip": monster_mouth,
    "shade": lamp_shade,
    "flower head": flower_head,
}
CHANGING: dict[str, Callable[[Parameters], Outline]] = {
    "nose": head,
    "corner": box,
    "flower": vase,
    "lower lip": monster,
    "shade": lamp,
    "flower head": flower,
}
