"""What a sampler is given behind Lazy Drag: refused where it cannot work, said where it is not meant so."""

from collections.abc import Iterator

import torch

from ...core.attention.states import missing_levels
from ...core.invert.ddim import Inversion
from ...core.redraw.lazy_drag import repeats
from ..host.conditioning import require_whole_chunks
from ..host.flows import flow_levels, unframed
from ..host.words import log_notes
from .sampling import STRONG_GUIDANCE, draws_noise, require_size


class BesideCheck:
    """A wrapper around sampling with the source of an inversion beside the edit; start: the latent to sample from."""

    def __init__(self, node: str, inversion: Inversion, start: torch.Tensor):
        self.node, self.inversion, self.start = node, inversion, start

    def __call__(
        self, executor, noise: torch.Tensor, latent: torch.Tensor, sampler, sigmas: torch.Tensor, mask=None, *args, **kw
    ):
        guider = executor.class_obj
        require_whole_chunks(guider.conds, self.node)
        if mask is not None:
            raise ValueError(
                f"{self.node}: the latent has a noise mask, and what may change is said by the mask of this node. Take "
                "Set Latent Noise Mask off, and connect its mask here."
            )
        remedy = "Connect the latent of this node to the sampler."
        require_size(unframed(noise), self.inversion.path[0], self.node, remedy)
        self.check_levels(sigmas)
        log_notes(self.notes(guider, noise, latent, sampler), self.node)
        return executor(noise, latent, sampler, sigmas, mask, *args, **kw)

    def check_levels(self, sigmas: torch.Tensor) -> None:
        top = float(self.inversion.sigmas[-1])
        if missing_levels([top], sigmas[:1].tolist()) or (sigmas[:-1] <= sigmas[1:]).any() or sigmas[-1] != 0:
            raise ValueError(
                f"{self.node}: the sampler goes from noise level {sigmas[0]:.4g} to {sigmas[-1]:.4g}; the inversion is "
                f"of {top:.4g} to 0. Connect the sigmas of Invert Latent to the sampler."
            )

    def notes(self, guider, noise: torch.Tensor, latent: torch.Tensor, sampler) -> Iterator[str]:
        """What will not give the picture that is meant."""
        cfg = getattr(guider, "cfg", 1.0)
        if noise.any():
            yield "the sampler adds noise to a latent that is noisy already. Switch add_noise off, or use DisableNoise."
        if not repeats(unframed(latent), self.start):
            yield "the sampler starts from another latent than this node's, in which nothing has moved. Connect it."
        if draws_noise(sampler):
            yield (
                "the sampler adds fresh noise at every step, which leaves the source's path. Use one that does not, "
                "such as euler."
            )
        if cfg >= STRONG_GUIDANCE:
            yield (
                f"cfg is {cfg:g}, but the picture was inverted at 1: what moves will look less like its source. Set "
                "cfg of the sampler to 1."
            )
        levels = flow_levels(guider.model_patcher, self.node).levels
        if not torch.equal(levels, self.inversion.schedule.levels):
            yield (
                "this MODEL has other noise levels than when it was inverted. Put the node that changes them (Model "
                "Sampling) before Invert Latent, too."
            )
