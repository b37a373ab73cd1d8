"""The edits that the demo, the figures and the host tests show: a scene, its instruction, and the true result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from ..demo.scenes import SCENES, Parameters, Scene

SIZE = 256

Place = tuple[float, float]
Parts = dict[str, list]


@dataclass(frozen=True)
class Edit:
    """A keypoint of a rendered scene moved by a shift; lengths are fractions of the side.

    `instruction` gives the drags, regions and mask for the keypoint's place; `further` are changes of other parameters
    that the instruction asks for too; `settings` are what the method is given besides its defaults.
    """

    scene: str
    seed: int
    keypoint: str
    shift: Place
    instruction: Callable[[Place], Parts]
    further: dict[str, float] = field(default_factory=dict, hash=False)
    settings: dict[str, Any] = field(default_factory=dict, hash=False)

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
        """The picture as the edit truly leaves it, (3, SIZE, SIZE)."""
        moved = self._scene.moved(self.parameters, self.keypoint, self.shift)
        return self._scene.render(moved | {n: moved[n] + change for n, change in self.further.items()}, SIZE)[0]

    @property
    def place(self) -> Place:
        """Where the keypoint is before the edit."""
        x, y = self._scene.place(self.parameters, self.keypoint)[0].tolist()
        return x, y

    def drag_json(self) -> dict[str, Any]:
        """The instruction as the nodes read it, in pixels."""
        return {"version": 1, "size": [SIZE, SIZE]} | self.instruction(self.place)


def at(place: Place, offset: Place) -> list[float]:
    """A point in pixels, given relative to a place."""
    return [round((p + o) * SIZE, 1) for p, o in zip(place, offset, strict=True)]


def polygon(place: Place, corners: Sequence[Place]) -> dict[str, Any]:
    return {"polygon": [at(place, corner) for corner in corners]}


def brush(place: Place, radius: float, points: Sequence[Place]) -> dict[str, Any]:
    return {"brush": [{"radius": round(radius * SIZE, 1), "points": [at(place, point) for point in points]}]}


def drags(place: Place, handles: Sequence[Place], shift: Place) -> list[dict[str, Any]]:
    """The same shift for every handle."""
    ends = ((at(place, (x, y)), at(place, (x + shift[0], y + shift[1]))) for x, y in handles)
    return [{"handle": handle, "target": target} for handle, target in ends]


def quad(left: float, top: float, right: float, bottom: float) -> tuple[Place, ...]:
    return (left, top), (right, top), (right, bottom), (left, bottom)


def flanks(peak: Place, *right: Place) -> tuple[Place, ...]:
    """The outline of a mountain from left to right, given from its peak down its right flank."""
    return (*((-x, y) for x, y in reversed(right)), peak, *right)


FASTDRAG = {
    "ball": Edit(
        "ball",
        0,
        "ball",
        (0.25, 0.0),
        lambda place: {
            "drags": drags(place, ((0, 0), (-0.09, 0), (0.09, 0), (0, -0.09), (0, 0.09)), (0.25, 0.0)),
            "mask": [brush(place, 0.34, [(0.125, 0)])],
        },
    ),
    "face": Edit(
        "face",
        1,
        "right mouth corner",
        (0.01, -0.08),
        lambda place: {
            "drags": drags(place, ((0, 0), (-0.06, 0)), (0.01, -0.08)),
            "mask": [brush(place, 0.08, [(-0.15, 0.01), (0.05, 0.01)])],
        },
    ),
    "mountain": Edit(
        "mountain",
        0,
        "peak",
        (0.0, -0.14),
        lambda place: {
            "drags": drags(place, ((0, 0),), (0.0, -0.14)),
            "mask": [polygon(place, ((-0.12, -0.2), (0.12, -0.2), (0.3, 0.2), (-0.3, 0.2)))],
        },
    ),
}

DRAGWARP = {
    "ball": Edit(
        "ball",
        0,
        "ball",
        (0.25, 0.0),
        lambda place: {
            "drags": drags(place, ((0, 0),), (0.25, 0.0)),
            "mask": [brush(place, 0.14, [(0, 0)]), polygon(place, quad(-0.2, 0.05, 0.17, 0.17))],
        },
    ),
    "mouth": Edit(
        "face",
        1,
        "right mouth corner",
        (0.01, -0.08),
        lambda place: {
            "drags": drags(place, ((0, 0),), (0.01, -0.08))
            + drags(place, ((-0.1, -0.005),), (0.0, -0.017))
            + drags(place, ((-0.27, -0.03),), (0, 0)),
            "mask": [brush(place, 0.045, [(-0.005, 0.005), (-0.14, 0.0), (-0.27, -0.03)])],
        },
    ),
    "peak": Edit(
        "mountain",
        0,
        "peak",
        (0.0, -0.14),
        lambda place: {
            "regions": [
                {
                    "source": polygon(place, flanks((0.0, -0.015), (0.12, 0.097), (0.24, 0.19), (0.3, 0.225))),
                    "target": polygon(place, flanks((0.0, -0.155), (0.12, 0.02), (0.24, 0.166), (0.3, 0.225))),
                }
            ]
        },
    ),
}

REGIONDRAG = {
    "ball": Edit(
        "ball",
        0,
        "ball",
        (0.25, 0.0),
        lambda place: {
            "regions": [
                {
                    "source": polygon(place, quad(-0.2, -0.14, 0.17, 0.17)),
                    "target": polygon(place, quad(0.05, -0.14, 0.42, 0.17)),
                }
            ]
        },
    ),
    "grown ball": Edit(
        "ball",
        0,
        "ball",
        (0.2, -0.02),
        lambda place: {
            "regions": [
                {
                    "source": brush(place, 0.125, [(0, 0)]),
                    "affine": {"move": [0.2 * SIZE, -0.02 * SIZE], "scale": [1.4, 1.4]},
                }
            ]
        },
        further={"radius": 0.047},
    ),
    "mountain": Edit(
        "mountain",
        0,
        "peak",
        (0.0, -0.14),
        lambda place: {
            "regions": [
                {
                    "source": brush(place, 0.08, [(0, 0.06), (-0.16, 0.18), (0.16, 0.18), (0, 0.06)]),
                    "target": brush(place, 0.08, [(0, -0.08), (-0.16, 0.18), (0.16, 0.18), (0, -0.08)]),
                }
            ]
        },
    ),
    "mouth": Edit(
        "face",
        1,
        "right mouth corner",
        (0.06, 0.0),
        lambda place: {
            "drags": drags(place, ((0, 0),), (0.06, 0)) + drags(place, ((-0.27, -0.03),), (-0.06, 0)),
            "mask": [brush(place, 0.05, [(0, 0), (-0.27, -0.03)])],
        },
        further={"left_x": -0.06},
    ),
}

DRAGDIFFUSION = {
    "ball": Edit(
        "ball",
        0,
        "ball",
        (0.25, 0.0),
        lambda place: {
            "drags": drags(place, ((-0.09, 0), (0.09, 0)), (0.25, 0.0)),
            "mask": [brush(place, 0.34, [(0.125, 0)])],
        },
        settings={"steps": 160},
    ),
    "face": Edit(
        "face",
        1,
        "right mouth corner",
        (0.01, -0.08),
        lambda place: {
            "drags": drags(place, ((-0.02, 0),), (0.01, -0.08)),
            "mask": [brush(place, 0.14, [(-0.12, 0.0), (0.02, -0.03)])],
        },
    ),
    "mountain": FASTDRAG["mountain"],
}
