"""Small random networks of the architectures that users own."""

import logging

import comfy.latent_formats
import comfy.model_base
import comfy.model_management
import comfy.model_patcher
import comfy.supported_models
import torch

from . import in_text
from .transformers import CONTEXT, POOLED, TRANSFORMERS

SDXL_SIZES = 6 * 256  # the embedded picture sizes that SDXL appends to the pooled prompt

UNET = {
    "image_size": 32,
    "in_channels": 4,
    "out_channels": 4,
    "model_channels": 32,
    "num_res_blocks": [1, 1],
    "channel_mult": [1, 2],
    "use_spatial_transformer": True,
    "transformer_depth": [1, 1],
    "transformer_depth_middle": 1,
    "transformer_depth_output": [1, 1, 1, 1],
    "context_dim": CONTEXT,
    "legacy": False,
    "use_linear_in_transformer": False,
}


class SmallSD15(comfy.supported_models.SD15):
    unet_extra_config = {"num_heads": 4, "num_head_channels": -1}


class SmallSD2(comfy.supported_models.SD20):
    unet_extra_config = {"num_heads": -1, "num_head_channels": 16}

    def model_type(self, state_dict, prefix=""):
        return comfy.model_base.ModelType.V_PREDICTION


class SmallSDXL(comfy.supported_models.SDXL):
    unet_extra_config = {"num_heads": -1, "num_head_channels": 16}

    def model_type(self, state_dict, prefix=""):
        return comfy.model_base.ModelType.EPS


CONFIGS = {
    "sd15": (SmallSD15, UNET),
    "sd2 v-prediction": (SmallSD2, UNET | {"use_linear_in_transformer": True}),
    "sdxl": (
        SmallSDXL,
        UNET
        | {
            "use_linear_in_transformer": True,
            "num_classes": "sequential",
            "adm_in_channels": POOLED + SDXL_SIZES,
            "transformer_depth": [0, 2],
            "transformer_depth_middle": 2,
            "transformer_depth_output": [0, 0, 2, 2],
        },
    ),
    **TRANSFORMERS,
    "qwen 2.1": (in_text.SmallQwenImage21, in_text.NETWORK),
}
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def build(kind: str, dtype: str, seed: int) -> comfy.model_patcher.ModelPatcher:
    """A MODEL with seeded random weights."""
    config_type, unet = CONFIGS[kind]
    config = config_type(unet)
    config.set_inference_dtype(DTYPES[dtype], None)
    model = config.get_model({}, "", device=comfy.model_management.unet_offload_device())
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.diffusion_model.named_parameters():
        fan = parameter[0].numel() if parameter.ndim > 1 else 1
        start = torch.randn(parameter.shape, generator=generator) * (0.7 / fan**0.5 if parameter.ndim > 1 else 0.02)
        parameter.data.copy_(start + (parameter.ndim == 1 and name.endswith("weight")))
    for buffer in (b for name, b in model.diffusion_model.named_buffers() if name == "pos_embed"):
        buffer.copy_(torch.randn(buffer.shape, generator=generator) * 0.2)
    return comfy.model_patcher.ModelPatcher(
        model,
        load_device=comfy.model_management.get_torch_device(),
        offload_device=comfy.model_management.unet_offload_device(),
    )


class StreamedPatcher(comfy.model_patcher.ModelPatcher):
    """A MODEL that says it streams its weights (dynamic VRAM), which hosts do on NVIDIA alone."""

    non_dynamic_delegate_model = None

    def is_dynamic(self) -> bool:
        return True

    def set_in_use_by_current_prompt(self, in_use: bool) -> None:
        pass

    def get_non_dynamic_delegate(self) -> comfy.model_patcher.ModelPatcher:
        plain = self.clone(disable_dynamic=True, model_override=self.non_dynamic_delegate_model)
        self.non_dynamic_delegate_model = plain.get_clone_model_override()
        return plain


def load(kind: str, dtype: str, seed: int, disable_dynamic: bool = False) -> comfy.model_patcher.ModelPatcher:
    """As a loader node does: a MODEL that knows how to be read again; every reading is logged."""
    logging.info("%s is read, %s", kind, "plain" if disable_dynamic else "streamed")
    plain = build(kind, dtype, seed)
    model = plain if disable_dynamic else StreamedPatcher(plain.model, plain.load_device, plain.offload_device)
    model.cached_patcher_init = (load, (kind, dtype, seed))
    return model
