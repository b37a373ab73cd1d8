"""A drawn face with hair, eyes and a mouth."""

import torch
from torch import Tensor

from .canvas import Canvas, colour, mix
from .scene import Keypoint, Parameters, Scene


def paint_face(canvas: Canvas, p: Parameters) -> None:
    backdrop = colour(p["back_hue"], 0.4, p["back_value"])
    canvas.fill(mix(backdrop, backdrop * 0.6, canvas.y))

    x, y, r = p["face_x"], p["face_y"], p["face_size"]
    skin = colour(p["skin_hue"], p["skin_saturation"], p["skin_value"])
    hair = colour(p["hair_hue"], 0.6, p["hair_value"])
    crown = canvas.ellipse(x, y - 0.2 * r, 1.06 * r, 1.12 * r)
    canvas.fill(hair, canvas.inside(crown))
    canvas.stand(0.5, canvas.inside(crown))
    head = canvas.inside(canvas.ellipse(x, y, 0.92 * r, 1.1 * r))
    canvas.fill(mix(skin, skin * 0.78, ((canvas.x - x) / r + 0.1).clamp(0, 1)), head)
    canvas.stand(0.55 + 0.1 * (1 - ((canvas.x - x) / r) ** 2), head)
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
