"""A reference that moves: its tokens and their positions, changed where the host hands them to a network."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from comfy.patcher_extension import WrappersMP
from comfyui_version import __version__ as comfyui

from ...core.grid.placed import place_on_grid
from ...core.instruction.geometry import Extent
from ...core.instruction.spec import DragSpec
from ...core.maps.flow import flow_map
from ...core.maps.map import Map
from ...core.reference.tokens import (
    MovedTokens,
    TokenOrder,
    Vacated,
    moved_positions,
    moved_sequence,
    part_size,
    replaced,
    same_positions,
    tokens_of,
)
from ..host.conditioning import require_whole_chunks
from ..host.latents import between_pieces, refusals_of
from ..host.words import log_notes
from .family import Family, Given

KEY = "dragkit_reference"
STILL = "dragkit_still"  # in transformer_options: an evaluation whose references are not to move
COUNTS = "reference_image_num_tokens"  # the host's own word


@dataclass
class Seen:
    """The network that is being evaluated, what it is given, and whether its tokens came by."""

    network: Any
    given: Given
    options: dict[str, Any]
    by: bool = False


@dataclass(eq=False)
class MovedReference:
    """A drag on one reference of a family's models; what was found out for a size of latent is kept."""

    node: str
    family: Family
    cell_size: int  # pixels of a latent's cell
    drag: DragSpec
    mask: torch.Tensor | None
    number: int  # of the reference, from 1
    map_of: Callable[..., Map] = flow_map
    vacated: Vacated = Vacated.NOTHING
    maps: dict[Extent, MovedTokens] = field(default_factory=dict)
    orders: dict[tuple, TokenOrder] = field(default_factory=dict)
    proven: set[str] = field(default_factory=set)
    now: threading.local = field(default_factory=threading.local)  # of a thread of the host's: what it evaluates

    def put_on(self, model) -> None:
        """Has a clone of a MODEL move its reference."""
        self.watch(model)
        model.set_model_post_input_patch(self)

    def watch(self, model) -> None:
        """Has a clone of a MODEL say what it samples and evaluates."""
        model.add_wrapper_with_key(WrappersMP.OUTER_SAMPLE, KEY, self.check)
        model.add_wrapper_with_key(WrappersMP.APPLY_MODEL, KEY, self.tell)

    def check(self, executor, noise: torch.Tensor, *args, **kwargs):
        """A wrapper of sampling: refuses what cannot work before anything is computed."""
        guider = executor.class_obj
        require_whole_chunks(guider.conds, self.node)
        given = [prompt.get("reference_latents") for prompts in guider.conds.values() for prompt in prompts or ()]
        if not any(given):
            raise ValueError(
                f"{self.node}: no prompt has a reference that could move. Connect the picture to the positive prompt "
                "by Reference Latent, or by the model's own text encoder for edits."
            )
        network = plain(guider.model_patcher.model.diffusion_model)
        for references in filter(None, given):
            self.check_references(list(map(extent, references)), extent(noise), network)
        return executor(noise, *args, **kwargs)

    def check_references(self, references: list[Extent], target: Extent, network: Any) -> None:
        if len(references) < self.number:
            raise ValueError(
                f"{self.node}: reference {self.number} is to move, but a prompt has {len(references)}. Choose a lower "
                "number, or connect that many pictures."
            )
        latent = references[self.number - 1]
        if latent != target:
            log_notes([other_size(self.number, latent, target)], self.node)
        self.tokens(network, latent)

    def tokens(self, network: Any, latent: Extent) -> MovedTokens:
        """Where the tokens of a reference go."""
        if latent not in self.maps:
            side = self.family.cells(network)
            with refusals_of(self.node):
                placed = place_on_grid(self.drag, latent, self.mask, 1, self.cell_size, side)
                moves = self.map_of(placed.by_cells(part_size(side * self.cell_size)), check=between_pieces)
            log_notes([*placed.notes, *placed.astray, *moves.notes], self.node)
            self.maps[latent] = tokens_of(moves, self.family.grid(network, latent), self.vacated)
        return self.maps[latent]

    def order(self, network: Any, given: Given, device: torch.device) -> TokenOrder:
        """The tokens that a network is given."""
        latent, keeps = given.references[self.number - 1], self.family.keeps_number(network, given)
        if (latent, keeps, device) not in self.orders:
            moved = self.tokens(network, latent)
            self.orders[latent, keeps, device] = (moved.filled() if keeps else moved).ordered().to(device)
        return self.orders[latent, keeps, device]

    def tell(self, executor, x, t, c_concat=None, context=None, control=None, options=None, **conds):
        """A wrapper of a model's evaluation: has the patch know what is evaluated, and sees that it was asked."""
        still = (options or {}).get(STILL)
        given = Given(
            extent(x),
            () if still else tuple(map(extent, conds.get("ref_latents") or ())),
            conds.get("ref_latents_method"),
            0 if context is None else context.shape[1],
            tuple(conds.get("image_slots") or ()),
            conds.get("attention_mask") is not None,
        )
        self.now.seen = seen = Seen(plain(executor.class_obj.diffusion_model), given, options or {})
        result = executor(x, t, c_concat, context, control, seen.options, **conds)
        if given.references and not seen.by:
            raise ValueError(
                f"{self.node}: ComfyUI {comfyui} does not let nodes move the references of {self.family.name} models. "
                "Update ComfyUI."
            )
        return result

    def __call__(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """A "post_input" patch: gives the reference's tokens their places after the drag."""
        ids, img, seen = inputs["img_ids"], inputs["img"], self.now.seen
        network, given, seen.by = seen.network, seen.given, True
        options = inputs.get("transformer_options", seen.options)  # which hosts before 0.17 do not hand on
        if not given.references:
            return inputs
        counts = options.get(COUNTS) or self.counts(network, given)
        start = ids.shape[1] - sum(counts[self.number - 1 :])
        order = self.order(network, given, ids.device)
        own = ids[:, start : start + counts[self.number - 1]]
        cached = img.shape[1] + sum(counts) == ids.shape[1]  # the host gives references once where it keeps them
        self.prove(seen, options, lambda expected: same_positions(own, expected))
        if not cached and img.shape[1] != ids.shape[1]:
            raise ValueError(strangers(self.node, self.family, self.number))
        if self.stays(given):
            return inputs
        ids = replaced(ids, start, order, moved_positions(own, order))
        options[COUNTS] = [*counts[: self.number - 1], len(order.cells), *counts[self.number :]]
        return inputs | {"img_ids": ids, "img": img if cached else moved_sequence(img, start, order)}

    def counts(self, network: Any, given: Given) -> list[int]:
        """How many tokens each reference has, for hosts that do not say so."""
        grids = (self.family.grid(network, size) for size in given.references)
        return [grid.width * grid.height for grid in grids]

    def stays(self, given: Given) -> bool:
        """Whether the drag moves nothing."""
        return self.maps[given.references[self.number - 1]].stays

    def positions(self, seen: Seen, options: dict) -> torch.Tensor:
        """Those of the reference's tokens without a drag, (n, 3)."""
        origin = self.family.origins(seen.network, seen.given, options)[self.number - 1]
        return origin.positions(self.family.grid(seen.network, seen.given.references[self.number - 1]))

    def prove(self, seen: Seen, options: dict, agrees: Callable[[torch.Tensor], bool]) -> None:
        """Refuses, at the first call of its kind, a reference that does not lie where it does without a drag."""
        kind = f"{seen.given} {options.get('rope_options')}"
        if kind not in self.proven and not agrees(self.positions(seen, options)):
            raise ValueError(strangers(self.node, self.family, self.number))
        self.proven.add(kind)


def plain(network: Any) -> Any:
    """A network, also of a compiled one."""
    return getattr(network, "_orig_mod", network)


def extent(latent: torch.Tensor) -> Extent:
    return Extent(int(latent.shape[-1]), int(latent.shape[-2]))


def other_size(number: int, latent: Extent, target: Extent) -> str:
    return (
        f"reference {number} has {latent.width}x{latent.height} latent cells and the picture to make "
        f"{target.width}x{target.height}, which edit models answer with a shifted or scaled picture. Give the sampler "
        "a latent of the reference's size."
    )


def strangers(node: str, family: Family, number: int) -> str:
    return (
        f"{node}: reference {number} does not lie where it should in ComfyUI {comfyui} for a {family.name} model, so "
        "moving it would give a wrong picture. Take other nodes that change references or positions off the MODEL; if "
        "there are none, DragKit does not know this version yet."
    )
