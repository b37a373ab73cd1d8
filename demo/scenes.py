"""Rendered scenes: every picture is a function of parameters, so the true result of a drag is known exactly.

Lengths are fractions of the picture's side, the origin is the top left corner, x points right and y down.
Parameters travel as a dict of (B,) tensors; pictures are (B, 3, size, size) in 0..1.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

import torch
from torch import Tensor

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

    def render(self, parameters: Parameters, size: int = 256) -> Tensor:
        """Pictures (B, 3, size, size) in 0..1, anti-aliased to one pixel."""
        canvas = Canvas(len(next(iter(parameters.values()))), size)
        self.paint(canvas, {name: value.view(-1, 1, 1) for name, value in parameters.items()})
        return canvas.pixels.clamp(0, 1)

    def place(self, parameters: Parameters, keypoint: str) -> Tensor:
        """Where a keypoint is, (B, 2) xy as fractions of the side."""
        names = self.keypoints[keypoint]
        return torch.stack([reduce(torch.add, (parameters[n] for n in axis)) for axis in names], dim=-1)

    def moved(self, parameters: Parameters, keypoint: str, shift: tuple[float | Tensor, float | Tensor]) -> Parameters:
        """The same scene with one keypoint moved by `shift` (xy, fractions of the side)."""
        names = self.keypoints[keypoint]
        changed = {axis[-1]: parameters[axis[-1]] + delta for axis, delta in zip(names, shift, strict=True)}
        return {**parameters, **changed}


class Canvas:
    """A stack of pictures that shapes are painted on, back to front."""

    def __init__(self, count: int, size: int):
        centres = (torch.arange(size) + 0.5) / size
        self.x = centres.view(1, 1, size)
        self.y = centres.view(1, size, 1)
        self.pixel = 1 / size
        self.pixels = torch.zeros(count, 3, size, size)

    def fill(self, colour: Tensor, cover: Tensor | float = 1.0) -> None:
        """Paints a colour (B, 3, 1|H, 1|W) with a coverage (B, H, W) in 0..1."""
        cover = cover.unsqueeze(1) if isinstance(cover, Tensor) else cover
        self.pixels = self.pixels + (colour - self.pixels) * cover

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


def paint_ball(canvas: Canvas, p: Parameters) -> None:
    wall = colour(p["wall_hue"], 0.35, p["wall_value"])
    ground = colour(p["ground_hue"], 0.45, p["ground_value"])
    canvas.fill(mix(wall, wall * 0.75, canvas.y / p["horizon"]))
    depth = (canvas.y - p["horizon"]) / (1 - p["horizon"])
    canvas.fill(mix(ground * 0.7, ground, depth), canvas.inside(canvas.below(p["horizon"])))

    x, y, r = p["ball_x"], p["ball_y"], p["radius"]
    shadow = canvas.ellipse(x + 0.25 * r * p["light"].sign(), y + 0.93 * r, 1.25 * r, 0.3 * r)
    canvas.fill(ground * 0.25, 0.75 * (0.5 - shadow / (0.35 * r)).clamp(0, 1))

    u, v = (canvas.x - x) / r, (canvas.y - y) / r
    height = (1 - u * u - v * v).clamp_min(0).sqrt()
    light = torch.stack([-p["light"], -0.65 * torch.ones_like(x), 0.6 * torch.ones_like(x)])
    light = light / light.norm(dim=0, keepdim=True)
    lambert = (u * light[0] + v * light[1] + height * light[2]).clamp_min(0)
    body = colour(p["ball_hue"], 0.8, p["ball_value"])
    shaded = body * (0.3 + 0.75 * lambert.unsqueeze(1)) + 0.5 * (lambert**24).unsqueeze(1)
    canvas.fill(shaded.clamp(0, 1), canvas.inside(canvas.ellipse(x, y, r, r)))


def paint_face(canvas: Canvas, p: Parameters) -> None:
    backdrop = colour(p["back_hue"], 0.4, p["back_value"])
    canvas.fill(mix(backdrop, backdrop * 0.6, canvas.y))

    x, y, r = p["face_x"], p["face_y"], p["face_size"]
    skin = colour(p["skin_hue"], p["skin_saturation"], p["skin_value"])
    hair = colour(p["hair_hue"], 0.6, p["hair_value"])
    crown = canvas.ellipse(x, y - 0.2 * r, 1.06 * r, 1.12 * r)
    canvas.fill(hair, canvas.inside(crown))
    head = canvas.inside(canvas.ellipse(x, y, 0.92 * r, 1.1 * r))
    canvas.fill(mix(skin, skin * 0.78, ((canvas.x - x) / r + 0.1).clamp(0, 1)), head)
    fringe = canvas.ellipse(x, y - 1.05 * r, 0.95 * r, 0.5 * r)
    canvas.fill(hair, canvas.inside(torch.maximum(fringe, crown)))

    for side in (-1, 1):
        ex, ey = x + side * p["eye_gap"] * r, y - 0.12 * r
        canvas.fill(torch.full((1, 3, 1, 1), 0.96), canvas.inside(canvas.ellipse(ex, ey, 0.2 * r, 0.14 * r)))
        iris = colour(p["eye_hue"], 0.7, 0.5 * torch.ones_like(x))
        gx = ex + 0.06 * r * p["gaze"]
        canvas.fill(iris, canvas.inside(canvas.ellipse(gx, ey, 0.11 * r, 0.12 * r)))
        canvas.fill(iris * 0.15, canvas.inside(canvas.ellipse(gx, ey, 0.055 * r, 0.06 * r)))
        canvas.fill(hair * 0.7, canvas.inside(canvas.ellipse(ex, ey - p["brow"] * r, 0.24 * r, 0.05 * r)))
    canvas.fill(skin * 0.65, canvas.inside(canvas.ellipse(x, y + 0.2 * r, 0.1 * r, 0.07 * r)))

    lips = colour(0 * x + 0.98, 0.75, p["lip_value"])
    canvas.fill(lips, canvas.inside(mouth_distance(canvas, p)) * head)


def mouth_distance(canvas: Canvas, p: Parameters) -> Tensor:
    """A band along the parabola through both corners and the middle of the mouth, tapering to the corners."""
    lx, ly = p["face_x"] + p["left_x"], p["face_y"] + p["left_y"]
    rx, ry = p["face_x"] + p["right_x"], p["face_y"] + p["right_y"]
    my = p["face_y"] + p["mouth_y"]
    t = ((canvas.x - lx) / (rx - lx)).clamp(0, 1)
    bend = my - (ly + ry) / 2
    curve = ly + (ry - ly) * t + 4 * bend * t * (1 - t)
    slope = (ry - ly + 4 * bend * (1 - 2 * t)) / (rx - lx)
    thick = p["face_size"] * p["lips"] * (0.35 + 0.65 * (4 * t * (1 - t)).sqrt())
    along = (canvas.x - (lx + (rx - lx) * t)).abs()
    across = (canvas.y - curve).abs() / (1 + slope * slope).sqrt()
    return (along * along + across * across).sqrt() - thick


def paint_mountain(canvas: Canvas, p: Parameters) -> None:
    high = colour(p["sky_hue"], 0.55, p["sky_value"])
    low = colour(p["glow_hue"], 0.35, 0.95 * torch.ones_like(p["sky_hue"]))
    canvas.fill(mix(high, low, canvas.y / p["base"]))

    sun = canvas.ellipse(p["sun_x"], p["sun_y"], p["sun_size"], p["sun_size"])
    warm = colour(0.12 + 0 * sun[:, :1, :1], 0.35, 1.0 + 0 * sun[:, :1, :1])
    canvas.fill(warm, 0.45 * (-sun / (1.3 * p["sun_size"])).exp().clamp(0, 1))
    canvas.fill(warm, canvas.inside(sun))

    rock = colour(p["rock_hue"], 0.3, p["rock_value"])
    far, far_slope = ridge(canvas, p["far_x"], p["far_y"], p["base"], p["width"] * 1.2)
    canvas.fill(rock + (low - rock) * 0.55, canvas.inside(canvas.below(far, far_slope)))

    near, slope = ridge(canvas, p["peak_x"], p["peak_y"], p["base"], p["width"])
    sunward = (canvas.x - p["peak_x"]) * (p["sun_x"] - p["peak_x"]).sign()
    lit = (sunward / (2 * canvas.pixel) + 0.5).clamp(0, 1)
    body = mix(rock * 0.55, rock, lit)
    snow_line = p["peak_y"] + p["snow"] * (p["base"] - p["peak_y"])
    snow = canvas.inside(canvas.y - snow_line - 0.015 * torch.sin(60 * (canvas.x - p["peak_x"])))
    white = 0.62 + 0.35 * lit.unsqueeze(1)
    canvas.fill(mix(body, white, snow), canvas.inside(canvas.below(near, slope)))

    wave = 6.28 * (canvas.x * 1.3 + p["hill_phase"])
    hill = p["base"] - 0.02 + 0.025 * torch.sin(wave)
    grass = colour(p["grass_hue"], 0.6, p["grass_value"])
    shade = ((canvas.y - hill) / (1 - p["base"])).clamp(0, 1)
    canvas.fill(mix(grass, grass * 0.6, shade), canvas.inside(canvas.below(hill, 0.2 * torch.cos(wave))))


def ridge(canvas: Canvas, x: Tensor, y: Tensor, base: Tensor, width: Tensor) -> tuple[Tensor, Tensor]:
    """Height and slope of a peak at (x, y) whose concave flanks reach the base line `width` to either side."""
    reach = ((canvas.x - x).abs() / width).clamp(0, 1)
    flank = (1 - reach) ** 1.25
    return base - (base - y) * flank, 1.25 * (base - y) / width * (1 - reach) ** 0.25


BALL = Scene(
    "ball",
    {
        "ball_x": (0.2, 0.8), "ball_y": (0.5, 0.76), "radius": (0.11, 0.19), "light": (-0.9, 0.9),
        "ball_hue": (0, 1), "ball_value": (0.7, 1), "horizon": (0.4, 0.58), "wall_hue": (0, 1),
        "wall_value": (0.6, 0.95), "ground_hue": (0, 1), "ground_value": (0.5, 0.9),
    },
    {"ball": Keypoint(("ball_x",), ("ball_y",))},
    paint_ball,
)  # fmt: skip

FACE = Scene(
    "face",
    {
        "face_x": (0.42, 0.58), "face_y": (0.48, 0.58), "face_size": (0.29, 0.36), "back_hue": (0, 1),
        "back_value": (0.5, 0.95), "skin_hue": (0.04, 0.11), "skin_saturation": (0.25, 0.55),
        "skin_value": (0.65, 1), "hair_hue": (0, 0.12), "hair_value": (0.1, 0.6), "eye_gap": (0.36, 0.46),
        "eye_hue": (0, 0.7), "gaze": (-1, 1), "brow": (0.24, 0.36), "lip_value": (0.45, 0.85), "lips": (0.045, 0.085),
        "left_x": (-0.17, -0.1), "left_y": (0.09, 0.24), "right_x": (0.1, 0.17), "right_y": (0.09, 0.24),
        "mouth_y": (0.15, 0.22),
    },
    {
        "face": Keypoint(("face_x",), ("face_y",)),
        "left mouth corner": Keypoint(("face_x", "left_x"), ("face_y", "left_y")),
        "right mouth corner": Keypoint(("face_x", "right_x"), ("face_y", "right_y")),
    },
    paint_face,
)  # fmt: skip

MOUNTAIN = Scene(
    "mountain",
    {
        "peak_x": (0.3, 0.7), "peak_y": (0.2, 0.58), "width": (0.3, 0.5), "base": (0.72, 0.84), "snow": (0.2, 0.42),
        "rock_hue": (0.55, 0.8), "rock_value": (0.45, 0.7), "far_x": (0.05, 0.95), "far_y": (0.45, 0.62),
        "sun_x": (0.1, 0.9), "sun_y": (0.1, 0.35), "sun_size": (0.045, 0.085), "sky_hue": (0.5, 0.75),
        "sky_value": (0.5, 0.95), "glow_hue": (0.0, 0.15), "grass_hue": (0.2, 0.42), "grass_value": (0.4, 0.75),
        "hill_phase": (0, 1),
    },
    {
        "peak": Keypoint(("peak_x",), ("peak_y",)),
        "sun": Keypoint(("sun_x",), ("sun_y",)),
    },
    paint_mountain,
)  # fmt: skip

SCENES = {scene.name: scene for scene in (BALL, FACE, MOUNTAIN)}
