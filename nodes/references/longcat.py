"""LongCat-Image-Edit: Flux whose pictures lie past the text, by as many rows and columns as that has tokens."""

from typing import Any

from .family import Given, Origin
from .flux import FLUX


def origins(network: Any, given: Given, options: dict) -> list[Origin]:
    """As `comfy.model_base.LongCatImage` asks Flux for, where nothing else is asked."""
    past_text = {"shift_t": 1.0, "shift_y": float(given.text), "shift_x": float(given.text)}
    return FLUX.origins(network, given, options | {"rope_options": past_text | (options.get("rope_options") or {})})


LONGCAT = FLUX._replace(name="LongCat-Image", origins=origins)
