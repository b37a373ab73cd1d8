"""Drags beside regions: which of them move a part of the mask of their own, and which are left out."""

from collections.abc import Iterator

import numpy as np

from ..grid.areas import Area, covers
from ..grid.outlines import Parts
from ..grid.raster import editable_mask, rasterise
from ..instruction.spec import Affine, Drag, DragSpec, Extent, Region

MOST_NUMBERS = 5
OUTSIDE = "outside of all regions; paint what to move as a mask apart from them."
LIMITING = "in a part of the mask that limits regions; paint what to move as a part of the mask apart from the regions."
ON_TARGET = "on the target of region {}; move that target instead."
MOVING = "in region {}, which goes to a target of its own; move that target instead."


def held_by(pixels: np.ndarray, drags: tuple[Drag, ...]) -> np.ndarray:
    """Tell which drags (P,) start in a mask (H, W)."""
    handles = np.array([drag.handle for drag in drags]).reshape(-1, 2)  # (P, 2)
    return covers(pixels, np.floor(handles).astype(np.int64))


def moves_by_drags(region: Region) -> bool:
    """Whether drags move a region, its transform leaving it in place."""
    return isinstance(region.target, Affine) and region.target.is_identity


def mask_beside_regions(spec: DragSpec, picture: Extent) -> np.ndarray:
    """The parts (H, W) bool of the mask, holes filled, that no source or target of a region touches."""
    mask = editable_mask(spec, picture).numpy()
    parts, touched = Parts.of(mask), {0}
    for region in spec.scaled_to(picture).regions:
        for shape in (region.source, region.target_shape()):
            touched |= parts.under(Area.of(rasterise(shape, picture).numpy()))
    return parts.mask_without(touched, mask.shape)


def left_out(spec: DragSpec, picture: Extent) -> list[str]:
    """Say which drags and regions of an instruction with regions do nothing, and why: a sentence for each reason."""
    if not spec.regions:
        return []
    spec, numbers = spec.scaled_to(picture), {}
    for number, reason in enumerate(reasons(spec, picture), 1):
        if reason:
            numbers.setdefault(reason, []).append(number)
    drags = [f"{named('drag', which)} left out, starting {reason}" for reason, which in numbers.items()]
    beyond = list(regions_beyond_mask(spec, picture))
    if beyond:
        drags.append(f"{named('region', beyond)} left out, with the target outside the mask; paint the mask over it.")
    return drags


def reasons(spec: DragSpec, picture: Extent) -> list[str | None]:
    """Why each drag is left out, None for those that move something or hold it in place, or start outside the mask."""
    why = np.full(len(spec.drags), None if spec.has_mask else OUTSIDE, dtype=object)
    if spec.drags and spec.has_mask:
        why[held_by(editable_mask(spec, picture).numpy(), spec.drags)] = LIMITING
        why[held_by(mask_beside_regions(spec, picture), spec.drags)] = None
    for reason, end in ((ON_TARGET, Region.target_shape), (MOVING, lambda region: region.source)):
        for number, region in enumerate(spec.regions, 1):
            held = held_by(rasterise(end(region), picture).numpy(), spec.drags)
            why[held] = None if moves_by_drags(region) else reason.format(number)
    why[[drag.is_anchor for drag in spec.drags]] = None
    return why.tolist()


def regions_beyond_mask(spec: DragSpec, picture: Extent) -> Iterator[int]:
    """The numbers of regions whose target does not touch the mask."""
    mask = editable_mask(spec, picture)
    for number, region in enumerate(spec.regions, 1):
        if mask is not None and not (mask & rasterise(region.target_shape(), picture)).any():
            yield number


def named(what: str, numbers: list[int]) -> str:
    """Drags or regions by their numbers, with the verb that follows: 'drag 2 is', 'drags 1, 2 are'."""
    if len(numbers) == 1:
        return f"{what} {numbers[0]} is"
    return f"{what}s {', '.join(map(str, numbers[:MOST_NUMBERS]))}{', ...' * (len(numbers) > MOST_NUMBERS)} are"
