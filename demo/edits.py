"""The three edits that the demo, the figures and the host tests show: a scene, its drags, and the true result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .scenes import SCENES, Parameters, Scene

SIZE = 256


@dataclass(frozen=True)
class Edit:
    """A keypoint of a rendered scene dragged by a shift; lengths are fractions of the side.

    `handles` are the places grabbed, relative to the keypoint; the mask is a disc about the middle of the move.
    """

    scene: str
    seed: int
    keypoint: str
    shift: tuple[float, float]
    handles: tuple[tuple[float, float], ...]
    mask_radius: float

    @property
    def _scene(self) -> Scene:
        return SCENES[self.scene]

    @property
    def parameters(self) -> Parameters:
        return self._scene.sample(1, torch.Generator().manual_seed(self.seed))

    @property
    def picture(self) -> Tensor:
        """The picture before the edit, (3, SIZE, SIZE)."""
        return self._scene.render(self.parameters, SIZE)[0]

    @property
    def truth(self) -> Tensor:
        """The picture with the keypoint truly moved, (3, SIZE, SIZE)."""
        return self._scene.render(self._scene.moved(self.parameters, self.keypoint, self.shift), SIZE)[0]

    @property
    def place(self) -> tuple[float, float]:
        x, y = self._scene.place(self.parameters, self.keypoint)[0].tolist()
        return x, y

    def drag_json(self) -> dict[str, Any]:
        """The instruction as the nodes read it, in pixels."""
        x, y = self.place
        dx, dy = self.shift
        drags = [
            {"handle": pixels(x + hx, y + hy), "target": pixels(x + hx + dx, y + hy + dy)} for hx, hy in self.handles
        ]
        centre = pixels(x + dx / 2, y + dy / 2)
        mask = [{"brush": [{"radius": round(self.mask_radius * SIZE, 1), "points": [centre]}]}]
        return {"version": 1, "size": [SIZE, SIZE], "drags": drags, "mask": mask}


def pixels(x: float, y: float) -> list[float]:
    return [round(x * SIZE, 1), round(y * SIZE, 1)]


def around(radius: float) -> tuple[tuple[float, float], ...]:
    """A centre and four points about it."""
    return ((0.0, 0.0), (radius, 0.0), (-radius, 0.0), (0.0, radius), (0.0, -radius))


EDITS = {
    "ball": Edit("ball", 0, "ball", (0.25, 0.0), around(0.09), 0.34),
    "face": Edit("face", 1, "right mouth corner", (0.02, -0.07), ((0.0, 0.0),), 0.16),
    "mountain": Edit("mountain", 0, "peak", (0.0, -0.14), ((0.0, 0.0),), 0.3),
}
