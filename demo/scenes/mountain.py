"""A mountain with snow under a sun, behind a hill."""

import torch
from torch import Tensor

from .canvas import Canvas, colour, mix
from .scene import Keypoint, Parameters, Scene


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
    canvas.stand(0.2, canvas.inside(canvas.below(far, far_slope)))

    near, slope = ridge(canvas, p["peak_x"], p["peak_y"], p["base"], p["width"])
    sunward = (canvas.x - p["peak_x"]) * (p["sun_x"] - p["peak_x"]).sign()
    lit = (sunward / (2 * canvas.pixel) + 0.5).clamp(0, 1)
    body = mix(rock * 0.55, rock, lit)
    snow_line = p["peak_y"] + p["snow"] * (p["base"] - p["peak_y"])
    snow = canvas.inside(canvas.y - snow_line - 0.015 * torch.sin(60 * (canvas.x - p["peak_x"])))
    white = 0.62 + 0.35 * lit.unsqueeze(1)
    canvas.fill(mix(body, white, snow), canvas.inside(canvas.below(near, slope)))
    canvas.stand(0.4, canvas.inside(canvas.below(near, slope)))

    wave = 6.28 * (canvas.x * 1.3 + p["hill_phase"])
    hill = p["base"] - 0.02 + 0.025 * torch.sin(wave)
    grass = colour(p["grass_hue"], 0.6, p["grass_value"])
    shade = ((canvas.y - hill) / (1 - p["base"])).clamp(0, 1)
    meadow = canvas.inside(canvas.below(hill, 0.2 * torch.cos(wave)))
    canvas.fill(mix(grass, grass * 0.6, shade), meadow)
    canvas.stand(0.6 + 0.4 * shade, meadow)


def ridge(canvas: Canvas, x: Tensor, y: Tensor, base: Tensor, width: Tensor) -> tuple[Tensor, Tensor]:
    """Height and slope of a peak at (x, y) whose concave flanks reach the base line `width` to either side."""
    reach = ((canvas.x - x).abs() / width).clamp(0, 1)
    flank = (1 - reach) ** 1.25
    return base - (base - y) * flank, 1.25 * (base - y) / width * (1 - reach) ** 0.25


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
