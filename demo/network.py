"""Shape of the demonstration model: SD1.5's twelve input and twelve output blocks, sixty-four channels wide."""

from pathlib import Path
from typing import Any

WEIGHTS = Path(__file__).parent / "weights"
UNET_FILE = WEIGHTS / "dragkit_demo_unet.safetensors"
EXPECTED_FILE = Path(__file__).parent / "expected.json"  # some numbers of every hook's result, see docs/check.md
VAE_FILE = WEIGHTS / "dragkit_demo_vae.safetensors"

CLASSES = ("anything", "ball", "face", "mountain")
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
