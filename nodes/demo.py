"""The demonstration model: a small network that ships with the pack, so that examples run without a download."""

import comfy.model_management
import comfy.model_patcher
import comfy.sd
import comfy.supported_models
import comfy.utils
import torch
from comfy_api.latest import io

from ..demo.network import CLASSES, UNET, UNET_FILE, VAE_FILE
from ..demo.scenes import SCENES
from .host.latents import between_nodes
from .host.types import CATEGORY, MAX_SEED


class DemoConfig(comfy.supported_models.SD15):
    """SD1.5 with attention heads of 32 channels."""

    unet_extra_config = {"num_heads": -1, "num_head_channels": 32}


class DragDemoModel(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="DragDemoModel",
            display_name="Drag Demo Model",
            category=CATEGORY,
            description="A small diffusion model shaped like SD1.5 that ships with DragKit. It knows rendered balls, "
            "faces and mountains at 256x256 and exists to try the drag nodes without a download; for your own "
            "pictures load a Stable Diffusion checkpoint instead.",
            search_aliases=["example model", "tiny model", "test model"],
            inputs=[
                io.Combo.Input(
                    "scene",
                    options=list(CLASSES),
                    default=CLASSES[1],
                    tooltip="What the picture shows; it takes the place of a prompt.",
                )
            ],
            outputs=[
                io.Model.Output(display_name="model", tooltip="The network."),
                io.Conditioning.Output(display_name="positive", tooltip="The chosen scene."),
                io.Conditioning.Output(display_name="negative", tooltip="No scene in particular."),
                io.Vae.Output(display_name="vae", tooltip="Its autoencoder."),
            ],
        )

    @classmethod
    def execute(cls, scene: str) -> io.NodeOutput:
        weights, tokens = read_weights()
        positive, negative = ([[tokens[kind][None], {"pooled_output": None}]] for kind in (CLASSES.index(scene), 0))
        vae = comfy.sd.VAE(sd=comfy.utils.load_torch_file(str(VAE_FILE), safe_load=True))
        return io.NodeOutput(load_unet(weights), positive, negative, vae)


def load_unet(weights: dict[str, torch.Tensor], disable_dynamic: bool = False) -> comfy.model_patcher.ModelPatcher:
    """A MODEL of the demonstration network, in the precision the host would choose."""
    load_device = comfy.model_management.get_torch_device()
    offload_device = comfy.model_management.unet_offload_device()
    dtype = comfy.model_management.unet_dtype(model_params=sum(w.numel() for w in weights.values()))
    manual_cast = comfy.model_management.unet_manual_cast(dtype, load_device)
    config = DemoConfig(UNET)
    config.set_inference_dtype(dtype, manual_cast)
    model = config.get_model({}, "", device=offload_device)
    model.diffusion_model.load_state_dict(weights)
    kind = comfy.model_patcher.ModelPatcher
    if not disable_dynamic:
        kind = getattr(comfy.model_patcher, "CoreModelPatcher", kind)
    patcher = kind(model, load_device=load_device, offload_device=offload_device)
    patcher.cached_patcher_init = (reload_unet, ())
    return patcher


def reload_unet(disable_dynamic: bool = False) -> comfy.model_patcher.ModelPatcher:
    """Loads the network again, for the host's deep copies."""
    return load_unet(read_weights()[0], disable_dynamic)


def read_weights() -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """The UNet's weights, and the tokens of every class (classes, tokens, channels)."""
    weights, _ = comfy.utils.load_torch_file(str(UNET_FILE), safe_load=True, return_metadata=True)
    return weights, weights.pop("class_tokens").float()


class DragDemoPicture(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="DragDemoPicture",
            display_name="Drag Demo Picture",
            category=CATEGORY,
            description="Renders a picture of the kind that Drag Demo Model knows, so that examples run without a "
            "file. For your own pictures use Load Image.",
            search_aliases=["example picture", "test image", "render scene"],
            inputs=[
                io.Combo.Input("scene", options=list(SCENES), default="ball", tooltip="What the picture shows."),
                io.Int.Input(
                    "seed",
                    default=3,
                    min=0,
                    max=MAX_SEED,
                    control_after_generate=False,
                    tooltip="Another seed, another picture of the same kind.",
                ),
            ],
            outputs=[io.Image.Output(display_name="image", tooltip="The picture, 256x256.")],
        )

    @classmethod
    def execute(cls, scene: str, seed: int) -> io.NodeOutput:
        parameters = SCENES[scene].sample(1, torch.Generator().manual_seed(seed))
        return io.NodeOutput(between_nodes(SCENES[scene].render(parameters).permute(0, 2, 3, 1)))
