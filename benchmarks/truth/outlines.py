"""Where a scene's content lies: an outline for every keypoint, as a user would draw it around the thing.

Points are xy as fractions of the side; the outlines of two states of a scene correspond point by point.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...demo.scenes import Parameters
from .turning import CHANGING, PULLED, TURN, Outline, ellipse, hull

RIM = 0.02  # how far outlines keep from thin content
FLANK = torch.tensor([1.0, 0.7, 0.45, 0.2, 0.0])


def ball(p: Parameters) -> Outline:
    """The ball with its shadow."""
    x, y, r = p["ball_x"], p["ball_y"], p["radius"]
    shadow = ellipse(x + 0.25 * r * p["light"].sign(), y + 0.93 * r, 1.4 * r, 0.4 * r)
    return hull(torch.cat([ellipse(x, y, 1.1 * r, 1.1 * r), shadow]))


def face(p: Parameters) -> Outline:
    """Head and hair."""
    x, y, r = p["face_x"], p["face_y"], p["face_size"]
    return hull(torch.cat([ellipse(x, y - 0.2 * r, 1.1 * r, 1.16 * r), ellipse(x, y, 0.96 * r, 1.14 * r)]))


def mouth(p: Parameters) -> Outline:
    """Both lips with a rim, from the left corner over the upper lip and back below."""
    left = torch.cat([p["face_x"] + p["left_x"], p["face_y"] + p["left_y"]])
    right = torch.cat([p["face_x"] + p["right_x"], p["face_y"] + p["right_y"]])
    t = torch.linspace(0, 1, 5)
    bend = p["face_y"] + p["mouth_y"] - (left[1] + right[1]) / 2
    x = left[0] + (right[0] - left[0]) * t
    y = left[1] + (right[1] - left[1]) * t + 4 * bend * t * (1 - t)
    half = p["face_size"] * p["lips"] + RIM
    ends = torch.stack([left - torch.cat([half, 0 * half]), right + torch.cat([half, 0 * half])])
    upper, lower = torch.stack([x, y - half], dim=-1), torch.stack([x, y + half], dim=-1)
    return torch.cat([ends[:1], upper, ends[1:], lower.flip(0)])


def peak(p: Parameters) -> Outline:
    """The near mountain with a rim of sky, down to the base line."""
    x, width = p["peak_x"], p["width"]
    rise = (p["base"] - p["peak_y"]) * (1 - FLANK) ** 1.25
    left = torch.stack([x - width * FLANK, p["base"] - rise - RIM], dim=-1)
    right = torch.stack([x + width * FLANK, p["base"] - rise - RIM], dim=-1).flip(0)[1:]
    return torch.cat([left, right])


def sun(p: Parameters) -> Outline:
    """The disc with its glow."""
    return ellipse(p["sun_x"], p["sun_y"], 1.4 * p["sun_size"], 1.4 * p["sun_size"])


OUTLINES: dict[str, Callable[[Parameters], Outline]] = {
    "ball": ball,
    "face": face,
    "left mouth corner": mouth,
    "right mouth corner": mouth,
    "peak": peak,
    "sun": sun,
    **PULLED,
}
AREAS = OUTLINES | CHANGING  # of what changes when a keypoint is pulled


def swept(before: Outline, after: Outline, margin: float) -> Outline:
    """The convex area that content passes on its way, with a margin around it."""
    corners = torch.cat([before, after])
    around = margin * torch.stack([TURN.cos(), TURN.sin()], dim=-1)
    return hull((corners[:, None] + around).flatten(0, 1)).clamp(0, 1)
