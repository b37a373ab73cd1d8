"""Invert Latent: runs the inversions of `core` inside the host's own sampling set-up."""

import torch
from comfy_api.latest import io

from ..core.attention.states import Capture, Recorder, WholeLatent
from ..core.invert.ddim import Inversion, Spacing, inversion_timesteps, stochastic_timesteps
from ..core.invert.flow import LOWEST, FlowSchedule
from ..core.invert.schedule import Levels
from .checks.noisy_latents import marked_noisy, warn_of_noise_mask, warn_of_noisy
from .host.capture_store import Keeper, Precision, Store
from .host.conditioning import require_active, require_whole
from .host.flows import flow_levels, framed, is_flow, note_guidance, picture_latent, unframed
from .host.inversions import InversionSampler, Method, run_inversion
from .host.latents import latent_like, refusals_of, require_channels
from .host.models import architecture, identify, noise_levels, require_unet
from .host.tiling import patch_names, refuse_tiling
from .host.types import CATEGORY, InversionType, choice, percent_input, seed_input
from .host.words import log

NODE = "InvertLatent"


class InvertLatent(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id=NODE,
            display_name="Invert Latent",
            category=CATEGORY,
            description="Carries a picture's latent up the noise levels, so that sampling from there with the sigmas "
            "given back returns the picture. Records the self-attention states that keep an edit like its source.",
            search_aliases=[
                "DDIM inversion",
                "Uni-Inv",
                "flow inversion",
                "noise inversion",
                "unsample",
                "FastDrag",
                "reverse sampling",
            ],
            inputs=[
                io.Model.Input(
                    "model",
                    tooltip="A Stable Diffusion UNet (SD1.x, SD2.x, SDXL) or a flow model of pictures (FLUX, "
                    "Qwen-Image, Z-Image, SD3.5), with your LoRAs.",
                ),
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
                    "(RegionDrag); sample it with Region Copy-Paste. On a flow model ddim means uni-inv, which looks "
                    "one step ahead at no cost; euler is the plain way, less exact.",
                ),
                choice(
                    "spacing",
                    Spacing.LEADING,
                    "Which noise levels the steps use: leading (FastDrag, DragDiffusion) or linspace (RegionDrag). "
                    "Flow models have one way, that of the scheduler simple.",
                ),
                choice(
                    "capture",
                    Capture.OUTPUT,
                    "Which self-attention states to record for KV Inject Attention: output blocks (FastDrag), "
                    "all blocks (RegionDrag), or none. Nothing is recorded of a flow model.",
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
                seed_input("Seed of the noise of ddpm; the other methods do not use it."),
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
        samples = picture_latent(latent, NODE)
        warn_of_noisy(latent, NODE, "Connect the latent of the picture, from VAE Encode.")
        warn_of_noise_mask(latent, NODE)
        chosen, captured = ways(model, Method(method), Capture(capture))
        if captured is not Capture.NONE:
            check_capture(model, positive)
        schedule = flow_levels(model, NODE) if is_flow(model) else noise_levels(model, NODE)
        require_channels(samples, model.model.latent_format.latent_channels, NODE)
        with refusals_of(NODE):
            if isinstance(schedule, FlowSchedule):
                sigmas = schedule.inverted(steps, strength, LOWEST if chosen is Method.DDPM else 0.0)
            else:
                sigmas = inverted_levels(schedule, steps, strength, Spacing(spacing), chosen)
        require_active(positive, sigmas[1:], schedule, NODE)
        note_guidance(model, positive, NODE)

        height, width = samples.shape[-2:]
        whole = WholeLatent(NODE, (height, width), patch_names(model.model_options))
        evaluations = 1 if chosen is Method.DDPM else 1 + refine
        keeper = Keeper(Store(store), Precision(precision), model.load_device, evaluations)
        recorder = Recorder(captured.wants, keeper, whole)
        patched = model.clone()
        if captured is not Capture.NONE:
            patched.set_model_attn1_patch(recorder)
        sampler = InversionSampler(chosen, refine, schedule, recorder)
        noisy = run_inversion(patched, positive, framed(samples, model), sampler, sigmas, seed, NODE)
        inversion = Inversion(
            sigmas,
            tuple(unframed(state).cpu() for state in sampler.path),
            tuple(unframed(noise).cpu() for noise in sampler.noises),
            recorder.states(),
            steps,
            schedule,
            identify(model),
        )
        clean = latent["samples"]
        return io.NodeOutput(
            marked_noisy(latent_like(latent, noisy.view_as(clean)), clean), inversion.descending_sigmas, inversion
        )


def ways(model, method: Method, capture: Capture) -> tuple[Method, Capture]:
    """How a MODEL is inverted and what is recorded of it: the node's first choices mean what is right for it."""
    if not is_flow(model):
        if method.is_of_flows:
            raise ValueError(
                f"{NODE}: {method.value} inverts flow models, and this MODEL ({architecture(model)}) is none. Set "
                "method to ddim or ddpm."
            )
        return method, capture
    notes = [f"{Method.DDIM.value} on a flow model is {Method.UNI_INV.value}."] if method is Method.DDIM else []
    if capture is not Capture.NONE:
        notes.append("nothing is recorded of a flow model: Lazy Drag runs the source beside the edit.")
    for note in notes:
        log.info("%s: %s", NODE, note)
    return Method.UNI_INV if method is Method.DDIM else method, Capture.NONE


def check_capture(model, positive: list) -> None:
    """Refuses what leaves no self-attention states of the whole picture."""
    require_unet(model, NODE)
    refuse_tiling(model.model_options, NODE)
    require_whole({"positive": positive}, NODE)


def inverted_levels(schedule: Levels, steps: int, strength: float, spacing: Spacing, method: Method) -> torch.Tensor:
    """The sigmas (K + 1,) of an inversion's path, ascending."""
    train_steps = len(schedule.levels)
    timesteps = inversion_timesteps(steps, strength, spacing, train_steps)
    stochastic = method is Method.DDPM
    return schedule.levels[stochastic_timesteps(timesteps, steps, train_steps) if stochastic else [0, *timesteps]]
