"""Other nodes' patches that let attention see parts of a picture."""

from collections.abc import Callable
from typing import Any

from .patches import is_own, name_of

TILING = "hypertile"


def patches(model_options: dict[str, Any]) -> list[Callable]:
    """All functions of other nodes that run inside the network's blocks."""
    lists = model_options.get("transformer_options", {}).get("patches", {}).values()
    return [patch for functions in lists for patch in functions if not is_own(patch)]


def patch_names(model_options: dict[str, Any]) -> str:
    """What the user knows them by."""
    return ", ".join(dict.fromkeys(map(name_of, patches(model_options))))


def refuse_tiling(model_options: dict[str, Any], node: str) -> None:
    """Refuses a MODEL whose attention sees tiles of a picture, others in every run."""
    for patch in patches(model_options):
        if TILING in getattr(patch, "__qualname__", type(patch).__qualname__).lower():
            raise ValueError(
                f"{node}: {name_of(patch)} cuts the attention of this MODEL into other tiles in every run, so that "
                f"no two runs fit together. Take {name_of(patch)} off the MODEL."
            )
