"""The pack's own connection types, and how options become combo boxes."""

from enum import Enum

from comfy_api.latest import io

CATEGORY = "drag"

DragType = io.Custom("DRAG")
InversionType = io.Custom("INVERSION")


def choices(options: type[Enum]) -> list[str]:
    return [option.value for option in options]
