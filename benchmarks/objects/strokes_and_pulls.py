"""One stroke on every content of a case and the pulls that it asks for, as an instruction made by the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ...demo.scenes import SCENES
from ..truth.cases import SIZE, Case, Pull, pixels
from ..truth.strokes import STROKES, WITH_SHADOW
from .hand import open_hand

STANDING = ("peak",)  # content that goes along the ground as a whole, and up from there
BENDING = ("left mouth corner", "right mouth corner")  # ends of content that bends
WIDTH = 0.006  # half that of a stroke, as a fraction of the side


def byte_picture(picture: Tensor) -> Any:
    """A picture (3, H, W) in 0..1 as (H, W, 3) uint8."""
    return (picture.permute(1, 2, 0) * 255).round().to(torch.uint8).numpy()


def things(case: Case) -> list[dict[str, Any]]:
    """Each content once, with all the pulls on it."""
    found: dict[Any, dict[str, Any]] = {}
    for pull, shift in zip(case.pulls, case.shifts, strict=True):
        thing = found.setdefault(STROKES[pull.keypoint], {"strokes": strokes(case, pull), "pulls": [], "bends": []})
        place = SCENES[case.scene].place(case.before, pull.keypoint)[0]
        middle = middle_of(STROKES[pull.keypoint](case.before)) if pull.keypoint in STANDING else None
        ways = [(place, torch.tensor(shift))] if middle is None else standing(middle, place, shift)
        kind = "bends" if pull.keypoint in BENDING else "pulls"
        thing[kind] += [{"handle": pixels(start), "target": pixels(start + way)} for start, way in ways]
    return list(found.values())


def strokes(case: Case, pull: Pull) -> list[dict[str, Any]]:
    """What says which content is meant: one stroke, or where it throws a shadow what takes that along."""
    lines = WITH_SHADOW.get(pull.keypoint, lambda p: (STROKES[pull.keypoint](p),))(case.before)
    return [{"radius": WIDTH * SIZE, "points": pixels(line)} for line in lines]


def middle_of(points: Tensor) -> Tensor:
    """The middle of the box around points (N, 2)."""
    return (points.amin(0) + points.amax(0)) / 2


def standing(middle: Tensor, place: Tensor, shift: tuple[float, float]) -> list[tuple[Tensor, Tensor]]:
    """The pulls on what stands on the ground: by its middle along that, then by its top up or down."""
    along, up = torch.tensor((shift[0], 0.0)), torch.tensor((0.0, shift[1]))
    return [(middle, along), (place + along, up)]


def instructions(cases: Sequence[Case]) -> dict[str, dict[str, Any]]:
    """The instruction of every case by its name, as the page makes it of strokes and pulls."""
    with open_hand() as hand:
        return {case.name: hand.instruction(byte_picture(case.picture), things(case)) for case in cases}
