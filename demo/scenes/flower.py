"""A sunflower that grows behind a wall: pulled by its head it rises, and its leaves come into sight."""

import torch
from torch import Tensor

from .canvas import Canvas, colour, mix
from .scene import Keypoint, Parameters, Scene
from .surface import light_of, lit, wave

LEAVES = (0.1, 0.2, 0.3, 0.4, 0.5)  # where on the stem they sit: below the head, fractions of the side


def paint_flower(canvas: Canvas, p: Parameters) -> None:
    sky = colour(p["sky_hue"], 0.45, p["sky_value"])
    low = colour(p["glow_hue"], 0.25, 0.97 + 0 * p["sky_value"])
    canvas.fill(mix(sky, low, canvas.y / 0.8))
    for number, x in enumerate((0.15, 0.55, 0.9)):
        hill = canvas.ellipse(
            x + 0.2 * p["hill"], 0.75 + 0 * p["hill"], 0.4 + 0 * p["hill"], 0.2 + 0.04 * number + 0 * p["hill"]
        )
        soft = (0.5 - hill / 0.05).clamp(0, 1)
        canvas.fill(
            mix(colour(p["leaf_hue"], 0.35, 0.75 + 0 * p["hill"]), low, 0.3 + 0.1 * number + 0 * canvas.y), soft
        )
    paint_stem(canvas, p)
    paint_head(canvas, p)
    paint_wall(canvas, p)


def stem_x(p: Parameters, y: Tensor) -> Tensor:
    """Where the stem is at a height: from its root behind the wall it bends to the head."""
    root = torch.ones_like(p["head_y"])
    rise = ((root - y) / (root - p["head_y"])).clamp(0, 1)
    return p["root_x"] + p["head_x"] * rise**1.6


def paint_stem(canvas: Canvas, p: Parameters) -> None:
    green = colour(p["leaf_hue"], 0.65, p["leaf_value"])
    aside = canvas.x - stem_x(p, canvas.y)
    thick = 0.014
    across = (aside / thick).clamp(-1, 1)
    normal = torch.stack([across, 0 * across, (1 - across**2).sqrt()])
    stem = torch.maximum(aside.abs() - thick, p["head_y"] - canvas.y)
    canvas.fill(lit(green, normal, light_of(p), 0.2), canvas.inside(stem))
    canvas.stand(0.4, canvas.inside(stem))
    for number, below in enumerate(LEAVES):
        side = 1 if number % 2 else -1
        y = p["head_y"] + below + 0.06
        x = stem_x(p, y)
        u, v = side * (canvas.x - x) / 0.13, (canvas.y - y) / 0.13 + 0.5 * side * (canvas.x - x) / 0.13
        shape = 0.35 * torch.sin(torch.pi * u.clamp(0, 1))
        vein = 0.85 + 0.15 * wave(4 * (u + v.abs()), 0.5)
        tone = green * torch.where(v > 0, 0.75, 1.0).unsqueeze(1) * vein.unsqueeze(1)
        canvas.fill(tone, canvas.inside(torch.maximum(v.abs() - shape, torch.maximum(-u, u - 1)) * 0.11))


def paint_head(canvas: Canvas, p: Parameters) -> None:
    """Two rings of petals and a seeded disc."""
    r = p["head_size"]
    dx, dy = canvas.x - p["root_x"] - p["head_x"], canvas.y - p["head_y"]
    reach, angle = (dx * dx + dy * dy).sqrt(), torch.atan2(dy, dx)
    count = p["petals"].floor()
    for ring, (size, tone) in enumerate(((1.0, 0.85), (0.85, 1.0))):
        leaf = torch.cos(count * angle / 2 + ring * torch.pi / 2 + p["sky_hue"]).abs()
        edge = r * size * (0.55 + 0.45 * leaf**0.6)
        body = colour(p["petal_hue"], 0.8, tone * p["petal_value"])
        shade = (0.7 + 0.3 * (reach / r)) * (0.8 + 0.2 * leaf)
        canvas.fill((body * shade.unsqueeze(1)).clamp(0, 1), canvas.inside((reach - edge) * 0.6))
        canvas.stand(0.45, canvas.inside((reach - edge) * 0.6))
    u, v = torch.broadcast_tensors(dx / (0.45 * r), dy / (0.45 * r))
    seeds = 0.75 + 0.25 * torch.sin(16 * (angle + 2.2 * reach / r)) * torch.sin(16 * (angle - 2.2 * reach / r))
    body = colour(p["seed_hue"], 0.7, 0.45 + 0 * r) * seeds.unsqueeze(1)
    normal = torch.stack([u, v, (1.4 - u * u - v * v).clamp_min(0).sqrt()])
    normal = normal / normal.norm(dim=0, keepdim=True).clamp_min(1e-6)
    canvas.fill(lit(body, normal, light_of(p), 0.1), canvas.inside(reach - 0.45 * r))


def paint_wall(canvas: Canvas, p: Parameters) -> None:
    """Bricks with mortar and a coping, in front of it all."""
    top = p["wall_y"]
    row = (canvas.y - top) / 0.075
    column = canvas.x / 0.16 + 0.5 * (row.floor() % 2) + p["hill"]
    soft = canvas.pixel
    joint = torch.minimum((0.5 - (column % 1 - 0.5).abs()) * 0.16, (0.5 - (row % 1 - 0.5).abs()) * 0.075)
    mortar = (0.5 + (0.006 - joint) / soft).clamp(0, 1)
    brick = colour(p["brick_hue"], 0.55, p["brick_value"])
    tone = 0.85 + 0.25 * torch.sin(12.9 * column.floor() + 7.7 * row.floor()).abs()
    bevel = 1 + 0.18 * (0.5 - row % 1)
    face = mix((brick * (tone * bevel).unsqueeze(1)).clamp(0, 1), brick * 0.25 + 0.5, mortar)
    canvas.fill(face * (1.05 - 0.35 * (canvas.y - top)).unsqueeze(1).clamp(0, 1), canvas.inside(canvas.below(top)))
    coping = torch.maximum(top - 0.03 - canvas.y, canvas.y - top)
    stone = brick * 0.2 + 0.62
    canvas.fill(stone * (1.0 - 4 * (canvas.y - top + 0.03)).unsqueeze(1).clamp(0.7, 1), canvas.inside(coping))
    canvas.stand(0.8, canvas.inside(canvas.below(top - 0.03)))
    below = (canvas.y - top).clamp_min(0)
    canvas.fill(torch.zeros(1, 3, 1, 1), 0.45 * torch.exp(-below / 0.02) * canvas.inside(canvas.below(top)))


FLOWER = Scene(
    "flower",
    {
        "light": (-0.9, 0.9), "root_x": (0.38, 0.62), "head_x": (-0.2, 0.2), "head_y": (0.2, 0.58),
        "head_size": (0.11, 0.16), "petals": (12, 24), "petal_hue": (0, 1), "petal_value": (0.8, 1),
        "seed_hue": (0.02, 0.12), "leaf_hue": (0.22, 0.4), "leaf_value": (0.4, 0.75), "sky_hue": (0.5, 0.72),
        "sky_value": (0.6, 0.95), "glow_hue": (0, 0.15), "hill": (0, 1), "wall_y": (0.64, 0.74),
        "brick_hue": (0, 0.12), "brick_value": (0.5, 0.85),
    },
    {"flower head": Keypoint(("root_x", "head_x"), ("head_y",))},
    paint_flower,
)  # fmt: skip
