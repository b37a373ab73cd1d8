"""Drags on a picture with regions: which of them move a part of the mask of their own, and which are left out."""

from dataclasses import dataclass

import numpy as np

from ..instruction.geometry import Affine
from ..instruction.spec import Drag, Region
from .areas import Area
from .cells import mask_cells
from .outlines import Parts, middle
from .placed import Placed
from .raster import rasterise

MOST_NUMBERS = 5
REMARKS = 3
OUTSIDE = "outside of all regions; paint what to move as a mask apart from them."
LIMITING = "in a part of the mask that limits regions; paint what to move as a part of the mask apart from the regions."
ON_TARGET = "on the target of region {}; move that target instead."
MOVING = "in region {}, which goes to a target of its own; move that target instead."


@dataclass(frozen=True, eq=False)
class Beside:
    """What drags do on a picture: what they move, and which are left out."""

    pixels: np.ndarray | None  # (H, W) bool, holes filled, the mask that drags move; with regions its parts apart
    notes: list[str]  # which drags and regions do nothing, and why: a sentence for each reason

    @classmethod
    def of(cls, placed: Placed) -> "Beside":
        """Look at every region of an instruction once. Raises ValueError where there is none and no drag in a mask."""
        drags, regions, mask = placed.spec.drags, placed.spec.regions, placed.mask
        if not regions:
            return cls.of_drags(placed)
        if mask is None and not drags:
            return cls(None, [])
        parts = Parts.of(mask) if mask is not None and drags else None
        touched, beyond, held = {0}, list[int](), list[tuple[np.ndarray, str | None]]()
        for number, region in enumerate(regions, 1):
            source, target = (
                Area.of(rasterise(shape, placed.picture).numpy()) for shape in (region.source, region.target_shape())
            )
            if parts:
                touched |= parts.under(source) | parts.under(target)
            if mask is not None and not (mask[target.box] & target.inside).any():
                beyond.append(number)
            own, on_target = (starts_in(area, drags) for area in (source, target))  # (P,) each
            why = (None, None) if moves_by_drags(region) else (MOVING.format(number), ON_TARGET.format(number))
            held += zip((own, on_target), why, strict=True)
        apart = parts.mask_without(touched, mask.shape) if parts and mask is not None else None
        return cls(apart, [*idle_drags(reasons(drags, mask, apart, held)), *idle_regions(beyond)])

    @classmethod
    def of_drags(cls, placed: Placed) -> "Beside":
        """The same without regions: drags move the mask, and its parts without a handle stay."""
        drags, mask = placed.spec.drags, placed.mask
        if mask is None or not drags:
            raise ValueError(
                "there is no region. Draw a source with its target, or a mask with at least one drag that starts in it."
            )
        cells = pulled_cells(mask, placed)
        if cells is None:
            who = "the drag does not start" if len(drags) == 1 else f"none of the {len(drags)} drags starts"
            raise ValueError(f"{who} in the mask. Draw the mask over the handles, or move them.")
        return cls(mask, unmoved_parts(cells, placed))


def pulled_cells(pixels: np.ndarray, placed: Placed) -> np.ndarray | None:
    """The cells (h, w) of a mask (H, W) in which drags start, with those of their handles; None where none does."""
    held = starts_in(pixels, placed.spec.drags)  # (P,)
    if not held.any():
        return None
    x, y = handle_cells(placed)[held].T  # (P',) each
    cells = mask_cells(pixels, placed.cell_size)
    cells[y, x] = True
    return cells


def handle_cells(placed: Placed) -> np.ndarray:
    """The cells (P, 2) xy int64 that the handles lie in."""
    handles = np.array([drag.handle for drag in placed.spec.drags])
    return np.floor(handles / placed.cell_size).astype(np.int64)


def reasons(
    drags: tuple[Drag, ...],
    mask: np.ndarray | None,
    apart: np.ndarray | None,
    held: list[tuple[np.ndarray, str | None]],
) -> list[str | None]:
    """Why each drag is left out, None for those that move something or hold it in place, or start outside the mask.

    mask, apart: (H, W) bool, the mask and its parts apart from regions; held: which drags start in a region, and on
    its target, with the reason that follows from it.
    """
    why = np.full(len(drags), OUTSIDE if mask is None else None, dtype=object)
    if mask is not None and apart is not None:
        why[starts_in(mask, drags)] = LIMITING
        why[starts_in(apart, drags)] = None
    for which, reason in [*held[1::2], *held[::2]]:  # where a region comes from counts more than where another goes
        why[which] = reason
    why[[drag.is_anchor for drag in drags]] = None
    return why.tolist()


def starts_in(area: Area | np.ndarray, drags: tuple[Drag, ...]) -> np.ndarray:
    """Tell which drags start in an area or a mask (H, W), (P,)."""
    handles = np.array([drag.handle for drag in drags]).reshape(-1, 2)  # (P, 2)
    return (area if isinstance(area, Area) else Area(area)).holds(np.floor(handles).astype(np.int64))


def moves_by_drags(region: Region) -> bool:
    """Whether drags move a region, its transform leaving it in place."""
    return isinstance(region.target, Affine) and region.target.is_identity


def idle_drags(why: list[str | None]) -> list[str]:
    """Say which drags are left out, from the reason of each."""
    numbers: dict[str, list[int]] = {}
    for number, reason in enumerate(why, 1):
        if reason:
            numbers.setdefault(reason, []).append(number)
    return [f"{named('drag', which)} left out, starting {reason}" for reason, which in numbers.items()]


def idle_regions(beyond: list[int]) -> list[str]:
    """Say which regions have a target that does not touch the mask."""
    outside = "left out, with the target outside the mask; paint the mask over it."
    return [f"{named('region', beyond)} {outside}"] if beyond else []


def unmoved_parts(cells: np.ndarray, placed: Placed) -> list[str]:
    """Say which parts of the mask, in cells (h, w), hold no handle."""
    parts = Parts.of(cells)
    left = sorted(set(range(1, parts.count + 1)) - set(parts.at(handle_cells(placed)).tolist()))
    if not left:
        return []
    around = ", ".join(middle(part, placed.cell_size) for part in parts.areas(left[:REMARKS]))
    more = ", ..." * (len(left) > REMARKS)
    return [f"parts of the mask without a handle stay as they are: {len(left)}, around {around}{more}."]


def named(what: str, numbers: list[int]) -> str:
    """Drags or regions by their numbers, with the verb that follows: 'drag 2 is', 'drags 1, 2 are'."""
    if len(numbers) == 1:
        return f"{what} {numbers[0]} is"
    return f"{what}s {', '.join(map(str, numbers[:MOST_NUMBERS]))}{', ...' * (len(numbers) > MOST_NUMBERS)} are"
