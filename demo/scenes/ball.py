"""A shaded ball on a ground."""

import torch

from .canvas import Canvas, colour, mix
from .scene import Keypoint, Parameters, Scene


def paint_ball(canvas: Canvas, p: Parameters) -> None:
    wall = colour(p["wall_hue"], 0.35, p["wall_value"])
    ground = colour(p["ground_hue"], 0.45, p["ground_value"])
    canvas.fill(mix(wall, wall * 0.75, canvas.y / p["horizon"]))
    depth = (canvas.y - p["horizon"]) / (1 - p["horizon"])
    floor = canvas.inside(canvas.below(p["horizon"]))
    canvas.fill(mix(ground * 0.7, ground, depth), floor)
    canvas.stand(depth, floor)

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
    cover = canvas.inside(canvas.ellipse(x, y, r, r))
    canvas.fill(shaded.clamp(0, 1), cover)
    canvas.stand((y + 0.93 * r - p["horizon"]) / (1 - p["horizon"]) + r * height, cover)


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
