"""Shapes of the demonstration models.

The UNet has SD1.5's twelve input and twelve output blocks, sixty-four channels wide; the transformer is Flux's, one
double and four single blocks of one head.
"""

from pathlib import Path
from typing import Any

WEIGHTS = Path(__file__).parent / "weights"
UNET_FILE = WEIGHTS / "dragkit_demo_unet.safetensors"
TRANSFORMER_FILE = WEIGHTS / "dragkit_demo_transformer.safetensors"
EXPECTED_FILE = Path(__file__).parent / "expected.json"  # some numbers of every hook's result, see docs/check.md
VAE_FILE = WEIGHTS / "dragkit_demo_vae.safetensors"
FINE_VAE_FILE = WEIGHTS / "dragkit_demo_vae16.safetensors"

CLASSES = ("anything", "ball", "face", "mountain", "head", "box", "vase", "monster", "lamp", "flower")
TOKENS = 4
CONTEXT = 64

UNET: dict[str, Any] = {
    "image_size": 32,
    "in_channels": 4,
    "out_channels": 4,
    "model_channels": 64,
    "num_res_blocks": [2, 2, 2, 2],
    "channel_mult": [1, 1, 2, 2],
    "num_heads": -1,
    "num_head_channels": 32,
    "use_spatial_transformer": True,
    "transformer_depth": [1, 1, 1, 1, 1, 1, 0, 0],
    "transformer_depth_middle": 1,
    "transformer_depth_output": [1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0],
    "context_dim": CONTEXT,
    "use_checkpoint": False,
    "legacy": False,
    "use_linear_in_transformer": False,
}

TRANSFORMER: dict[str, Any] = {
    "image_model": "flux",
    "in_channels": 16,
    "out_channels": 16,
    "patch_size": 1,
    "vec_in_dim": None,
    "context_in_dim": CONTEXT,
    "hidden_size": 128,
    "mlp_ratio": 4.0,
    "num_heads": 1,
    "depth": 1,
    "depth_single_blocks": 4,
    "axes_dim": [16, 56, 56],
    "theta": 10000,
    "qkv_bias": True,
    "guidance_embed": False,
    "txt_ids_dims": [],
}
