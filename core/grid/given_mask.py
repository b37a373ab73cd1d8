"""The area that may change: what of a MASK from other nodes counts, and what is probably not meant."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ..instruction.geometry import Extent, Point
from ..instruction.spec import DragSpec
from .raster import own_mask, resize_nearest

HALF = 0.5
SHAPE_TOLERANCE = 0.05  # of the aspect ratio
GREY_FROM, GREY_TO = 0.05, 0.95
GREY_SHARE = 0.5  # of a mask's pixels
NO_ALPHA = Extent(64, 64)
NAMED = 8  # of many drags or frames


class GivenMask(NamedTuple):
    """What of a MASK counts."""

    inside: Tensor  # (B, H, W) bool, on the CPU
    peak: float  # its largest value
    notes: tuple[str, ...]  # sentences on what is probably not meant

    def refuse_empty(self) -> None:
        """Raise ValueError where nothing of it counts."""
        refuse_empty(list(self.inside), Extent(self.inside.shape[2], self.inside.shape[1]), self.peak)


class Allowed(NamedTuple):
    """What of a picture may change."""

    areas: list[Tensor]  # (H, W) bool: one for a whole batch, or one for each of its items
    limits: bool  # whether they were given, rather than all that there is
    notes: tuple[str, ...] = ()  # sentences on what is probably not meant
    astray: tuple[str, ...] = ()  # and on handles outside of them


def allowed_areas(spec: DragSpec, picture: Extent, mask: Tensor | None, batch: int) -> Allowed:
    """The areas that a MASK (..., H, W) leaves free, or without one an instruction on a picture; all without either.

    Raises ValueError for a mask with nothing in it.
    """
    given = None if mask is None else read_mask(mask, picture)
    if given:
        given.refuse_empty()
        areas, notes = [fitted(inside, picture) for inside in joined(given.inside, batch)], given.notes
    else:
        own = own_mask(spec, picture)
        if own is None:
            return Allowed([torch.ones(picture.height, picture.width, dtype=torch.bool)], False)
        refuse_empty([own], picture)
        areas, notes = [own], ()
    return Allowed(areas, True, (*notes, *empty_frames(areas)), outside(spec, areas))


def counts(mask: Tensor) -> Tensor:
    """Where a mask of any shape counts, bool of the same shape: from a half up.

    >>> import torch
    >>> counts(torch.tensor([0.0, 0.49, 0.5, 1.0])).tolist()
    [False, False, True, True]
    """
    return mask >= HALF


def read_mask(mask: Tensor, picture: Extent | None) -> GivenMask | None:
    """Read a MASK (..., H, W) for a picture; None where it is the black 64x64 that stands for no mask at all.

    Such a one is what the host's loader gives for a picture without transparency; on a picture of just that size it is
    an empty mask.
    """
    mask = mask.detach().reshape(-1, *mask.shape[-2:]).cpu()  # (B, H, W)
    size = Extent(mask.shape[2], mask.shape[1])
    if size == NO_ALPHA != picture and not mask.any():
        return None
    inside, peak = counts(mask), float(mask.max()) if mask.numel() else 0.0
    notes = [note for note in (stretched_mask(size, picture), grey(mask, size), faint(inside, size, peak)) if note]
    return GivenMask(inside, peak, tuple(notes))


def stretched_mask(size: Extent, picture: Extent | None) -> str:
    """Say that a mask has another shape than its picture, or nothing."""
    if picture is None or not differ_in_shape(size, picture):
        return ""
    width, height = picture
    return f"the {size.width}x{size.height} mask has another shape than the {width}x{height} image and is stretched."


def grey(mask: Tensor, size: Extent) -> str:
    """Say that a mask (B, H, W) is grey nearly everywhere, or nothing."""
    share = float(((mask > GREY_FROM) & (mask < GREY_TO)).float().mean()) if mask.numel() else 0.0
    if share <= GREY_SHARE:
        return ""
    return (
        f"{share:.0%} of the {size.width}x{size.height} mask is grey; it counts where it is at least a half (0.5), "
        "and nowhere else."
    )


def faint(inside: Tensor, size: Extent, peak: float) -> str:
    """Say that a mask which is not black has nothing in it (B, H, W) that counts, or nothing."""
    if not peak or inside.any():
        return ""
    return f"nothing of the {size.width}x{size.height} mask counts: {peak:.2g} at most, where a half is needed."


def differ_in_shape(a: Extent, b: Extent) -> bool:
    return abs(a.width * b.height / (a.height * b.width) - 1) > SHAPE_TOLERANCE


def fitted(mask: Tensor, size: Extent) -> Tensor:
    """A boolean raster (h, w) at another size (H, W); one with something in it keeps something."""
    resized = resize_nearest(mask, size)
    if resized.any() or not mask.any():
        return resized
    return F.adaptive_max_pool2d(mask.float()[None], (size.height, size.width))[0] > 0


def refuse_empty(areas: list[Tensor], size: Extent, peak: float = 0.0) -> None:
    """Raise ValueError where no area (H, W) of a mask of the given size has anything in it."""
    if any(bool(area.any()) for area in areas):
        return
    why = f": it is {peak:.2g} at most, and counts from a half (0.5) up" if peak else ""
    raise ValueError(
        f"the {size.width}x{size.height} mask is empty{why}. Paint the area that may change, or remove the mask to let "
        "the whole image change."
    )


def joined(masks: Tensor, batch: int) -> list[Tensor]:
    """Masks (B, H, W) as one for a whole batch, or one for each of its items; any other number is joined into one."""
    return list(masks) if len(masks) in (1, batch) else [masks.any(0)]


def empty_frames(areas: list[Tensor]) -> list[str]:
    """Say which frames of a batch have a mask with nothing in it."""
    empty = [number for number, area in enumerate(areas, 1) if not area.any()]
    return [f"the mask of frame {first_of(empty)} is empty; what is there stays as it is."] if empty else []


def outside(spec: DragSpec, areas: Sequence[Tensor]) -> tuple[str, ...]:
    """Say which handles lie outside the areas (H, W), once for all frames of which the same is true."""
    frames: dict[tuple[int, ...], list[int]] = {}
    for frame, area in enumerate(areas, 1):
        away = (
            n for n, d in enumerate(spec.drags, 1) if spec.picture.contains(d.handle) and not lies_in(area, d.handle)
        )
        frames.setdefault(tuple(away) if area.any() else (), []).append(frame)
    return tuple(
        f"{handles_of(numbers)} outside the mask{'' if len(areas) == 1 else f' of frame {first_of(where)}'}; "
        "what is there stays."
        for numbers, where in frames.items()
        if numbers
    )


def handles_of(numbers: Sequence[int]) -> str:
    """The handles of some drags and their verb."""
    if len(numbers) == 1:
        return f"the handle of drag {numbers[0]} lies"
    return f"the handles of {len(numbers)} drags ({first_of(numbers)}) lie"


def first_of(numbers: Sequence[int]) -> str:
    """The first of some numbers, in words."""
    return ", ".join(map(str, numbers[:NAMED])) + ", ..." * (len(numbers) > NAMED)


def lies_in(area: Tensor, point: Point) -> bool:
    """Tell whether a point lies in an area (H, W); one on the far border belongs to the last pixel."""
    row, column = (min(int(at), side - 1) for at, side in zip((point.y, point.x), area.shape, strict=True))
    return row >= 0 and column >= 0 and bool(area[row, column])
