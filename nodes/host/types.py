"""The pack's own connection types, and the inputs that many nodes have."""

from enum import Enum
from typing import Any

from comfy_api.latest import io

CATEGORY = "drag"
MAX_SEED = 0xFFFFFFFFFFFFFFFF

DragType = io.Custom("DRAG")
InversionType = io.Custom("INVERSION")
StitchType = io.Custom("STITCH")


def choice(name: str, default: Enum, tooltip: str, **flags: Any) -> io.Combo.Input:
    """A combo box of all values of the default's type."""
    options = [option.value for option in type(default)]
    return io.Combo.Input(name, options=options, default=default.value, tooltip=tooltip, **flags)


def seed_input(tooltip: str, default: int = 42) -> io.Int.Input:
    return io.Int.Input("seed", default=default, min=0, max=MAX_SEED, control_after_generate=False, tooltip=tooltip)


def percent_input(name: str, default: float, tooltip: str) -> io.Float.Input:
    return io.Float.Input(name, default=default, min=0.0, max=1.0, step=0.01, tooltip=tooltip)
