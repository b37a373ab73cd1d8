"""Host values on their way to `core`: latents, masks and image sizes, checked before any work."""

import logging
from collections.abc import Iterable

import comfy.model_management
import torch

from ..core.drag import DragSpec, Extent, Point
from ..core.latent_grid import CELL_SIZE
from ..core.masks import editable_mask, resize_nearest

log = logging.getLogger("dragkit")
SHAPE_TOLERANCE = 0.05  # of the aspect ratio


def image_latent(latent: dict, node: str) -> torch.Tensor:
    """The samples (B, C, h, w) of a LATENT; refuses video and audio latents."""
    samples = latent["samples"]
    if getattr(samples, "is_nested", False) or samples.ndim != 4:
        shape = "nested" if getattr(samples, "is_nested", False) else tuple(samples.shape)
        raise ValueError(f"{node}: the latent is {shape}; connect an image latent (batch, channels, height, width).")
    return samples


def require_channels(samples: torch.Tensor, wanted: int, node: str) -> None:
    """Refuses a latent (B, C, h, w) of another kind of model's VAE."""
    if samples.shape[1] != wanted:
        raise ValueError(
            f"{node}: this latent has {samples.shape[1]} channels, the MODEL takes {wanted}. Encode the picture with "
            "the VAE of the MODEL's checkpoint."
        )


def between_nodes(tensor: torch.Tensor) -> torch.Tensor:
    """A picture, mask or latent where the host keeps what nodes hand on (with --gpu-only, the GPU)."""
    return tensor.to(comfy.model_management.intermediate_device())


def latent_like(latent: dict, samples: torch.Tensor, masked: bool = False) -> dict:
    """A LATENT with other samples, without the hints of an empty latent, and with its noise mask only if `masked`."""
    dropped = ("downscale_ratio_spacial", "downscale_ratio_temporal", *(() if masked else ("noise_mask",)))
    return {k: v for k, v in latent.items() if k not in dropped} | {"samples": samples}


def image_extent(image: torch.Tensor) -> Extent:
    """The size of an IMAGE (B, H, W, C) or a MASK (B, H, W)."""
    return Extent(int(image.shape[2]), int(image.shape[1]))


def fit_to_latent(drag: DragSpec, samples: torch.Tensor, node: str) -> DragSpec:
    """The instruction in pixels of the picture that the latent was encoded from."""
    height, width = samples.shape[-2:]
    if drag.size and (drag.size.width // CELL_SIZE, drag.size.height // CELL_SIZE) == (width, height):
        return drag
    picture = Extent(width * CELL_SIZE, height * CELL_SIZE)
    if drag.size and differ_in_shape(drag.size, picture):
        log.warning(
            "%s: the drag belongs to a %dx%d image, the latent to one of about %dx%d with another shape; "
            "coordinates are stretched to fit.", node, *drag.size, *picture
        )  # fmt: skip
    return drag.scaled_to(picture)


def fit_to_image(drag: DragSpec, image: torch.Tensor, node: str) -> DragSpec:
    """The instruction in pixels of an IMAGE."""
    size = image_extent(image)
    if drag.size and differ_in_shape(drag.size, size):
        log.warning("%s: the drag belongs to a %dx%d image and is stretched to one of %dx%d.", node, *drag.size, *size)
    return drag.scaled_to(size)


def differ_in_shape(a: Extent, b: Extent) -> bool:
    return abs(a.width * b.height / (a.height * b.width) - 1) > SHAPE_TOLERANCE


def masks_for(drag: DragSpec, mask: torch.Tensor | None, batch: int, node: str) -> list[torch.Tensor]:
    """The editable areas (H, W) in pixels of a fitted instruction: one for the whole batch, or one for each latent.

    A connected MASK counts before the drag's own mask; without either the whole image is editable. A number of masks
    that is neither one nor the batch's is joined into one.
    """
    if mask is None:
        own = editable_mask(drag, drag.size)
        areas = [torch.ones(drag.size.height, drag.size.width, dtype=torch.bool) if own is None else own]
    else:
        areas = masks_given(mask, drag.size, batch, node)
    log_warnings(drag, node)
    for area in areas:
        warn_of_handles_outside(drag, area, node)
    return areas


def masks_given(mask: torch.Tensor, size: Extent, batch: int, node: str) -> list[torch.Tensor]:
    """The areas (H, W) of a connected MASK: one for the whole batch, or one for each of its items."""
    given = fit_mask(mask, size, node)
    return list(given) if len(given) in (1, batch) else [given.any(0)]


def fit_mask(mask: torch.Tensor, size: Extent, node: str) -> torch.Tensor:
    """A MASK as booleans (B, H, W) at the size of the picture; refuses one with nothing painted in it."""
    inside = mask.reshape(-1, *mask.shape[-2:]) > 0
    if not inside.any():
        raise ValueError(
            f"{node}: the {mask.shape[-1]}x{mask.shape[-2]} mask is empty. Paint the area that may change, "
            "or disconnect the mask to let the whole image change."
        )
    given = image_extent(inside)
    if differ_in_shape(given, size):
        log.warning("%s: the %dx%d mask has another shape than the %dx%d image and is stretched.", node, *given, *size)
    return torch.stack([resize_nearest(m, size) for m in inside])


def log_warnings(drag: DragSpec, node: str) -> None:
    log_notes(drag.warnings(), node)


def log_notes(sentences: Iterable[str], node: str) -> None:
    for sentence in sentences:
        log.warning("%s: %s", node, sentence)


def warn_of_handles_outside(drag: DragSpec, area: torch.Tensor, node: str) -> None:
    for number, item in enumerate(drag.drags, 1):
        if drag.size.contains(item.handle) and not covers(area, item.handle):
            log.warning("%s: the handle of drag %d lies outside the mask; what is there stays.", node, number)


def covers(area: torch.Tensor, point: Point) -> bool:
    row, column = min(int(point.y), area.shape[0] - 1), min(int(point.x), area.shape[1] - 1)
    return bool(area[row, column])
