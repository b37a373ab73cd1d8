"""Host values on their way to `core`: latents, masks and image sizes, checked before any work."""

from collections.abc import Generator
from contextlib import contextmanager

import comfy.model_management
import torch

from ...core.grid.given_mask import GREY_FROM, read_mask
from ...core.grid.placed import Placed, place, place_on_grid
from ...core.instruction.geometry import Extent
from ...core.instruction.spec import DragSpec
from .words import log_notes


def image_latent(latent: dict, node: str) -> torch.Tensor:
    """The samples (B, C, h, w) of a LATENT; refuses video and audio latents."""
    samples = latent["samples"]
    if getattr(samples, "is_nested", False) or samples.ndim != 4:
        shape = "nested" if getattr(samples, "is_nested", False) else tuple(samples.shape)
        raise ValueError(f"{node}: the latent is {shape}; connect an image latent (batch, channels, height, width).")
    if not len(samples):
        raise ValueError(f"{node}: the latent is an empty batch. Connect at least one latent.")
    if not samples.isfinite().all():
        raise ValueError(
            f"{node}: the latent is broken, with values that are no numbers (NaN). Load the MODEL or VAE "
            "that made it in bf16 or fp32."
        )
    return samples


def require_channels(samples: torch.Tensor, wanted: int, node: str) -> None:
    """Refuses a latent (B, C, h, w) of another kind of model's VAE."""
    if samples.shape[1] != wanted:
        raise ValueError(
            f"{node}: this latent has {samples.shape[1]} channels, the MODEL takes {wanted}. Encode the picture with "
            "the VAE of the MODEL's checkpoint."
        )


def between_pieces() -> None:
    """Ends work that goes on for long where the user interrupts."""
    comfy.model_management.throw_exception_if_processing_interrupted()


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


def require_pictures(image: torch.Tensor | None, node: str) -> None:
    """Refuses an IMAGE without a picture in it."""
    if image is not None and not image.numel():
        raise ValueError(f"{node}: the image is an empty batch. Connect at least one picture.")


def place_on_latent(drag: DragSpec, samples: torch.Tensor, mask: torch.Tensor | None, node: str) -> Placed:
    """The instruction on the picture that a latent (B, C, h, w) was encoded from; logs what is probably not meant."""
    grid = Extent(samples.shape[-1], samples.shape[-2])
    with refusals_of(node):
        return logged(place_on_grid(drag, grid, mask, len(samples)), node)


def place_on_image(
    drag: DragSpec, image: torch.Tensor, mask: torch.Tensor | None, node: str, moves: bool = True
) -> Placed:
    """The instruction on an IMAGE; logs what is probably not meant. Refuses an empty batch.

    moves: whether the node carries out the drags, so that it matters which handles lie outside the mask.
    """
    require_pictures(image, node)
    with refusals_of(node):
        return logged(place(drag, image_extent(image), mask, len(image)), node, moves)


def connected_mask(mask: torch.Tensor | None, picture: Extent | None, node: str) -> torch.Tensor | None:
    """What counts of a MASK to draw on, (B, H, W) bool; None where it stands for none. A grey one is refused."""
    given = None if mask is None else read_mask(mask, picture)
    if given is None:
        return None
    if given.peak > GREY_FROM:
        with refusals_of(node):
            given.refuse_empty()
    log_notes(given.notes, node)
    return given.inside


@contextmanager
def refusals_of(node: str) -> Generator[None]:
    """Names the node in what is refused."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{node}: {error}") from error


def logged(placed: Placed, node: str, moves: bool = True) -> Placed:
    log_notes(placed.notes + (placed.astray if moves else ()), node)
    return placed


def log_warnings(drag: DragSpec, node: str) -> None:
    log_notes(drag.warnings(), node)
