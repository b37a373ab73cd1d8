"""What a sampler is given behind KV Inject Attention: refused where it cannot work, said where it is not meant so."""

import inspect
from collections.abc import Iterator
from typing import NamedTuple

import torch

from ...core.attention.states import missing_levels
from ...core.invert.ddim import Inversion
from ...core.invert.noisy import is_noisy
from ..host.conditioning import require_whole_chunks
from ..host.latents import require_channels
from ..host.models import warn_of_other_sampling
from ..host.tiling import refuse_tiling
from ..host.words import log_notes

STRONG_GUIDANCE = 2.0  # an inversion runs at 1; from here on the way back leaves it


class Sampling(NamedTuple):
    """What one run of a sampler starts from, with the latent (B, C, h, w) in model space."""

    noise: torch.Tensor
    latent: torch.Tensor
    sampler: object
    sigmas: torch.Tensor
    cfg: float

    @property
    def adds_noise(self) -> bool:
        return bool(self.noise.any())


def require_size(noise: torch.Tensor, source: torch.Tensor, node: str, remedy: str) -> None:
    """Refuses a latent (B, C, h, w) to sample from of another size than an inversion's, saying what to do."""
    if noise.shape[-2:] != source.shape[-2:] or len(noise) % len(source):
        raise ValueError(
            f"{node}: the inversion is of {len(source)} latent(s) of {source.shape[-1]}x{source.shape[-2]} cells, the "
            f"sampler got {len(noise)} of {noise.shape[-1]}x{noise.shape[-2]}. {remedy}"
        )
    require_channels(noise, source.shape[1], node)


class InjectionCheck:
    """A wrapper around sampling with an inversion's states, which are lent while end <= sigma <= start."""

    def __init__(self, node: str, inversion: Inversion, start: float, end: float):
        self.node, self.inversion, self.start, self.end = node, inversion, start, end

    def __call__(self, executor, noise: torch.Tensor, latent: torch.Tensor, sampler, sigmas: torch.Tensor, *args, **kw):
        refuse_tiling(executor.class_obj.model_options, self.node)
        require_whole_chunks(executor.class_obj.conds, self.node)
        remedy = "Sample the latent that came from the same Invert Latent."
        require_size(noise, self.inversion.path[0], self.node, remedy)
        self.check_levels(sigmas[:-1].tolist())
        warn_of_other_sampling(executor.class_obj.model_patcher, self.inversion, self.node)
        if len(sigmas) > 1 and sigmas[0] > sigmas[-1]:
            cfg = getattr(executor.class_obj, "cfg", 1.0)
            state = self.inversion.source.space.process_in(latent)
            log_notes(self.notes(Sampling(noise, state, sampler, sigmas, cfg)), self.node)
        return executor(noise, latent, sampler, sigmas, *args, **kw)

    def check_levels(self, sigmas: list[float]) -> None:
        recorded = [level.sigma for level in self.inversion.states]
        strangers = missing_levels(recorded, [sigma for sigma in sigmas if self.end <= sigma <= self.start])
        if strangers:
            raise ValueError(
                f"{self.node}: the sampler uses noise levels the inversion did not record (sigma {strangers[0]:.4g}; "
                f"recorded are {recorded[0]:.4g} to {recorded[-1]:.4g}). Connect the sigmas of Invert Latent to the "
                "sampler."
            )

    def notes(self, given: Sampling) -> Iterator[str]:
        """What will not give the picture that is meant."""
        noisy = is_noisy(given.latent, given.sigmas[0], self.inversion)
        if given.adds_noise and noisy:
            yield "the sampler adds noise to a latent that is noisy already. Switch add_noise off, or use DisableNoise."
        if not given.adds_noise and noisy is False:
            yield (
                f"the sampler starts at noise level {given.sigmas[0]:.3g} with a latent that is not noisy. Sample the "
                "latent of Invert Latent; Latent Warpage goes between the two."
            )
        empty = 0 if given.adds_noise else int((given.latent == 0).all(1).sum())
        if empty:
            yield f"{empty} cells of the latent are empty. Put BNNI Fill between Latent Warpage and the sampler."
        if draws_noise(given.sampler):
            yield (
                "the sampler adds fresh noise at every step, which leaves the source's path. Use one that does not, "
                "such as euler."
            )
        if given.cfg >= STRONG_GUIDANCE:
            yield (
                f"cfg is {given.cfg:g}, but the picture was inverted at 1 and does not come back so. Set cfg of the "
                "sampler to 1."
            )


def draws_noise(sampler) -> bool:
    """Whether a sampler of the host adds fresh noise in its steps."""
    function, options = getattr(sampler, "sampler_function", None), getattr(sampler, "extra_options", {})
    if function is None:
        return False
    parameters = inspect.signature(function).parameters
    chosen = {name: options.get(name, p.default) for name, p in parameters.items()}
    if chosen.get("s_noise") == 0:
        return False
    deterministic = "eta" in chosen and not chosen["eta"]
    by_parameter = "noise_sampler" in chosen and not deterministic and function.__name__ not in QUIET
    return by_parameter or bool(chosen.get("s_churn"))


QUIET = ("sample_res_multistep", "sample_res_multistep_cfg_pp")  # they have a noise sampler and never ask it
