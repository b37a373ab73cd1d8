"""One stroke on each of a scene's contents, as a hand would draw it to say which thing is meant.

Points are xy as fractions of the side, on the content alone and over all its colours.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ...demo.scenes import Canvas, Parameters, ridge
from ...demo.scenes.face import mouth_distance
from .turning import ellipse, hull

Stroke = Tensor  # (N, 2)
HILL_TOP = 0.045  # of the grass above the base line, at most


def line(*points: tuple[Tensor, Tensor]) -> Stroke:
    """Points of (1,) coordinates each."""
    return torch.stack([torch.cat(point) for point in points])


def ball(p: Parameters) -> Stroke:
    x, y, r = p["ball_x"], p["ball_y"], p["radius"]
    return line((x - 0.6 * r, y - 0.5 * r), (x + 0.5 * r, y + 0.6 * r))


def face(p: Parameters) -> Stroke:
    """From the hair to the chin."""
    x, y, r = p["face_x"], p["face_y"], p["face_size"]
    return line((x, y - 1.15 * r), (x, y - 0.3 * r), (x, y + 0.9 * r))


def mouth(p: Parameters) -> Stroke:
    """Along both lips, from near one corner to near the other."""
    left = torch.stack([p["face_x"] + p["left_x"], p["face_y"] + p["left_y"]], dim=-1)  # (1, 2)
    right = torch.stack([p["face_x"] + p["right_x"], p["face_y"] + p["right_y"]], dim=-1)
    t = torch.linspace(0.15, 0.85, 6)[:, None]
    bend = p["face_y"] + p["mouth_y"] - (left[:, 1] + right[:, 1]) / 2
    return left + (right - left) * t + torch.cat([0 * t, 4 * bend * t * (1 - t)], dim=1)


def peak(p: Parameters) -> Stroke:
    """Up one flank, over the snow and down the other."""
    x, top, base, width = p["peak_x"], p["peak_y"], p["base"], p["width"]
    foot, neck = base - 0.1 * (base - top) - HILL_TOP, top + 0.15 * (base - top)
    return line((x - 0.3 * width, foot), (x - 0.02, neck), (x + 0.02, neck), (x + 0.3 * width, foot))


def sun(p: Parameters) -> Stroke:
    x, y, r = p["sun_x"], p["sun_y"], p["sun_size"]
    return line((x - 0.5 * r, y), (x + 0.5 * r, y))


STROKES: dict[str, Callable[[Parameters], Stroke]] = {
    "ball": ball,
    "face": face,
    "left mouth corner": mouth,
    "right mouth corner": mouth,
    "peak": peak,
    "sun": sun,
}


def ball_with_shadow(p: Parameters) -> tuple[Stroke, ...]:
    """A line loosely around both, and a stroke over the shadow."""
    x, y, r, side = p["ball_x"], p["ball_y"], p["radius"], p["light"].sign()
    middle = x + 0.25 * r * side  # of the shadow
    around = hull(torch.cat([ellipse(x, y, 1.2 * r, 1.2 * r), ellipse(middle, y + 0.93 * r, 1.6 * r, 0.6 * r)]))
    over = line((middle - 0.75 * r, y + 0.98 * r), (middle, y + 1.08 * r), (middle + 0.85 * r, y + 0.98 * r))
    return torch.cat([around, around[:1]]), over


WITH_SHADOW: dict[str, Callable[[Parameters], tuple[Stroke, ...]]] = {"ball": ball_with_shadow}


def seen(keypoint: str, p: Parameters, size: int) -> Tensor:
    """What of a picture shows a keypoint's content, (size, size) bool: the true outline of the thing."""
    canvas, q = Canvas(1, size), {name: value.view(-1, 1, 1) for name, value in p.items()}
    return (VISIBLE[keypoint](canvas, q) > 0.5)[0]


def ball_seen(canvas: Canvas, p: Parameters) -> Tensor:
    return canvas.inside(canvas.ellipse(p["ball_x"], p["ball_y"], p["radius"], p["radius"]))


def face_seen(canvas: Canvas, p: Parameters) -> Tensor:
    x, y, r = p["face_x"], p["face_y"], p["face_size"]
    head = canvas.inside(canvas.ellipse(x, y, 0.92 * r, 1.1 * r))
    return torch.maximum(canvas.inside(canvas.ellipse(x, y - 0.2 * r, 1.06 * r, 1.12 * r)), head)


def mouth_seen(canvas: Canvas, p: Parameters) -> Tensor:
    return canvas.inside(mouth_distance(canvas, p))


def peak_seen(canvas: Canvas, p: Parameters) -> Tensor:
    """The near mountain above the grass."""
    near, slope = ridge(canvas, p["peak_x"], p["peak_y"], p["base"], p["width"])
    wave = 6.28 * (canvas.x * 1.3 + p["hill_phase"])
    hill = canvas.below(p["base"] - 0.02 + 0.025 * torch.sin(wave), 0.2 * torch.cos(wave))
    return canvas.inside(canvas.below(near, slope)) * (1 - canvas.inside(hill))


def sun_seen(canvas: Canvas, p: Parameters) -> Tensor:
    return canvas.inside(canvas.ellipse(p["sun_x"], p["sun_y"], p["sun_size"], p["sun_size"]))


VISIBLE: dict[str, Callable[[Canvas, Parameters], Tensor]] = {
    "ball": ball_seen,
    "face": face_seen,
    "left mouth corner": mouth_seen,
    "right mouth corner": mouth_seen,
    "peak": peak_seen,
    "sun": sun_seen,
}
