"""A monster that opens its mouth: pulled by its lower lip it shows teeth and tongue."""

import torch
from torch import Tensor

from .canvas import Canvas, colour, mix
from .scene import Keypoint, Parameters, Scene
from .surface import SURROUNDINGS, dome, light_of, lit, shadow, surroundings, wave


def body_shape(p: Parameters) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Middle and half axes of the body, which is pressed longer by an open mouth."""
    r, drop = p["body_size"], p["lip_y"]
    return p["body_x"] + 0.25 * p["lip_x"], p["body_y"] + 0.3 * drop, r * (1 - 0.1 * drop / r), r + 0.42 * drop


def paint_monster(canvas: Canvas, p: Parameters) -> None:
    surroundings(canvas, p)
    x, y, a, b = body_shape(p)
    shadow(canvas, x + 0.2 * a * p["light"], y + b, 1.3 * a, 0.28 * a, 0.8)
    fur = colour(p["fur_hue"], 0.6, p["fur_value"])
    for side in (-1, 1):
        horn = canvas.ellipse(x + 0.62 * side * a, y - 0.86 * b, 0.13 * a, 0.32 * a)
        canvas.fill(mix(fur * 0.4 + 0.55, fur * 0.3 + 0.3, wave(8 * (canvas.y - y) / a, 0.3)), canvas.inside(horn))
    u, v = (canvas.x - x) / a, (canvas.y - y) / b
    turn, ring = torch.atan2(v, u), (u * u + v * v).sqrt()
    tufts = 0.02 * torch.sin(34 * turn + 6 * p["tuft"]) + 0.012 * torch.sin(53 * turn)
    hairs = 0.9 + 0.1 * torch.sin(34 * turn + 26 * ring) * (2 * ring).clamp(0, 1)
    belly = torch.exp(-3 * (u * u + (v - 0.75) ** 2))
    coat = mix(fur * hairs.unsqueeze(1), fur * 0.5 + 0.4, 0.6 * belly)
    patches = torch.sin(5.5 * u + 6 * p["tuft"]) * torch.sin(5 * v + 2)
    spots = canvas.inside(0.2 * (0.55 - patches))
    coat = mix(coat, colour(p["spot_hue"], 0.6, 0.8 * p["fur_value"]), 0.8 * spots)
    cover = canvas.inside((ring - 1 - tufts) * a)
    canvas.fill(lit(coat, dome(u, v), light_of(p), 0.1), cover)
    canvas.stand(0.5 + a * dome(u, v)[2], cover)
    paint_eyes(canvas, p)
    paint_mouth(canvas, p)


def paint_eyes(canvas: Canvas, p: Parameters) -> None:
    r, eyes = p["body_size"], (-1, 0, 1)
    for side in eyes:
        two = p["eyes"] < 0.5
        size = torch.where(two, 0.22, 0.19 + 0.05 * (side == 0)) * r * (two.logical_not() | (side != 0))
        ex = p["body_x"] + side * torch.where(two, 0.32, 0.48) * r
        ey = p["body_y"] - (0.36 + 0.12 * (side == 0)) * r
        size = size.clamp_min(1e-4)
        u, v = (canvas.x - ex) / size, (canvas.y - ey) / size
        normal = dome(u, v)
        look_x, look_y = ex + 0.35 * size * p["gaze"], ey + 0.25 * size
        ball = torch.full((1, 3, 1, 1), 0.97)
        iris = colour(p["eye_hue"], 0.8, 0.7 + 0 * r)
        ball = mix(ball, iris, canvas.inside(canvas.ellipse(look_x, look_y, 0.5 * size, 0.5 * size)))
        ball = mix(ball, iris * 0.05, canvas.inside(canvas.ellipse(look_x, look_y, 0.27 * size, 0.27 * size)))
        shown = canvas.inside(canvas.ellipse(ex, ey, size, size)) * (size > 1e-3)
        canvas.fill(lit(ball, normal, light_of(p), 0.6), shown)


def paint_mouth(canvas: Canvas, p: Parameters) -> None:
    """Between the upper lip, which stays, and the lower one, which is pulled: dark, two rows of teeth, a tongue."""
    r, middle = p["body_size"], p["body_x"] + p["lip_x"]
    top = p["body_y"] + 0.1 * r
    low = p["body_y"] + 0.14 * r + p["lip_y"]
    wide = r * (0.62 + 0.1 * p["smile"] - 0.3 * p["lip_y"])
    centre = (p["body_x"] + middle) / 2
    s = ((canvas.x - centre) / wide).clamp(-1, 1)
    arch = (1 - s * s).clamp_min(0).sqrt()
    upper = top - 0.1 * r * p["smile"] * s * s
    lower = upper + (low - upper) * arch**0.8
    beyond = ((canvas.x - centre).abs() - wide) * 0.5
    hole = torch.maximum(torch.maximum(upper - canvas.y, canvas.y - lower), beyond)
    lips = colour(p["fur_hue"] + 0.45, 0.5, 0.55 + 0 * r)
    canvas.fill(lips, canvas.inside(hole - 0.045 * r))
    inside = canvas.inside(hole)
    deep = ((canvas.y - upper) / (low - upper).clamp_min(1e-3)).clamp(0, 1)
    dark = torch.tensor([0.32, 0.04, 0.06]).view(1, 3, 1, 1)
    canvas.fill(dark * (0.35 + 0.9 * deep).unsqueeze(1), inside)
    tongue = canvas.ellipse(centre, low + 0.02 * r, 0.55 * wide, 0.3 * (low - top) + 0.1 * r)
    pink = torch.tensor([0.93, 0.42, 0.45]).view(1, 3, 1, 1)
    canvas.fill(mix(pink, pink * 0.7, (-tongue / (0.2 * r)).clamp(0, 1)), canvas.inside(tongue) * inside)
    ivory = torch.tensor([0.98, 0.95, 0.86]).view(1, 3, 1, 1)
    tooth = (p["teeth"].floor() + 3) * (s * 0.5 + 0.5)
    point = 1 - (2 * (tooth % 1) - 1).abs()
    length = 0.2 * r * (point * 1.6).clamp(0, 1) * arch
    canvas.fill(ivory, canvas.inside(canvas.y - upper - length) * inside)
    canvas.fill(ivory * 0.94, canvas.inside(lower - 0.7 * length - canvas.y) * inside)


MONSTER = Scene(
    "monster",
    {
        "body_x": (0.4, 0.6), "body_y": (0.42, 0.52), "body_size": (0.2, 0.26), "lip_x": (-0.04, 0.04),
        "lip_y": (0.01, 0.2), "smile": (0, 1), "teeth": (2, 7), "eyes": (0, 1), "gaze": (-0.8, 0.8),
        "eye_hue": (0, 1), "fur_hue": (0, 1), "fur_value": (0.5, 0.95), "spot_hue": (0, 1), "tuft": (0, 1),
        **SURROUNDINGS,
    },
    {"lower lip": Keypoint(("body_x", "lip_x"), ("body_y", "lip_y"))},
    paint_monster,
)  # fmt: skip
