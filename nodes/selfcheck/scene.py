"""A picture that no user owns: a rendered ball, where it is and where it is dragged to."""

from typing import Any

import torch

from ...demo.scenes import SCENES, Parameters, Scene
from .calls import first

SCENE: Scene = SCENES["ball"]
GRIP = 0.09  # how far around its middle the ball is held
REACH = 0.22  # of the area that moves


def parameters() -> Parameters:
    return SCENE.sample(1, torch.Generator().manual_seed(0))


def ball(side: int, pixels: int = 0) -> torch.Tensor:
    """The picture as an IMAGE (1, side, side, 3), with the ball moved to the right."""
    return SCENE.render(SCENE.moved(parameters(), "ball", (pixels / side, 0.0)), side).permute(0, 2, 3, 1)


def drag_of(side: int, pixels: int) -> Any:
    """The DRAG that moves the ball to the right."""
    x, y = (side * SCENE.place(parameters(), "ball")[0]).tolist()
    grip = GRIP * side
    handles = [[x + dx, y + dy] for dx, dy in ((0, 0), (-grip, 0), (grip, 0), (0, -grip), (0, grip))]
    drags = [{"handle": [hx, hy], "target": [hx + pixels, hy]} for hx, hy in handles]
    area = {"brush": [{"radius": REACH * side, "points": [[x, y]]}]}
    return first("DragFromJSON", json={"version": 1, "size": [side, side], "drags": drags, "mask": [area]})
