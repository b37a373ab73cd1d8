"""The large models of the examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from . import families, offers
from .layout import Column, Out, Piece
from .parts import loaders


class Family(NamedTuple):
    """A model: its name and size, what loads it, what the sides of its pictures divide by, what samples from it."""

    name: str
    size: str  # of its files together
    loading: Sequence[Piece]
    multiple: int
    sampling: Callable[[Out], list[Column]]  # from a MODEL


FLUX_TEXT = [offers.CLIP_L, offers.T5]
KLEIN = Family(
    "FLUX.2 klein 4B",
    "12 GB",
    loaders(offers.KLEIN, [offers.KLEIN_TEXT], "flux2", offers.FLUX2_VAE),
    16,
    families.klein,
)
QWEN21 = Family(
    "Qwen-Image 2.1",
    "17 GB",
    loaders(offers.QWEN21, [offers.QWEN21_TEXT], "qwen_image", offers.QWEN21_VAE),
    32,
    families.qwen21,
)
QWEN_EDIT = Family(
    "Qwen-Image-Edit 2511",
    "31 GB",
    loaders(offers.QWEN_EDIT, [offers.QWEN_EDIT_TEXT], "qwen_image", offers.QWEN_VAE),
    16,
    families.qwen_edit,
)
KONTEXT = Family(
    "FLUX.1 Kontext dev",
    "17 GB",
    loaders(offers.KONTEXT, FLUX_TEXT, "flux", offers.FLUX_VAE),
    16,
    families.kontext,
)
FILL = Family(
    "FLUX.1 Fill dev",
    "29 GB",
    loaders(offers.FLUX_FILL, FLUX_TEXT, "flux", offers.FLUX_VAE),
    16,
    families.fill,
)
KREA = Family(
    "FLUX.1 Krea dev",
    "17 GB",
    loaders(offers.FLUX_KREA, FLUX_TEXT, "flux", offers.FLUX_VAE),
    16,
    families.krea,
)
