"""Files of small random networks under the names that an example workflow loads."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from dragkit.tools.in_process import use_host
from torch import nn

SCALES = ("scale", "norm.weight", "norm1.weight", "norm2.weight", "norm_out.weight", "running_var")
CONTEXT, POOLED, WIDTH = 64, 32, 128  # of the text, of its summary, and of a network with one head
FLUX = {
    "vec_in_dim": POOLED,
    "mlp_ratio": 4.0,
    "axes_dim": [16, 56, 56],
    "theta": 10000,
    "patch_size": 2,
    "qkv_bias": True,
    "guidance_embed": True,
    "txt_ids_dims": [],
    "out_channels": 16,
}
FLUX2 = {
    "vec_in_dim": None,
    "mlp_ratio": 3.0,
    "axes_dim": [32, 32, 32, 32],
    "theta": 2000,
    "patch_size": 1,
    "qkv_bias": False,
    "guidance_embed": False,
    "txt_ids_dims": [3],
    "out_channels": 128,
    "global_modulation": True,
    "mlp_silu_act": True,
    "ops_bias": False,
    "default_ref_method": "index",
    "ref_index_scale": 10.0,
}


def flux(form: Mapping[str, Any], channels: int) -> nn.Module:
    """A network of the host's Flux class: two blocks of each kind."""
    import comfy.ldm.flux.model
    import comfy.ops

    size = {"hidden_size": WIDTH, "num_heads": 1, "depth": 2, "depth_single_blocks": 2, "context_in_dim": CONTEXT}
    made = {"in_channels": channels, "dtype": torch.float32, "operations": comfy.ops.disable_weight_init}
    return comfy.ldm.flux.model.Flux(**form, **size, **made)


def tiny_autoencoder() -> nn.Module:
    """The host's tiny autoencoder, for latents of 16 channels."""
    import comfy.taesd.taesd

    return comfy.taesd.taesd.TAESD(latent_channels=16)


def flux2_autoencoder() -> nn.Module:
    """FLUX.2's autoencoder with a thin decoder: the host counts its latents as 128 channels at a sixteenth."""
    from comfy.ldm.models.autoencoder import AutoencoderKL

    form = {"double_z": True, "z_channels": 32, "resolution": 256, "in_channels": 3, "out_ch": 3, "ch": 128}
    form |= {"ch_mult": [1, 2, 4, 4], "num_res_blocks": 2, "attn_resolutions": [], "dropout": 0.0}
    form |= {"batch_norm_latent": True}
    return AutoencoderKL(ddconfig=form, embed_dim=32, decoder_ddconfig=form | {"ch": 32})


def qwen_autoencoder() -> nn.Module:
    """Qwen-Image's autoencoder, thin."""
    import comfy.ldm.wan.vae

    form = {"dim": 16, "z_dim": 16, "dim_mult": [1, 2, 4, 4], "num_res_blocks": 2, "attn_scales": []}
    form |= {"temperal_downsample": [False, True, True], "image_channels": 3, "conv_out_channels": 3, "dropout": 0.0}
    return comfy.ldm.wan.vae.WanVAE(**form)


FILES: dict[str, tuple[str, Callable[[], nn.Module]]] = {
    "flux-2-klein-4b-fp8.safetensors": ("diffusion_models", lambda: flux(FLUX2, 128)),
    "flux2-vae.safetensors": ("vae", flux2_autoencoder),
    "flux1-dev-kontext_fp8_scaled.safetensors": ("diffusion_models", lambda: flux(FLUX, 16)),
    "flux1-krea-dev_fp8_scaled.safetensors": ("diffusion_models", lambda: flux(FLUX, 16)),
    "flux1-fill-dev.safetensors": ("diffusion_models", lambda: flux(FLUX, 96)),
    "ae.safetensors": ("vae", tiny_autoencoder),
    "qwen_image_vae.safetensors": ("vae", qwen_autoencoder),
}


def weights(network: nn.Module, seed: int = 5) -> Iterator[tuple[str, torch.Tensor]]:
    """Seeded random weights of a network, by their names in a file."""
    generator = torch.Generator().manual_seed(seed)
    for name, value in network.state_dict().items():
        fan = value[0].numel() if value.ndim > 1 else 1
        drawn = torch.randn(value.shape, generator=generator) * (0.7 / fan**0.5 if value.ndim > 1 else 0.02)
        yield name, (drawn + (value.ndim == 1 and name.endswith(SCALES))).to(value.dtype)


def write(models: Path) -> None:
    """Writes all of them into the folders of a server's models."""
    use_host()
    from safetensors.torch import save_file

    for name, (folder, network) in FILES.items():
        (models / folder).mkdir(parents=True, exist_ok=True)
        save_file({k: v.contiguous() for k, v in weights(network())}, models / folder / name)
