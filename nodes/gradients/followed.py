"""Where drags by gradients work: at an inversion's top state, inside the host's sampling, with features to follow."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import latent_preview
import torch

from ...core.invert.ddim import Inversion
from ...core.invert.schedule import variance_exploding, variance_preserving
from ...core.optimise.latent import Dragged, Evaluate
from ..host.conditioning import require_active, require_whole
from ..host.models import require_source, warn_of_other_sampling
from ..host.sampling import denoiser, reporter
from .autograd import differentiable, run_with_gradients
from .features import FeatureTap
from .plan import Plan


class Bench(NamedTuple):
    """What an optimisation is given where the host runs a sampler; latents are in DDPM's terms."""

    evaluate: Evaluate
    start: torch.Tensor  # (1, C, h, w), the top state
    levels: torch.Tensor  # (K,) descending, in units of sigma_data
    network: torch.nn.Module
    tell: Callable[[dict], None]  # reports a step to the host


Optimise = Callable[[Bench], Dragged]


class Followed:
    """The top state of an inversion, and a network whose features can be followed from there."""

    def __init__(self, node: str, model, inversion: Inversion, plan: Plan, blocks: tuple[int, ...]):
        self.node, self.model, self.inversion, self.plan, self.blocks = node, model, inversion, plan, blocks
        require_source(model, inversion, node)
        warn_of_other_sampling(model, inversion, node)
        self.sigma_data = inversion.schedule.sigma_data

    def run(
        self,
        optimise: Optimise,
        prompts: dict[str, list],
        evaluated: torch.Tensor,
        steps: int,
        cfg: float = 1.0,
        checkpointing: bool = False,
    ) -> torch.Tensor:
        """The source and the edited latent (2, C, h, w).

        evaluated: the sigmas at which the network runs; steps: how many the host is told of at most.
        """
        require_whole(prompts, self.node)
        for name, given in prompts.items():
            require_active(given, evaluated, self.inversion.schedule, self.node, name)
        tap = FeatureTap(self.blocks, cfg, self.plan.grid)
        patched = differentiable(self.model, self.node, guided=cfg > 1)
        patched.set_model_output_block_patch(tap)
        return run_with_gradients(
            patched,
            prompts,
            self.inversion.source.space.process_out(self.inversion.path[-1]),
            self.inversion.descending_sigmas,
            partial(self.work, optimise, tap, steps),
            node=self.node,
            cfg=cfg,
            callback=latent_preview.prepare_callback(patched, steps),
            checkpointing=checkpointing,
        )

    def work(
        self,
        optimise: Optimise,
        tap: FeatureTap,
        steps: int,
        model_wrap: Any,
        extra_args: dict,
        state: torch.Tensor,
        sigmas: torch.Tensor,
        callback: Callable | None,
    ) -> torch.Tensor:
        """Runs an optimisation where the host runs a sampler."""
        levels, denoise = sigmas / self.sigma_data, denoiser(model_wrap, extra_args)
        bench = Bench(
            lambda latent, sigma, whole: tap.evaluate(denoise, latent, sigma, self.sigma_data, whole),
            variance_preserving(state, levels[0]),
            levels,
            model_wrap.inner_model.diffusion_model,
            reporter(callback, steps),
        )
        with tap.watching(model_wrap):
            dragged = optimise(bench)
        return variance_exploding(torch.cat([dragged.source, dragged.edited]), levels[dragged.levels])

    def backdrop(self) -> torch.Tensor:
        """The source as the host previews latents, (1, H, W, 3); black for a model it has no colours of."""
        placed, space = self.plan.placed, self.inversion.source.space
        width, height = placed.whole.picture
        if space.latent_rgb_factors is None:
            return torch.zeros(1, height, width, 3)
        previewer = latent_preview.Latent2RGBPreviewer(space.latent_rgb_factors)
        picture = previewer.decode_latent_to_preview(self.inversion.path[0].float()).resize(placed.part.size)
        left, top = placed.part.left, placed.part.top
        picture = picture.convert("RGB").crop((-left, -top, width - left, height - top))
        pixels = torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8)
        return pixels.view(1, height, width, 3) / 255
