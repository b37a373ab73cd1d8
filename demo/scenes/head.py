"""A head that turns: pulled by its nose it looks elsewhere, one ear goes and the other comes."""

import torch

from .canvas import Canvas, colour, mix
from .scene import Keypoint, Parameters, Scene
from .solids import Pose, Solids, pose, spot
from .surface import SURROUNDINGS, light_of, lit, pattern, surroundings

NOSE = (0.0, 0.12, 1.02)  # in head sizes
SIDES = (-1, 1)
SKULL = (0.8, 1.0, 0.9)


def head_pose(p: Parameters) -> Pose:
    """The turn that brings the tip of the nose to where it is said to be."""
    reach = (NOSE[1] ** 2 + NOSE[2] ** 2) ** 0.5
    r = p["head_size"]
    pitch = (p["nose_y"] / (reach * r)).clamp(-0.95, 0.95).asin() - torch.atan2(
        torch.tensor(NOSE[1]), torch.tensor(NOSE[2])
    )
    ahead = NOSE[2] * pitch.cos() - NOSE[1] * pitch.sin()
    return pose(p["head_x"], p["head_y"], (p["nose_x"] / (ahead * r)).clamp(-0.95, 0.95).asin(), pitch)


def paint_head(canvas: Canvas, p: Parameters) -> None:
    surroundings(canvas, p | {"horizon": 2 + 0 * p["head_x"]})
    solids, light, r = Solids(canvas), light_of(p), p["head_size"]
    skin = colour(p["skin_hue"], p["skin_saturation"], p["skin_value"])
    paint_shoulders(solids, p, skin)
    frame = head_pose(p)

    def part(body: torch.Tensor, middle: tuple, axes: tuple, gloss: float = 0.05) -> None:
        surface = solids.ellipsoid(frame, tuple(v * r for v in middle), tuple(v * r for v in axes))
        solids.paint(lit(body, surface.normal, light, gloss), surface)

    skull = solids.ellipsoid(frame, (0 * r, 0 * r, 0 * r), tuple(v * r for v in SKULL))
    local = skull.local / r
    blush = sum((spot(local, 0.42 * side, 0.3, 0.1, 0.3) for side in SIDES), torch.zeros(()))
    cheeks = mix(skin, skin * torch.tensor([1.0, 0.72, 0.7]).view(1, 3, 1, 1), 0.55 * blush * (local[2] > 0))
    solids.paint(lit(cheeks, skull.normal, light, 0.08), skull)
    jaw = solids.ellipsoid(frame, (0 * r, 0.45 * r, 0.1 * r), (0.6 * r, 0.62 * r, 0.68 * r))
    solids.paint(lit(skin, frame.rounded(jaw.local / r, SKULL), light, 0.05), jaw)  # no crease where they meet
    for side in SIDES:
        part(skin * 0.93, (0.8 * side, 0.06, -0.05), (0.12, 0.22, 0.17))
        paint_eye(solids, frame, p, side)
    paint_hair(solids, frame, p)
    part(skin * torch.tensor([1.0, 0.9, 0.88]).view(1, 3, 1, 1), (0, 0.1, 0.88), (0.13, 0.16, 0.2), 0.25)
    part(colour(0.98 + 0 * r, 0.7, p["lip_value"]), (0, 0.55, 0.7), (p["mouth"], 0.08, 0.12), 0.3)


def paint_eye(solids: Solids, frame: Pose, p: Parameters, side: int) -> None:
    r, light = p["head_size"], light_of(p)
    eye = solids.ellipsoid(frame, (0.31 * side * r, -0.1 * r, 0.73 * r), (0.17 * r, 0.14 * r, 0.12 * r))
    local, soft = eye.local / r, 1.5 * solids.canvas.pixel / r
    iris = colour(p["eye_hue"], 0.7, 0.55 + 0 * r)
    body = mix(torch.full((1, 3, 1, 1), 0.97), iris, spot(local, 0.31 * side, -0.09, 0.1, soft))
    body = mix(body, torch.full((1, 3, 1, 1), 0.05), spot(local, 0.31 * side, -0.09, 0.052, soft))
    body = mix(body, torch.ones(1, 3, 1, 1), spot(local, 0.31 * side - 0.03, -0.13, 0.024, soft))
    solids.paint(lit(body, eye.normal, light, 0.1), eye)
    brow = solids.ellipsoid(frame, (0.3 * side * r, -0.1 * r - p["brow"] * r, 0.7 * r), (0.17 * r, 0.04 * r, 0.13 * r))
    solids.paint(lit(colour(p["hair_hue"], 0.6, 0.6 * p["hair_value"]), brow.normal, light, 0.0), brow)


def paint_hair(solids: Solids, frame: Pose, p: Parameters) -> None:
    """A cap of hair with locks, open at the face."""
    r = p["head_size"]
    hair = solids.ellipsoid(frame, (0 * r, -0.1 * r, -0.1 * r), (0.9 * r, 1.02 * r, 0.95 * r))
    x, y, z = hair.local / r
    line = -0.45 + 0.07 * torch.sin(9 * x + 5 * p["lock"]) + 1.4 * (-0.08 - z).clamp_min(0)
    soft = 1.5 * solids.canvas.pixel / r
    keep = (0.5 + (line.clamp_max(0.75) - y) / soft).clamp(0, 1)
    locks = 0.85 + 0.15 * torch.sin(40 * torch.atan2(x, z + 0.4) + 6 * y)
    body = colour(p["hair_hue"], 0.6, p["hair_value"]) * locks.unsqueeze(1)
    solids.paint(lit(body, hair.normal, light_of(p), 0.25), hair, keep)


def paint_shoulders(solids: Solids, p: Parameters, skin: torch.Tensor) -> None:
    r, light, flat = p["head_size"], light_of(p), 0 * p["head_size"]
    frame = pose(p["head_x"], p["head_y"], flat, flat)
    neck = solids.ellipsoid(frame, (flat, 1.1 * r, -0.2 * r), (0.36 * r, 0.7 * r, 0.36 * r))
    solids.paint(lit(skin * 0.8, neck.normal, light, 0.0), neck)
    body = solids.ellipsoid(frame, (flat, 2.2 * r, -0.1 * r), (1.5 * r, 0.85 * r, 0.6 * r))
    x, y, _ = body.local / r
    wool = colour(p["wool_hue"], 0.55, p["wool_value"])
    knit = pattern(p["wool_kind"], 2.5 * y, 2.5 * x, 4 * solids.canvas.pixel / r)
    solids.paint(lit(mix(wool, wool * 0.5 + 0.4, knit), body.normal, light, 0.0), body)


HEAD = Scene(
    "head",
    {
        "head_x": (0.42, 0.58), "head_y": (0.4, 0.5), "head_size": (0.23, 0.29), "nose_x": (-0.17, 0.17),
        "nose_y": (-0.04, 0.1), "skin_hue": (0.04, 0.1), "skin_saturation": (0.25, 0.55), "skin_value": (0.65, 1),
        "hair_hue": (0, 0.13), "hair_value": (0.12, 0.75), "lock": (0, 1), "eye_hue": (0, 0.7), "brow": (0.2, 0.3),
        "mouth": (0.16, 0.28), "lip_value": (0.55, 0.9), "wool_hue": (0, 1), "wool_value": (0.4, 0.9),
        "wool_kind": (0, 4), **SURROUNDINGS,
    },
    {"nose": Keypoint(("head_x", "nose_x"), ("head_y", "nose_y"))},
    paint_head,
)  # fmt: skip
