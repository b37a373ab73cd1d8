"""What an instruction asks that a node cannot do: said in a sentence, or refused where nothing else is left."""

from collections.abc import Callable

import torch

from ...core.instruction.spec import DragSpec
from ...core.optimise.short_drags import Drags, below_half_a_cell, least_length, length, warp_points, within_reach
from ..host.latents import log_notes

GatherMap = Callable[..., torch.Tensor]
REGION_NODES = "Connect it to Region Copy-Paste or Drag Warp for the regions."


def require_drags(spec: DragSpec, node: str) -> None:
    """Refuses an instruction without a drag; says that regions are left out."""
    if not spec.drags and spec.regions:
        raise ValueError(
            f"{node}: the instruction has {counted(len(spec.regions), 'region')} and no drag, and this node does not "
            f"use regions. Give at least one handle with its target. {REGION_NODES}"
        )
    if not spec.drags:
        raise ValueError(f"{node}: the instruction has no drag. Give at least one handle with its target.")
    if spec.regions:
        many = counted(len(spec.regions), "region")
        log_notes([f"this node does not use regions, so {many} will be left out. {REGION_NODES}"], node)


def warn_of_idle_drags(spec: DragSpec, unchanged: list[torch.Tensor], relocation: GatherMap, node: str) -> None:
    """Says which drags are too short for the latent's cells; unchanged: the masks (h, w) of latents that stayed."""
    idle = [mask for mask in unchanged if not moves(spec.drags, mask, spec, relocation)]
    if not idle:
        short = below_half_a_cell(spec.drags, spec.picture)
        if short:
            log_notes([f"{named(short)} less than half a latent cell (4 px), so what is there stays."], node)
        return
    log_notes([standstill(spec, least_length(spec.drags, lambda drags: moves(drags, idle[0], spec, relocation)))], node)


def moves(drags: Drags, mask: torch.Tensor, spec: DragSpec, relocation: GatherMap) -> bool:
    """Whether the drags move any cell of a mask (h, w)."""
    return not stays(relocation(mask, *warp_points(drags, spec.picture)))


def stays(gather: torch.Tensor) -> bool:
    """Whether every cell of a map (h, w) takes its own content."""
    return torch.equal(gather.flatten(), torch.arange(gather.numel()))


def standstill(spec: DragSpec, least: int | None) -> str:
    longest = max(map(length, spec.drags))
    if least is None and longest == 0:
        return "all drags are anchors, so nothing moves. Give at least one handle a target elsewhere."
    if least is None or least <= longest:
        return "no drag reaches a cell of the mask, so nothing moves. Paint the mask over the handles."
    return (
        f"nothing moves: the latent moves in cells of 8 px, and the longest drag goes {longest:.3g} px. It must go at "
        f"least {least} px."
    )


def warn_of_short_ways(spec: DragSpec, node: str) -> None:
    """Says which handles count as arrived before the first step, and how far they would have to go."""
    short = within_reach(spec.drags, spec.picture)
    moving = [number for number, drag in enumerate(spec.drags, 1) if not drag.is_anchor]
    if not short:
        return
    drags = [spec.drags[number - 1] for number in short]
    least = least_length(drags[:1], lambda longer: not within_reach(longer, spec.picture))
    sentence = f"{named(short)} less than the {least} px from which on a handle counts as not there yet"
    rest = ", so nothing will change. Drag further." if short == moving else ", so what is there is only held."
    log_notes([sentence + rest], node)


def warn_of_idle_regions(spec: DragSpec, gather: torch.Tensor, node: str) -> None:
    """Says that nothing is pasted elsewhere though it should be; gather: (h, w), the source of every cell."""
    meant = any(region.target_shape() != region.source for region in spec.regions) or any(
        not drag.is_anchor for drag in spec.drags
    )
    if meant and stays(gather):
        sentence = "nothing moves: the latent moves in cells of 8 px, and what is drawn goes or grows less than that."
        log_notes([f"{sentence} Let it go 8 px or more."], node)


def named(numbers: list[int]) -> str:
    """ "drag 1 goes" or "drags 1, 2 go"."""
    return f"drag {numbers[0]} goes" if len(numbers) == 1 else f"drags {', '.join(map(str, numbers))} go"


def counted(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")
