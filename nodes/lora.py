"""Drag LoRA Train: the LoRA that teaches a model one picture, so that an edit keeps its identity."""

import comfy.model_management
import comfy.sd
import comfy.utils
import torch
from comfy_api.latest import io

from ..core.instruction.spec import Extent
from ..core.optimise.lora import Crop, crops_of, random_crops, shrunk_to
from ..core.show.loss_curve import draw_losses
from ..core.show.preview import three_channels
from .checks.noisy_latents import warn_of_noisy
from .gradients.autograd import divergence_advice, memory_advice
from .gradients.drag_inputs import checkpointing_input
from .gradients.lora_training import Pictures, Training
from .host.conditioning import require_active, require_whole
from .host.latents import between_nodes, image_latent, require_pictures
from .host.types import CATEGORY, seed_input

NODE = "DragLoRATrain"
MEMORY_ADVICE = "Switch checkpointing on, lower batch_size or resolution, or load the model in bf16 or fp16."
DIVERGENCE_ADVICE = (
    "At the first step: look for a picture, prompt or LoRA that is broken (NaN). Later: lower learning_rate (paper: "
    "0.0005), or load the model in bf16 or fp32."
)


class DragLoRATrain(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id=NODE,
            display_name="Drag LoRA Train (DragDiffusion)",
            category=CATEGORY,
            description="Trains a small LoRA on one picture, so that a drag edit keeps who or what is in it. Use the "
            "MODEL it gives for the inversion, the drag and the sampling.",
            search_aliases=["DragDiffusion", "GoodDrag", "identity LoRA", "train lora", "fine-tune on one image"],
            inputs=[
                io.Model.Input("model", tooltip="A Stable Diffusion UNet (SD1.x, SD2.x, SDXL), with your LoRAs."),
                io.Conditioning.Input("positive", tooltip="The prompt that describes the picture, as for the drag."),
                io.Latent.Input(
                    "latent",
                    optional=True,
                    tooltip="The picture from VAE Encode, trained on whole. Connect this, or image and vae.",
                ),
                io.Image.Input(
                    "image",
                    optional=True,
                    tooltip="The picture, trained on by random square crops as in the paper; needs vae.",
                ),
                io.Vae.Input("vae", optional=True, tooltip="The autoencoder of the model, to encode the image."),
                io.Int.Input(
                    "steps",
                    default=80,
                    min=1,
                    max=10000,
                    tooltip="Training steps. Published edits on SD1.5 improve up to about 80 to 100.",
                ),
                io.Int.Input(
                    "rank", default=16, min=1, max=256, tooltip="Size of the LoRA: how much of the picture fits in."
                ),
                io.Float.Input(
                    "learning_rate",
                    default=5e-4,
                    min=1e-7,
                    max=1.0,
                    step=1e-5,
                    round=False,
                    tooltip="How far a step changes the LoRA. Lower it where the loss jumps.",
                ),
                io.Int.Input(
                    "batch_size",
                    default=4,
                    min=1,
                    max=64,
                    tooltip="Crops or latents in a step. Fewer need less memory and train more roughly.",
                ),
                seed_input("Seed of the LoRA's start, of the crops and of the noise.", default=0),
                io.Int.Input(
                    "resolution",
                    default=512,
                    min=64,
                    max=4096,
                    step=8,
                    optional=True,
                    tooltip="Side of the crops; the image's shorter side is resized to it. 512 for SD1.x, 768 or 512 "
                    "for SD2.x, 1024 for SDXL, 256 for the demo model. A latent keeps its size.",
                ),
                checkpointing_input("LoRA"),
            ],
            outputs=[
                io.Model.Output(display_name="model", tooltip="The model with the LoRA; yours stays as it was."),
                io.LoraModel.Output(display_name="lora", tooltip="The LoRA, for Save LoRA Weights or Load LoRA Model."),
                io.Image.Output(display_name="loss", tooltip="The loss of every step, drawn."),
            ],
        )

    @classmethod
    def execute(
        cls,
        model,
        positive,
        steps: int,
        rank: int,
        learning_rate: float,
        batch_size: int,
        seed: int,
        latent: dict | None = None,
        image: torch.Tensor | None = None,
        vae=None,
        resolution: int = 512,
        checkpointing: bool = False,
    ) -> io.NodeOutput:
        source = only_source(latent, image, vae)
        generator = torch.Generator().manual_seed(seed)
        training = Training(NODE, model, rank, learning_rate, generator)
        require_whole({"positive": positive}, NODE)
        require_active(positive, training.sigmas, training.schedule, NODE)
        if isinstance(source, torch.Tensor):
            pictures = cropped_pictures(source, vae, resolution, steps, batch_size, generator)
        else:
            warn_of_noisy(source, NODE, "Connect the latent of the picture, from VAE Encode.")
            pictures = whole_pictures(image_latent(source, NODE), steps, batch_size, generator)
        with memory_advice(NODE, MEMORY_ADVICE), divergence_advice(NODE, DIVERGENCE_ADVICE):
            lora = training.run(positive, pictures, checkpointing)
        with_lora, _ = comfy.sd.load_lora_for_models(model, None, lora, 1.0, 0)
        return io.NodeOutput(with_lora, lora, between_nodes(torch.from_numpy(draw_losses(training.losses))[None]))


def only_source(latent: dict | None, image: torch.Tensor | None, vae) -> dict | torch.Tensor:
    """The latent or the image; refuses anything but a latent alone, or an image with a vae."""
    if latent is not None and image is not None:
        raise ValueError(f"{NODE}: both a latent and an image are connected. Disconnect one of them.")
    require_pictures(image, NODE)
    if image is not None and vae is None:
        raise ValueError(f"{NODE}: the image cannot be encoded. Connect the vae of the model, too.")
    source = latent if image is None else image
    if source is None:
        raise ValueError(f"{NODE}: there is no picture to train on. Connect a latent, or an image and a vae.")
    return source


def whole_pictures(latents: torch.Tensor, steps: int, batch_size: int, generator: torch.Generator) -> Pictures:
    return Pictures(latents, torch.randint(len(latents), (steps, batch_size), generator=generator))


def cropped_pictures(
    image: torch.Tensor, vae, edge: int, steps: int, batch_size: int, generator: torch.Generator
) -> Pictures:
    """Random crops of an IMAGE (P, H, W, C); one that is drawn again is encoded once."""
    resized = shrunk_to(three_channels(image).movedim(-1, 1), edge)
    size = Extent(resized.shape[-1], resized.shape[-2])
    crops = random_crops(len(resized), size, edge, steps * batch_size, generator)
    numbers = {crop: number for number, crop in enumerate(dict.fromkeys(crops))}
    picks = torch.tensor([numbers[crop] for crop in crops]).view(steps, batch_size)
    return Pictures(encoded(resized, list(numbers), edge, vae, batch_size), picks)


def encoded(pictures: torch.Tensor, crops: list[Crop], edge: int, vae, batch_size: int) -> torch.Tensor:
    """The latents (N, C, h, w) of crops out of pictures (P, 3, H, W)."""
    parts = [crops[start : start + batch_size] for start in range(0, len(crops), batch_size)]
    progress, latents = comfy.utils.ProgressBar(len(parts)), []
    for part in parts:
        comfy.model_management.throw_exception_if_processing_interrupted()
        latents.append(vae.encode(crops_of(pictures, part, edge).movedim(1, -1)))
        progress.update(1)
    return image_latent({"samples": torch.cat(latents)}, NODE)
