"""The large models of the examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from . import families, offers
from .layout import Column, Model, Out, Piece
from .parts import loaders


class Family(NamedTuple):
    """A model: its name and size, what the sides of its pictures divide by, what samples from it and what loads it."""

    name: str
    size: str  # of its files together
    multiple: int
    sampling: Callable[[Out], list[Column]]  # from a MODEL
    loading: Sequence[Piece]


def flux1(model: Model) -> list[Piece]:
    """The nodes that load one of the models that FLUX.1's text encoders and autoencoder serve."""
    return loaders(model, [offers.CLIP_L, offers.T5], "flux", offers.FLUX_VAE)


def qwen(model: Model, text: Model, vae: Model) -> list[Piece]:
    return loaders(model, [text], "qwen_image", vae)


FLUX2 = loaders(offers.KLEIN, [offers.KLEIN_TEXT], "flux2", offers.FLUX2_VAE)
KLEIN = Family("FLUX.2 klein 4B", "12 GB", 16, families.klein, FLUX2)
QWEN21 = Family(
    "Qwen-Image 2.1", "17 GB", 32, families.qwen21, qwen(offers.QWEN21, offers.QWEN21_TEXT, offers.QWEN21_VAE)
)
QWEN_EDIT = Family(
    "Qwen-Image-Edit 2511",
    "31 GB",
    16,
    families.qwen_edit,
    qwen(offers.QWEN_EDIT, offers.QWEN_EDIT_TEXT, offers.QWEN_VAE),
)
KONTEXT = Family("FLUX.1 Kontext dev", "17 GB", 16, families.kontext, flux1(offers.KONTEXT))
FILL = Family("FLUX.1 Fill dev", "29 GB", 16, families.fill, flux1(offers.FLUX_FILL))
KREA = Family("FLUX.1 Krea dev", "17 GB", 16, families.krea, flux1(offers.FLUX_KREA))
