"""DragEvidence: a sampler that recomposes an edit with the warped picture while it is made."""

from typing import Any

import comfy.sampler_helpers
import comfy.samplers
import torch
from comfy_api.latest import io

from ..core.invert.ddim import Denoiser
from ..core.redraw.evidence import NoisedWarp, SecondRun, edit_share, sample_with_evidence, share_of_cells
from .host.conditioning import require_whole
from .host.latents import connected_mask
from .host.sampling import reporter
from .host.types import CATEGORY, percent_input
from .references.moved import STILL

NODE = "DragEvidence"


class EvidenceSampler(comfy.samplers.Sampler):
    """Samples by Euler's method; the warped picture's latent is the VAE's, the share of the edit (H, W) in pixels."""

    def __init__(self, latent: torch.Tensor, share: torch.Tensor, part: float, untold: list | None):
        self.latent, self.share, self.part, self.untold = latent, share, part, untold

    def sample(
        self,
        model_wrap,
        sigmas,
        extra_args,
        callback,
        noise,
        latent_image: Any = None,
        denoise_mask=None,
        disable_pbar=False,
    ):
        require_fit(self.latent, noise)
        model = model_wrap.inner_model
        repeats = [len(noise) // len(self.latent), *[1] * (noise.ndim - 1)]
        picture = model.process_latent_in(self.latent.to(noise)).reshape(-1, *noise.shape[1:]).repeat(repeats)

        def noised(sigma: torch.Tensor) -> torch.Tensor:
            return model.model_sampling.noise_scaling(sigma, noise, picture)

        scaled, most = model.model_sampling, self.max_denoise(model_wrap, sigmas)
        state = sample_with_evidence(
            inside_mask(model_wrap, sigmas, noise, latent_image, denoise_mask, extra_args),
            scaled.noise_scaling(sigmas[0], noise, latent_image, most),
            noised(sigmas[0]),
            sigmas,
            share_of_cells(self.share, *noise.shape[-2:]).to(noise),
            round(self.part * (len(sigmas) - 1)),
            SecondRun(self.without_text(model_wrap, noise, extra_args)) if self.untold else NoisedWarp(noised),
            reporter(callback, len(sigmas) - 1),
        )
        return scaled.inverse_noise_scaling(sigmas[-1], state)

    def without_text(self, model_wrap, noise: torch.Tensor, extra_args: dict) -> Denoiser:
        """The model with a prompt of the warped picture's own, without guidance."""
        model, options = model_wrap.inner_model, extra_args["model_options"]
        options = options | {"transformer_options": options.get("transformer_options", {}) | {STILL: True}}
        given = {"positive": comfy.sampler_helpers.convert_cond(self.untold)}
        conds = comfy.samplers.process_conds(model, noise, given, noise.device, None, None, extra_args.get("seed"))

        def denoise(x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
            level = sigma.expand(len(x))
            return comfy.samplers.calc_cond_batch(model, [conds["positive"]], x, level, options)[0]

        return denoise


def inside_mask(model_wrap, sigmas, noise, latent_image, denoise_mask, extra_args: dict) -> Denoiser:
    """The host's guider, which keeps the latent outside of a noise mask as the host's samplers do."""
    inside: Any = comfy.samplers.KSamplerX0Inpaint(model_wrap, sigmas)
    inside.latent_image, inside.noise = latent_image, noise
    return lambda x, sigma: inside(x, sigma.expand(len(x)), denoise_mask, **extra_args)


def joined(mask: torch.Tensor) -> torch.Tensor:
    """What counts of a MASK, that of all frames together, (H, W) bool."""
    frames = mask.reshape(-1, *mask.shape[-2:])
    inside = connected_mask(frames, None, NODE)
    return torch.zeros(frames.shape[1:], dtype=torch.bool) if inside is None else inside.any(0)


def require_fit(latent: torch.Tensor, noise: torch.Tensor) -> None:
    """Refuses a warped picture that is not of the size and kind of what is sampled."""
    ours, theirs = ([t.shape[1], *t.shape[-2:]] for t in (latent, noise))
    if ours != theirs or len(noise) % len(latent) or latent[0].numel() != noise[0].numel():
        raise ValueError(
            f"{NODE}: the warped picture's latent is {list(latent.shape)} and the sampler makes {list(noise.shape)}. "
            "Encode the warped picture with the MODEL's VAE, and sample a latent of its size."
        )


class DragEvidence(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id=NODE,
            display_name="Drag Evidence (MoRe-Drag)",
            category=CATEGORY,
            description="A sampler that keeps an edit to the picture: while an edit model works, the warped picture of "
            "Drag Warp is laid in, wholly away from the drag, half where content has come to, not at all where it "
            "left. For any edit model; what nothing was asked of no longer drifts.",
            search_aliases=["MoRe-Drag", "drift", "keep background", "recompose", "edit model drag", "sampler"],
            inputs=[
                io.Latent.Input("latent", tooltip="VAE Encode of the warped picture (Drag Warp)."),
                io.Mask.Input(
                    "inpaint_mask", tooltip="Of Drag Warp: what is left to paint, where the edit alone counts."
                ),
                io.Mask.Input("target_mask", tooltip="Of Drag Warp: where moved content lies, half of it the edit's."),
                percent_input(
                    "end_percent",
                    0.53,
                    "The share of the steps that are followed by a recomposition, from the first on: 16 of 30 in the "
                    "paper. At 1 nothing away from the drag changes; less lets the model join the parts.",
                ),
                io.Conditioning.Input(
                    "without_text",
                    optional=True,
                    tooltip="An empty prompt with the warped picture as its reference: the paper's second run, one "
                    "more evaluation in each of those steps. Without one the warped picture with noise stands in.",
                ),
            ],
            outputs=[io.Sampler.Output(display_name="sampler", tooltip="For SamplerCustom; it steps as euler does.")],
        )

    @classmethod
    def execute(
        cls,
        latent: dict,
        inpaint_mask: torch.Tensor,
        target_mask: torch.Tensor,
        end_percent: float,
        without_text: list | None = None,
    ) -> io.NodeOutput:
        if without_text is not None:
            require_whole({"without_text": without_text}, NODE)
        left, target = (joined(mask) for mask in (inpaint_mask, target_mask))
        if left.shape != target.shape:
            raise ValueError(
                f"{NODE}: the inpaint_mask is {left.shape[1]}x{left.shape[0]} and the target_mask "
                f"{target.shape[1]}x{target.shape[0]}. Connect both masks of one Drag Warp."
            )
        if not (left.any() or target.any()):
            raise ValueError(f"{NODE}: both masks are empty, so nothing moved. Draw a drag for Drag Warp.")
        sampler = EvidenceSampler(latent["samples"], edit_share(left, target), end_percent, without_text)
        return io.NodeOutput(sampler)
