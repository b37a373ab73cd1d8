"""Two drag instructions on one picture."""

from dataclasses import replace

from torch import Tensor

from ..instruction.bounds import MOST_ITEMS, check_count
from ..instruction.spec import DragSpec, Extent
from ..instruction.vectorise import vectorise
from .given_mask import counts
from .raster import resize_nearest


def merge_drags(own: DragSpec, base: DragSpec) -> DragSpec:
    """Joins two instructions at the size of the first, or of the second where the first has none.

    Own drags come first and so keep their numbers; own regions and mask shapes come last and so lie on top. Raises
    ValueError where they have more parts together than one instruction may have.
    """
    size = own.size or base.size
    own, base = (spec.scaled_to(size) if size else spec for spec in (own, base))
    for key in MOST_ITEMS:
        check_count(key, len(getattr(own, key)) + len(getattr(base, key)))
    return DragSpec(
        drags=own.drags + base.drags,
        regions=base.regions + own.regions,
        mask=base.mask + own.mask,
        size=size,
        base=merge_rasters(own.base, base.base),
    )


def merge_rasters(own: Tensor | None, base: Tensor | None) -> Tensor | None:
    """The union of two masks (H, W) of booleans at the size of the first; None is no mask."""
    if own is None or base is None:
        return base if own is None else own
    return own | resize_nearest(base, Extent(own.shape[1], own.shape[0])).to(own.device)


def without_raster(spec: DragSpec) -> DragSpec:
    """The same instruction with its raster base as the first of its mask shapes; errors as in `vectorise`."""
    if spec.base is None:
        return spec
    raster = Extent(spec.base.shape[1], spec.base.shape[0])
    size = spec.size or raster
    if spec.mask and not spec.base.any():
        return replace(spec, size=size, base=None)
    under = vectorise(spec.base.cpu().numpy()).scaled(size.width / raster.width, size.height / raster.height)
    return replace(spec, size=size, mask=(under, *spec.mask), base=None)


def with_raster(spec: DragSpec, mask: Tensor | None) -> DragSpec:
    """The instruction with a MASK (..., H, W) under its shapes: what counts in any of its rows may change."""
    if mask is None:
        return spec
    return replace(spec, base=counts(mask.reshape(-1, *mask.shape[-2:])).any(0))
