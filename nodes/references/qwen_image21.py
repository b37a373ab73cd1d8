"""Qwen-Image 2.1: references stand in the text, and move where the sequence is made, so that the host may cache it."""

from functools import partial
from typing import Any

import torch

from ...core.reference.tokens import alike, moved_positions, moved_sequence, replaced
from .family import TOGETHER, Family, Given, Origin
from .moved import MovedReference

SEQUENCE = "build_sequence"


def origins(network: Any, given: Given, options: dict) -> list[Origin]:
    """As `comfy.ldm.qwen_image21.model` lays them: past all before them, around the middle of the picture to make."""
    found, past = [], 0
    for slot, (width, height) in zip(slots(given), given.references, strict=False):
        halves = (height % 2 - given.target.height % 2) / 2, (width % 2 - given.target.width % 2) / 2
        found.append(Origin(slot + past, height // 2 - height + halves[0], width // 2 - width + halves[1]))
        past += max(width, height)
    return found


def slots(given: Given) -> tuple[int, ...]:
    """After how many tokens of text each reference stands."""
    return (*given.slots, *[given.text] * len(given.references))[: len(given.references)]


class MovedSequence(MovedReference):
    """A drag on a reference of Qwen-Image 2.1, which keeps the number of its tokens."""

    def put_on(self, model) -> None:
        self.watch(model)
        self.earlier = model.object_patches.get(f"diffusion_model.{SEQUENCE}")
        model.add_object_patch(f"diffusion_model.{SEQUENCE}", self.build)

    def build(self, x: torch.Tensor, context: torch.Tensor, *references: Any) -> tuple:
        """In place of the host's: tokens, rotary table and segments, the reference's rows as after the drag."""
        seen = self.now.seen
        network, given, seen.by = seen.network, seen.given, True
        build = self.earlier or partial(getattr(type(network), SEQUENCE), network)
        sequence, table, segments = build(x, context, *references)
        if not given.references:
            return sequence, table, segments
        before = given.references[: self.number - 1]
        start = slots(given)[self.number - 1] + sum(width * height for width, height in before)
        order = self.order(network, given, x.device)

        def embedded(positions: torch.Tensor) -> torch.Tensor:
            return network.pe_embedder(positions.to(x.device)).transpose(1, 2).contiguous()  # (1, n, 1, ...)

        self.prove(seen, {}, lambda own: alike(table[:, start : start + order.whole], embedded(own[None])))
        if self.stays(given):
            return sequence, table, segments
        moved = embedded(moved_positions(self.positions(seen, {}).to(x.device)[None], order))
        return moved_sequence(sequence, start, order), replaced(table, start, order, moved), segments


QWEN_IMAGE_21 = Family("Qwen-Image 2.1", lambda network: 1, lambda network: TOGETHER, origins)
