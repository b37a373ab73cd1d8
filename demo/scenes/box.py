"""A papered box that turns and tips: pulled by its near corner, one side goes and the other comes."""

from typing import NamedTuple

import torch
from torch import Tensor

from .canvas import Canvas, colour, mix
from .scene import Keypoint, Parameters, Scene
from .surface import SURROUNDINGS, light_of, lit, pattern, shadow, surroundings

DIAGONAL = 2**0.5
QUARTER = torch.pi / 2


class Flat(NamedTuple):
    """A way along an edge, (B, 1, 1) each: right, down, and towards the viewer."""

    x: Tensor
    y: Tensor
    near: Tensor


def turned(p: Parameters) -> tuple[Tensor, Tensor]:
    """How far the near corner is turned to the right, and from how high we look at it (radians)."""
    s = p["box_size"]
    turn = (p["corner_x"] / (DIAGONAL * s)).clamp(-0.66, 0.66).asin()
    ahead = DIAGONAL * turn.cos()
    height = (p["corner_y"] / (s * (1 + ahead * ahead).sqrt())).clamp(-0.9, 0.9).asin()
    return turn, (height + torch.atan2(torch.ones_like(ahead), ahead)).clamp(0.02, 1.4)


def edge(p: Parameters, side: int) -> Flat:
    """The upper edge from the near corner backwards, to the right (1) or to the left (-1)."""
    turn, height = turned(p)
    length = DIAGONAL * p["box_size"]
    end = turn + side * QUARTER
    back = length * (end.cos() - turn.cos())
    return Flat(length * (end.sin() - turn.sin()), back * height.sin(), back * height.cos())


def paint_face(canvas: Canvas, p: Parameters, along: Flat, down: Flat, normal: Tensor, kind: int) -> None:
    """The parallelogram from the near corner along two of its edges, papered."""
    dx, dy = canvas.x - p["box_x"] - p["corner_x"], canvas.y - p["box_y"] - p["corner_y"]
    area = along.x * down.y - along.y * down.x
    u, v = (dx * down.y - dy * down.x) / area, (dy * along.x - dx * along.y) / area
    wide, high = area.abs() / (down.x**2 + down.y**2).sqrt(), area.abs() / (along.x**2 + along.y**2).sqrt()
    inside = torch.minimum(torch.minimum(u, 1 - u) * wide, torch.minimum(v, 1 - v) * high)
    soft = 4 * canvas.pixel / torch.minimum(wide, high)
    print_ = pattern(p["paper_kind"] + kind, 4 * u, 4 * v, soft)
    body = colour(p["paper_hue"] + 0.31 * kind, 0.6, p["paper_value"])
    ink = colour(p["ink_hue"] + 0.17 * kind, 0.7, 0.95 * p["paper_value"])
    body = mix(body, ink, print_)
    frame = (0.5 + (0.06 * p["box_size"] - inside) / canvas.pixel).clamp(0, 1)
    ribbon = (0.5 + (0.09 - (u - 0.5).abs()) * wide / canvas.pixel).clamp(0, 1)
    body = mix(body, colour(p["ribbon_hue"], 0.75, 0.9 + 0 * u[:, :1, :1]), torch.maximum(ribbon, frame))
    shade = 1 - 0.18 * v.clamp(0, 1) if kind < 2 else 1 + 0 * v
    lighted = lit(body, normal.expand(3, *v.shape), light_of(p), 0.08) * shade.unsqueeze(1)
    cover = canvas.inside(-inside - canvas.pixel / 2)
    canvas.fill(lighted, cover)
    canvas.stand(0.75 + u * along.near + v * down.near, cover)


def paint_box(canvas: Canvas, p: Parameters) -> None:
    surroundings(canvas, p)
    turn, height = turned(p)
    s = p["box_size"]
    foot = p["box_y"] + s * height.cos()
    shadow(canvas, p["box_x"] + 0.3 * s * p["light"], foot, 1.9 * s, 0.35 * s + 1.1 * s * height.sin(), 0.75)
    down = Flat(0 * s, 2 * s * height.cos(), -2 * s * height.sin())
    for kind, side in enumerate((-1, 1)):
        out = turn + side * QUARTER / 2
        normal = torch.stack([out.sin(), out.cos() * height.sin(), out.cos() * height.cos()])
        paint_face(canvas, p, edge(p, side), down, normal, kind)
    top = torch.stack([0 * s, -height.cos(), height.sin()])
    paint_face(canvas, p, edge(p, 1), edge(p, -1), top, 2)


BOX = Scene(
    "box",
    {
        "box_x": (0.38, 0.62), "box_y": (0.55, 0.64), "box_size": (0.145, 0.19), "corner_x": (-0.11, 0.11),
        "corner_y": (-0.08, 0.03), "paper_kind": (0, 4), "paper_hue": (0, 1), "paper_value": (0.65, 1),
        "ink_hue": (0, 1), "ribbon_hue": (0, 1), **SURROUNDINGS,
    },
    {"corner": Keypoint(("box_x", "corner_x"), ("box_y", "corner_y"))},
    paint_box,
)  # fmt: skip
