"""A node of the host that samples, as a queued graph shows it: what its latent, MODEL and noise levels come from."""

from functools import cached_property
from typing import Any

from .graph import PromptGraph

LATENT_INPUTS = {
    "BNNIFill": "latent",
    "LatentBlend": "samples1",
    "LatentComposite": "samples_to",
    "LatentCrop": "samples",
    "LatentFlip": "samples",
    "LatentFromBatch": "samples",
    "LatentRotate": "samples",
    "LatentUpscale": "samples",
    "LatentUpscaleBy": "samples",
    "LatentWarpage": "latent",
    "RepeatLatentBatch": "samples",
    "SetLatentNoiseMask": "samples",
}
SIGMAS_INPUTS = {"SplitSigmas": "sigmas", "SplitSigmasDenoise": "sigmas", "SetFirstSigma": "sigmas"}
SCHEDULERS = {
    "AlignYourStepsScheduler", "BasicScheduler", "BetaSamplingScheduler", "ExponentialScheduler", "GITSScheduler",
    "KarrasScheduler", "LaplaceScheduler", "PolyexponentialScheduler", "SDTurboScheduler", "VPScheduler",
}  # fmt: skip
FRESH_NOISE = ("ancestral", "sde", "lcm", "ddpm", "seeds", "sa_solver", "sasolver")  # in names of samplers
PICTURES = {"EmptyLatentImage", "LoadLatent", "VAEEncode", "VAEEncodeForInpaint", "VAEEncodeTiled"}
PAIRS = {"DragOptimizeLatent", "DragOnlineLoRA"}
NOISY = {"InvertLatent", "LazyDrag", "RegionCopyPaste", *PAIRS}
WHOLE_SAMPLERS, SAMPLERS = {"KSampler", "KSamplerAdvanced"}, {"SamplerCustom", "SamplerCustomAdvanced"}


class SamplerUse:
    """One node of the host that samples, and what leads to it."""

    def __init__(self, graph: PromptGraph, node: str):
        self.graph, self.node, self.kind = graph, node, graph.kind(node)
        link = graph.link(node, "guider")
        self.guided = link.node if link else node  # the node with the model and cfg

    @cached_property
    def latents(self) -> list[str]:
        """The nodes that the latent has come through, the nearest first, its origin last."""
        return [link.node for link in self.graph.chain(self.node, "latent_image", LATENT_INPUTS.get)]

    @cached_property
    def passed(self) -> list[str]:
        """The kinds of the nodes between the latent's origin and the sampler, the nearest first."""
        return [self.graph.kind(node) for node in self.latents[:-1]]

    @cached_property
    def origin(self) -> str | None:
        return self.graph.kind(self.latents[-1]) if self.latents else None

    @cached_property
    def models(self) -> set[str]:
        """The kinds of all nodes that the MODEL has come through."""
        return {self.graph.kind(link.node) for link in self.graph.chain(self.guided, "model", lambda kind: "model")}

    @property
    def injected(self) -> bool:
        return "KVInjectAttention" in self.models

    @property
    def noisy(self) -> bool:
        return self.origin in NOISY

    @property
    def inverted(self) -> bool:
        """Whether the latent is that of a picture that was inverted, not of one being generated."""
        made = self.graph.link(self.latents[-1], "inversion") if self.noisy else None
        return self.origin == "InvertLatent" or (made is not None and self.graph.kind(made.node) == "InvertLatent")

    @property
    def is_pair(self) -> bool:
        """Whether source and edit are sampled together."""
        return self.origin in PAIRS and "LatentFromBatch" not in self.passed

    @property
    def adds_noise(self) -> bool:
        noise = self.graph.link(self.node, "noise")
        given = self.graph.value(self.node, "add_noise")
        return (
            self.kind == "KSampler"
            or given in (True, "enable")
            or (noise is not None and self.graph.kind(noise.node) == "RandomNoise")
        )

    @property
    def sampler(self) -> str | None:
        """The kind of the node that the sampler comes from, None for samplers that are chosen by name."""
        link = self.graph.link(self.node, "sampler")
        return self.graph.kind(link.node) if link else None

    @property
    def sampler_name(self) -> str:
        """The name of the sampler, or of the node that gives it."""
        link = self.graph.link(self.node, "sampler")
        name = self.graph.value(link.node if link else self.node, "sampler_name")
        return name if isinstance(name, str) else self.sampler or ""

    @property
    def draws_noise(self) -> bool:
        link = self.graph.link(self.node, "sampler")
        still = link is not None and self.graph.value(link.node, "eta") == 0
        return not still and any(word in self.sampler_name.lower() for word in FRESH_NOISE)

    @property
    def levels(self) -> str | None:
        """The kind of the node that the noise levels come from."""
        *_, last = [None, *self.graph.chain(self.node, "sigmas", SIGMAS_INPUTS.get)]
        return self.graph.kind(last.node) if last else None

    @property
    def has_levels_of_a_scheduler(self) -> bool:
        """Whether they are another schedule's; ddim_uniform has those of an inversion, if the steps agree."""
        *_, last = [None, *self.graph.chain(self.node, "sigmas", SIGMAS_INPUTS.get)]
        place = self.node if self.kind in WHOLE_SAMPLERS else last.node if last else self.node
        known = self.kind in WHOLE_SAMPLERS or self.levels in SCHEDULERS
        return known and self.graph.value(place, "scheduler") != "ddim_uniform"

    @property
    def cfg(self) -> float:
        value = self.graph.value(self.guided, "cfg")
        return float(value) if isinstance(value, int | float) else 1.0

    def setting(self, name: str) -> Any:
        """A setting of the node that the latent comes from."""
        return self.graph.value(self.latents[-1], name)
