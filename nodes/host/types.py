"""The pack's own connection types, and the inputs that many nodes have."""

from enum import Enum
from typing import Any

from comfy_api.latest import io

from ...core.maps.regions import Move

CATEGORY = "drag"
MAX_SEED = 0xFFFFFFFFFFFFFFFF

DragType = io.Custom("DRAG")
InversionType = io.Custom("INVERSION")
StitchType = io.Custom("STITCH")


def choice(name: str, default: Enum, tooltip: str, **flags: Any) -> io.Combo.Input:
    """A combo box of all values of the default's type."""
    options = [option.value for option in type(default)]
    return io.Combo.Input(name, options=options, default=default.value, tooltip=tooltip, **flags)


def move_input(method: str) -> io.Combo.Input:
    """Whether drags stretch what they pull or move it as one thing."""
    return choice(
        "move",
        Move.METHOD,
        f"What drags do to the thing that they pull: {method}; or move it as a whole, without stretching, where the "
        "mask holds it: one handle moves a part of the mask, several also turn and scale it.",
        optional=True,
    )


def seed_input(tooltip: str, default: int = 42) -> io.Int.Input:
    return io.Int.Input("seed", default=default, min=0, max=MAX_SEED, control_after_generate=False, tooltip=tooltip)


def percent_input(name: str, default: float, tooltip: str) -> io.Float.Input:
    return io.Float.Input(name, default=default, min=0.0, max=1.0, step=0.01, tooltip=tooltip)
