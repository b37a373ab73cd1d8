"""Invert Latent: runs the inversions of `core` inside the host's own sampling set-up."""

from enum import Enum
from typing import Any

import comfy.model_management
import comfy.samplers
import latent_preview
import torch
from comfy_api.latest import io

from ..core.attention.states import Capture, Recorder, WholeLatent
from ..core.invert.ddim import (
    Inversion,
    Spacing,
    inversion_timesteps,
    invert_ddim,
    start_state,
    stochastic_timesteps,
)
from ..core.invert.ddpm import chain, invert_ddpm, unit_noise
from ..core.invert.schedule import NoiseSchedule
from .checks.noisy_latents import marked_noisy, warn_of_noise_mask, warn_of_noisy
from .host.capture_store import Keeper, Precision, Store
from .host.conditioning import ranks, require_active, require_whole
from .host.latents import image_latent, latent_like, refusals_of, require_channels
from .host.models import identify, noise_levels, require_unet
from .host.patches import make_bare
from .host.sampling import denoiser, reporter
from .host.tiling import patch_names, refuse_tiling
from .host.types import CATEGORY, InversionType, choice, percent_input, seed_input

NODE = "InvertLatent"


class Method(Enum):
    DDIM = "ddim"
    DDPM = "ddpm"


class InversionSampler(comfy.samplers.Sampler):
    """Runs an inversion where the host runs a sampler, and remembers its path and noises."""

    def __init__(self, method: Method, refine: int, sigma_data: float, recorder: Recorder):
        self.method, self.refine, self.sigma_data, self.recorder = method, refine, sigma_data, recorder
        self.path: list[torch.Tensor] = []
        self.noises: list[torch.Tensor] = []

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
        denoise, report = denoiser(model_wrap, extra_args), reporter(callback, len(sigmas) - 1)
        self.recorder.ranks = ranks(model_wrap, "positive")
        start = start_state(latent_image, sigmas[0], self.sigma_data)
        if self.method is Method.DDIM:
            self.path = invert_ddim(
                denoise, start, sigmas, refine=self.refine, sigma_data=self.sigma_data, callback=report
            )
        else:
            fresh = unit_noise(extra_args["seed"])
            self.path, self.noises = invert_ddpm(denoise, start, chain(sigmas), fresh, callback=report)
        return self.path[-1]


class InvertLatent(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id=NODE,
            display_name="Invert Latent",
            category=CATEGORY,
            description="Carries a picture's latent up the noise levels, so that sampling from there with the sigmas "
            "given back returns the picture. Records the self-attention states that keep an edit like its source.",
            search_aliases=["DDIM inversion", "noise inversion", "unsample", "FastDrag", "reverse sampling"],
            inputs=[
                io.Model.Input("model", tooltip="A Stable Diffusion UNet (SD1.x, SD2.x, SDXL), with your LoRAs."),
                io.Conditioning.Input("positive", tooltip="The prompt that describes the picture; it may be empty."),
                io.Latent.Input("latent", tooltip="The picture, from VAE Encode."),
                io.Int.Input(
                    "steps",
                    default=10,
                    min=1,
                    max=500,
                    tooltip="Steps of a whole run from noise to picture. FastDrag 10, DragDiffusion 50.",
                ),
                percent_input(
                    "strength", 0.7, "How far up to go, as a share of the steps: more lets an edit change more."
                ),
                choice(
                    "method",
                    Method.DDIM,
                    "ddim: deterministic (FastDrag, DragDiffusion). ddpm: stochastic with recovered noise "
                    "(RegionDrag); sample it with Region Copy-Paste.",
                ),
                choice(
                    "spacing",
                    Spacing.LEADING,
                    "Which noise levels the steps use: leading (FastDrag, DragDiffusion) or linspace (RegionDrag).",
                ),
                choice(
                    "capture",
                    Capture.OUTPUT,
                    "Which self-attention states to record for KV Inject Attention: output blocks (FastDrag), "
                    "all blocks (RegionDrag), or none.",
                ),
                choice(
                    "store",
                    Store.AUTO,
                    "Where recorded states live: in GPU memory, in RAM, or small ones in GPU memory and large ones in "
                    "RAM.",
                ),
                io.Int.Input(
                    "refine",
                    default=0,
                    min=0,
                    max=20,
                    tooltip="Extra model calls per step that make the way back closer to the picture. 0 is the paper.",
                ),
                seed_input("Seed of the noise of ddpm; ddim does not use it."),
                choice(
                    "precision",
                    Precision.COMPUTED,
                    "How recorded states are kept: as they were computed, or in 8 bits, which takes half the memory of "
                    "fp16. Edited pictures of the bundled model keep a PSNR of 77 dB or more, which nobody sees.",
                    optional=True,
                    advanced=True,
                ),
            ],
            outputs=[
                io.Latent.Output(display_name="latent", tooltip="The noisy latent to edit and sample from."),
                io.Sigmas.Output(display_name="sigmas", tooltip="The noise levels of the way back, for the sampler."),
                InversionType.Output(display_name="inversion", tooltip="The recorded run, for the drag nodes."),
            ],
        )

    @classmethod
    def execute(
        cls,
        model,
        positive,
        latent: dict,
        steps: int,
        strength: float,
        method: str,
        spacing: str,
        capture: str,
        store: str,
        refine: int,
        seed: int,
        precision: str = Precision.COMPUTED.value,
    ) -> io.NodeOutput:
        samples, captured = image_latent(latent, NODE), Capture(capture)
        warn_of_noisy(latent, NODE, "Connect the latent of the picture, from VAE Encode.")
        warn_of_noise_mask(latent, NODE)
        if captured is not Capture.NONE:
            check_capture(model, positive)
        schedule = noise_levels(model, NODE)
        require_channels(samples, model.model.latent_format.latent_channels, NODE)
        with refusals_of(NODE):
            sigmas = inverted_levels(schedule, steps, strength, Spacing(spacing), Method(method))
        require_active(positive, sigmas[1:], schedule, NODE)

        height, width = samples.shape[-2:]
        whole = WholeLatent(NODE, (height, width), patch_names(model.model_options))
        evaluations = 1 + refine if Method(method) is Method.DDIM else 1
        keeper = Keeper(Store(store), Precision(precision), model.load_device, evaluations)
        recorder = Recorder(captured.wants, keeper, whole)
        patched = model.clone()
        if captured is not Capture.NONE:
            patched.set_model_attn1_patch(recorder)
        sampler = InversionSampler(Method(method), refine, schedule.sigma_data, recorder)
        noisy = run(patched, positive, samples, sampler, sigmas, seed)
        inversion = Inversion(
            sigmas,
            tuple(state.cpu() for state in sampler.path),
            tuple(noise.cpu() for noise in sampler.noises),
            recorder.states(),
            steps,
            schedule,
            identify(model),
        )
        return io.NodeOutput(marked_noisy(latent_like(latent, noisy), samples), inversion.descending_sigmas, inversion)


def check_capture(model, positive: list) -> None:
    """Refuses what leaves no self-attention states of the whole picture."""
    require_unet(model, NODE)
    refuse_tiling(model.model_options, NODE)
    require_whole({"positive": positive}, NODE)


def inverted_levels(
    schedule: NoiseSchedule, steps: int, strength: float, spacing: Spacing, method: Method
) -> torch.Tensor:
    """The sigmas (K + 1,) of an inversion's path, ascending."""
    train_steps = len(schedule.levels)
    timesteps = inversion_timesteps(steps, strength, spacing, train_steps)
    stochastic = method is Method.DDPM
    return schedule.levels[stochastic_timesteps(timesteps, steps, train_steps) if stochastic else [0, *timesteps]]


def run(model, positive, samples: torch.Tensor, sampler: InversionSampler, sigmas: torch.Tensor, seed: int):
    """Samples a clone of a MODEL with the positive prompt alone, with the host's progress bar and previews."""
    make_bare(model, NODE)
    guider = comfy.samplers.CFGGuider(model)
    guider.inner_set_conds({"positive": positive})
    callback = latent_preview.prepare_callback(model, len(sigmas) - 1)
    noisy = guider.sample(
        torch.zeros_like(samples), samples, sampler, sigmas, callback=callback, disable_pbar=True, seed=seed
    )
    return noisy.to(comfy.model_management.intermediate_device())
