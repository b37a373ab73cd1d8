"""A desk lamp that bends at its joint: pulled by its shade, its arms fold or stretch and its light wanders."""

import torch
from torch import Tensor

from .canvas import Canvas, colour, mix
from .scene import Keypoint, Parameters, Scene
from .surface import SURROUNDINGS, dome, light_of, lit, shadow, surroundings, wave


class Arms:
    """The two arms between the foot, the joint and the shade: where they meet follows from their lengths."""

    def __init__(self, p: Parameters) -> None:
        self.foot = torch.stack([p["foot_x"], p["foot_y"]])
        self.shade = torch.stack([p["foot_x"] + p["shade_x"], p["foot_y"] + p["shade_y"]])
        way = self.shade - self.foot
        reach = way.norm(dim=0).clamp_min(1e-3)
        lower, upper = p["lower"], p["upper"]
        along = (reach**2 + lower**2 - upper**2) / (2 * reach)
        aside = (lower**2 - along**2).clamp_min(1e-8).sqrt() * torch.where(p["bend"] < 0.5, -1.0, 1.0)
        unit = way / reach
        self.joint = self.foot + unit * along + torch.stack([-unit[1], unit[0]]) * aside
        self.aim = torch.stack([0.55 * way[0].sign() + 0.3 * unit[0], torch.ones_like(reach)])
        self.aim = self.aim / self.aim.norm(dim=0)


def rod(canvas: Canvas, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """How far along (0 to 1), how far aside and how far away every pixel is from the line from a to b."""
    ab = b - a
    dx, dy = canvas.x - a[0], canvas.y - a[1]
    length = ab.norm(dim=0).clamp_min(1e-4)
    along = (dx * ab[0] + dy * ab[1]) / length
    aside = (dx * ab[1] - dy * ab[0]) / length
    past = torch.maximum(-along, along - length).clamp_min(0)
    return along, aside, (past**2 + aside**2).sqrt()


def paint_arm(canvas: Canvas, p: Parameters, a: Tensor, b: Tensor, thick: float) -> None:
    along, aside, away = rod(canvas, a, b)
    across = (aside / thick).clamp(-1, 1)
    ab = (b - a) / (b - a).norm(dim=0).clamp_min(1e-4)
    normal = torch.stack([across * ab[1], -across * ab[0], (1 - across**2).sqrt()])
    paint = colour(p["arm_hue"], 0.55, p["arm_value"])
    body = mix(paint, paint * 0.4 + 0.5, wave(along / 0.05, 0.3) * (p["striped"] > 0.4))
    canvas.fill(lit(body, normal, light_of(p), 0.5), canvas.inside(away - thick))
    canvas.stand(0.5, canvas.inside(away - thick))


def paint_joint(canvas: Canvas, p: Parameters, at: Tensor, r: float) -> None:
    u, v = (canvas.x - at[0]) / r, (canvas.y - at[1]) / r
    normal = dome(u, v)
    steel = colour(p["arm_hue"], 0.12, 0.75 + 0 * p["arm_hue"])
    canvas.fill(lit(steel, normal, light_of(p), 0.8), canvas.inside(((u * u + v * v).sqrt() - 1) * r))


def paint_light(canvas: Canvas, p: Parameters, arms: Arms) -> None:
    """The cone below the shade and the pool where it meets the table."""
    top = arms.shade
    fall = (p["foot_y"] + 0.04 - top[1]).clamp_min(0.02)
    x = top[0] + arms.aim[0] / arms.aim[1] * fall
    glow = torch.tensor([1.0, 0.93, 0.7]).view(1, 3, 1, 1)
    u, v = (canvas.x - x) / (0.1 + 0.45 * fall), (canvas.y - p["foot_y"] - 0.04) / (0.035 + 0.12 * fall)
    on_table = canvas.inside(canvas.below(p["horizon"]))
    canvas.fill(glow, (0.55 - 0.5 * fall).clamp(0.15, 0.6) * torch.exp(-1.5 * (u * u + v * v) ** 1.5) * on_table)
    dx, dy = canvas.x - top[0], canvas.y - top[1]
    along = (dx * arms.aim[0] + dy * arms.aim[1]).clamp_min(1e-3)
    aside = (dx * arms.aim[1] - dy * arms.aim[0]).abs()
    beam = (1 - aside / (0.05 + 0.5 * along)).clamp(0, 1) * torch.exp(-along / 0.25) * (along > 0.02)
    canvas.fill(glow, 0.3 * beam)


def paint_shade(canvas: Canvas, p: Parameters, arms: Arms) -> None:
    """A cone of tin, its opening towards the table."""
    s = p["shade_size"]
    dx, dy = canvas.x - arms.shade[0], canvas.y - arms.shade[1]
    along = (dx * arms.aim[0] + dy * arms.aim[1]) / s  # -1 at its top, 1 at its opening
    aside = (dx * arms.aim[1] - dy * arms.aim[0]) / s
    wide = 0.3 + 0.65 * ((along + 1) / 2).clamp(0, 1) ** 0.8
    across = (aside / wide).clamp(-1, 1)
    normal = torch.stack([across * arms.aim[1], -across * arms.aim[0], (1 - across**2).sqrt()])
    tin = colour(p["shade_hue"], 0.7, p["shade_value"])
    tin = mix(tin, tin * 0.3 + 0.65, wave(along * 2.5 + 0.2, 0.2) * (p["striped"] < 0.7))
    bulb = canvas.inside(s * (((along - 0.95) ** 2 + aside**2).sqrt() - 0.42))
    canvas.fill(torch.tensor([1.0, 0.97, 0.8]).view(1, 3, 1, 1), bulb)
    cone = torch.maximum(aside.abs() - wide, along.abs() - 1) * s
    canvas.fill(lit(tin, normal, light_of(p), 0.5), canvas.inside(cone))
    canvas.stand(0.5 + s * normal[2], canvas.inside(cone))


def paint_lamp(canvas: Canvas, p: Parameters) -> None:
    surroundings(canvas, p)
    arms = Arms(p)
    shadow(
        canvas, p["foot_x"] + 0.03 * p["light"], p["foot_y"] + 0.025, 0.15 + 0 * p["upper"], 0.045 + 0 * p["upper"], 0.7
    )
    paint_light(canvas, p, arms)
    base = canvas.ellipse(p["foot_x"], p["foot_y"] + 0.012, 0.1 + 0 * p["upper"], 0.035 + 0 * p["upper"])
    paint = colour(p["arm_hue"], 0.55, 0.7 * p["arm_value"])
    slope = ((canvas.x - p["foot_x"]) / 0.1).clamp(-1, 1)
    canvas.fill(paint * (1 - 0.4 * slope * p["light"].sign()).unsqueeze(1), canvas.inside(base))
    canvas.fill(paint * 1.25, canvas.inside(base + 0.012))
    paint_arm(canvas, p, arms.foot, arms.joint, 0.017)
    paint_arm(canvas, p, arms.joint, arms.shade, 0.014)
    paint_joint(canvas, p, arms.joint, 0.026)
    paint_shade(canvas, p, arms)


LAMP = Scene(
    "lamp",
    {
        "foot_x": (0.38, 0.62), "foot_y": (0.78, 0.88), "shade_x": (-0.28, 0.28), "shade_y": (-0.52, -0.3),
        "lower": (0.3, 0.36), "upper": (0.27, 0.32), "bend": (0, 1), "shade_size": (0.06, 0.085), "striped": (0, 1),
        "arm_hue": (0, 1), "arm_value": (0.5, 0.9), "shade_hue": (0, 1), "shade_value": (0.7, 1), **SURROUNDINGS,
    },
    {"shade": Keypoint(("foot_x", "shade_x"), ("foot_y", "shade_y"))},
    paint_lamp,
)  # fmt: skip
