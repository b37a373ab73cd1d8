"""The three edits that the demo, the figures and the host tests show: a scene, its drags, and the true result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .scenes import SCENES, Parameters, Scene

SIZE = 256


Place = tuple[float, float]


@dataclass(frozen=True)
class Edit:
    """A keypoint of a rendered scene dragged by a shift; lengths are fractions of the side.

    `handles` are the places grabbed, relative to the keypoint. The mask is a brush stroke through `mask` places, or
    with no radius their polygon, also relative to the keypoint.
    """

    scene: str
    seed: int
    keypoint: str
    shift: Place
    handles: tuple[Place, ...]
    mask: tuple[Place, ...]
    mask_radius: float = 0.0

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
    def place(self) -> Place:
        """Where the keypoint is before the edit."""
        x, y = self._scene.place(self.parameters, self.keypoint)[0].tolist()
        return x, y

    def drag_json(self) -> dict[str, Any]:
        """The instruction as the nodes read it, in pixels."""
        x, y = self.place
        dx, dy = self.shift
        drags = [
            {"handle": pixels(x + hx, y + hy), "target": pixels(x + hx + dx, y + hy + dy)} for hx, hy in self.handles
        ]
        points = [pixels(x + mx, y + my) for mx, my in self.mask]
        stroke = {"brush": [{"radius": round(self.mask_radius * SIZE, 1), "points": points}]}
        mask = [stroke if self.mask_radius else {"polygon": points}]
        return {"version": 1, "size": [SIZE, SIZE], "drags": drags, "mask": mask}


def pixels(x: float, y: float) -> list[float]:
    return [round(x * SIZE, 1), round(y * SIZE, 1)]


EDITS = {
    "ball": Edit(
        "ball", 0, "ball", (0.25, 0.0), ((0.0, -0.07), (-0.06, 0.04), (0.06, 0.04)), ((0.0, 0.0), (0.25, 0.0)), 0.18
    ),
    "face": Edit("face", 1, "right mouth corner", (0.02, -0.06), ((0.0, 0.0),), ((0.0, 0.0), (-0.08, 0.02)), 0.09),
    "mountain": Edit("mountain", 0, "peak", (0.0, -0.14), ((0.0, 0.0),), ((0.0, -0.17), (0.3, 0.24), (-0.3, 0.24))),
}
