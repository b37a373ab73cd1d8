"""Qwen-Image-Edit (2509, 2511). A reference counts its rows and columns from its own middle."""

from typing import Any

from .family import TOGETHER, Family, Given, Origin, beside


def origins(network: Any, given: Given, options: dict) -> list[Origin]:
    """As `comfy.ldm.qwen_image.model.QwenImageTransformer2DModel` lays them."""
    side, half = network.patch_size, network.patch_size // 2
    method, numbers = given.method or network.default_ref_method, range(1, len(given.references) + 1)
    if method in ("index", TOGETHER):
        indices, starts = list(numbers), [(0, 0) for _ in numbers]
    elif method == "negative_index":
        indices, starts = [-number for number in numbers], [(0, 0) for _ in numbers]
    else:
        indices, starts = [1 for _ in numbers], beside(given.references)
    middles = [((size.height + half) // side // 2, (size.width + half) // side // 2) for size in given.references]
    return [
        Origin(index, (row + half) // side - down, (column + half) // side - right)
        for index, (row, column), (down, right) in zip(indices, starts, middles, strict=True)
    ]


QWEN_IMAGE = Family(
    "Qwen-Image", lambda network: network.patch_size, lambda network: network.default_ref_method, origins
)
