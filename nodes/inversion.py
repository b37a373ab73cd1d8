"""Invert Latent: runs the inversions of `core` inside the host's own sampling set-up."""

from collections.abc import Callable
from enum import Enum

import comfy.model_management
import comfy.samplers
import latent_preview
import torch
from comfy_api.latest import io

from ..core.attention import Capture, Recorder, keep_copy
from ..core.inversion import (
    Inversion,
    Spacing,
    inversion_timesteps,
    invert_ddim,
    start_state,
    stochastic_timesteps,
)
from ..core.stochastic import chain, invert_ddpm, unit_noise
from .latents import image_latent, latent_like, refusals_of, require_channels
from .models import identify, noise_levels, require_unet
from .noisy_latents import marked_noisy, warn_of_noise_mask, warn_of_noisy
from .patches import bare
from .sampling import denoiser, reporter
from .types import CATEGORY, InversionType, choice, percent_input, seed_input

FREE_SHARE = 0.25  # of the GPU's memory, left free by automatic storage


class Method(Enum):
    DDIM = "ddim"
    DDPM = "ddpm"


class Store(Enum):
    AUTO = "auto"
    GPU = "gpu"
    CPU = "cpu"

    def keeper(self, device: torch.device) -> Callable[[torch.Tensor], torch.Tensor]:
        """How a captured state is kept: where it is, in RAM, or by free GPU memory."""
        here, ram = keep_copy(None), keep_copy("cpu")
        if self is not Store.AUTO or device.type == "cpu":
            return ram if self is Store.CPU else here
        reserve = FREE_SHARE * comfy.model_management.get_total_memory(device)
        return lambda state: (here if comfy.model_management.get_free_memory(device) > reserve else ram)(state)


class InversionSampler(comfy.samplers.Sampler):
    """Runs an inversion where the host runs a sampler, and remembers its path and noises."""

    def __init__(self, method: Method, refine: int, sigma_data: float):
        self.method, self.refine, self.sigma_data = method, refine, sigma_data
        self.path: list[torch.Tensor] = []
        self.noises: list[torch.Tensor] = []

    def sample(
        self, model_wrap, sigmas, extra_args, callback, noise, latent_image=None, denoise_mask=None, disable_pbar=False
    ):
        denoise, report = denoiser(model_wrap, extra_args), reporter(callback, len(sigmas) - 1)
        start = start_state(latent_image, sigmas[0], self.sigma_data)
        if self.method is Method.DDIM:
            options = {"refine": self.refine, "sigma_data": self.sigma_data}
            self.path = invert_ddim(denoise, start, sigmas, **options, callback=report)
        else:
            fresh = unit_noise(extra_args["seed"])
            self.path, self.noises = invert_ddpm(denoise, start, chain(sigmas), fresh, callback=report)
        return self.path[-1]


class InvertLatent(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="InvertLatent",
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
                    "store", Store.AUTO, "Where recorded states live: in GPU memory, in RAM, or by free GPU memory."
                ),
                io.Int.Input(
                    "refine",
                    default=0,
                    min=0,
                    max=20,
                    tooltip="Extra model calls per step that make the way back closer to the picture. 0 is the paper.",
                ),
                seed_input("Seed of the noise of ddpm; ddim does not use it."),
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
    ) -> io.NodeOutput:
        samples = image_latent(latent, "InvertLatent")
        warn_of_noisy(latent, "InvertLatent", "Connect the latent of the picture, from VAE Encode.")
        warn_of_noise_mask(latent, "InvertLatent")
        if Capture(capture) is not Capture.NONE:
            require_unet(model, "InvertLatent")
        schedule = noise_levels(model, "InvertLatent")
        require_channels(samples, model.model.latent_format.latent_channels, "InvertLatent")
        train_steps = len(schedule.levels)
        stochastic = Method(method) is Method.DDPM
        with refusals_of("InvertLatent"):
            timesteps = inversion_timesteps(steps, strength, Spacing(spacing), train_steps)
            labels = stochastic_timesteps(timesteps, steps, train_steps) if stochastic else [0, *timesteps]
        sigmas = schedule.levels[labels]  # (K + 1,) ascending

        recorder = Recorder(Capture(capture).wants, Store(store).keeper(model.load_device))
        patched = model.clone()
        if Capture(capture) is not Capture.NONE:
            patched.set_model_attn1_patch(recorder)
        sampler = InversionSampler(Method(method), refine, schedule.sigma_data)
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


def run(model, positive, samples: torch.Tensor, sampler: InversionSampler, sigmas: torch.Tensor, seed: int):
    """Samples by the host's guider with the positive prompt alone, with its progress bar and previews."""
    guider = comfy.samplers.CFGGuider(bare(model, "InvertLatent"))
    guider.inner_set_conds({"positive": positive})
    callback = latent_preview.prepare_callback(model, len(sigmas) - 1)
    noisy = guider.sample(
        torch.zeros_like(samples), samples, sampler, sigmas, callback=callback, disable_pbar=True, seed=seed
    )
    return noisy.to(comfy.model_management.intermediate_device())
