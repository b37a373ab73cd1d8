"""A painted vase on a wheel: pulled by a flower on its belly it turns, and it grows or shrinks."""

import torch
from torch import Tensor

from .canvas import Canvas, colour, mix
from .scene import Keypoint, Parameters, Scene
from .surface import SURROUNDINGS, light_of, lit, pattern, shadow, surroundings

AT = 0.45  # how high on the vase the flowers are, of its height
FLOWERS = 5
OPEN = 0.16  # how much a circle seen from above is flattened


def radius(p: Parameters, height: Tensor) -> Tensor:
    """The vase's radius at a height of 0 (foot) to 1 (rim), fractions of the side."""
    belly = torch.exp(-(((height - AT) / 0.27) ** 2))
    lip = torch.exp(-(((height - 1) / 0.12) ** 2))
    return p["width"] * (0.42 + 0.58 * belly + p["lip"] * lip)


def paint_vase(canvas: Canvas, p: Parameters) -> None:
    surroundings(canvas, p)
    x, foot, at = p["vase_x"], p["foot"], torch.full((1, 1, 1), AT)
    tall = (foot - p["flower_y"]) / AT
    shadow(canvas, x + 0.25 * p["width"] * p["light"], foot + 0.01, 1.35 * p["width"], 0.4 * p["width"], 0.75)
    bow = OPEN * p["width"] * 0.5
    around = ((canvas.x - x) / (0.75 * p["width"])).clamp(-1, 1)
    height = (foot + bow * (1 - around**2).sqrt() - canvas.y) / tall  # circles bend down in front
    r = radius(p, height.clamp(0, 1))
    slope = (radius(p, height.clamp(0, 1) + 0.01) - r) / (0.01 * tall)
    u = ((canvas.x - x) / r).clamp(-0.999, 0.999)
    normal = torch.stack([u, slope * (1 - u * u).sqrt(), (1 - u * u).sqrt()])
    normal = normal / normal.norm(dim=0, keepdim=True)
    turn = (p["flower_x"] / radius(p, at)).clamp(-0.97, 0.97).asin()
    body = glaze(canvas, p, u.asin() - turn, height, tall)
    side = ((canvas.x - x).abs() - r) / (1 + slope * slope).sqrt()
    cover = canvas.inside(torch.maximum(side, torch.maximum(height - 1, -height) * tall))
    canvas.fill(lit(body, normal, light_of(p), 0.45), cover)
    canvas.stand(0.5 + r * (1 - u * u).sqrt(), cover)
    paint_mouth(canvas, p, foot - tall + bow)


def glaze(canvas: Canvas, p: Parameters, angle: Tensor, height: Tensor, tall: Tensor) -> Tensor:
    """The painted surface at an angle from the flower that is pulled and a height, (B, 3, H, W)."""
    ground = colour(p["clay_hue"], 0.5, p["clay_value"])
    ink = colour(p["ink_hue"], 0.7, 0.9 + 0 * p["ink_hue"])
    across = 12 * angle / torch.pi
    band = pattern(p["band_kind"], across, 14 * height, 0.25)
    edges = ((height - 0.78).abs() < 0.09) | ((height - 0.12).abs() < 0.07)
    body = mix(ground, ink, band * edges)
    for number in range(FLOWERS):
        away = angle - (number - FLOWERS // 2) * 2 * torch.pi / FLOWERS
        away = torch.remainder(away + torch.pi, 2 * torch.pi) - torch.pi
        dx, dy = away * p["width"], (height - AT) * tall
        reach = (dx * dx + dy * dy).sqrt()
        petals = p["width"] * (0.27 + 0.1 * torch.cos((3 + number) * torch.atan2(dy, dx)))
        hue = colour(p["flower_hue"] + 0.2 * number, 0.75, 0.95 + 0 * p["ink_hue"])
        body = mix(body, hue, canvas.inside(reach - petals))
        body = mix(body, hue * 0.2 + 0.75, canvas.inside(reach - 0.11 * p["width"]))
    return body


def paint_mouth(canvas: Canvas, p: Parameters, y: Tensor) -> None:
    """The rim and what is seen through it."""
    r = radius(p, torch.ones(1, 1, 1))
    rim = canvas.ellipse(p["vase_x"], y, r, OPEN * r)
    clay = colour(p["clay_hue"], 0.5, p["clay_value"])
    canvas.fill(clay * 0.9, canvas.inside(rim))
    deep = (0.5 + (canvas.y - y) / (2 * OPEN * r)).clamp(0, 1)
    canvas.fill(clay * (0.15 + 0.35 * deep).unsqueeze(1), canvas.inside(rim + 0.012))


VASE = Scene(
    "vase",
    {
        "vase_x": (0.36, 0.64), "foot": (0.78, 0.88), "width": (0.14, 0.2), "lip": (-0.05, 0.3),
        "flower_x": (-0.12, 0.12), "flower_y": (0.52, 0.64), "clay_hue": (0, 1), "clay_value": (0.5, 0.95),
        "ink_hue": (0, 1), "band_kind": (0, 3), "flower_hue": (0, 1), **SURROUNDINGS,
    },
    {"flower": Keypoint(("vase_x", "flower_x"), ("flower_y",))},
    paint_vase,
)  # fmt: skip
