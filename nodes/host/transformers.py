"""Transformers of the host: where a picture's tokens stand, which layers are late ones, how a move turns keys."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from ...core.grid.latent_grid import CELL_SIZE
from .models import architecture, plain_network

Options = dict[str, Any]


class Family(NamedTuple):
    """What differs from one family to the next.

    network: the class of the host; patch, embedder: of it, the attributes that hold the side of a token in latent cells
    and what makes a rotary table from ids (time, row, column), none where positions are learned.
    """

    name: str
    network: str
    patch: str
    embedder: str | None
    is_late: Callable[[Options], bool]

    def side(self, network: Any) -> int:
        """The side of a token in latent cells."""
        return int(getattr(network, self.patch))

    def grid(self, network: Any, height: int, width: int) -> tuple[int, int]:
        """The number of tokens of a latent."""
        side = self.side(network)
        return -(-height // side), -(-width // side)

    def first(self, network: Any, length: int, count: int, options: Options) -> int:
        """Where a picture of so many tokens begins in a sequence."""
        multiple = getattr(network, "pad_tokens_multiple", None) or 1
        behind = 0 if multiple > 1 else sum(options.get("reference_image_num_tokens", ()))
        return length - behind - -(-count // multiple) * multiple

    def scale(self, options: Options) -> tuple[float, float]:
        """How far apart the rows and columns of tokens are said to be (Scale RoPE)."""
        given = options.get("rope_options") or {}
        return float(given.get("scale_y", 1.0)), float(given.get("scale_x", 1.0))

    def table(self, network: Any, moves: torch.Tensor, scale: tuple[float, float]) -> torch.Tensor | None:
        """The rotary table of moves (N, 2) yx in tokens."""
        if self.embedder is None:
            return None
        embed = getattr(network, self.embedder)
        rest = torch.zeros(len(moves), len(embed.axes_dim) - 2).to(moves)
        along = [moves[:, axis : axis + 1] * by for axis, by in enumerate(scale)]
        return embed(torch.cat([rest, *along], dim=1)[None])


def in_single_blocks(options: Options) -> bool:
    """LazyDrag's layers of FLUX, the last two thirds of all."""
    return options.get("block_type") == "single"


def in_the_last_two_thirds(options: Options) -> bool:
    """As many of a network of one kind of blocks; outside of them the host names no number."""
    return options.get("block_index", -1) >= options.get("total_blocks", 0) / 3 > 0


def everywhere(options: Options) -> bool:
    """Where the host numbers no blocks."""
    return True


FAMILIES = (
    Family("FLUX.1", "Flux", "patch_size", "pe_embedder", in_single_blocks),
    Family("Qwen-Image", "QwenImageTransformer2DModel", "patch_size", "pe_embedder", in_the_last_two_thirds),
    Family("Z-Image", "NextDiT", "patch_size", "rope_embedder", in_the_last_two_thirds),
    Family("Krea 2", "SingleStreamDiT", "patch", "pe_embedder", in_the_last_two_thirds),
    Family("SD3.5", "OpenAISignatureMMDITWrapper", "patch_size", None, everywhere),
)


def family_of(model, node: str) -> Family:
    """The family of a MODEL; refuses others."""
    network, space = plain_network(model), model.get_model_object("latent_format")
    known = [family for family in FAMILIES if type(network).__name__ == family.network]
    if known and getattr(space, "spacial_downscale_ratio", CELL_SIZE) == CELL_SIZE:
        return known[0]
    names = ", ".join(family.name for family in FAMILIES)
    raise ValueError(
        f"{node}: this MODEL ({architecture(model)}) is none of the transformers that this works with: {names}. For a "
        "Stable Diffusion UNet use Latent Warpage or Region Copy-Paste; for an edit model, such as FLUX.2, Drag Warp."
    )
