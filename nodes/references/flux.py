"""Flux: Kontext and FLUX.2 (klein, dev). A reference counts its rows and columns from its own corner."""

from typing import Any

from ...core.instruction.geometry import Extent
from .family import TOGETHER, Family, Given, Origin, beside, onward


def origins(network: Any, given: Given, options: dict) -> list[Origin]:
    """As `comfy.ldm.flux.model.Flux` lays them, moved and scaled as "rope_options" ask."""
    side, half = network.patch_size, network.patch_size // 2
    method, numbers = given.method or network.params.default_ref_method, range(1, len(given.references) + 1)
    if method in ("index", TOGETHER):
        indices, starts = [number * network.params.ref_index_scale for number in numbers], [(0, 0) for _ in numbers]
    elif method == "uxo":
        whole = Extent(*((length + half) // side * side for length in given.target))
        indices, starts = [0 for _ in numbers], onward(whole, given.references)
    else:
        indices, starts = [1 for _ in numbers], beside(given.references)
    asked = options.get("rope_options") or {}
    time, down, right = (asked.get(f"shift_{axis}", 0.0) for axis in "tyx")
    steps = (asked.get("scale_y", 1.0), asked.get("scale_x", 1.0))
    return [
        Origin(index + time, (row + half) // side + down, (column + half) // side + right, *steps)
        for index, (row, column) in zip(indices, starts, strict=True)
    ]


FLUX = Family("Flux", lambda network: network.patch_size, lambda network: network.params.default_ref_method, origins)
