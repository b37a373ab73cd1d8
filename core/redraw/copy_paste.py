"""Content put where a map says: in a latent at once (FastDrag), or pasted at every step of sampling (RegionDrag)."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..invert.ddim import Denoiser, linspace_grid, relabel
from ..invert.ddpm import Step, ancestral_step
from ..maps.map import Map
from .keep_outside import Outside


class PasteMap(NamedTuple):
    """What a step takes from the recorded state, composed once for a whole edit.

    gather: (h * w,) flat index of the source of every cell; pasted: (h * w,) the cells taken from there while pasting;
    fixed: (h * w,) those taken from the recorded state at every step, being outside the editable area.
    """

    gather: Tensor
    pasted: Tensor
    fixed: Tensor

    @classmethod
    def of(cls, moves: Map) -> "PasteMap":
        """From a map: what moves is pasted, what shall stay is as well, and what may not change is put back."""
        fixed = ~moves.editable
        return cls(moves.gather.flatten(), (moves.moved | moves.held | fixed).flatten(), fixed.flatten())

    def apply(self, state: Tensor, recorded: Tensor, paste: bool, mask: Tensor | None = None) -> Tensor:
        """A state (B, C, h, w) with the recorded one pasted in, and put back outside the editable area.

        mask: (B, C, h, w), 0 where the recorded state is put back as well; a value below 1 pastes in part.
        """
        taken, own = self.pasted if paste else self.fixed, recorded.flatten(2)
        content = own[..., self.gather]  # (B, C, h * w)
        if mask is not None:
            taken, content = taken | (mask.flatten(2) == 0), torch.lerp(own, content, mask.flatten(2))
        return torch.where(taken, content, state.flatten(2)).view(state.shape)

    def to(self, device: torch.device) -> "PasteMap":
        return PasteMap(*(t.to(device) for t in self))


def pasted(image: Tensor, moves: Map) -> Tensor:
    """A picture (B, H, W, C) with what moves pasted, by a map of its pixels."""
    channels_first = image.permute(0, 3, 1, 2)  # (B, C, H, W)
    return PasteMap.of(moves).to(image.device).apply(channels_first, channels_first, paste=True).permute(0, 2, 3, 1)


def relocate(latent: Tensor, moves: Map) -> Tensor:
    """Every cell of a latent with the content that a map brings to it, zero where content has left and none has come.

    latent: (B, C, h, w), any channel count, batch and dtype; every item of the batch is moved alike. Returns a new
    tensor like it. Raises ValueError where the map is of another size.
    """
    if latent.ndim != 4 or latent.shape[-2:] != moves.landing.shape:
        raise ValueError(
            f"The map has shape {tuple(moves.landing.shape)} and the latent {tuple(latent.shape)}; the latent must be "
            "(batch, channels, height, width) and the map (height, width) of the same size."
        )
    rows = latent.flatten(2).flatten(0, 1)  # (B * C, h * w)
    moved = rows.index_select(1, moves.gather.flatten().to(latent.device)).view(latent.shape)
    return moved.masked_fill_(moves.vacated.to(latent.device), 0)


def blend_noise(state: Tensor, cells: Tensor, scale: float, noise: Tensor, sigma: Tensor) -> Tensor:
    """Noise over the cells (h, w) of a state at sigma, so that the content moved away may be forgotten.

    In DDPM's terms z becomes sqrt(1 - scale^2) z + scale noise; from scale 1 on the content is gone and only noise of
    that strength stays. Source: RegionDrag, removal of the handle region (r_alpha).
    """
    kept = max(1 - scale**2, 0.0) ** 0.5
    return torch.where(cells, kept * state + scale * (1 + sigma**2).sqrt() * noise, state)


def reference_labels(steps: int, count: int, train_steps: int = 1000) -> list[tuple[int, int]]:
    """The timesteps of the reference's way back, descending: where each of `count` steps starts, and where it ends.

    They differ by one here and there from those of its way there (549 for 550 at 20 steps). Source: RegionDrag,
    reference behaviour.
    """
    return [(t, t - train_steps // steps) for t in linspace_grid(steps, train_steps)[count + 1 : 1 : -1]]


def sample_copy_paste(
    denoise: Denoiser,
    state: Tensor,
    steps: Sequence[Step],
    recorded: Sequence[Tensor],
    recorded_sigmas: Sequence[Tensor],
    noises: Sequence[Tensor] | None,
    paste_map: PasteMap,
    paste_until: float,
    clean: Tensor | None = None,
    outside: Outside | None = None,
    callback: Callable[[dict[str, Any]], None] | None = None,
) -> Tensor:
    """Ancestral sampling back along an inversion, with the map pasted before every evaluation.

    steps: K pairs (upper, lower), descending; recorded: K states of the inversion, for each step the one at its upper
    level, labelled recorded_sigmas; noises: the K recovered ones, or None for the deterministic path; paste_until: the
    sigma below which nothing is pasted; clean: the state that the inversion began with, put back outside the editable
    area at the end (None, reference behaviour: the last step may change it there); outside: a mask outside of which
    the source's own path is kept. Source: RegionDrag, Eq. CP.
    """
    pasting = [level >= paste_until for level in torch.stack([sigma for sigma, _ in steps]).tolist()]
    mask = None if outside is None else outside.mask
    if outside is not None:
        state = torch.lerp(relabel(recorded[0], recorded_sigmas[0], steps[0][0]), state, outside.mask)
    for index, (sigma, following) in enumerate(steps):
        if index:
            state = relabel(state, steps[index - 1][1], sigma)
        source = relabel(recorded[index], recorded_sigmas[index], sigma)
        state = paste_map.apply(state, source, pasting[index], mask)
        denoised = denoise(state, sigma)
        if outside is not None:
            denoised = torch.lerp(outside.denoised[index], denoised, outside.mask)
        if noises is None:
            state = denoised + following * (state - denoised) / sigma
        else:
            state = ancestral_step(state, denoised, sigma, following, noises[index])
        if callback:
            callback({"i": index, "x": state, "sigma": sigma, "denoised": denoised})
    return state if clean is None else paste_map.apply(state, clean, paste=False, mask=mask)
