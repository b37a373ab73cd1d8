"""The demonstration networks as MODELs of the host, and what stands for a prompt with each of them."""

from pathlib import Path
from typing import Any, NamedTuple

import comfy.model_management
import comfy.model_patcher
import comfy.sd
import comfy.supported_models
import comfy.supported_models_base
import comfy.utils
import torch

from ..demo.network import (
    FINE_VAE_FILE,
    TRANSFORMER,
    TRANSFORMER_FILE,
    UNET,
    UNET_FILE,
    VAE_FILE,
)

Weights = dict[str, torch.Tensor]


class DemoConfig(comfy.supported_models.SD15):
    """SD1.5 with attention heads of 32 channels."""

    unet_extra_config = {"num_heads": -1, "num_head_channels": 32}


class Network(NamedTuple):
    """A bundled network: its configuration for the host, and its files."""

    config: type[comfy.supported_models_base.BASE]
    shape: dict
    file: Path
    vae_file: Path


UNET_NETWORK, TRANSFORMER_NETWORK = "unet", "transformer"
NETWORKS = {
    UNET_NETWORK: Network(DemoConfig, UNET, UNET_FILE, VAE_FILE),
    TRANSFORMER_NETWORK: Network(comfy.supported_models.FluxSchnell, TRANSFORMER, TRANSFORMER_FILE, FINE_VAE_FILE),
}


def load_network(name: str, weights: Weights, disable_dynamic: bool = False) -> comfy.model_patcher.ModelPatcher:
    """A MODEL of a demonstration network, in the precision the host would choose."""
    network = NETWORKS[name]
    load_device = comfy.model_management.get_torch_device()
    offload_device = comfy.model_management.unet_offload_device()
    dtype = comfy.model_management.unet_dtype(model_params=sum(w.numel() for w in weights.values()))
    manual_cast = comfy.model_management.unet_manual_cast(dtype, load_device)
    config = network.config(network.shape)
    config.set_inference_dtype(dtype, manual_cast)
    model = config.get_model({}, "", device=offload_device)
    model.diffusion_model.load_state_dict(config.process_unet_state_dict(weights))
    kind = comfy.model_patcher.ModelPatcher
    if not disable_dynamic:
        kind = getattr(comfy.model_patcher, "CoreModelPatcher", kind)
    patcher = kind(model, load_device=load_device, offload_device=offload_device)
    patcher.cached_patcher_init = (reload_network, (name,))
    return patcher


def reload_network(name: str, disable_dynamic: bool = False) -> comfy.model_patcher.ModelPatcher:
    """Loads the network again, for the host's deep copies."""
    return load_network(name, read_weights(name)[0], disable_dynamic)


def read_weights(name: str) -> tuple[Weights, torch.Tensor]:
    """The network's weights, and the tokens of every class (classes, tokens, channels)."""
    weights, _ = comfy.utils.load_torch_file(str(NETWORKS[name].file), safe_load=True, return_metadata=True)
    return weights, weights.pop("class_tokens").float()


def load_autoencoder(name: str) -> comfy.sd.VAE:
    """The VAE of a demonstration network; on a CPU its convolutions are a tenth faster with the channels last."""
    vae = comfy.sd.VAE(sd=comfy.utils.load_torch_file(str(NETWORKS[name].vae_file), safe_load=True))
    network: Any = vae.first_stage_model
    network.to(memory_format=torch.channels_last)
    return vae
