"""What an instruction asks that a node cannot do: said in a sentence, or refused where nothing else is left."""

from collections.abc import Callable

from ...core.grid.placed import Placed
from ...core.instruction.spec import DragSpec
from ...core.maps.map import Map
from ...core.optimise.short_drags import below_half_a_cell, least_length, length, too_short
from ..host.words import log_notes

MapOf = Callable[[Placed], Map]
REGION_NODES = "Connect it to Region Copy-Paste or Drag Warp for the regions."


def require_drags(spec: DragSpec, node: str, uses_regions: bool = False) -> None:
    """Refuses an instruction without a drag; says that regions are left out, unless they are used."""
    if spec.regions and uses_regions:
        return
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


def idle_drags(placed: Placed, maps: list[Map], map_of: MapOf) -> list[str]:
    """Say which drags are too short for the latent's cells, from the maps of the frames and how they were made."""
    spec = placed.spec
    at_rest = [f for f, moves in zip(placed.frames, maps, strict=True) if f.areas[0].any() and moves.stays]
    if at_rest:
        return [standstill(spec, least_length(spec.drags, lambda drags: not map_of(at_rest[0].pulled(drags)).stays))]
    short = below_half_a_cell(spec.drags, placed.picture)
    return [f"{named(short)} less than half a latent cell (4 px), so what is there stays."] if short else []


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


def require_ways(spec: DragSpec, node: str) -> None:
    """Refuses an instruction without a drag; says which handles count as arrived, and how far they would have to go."""
    require_drags(spec, node)
    if all(drag.is_anchor for drag in spec.drags):
        raise ValueError(f"{node}: the instruction has no drag. Give at least one handle with a target elsewhere.")
    short, least = too_short(spec.drags, spec.picture)
    moving = [number for number, drag in enumerate(spec.drags, 1) if not drag.is_anchor]
    if not short:
        return
    sentence = f"{named(short)} less than the {least} px from which on a handle counts as not there yet"
    rest = ", so nothing will change. Drag further." if short == moving else ", so what is there is only held."
    log_notes([sentence + rest], node)


def named(numbers: list[int]) -> str:
    """ "drag 1 goes" or "drags 1, 2 go"."""
    return f"drag {numbers[0]} goes" if len(numbers) == 1 else f"drags {', '.join(map(str, numbers))} go"


def counted(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")
