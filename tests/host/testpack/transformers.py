"""Small random transformers of the families that people run; texts have 32 numbers a token."""

import runpy
from pathlib import Path

import comfy.supported_models

PACK = Path(__file__).resolve().parents[3]
SMALL = runpy.run_path(str(PACK / "nodes" / "selfcheck" / "small_networks.py"))
CONTEXT, POOLED = SMALL["CONTEXT"], SMALL["POOLED"]
DEEPER = {"depth_single_blocks": 3}
Z_IMAGE = {
    "image_model": "lumina2",
    "patch_size": 2,
    "in_channels": 16,
    "dim": 256,
    "cap_feat_dim": CONTEXT,
    "n_layers": 3,
    "n_refiner_layers": 1,
    "qk_norm": True,
    "n_heads": 2,
    "n_kv_heads": 2,
    "axes_dims": [32, 48, 48],
    "axes_lens": [512, 512, 512],
    "rope_theta": 256.0,
    "ffn_dim_multiplier": 8 / 3,
    "z_image_modulation": True,
    "time_scale": 1000.0,
    "pad_tokens_multiple": 32,
}
SD3 = {
    "in_channels": 16,
    "patch_size": 2,
    "out_channels": 16,
    "depth": 2,
    "input_size": None,
    "adm_in_channels": POOLED,
    "context_embedder_config": {
        "target": "torch.nn.Linear",
        "params": {"in_features": CONTEXT, "out_features": 128},
    },
    "num_patches": 32 * 32,
    "pos_embed_max_size": 32,
    "qk_norm": "rms",
    "pos_embed_scaling_factor": None,
    "x_block_self_attn_layers": [0],
}
KREA2 = {
    "image_model": "krea2",
    "features": 64,
    "channels": 16,
    "patch": 2,
    "layers": 3,
    "heads": 2,
    "kvheads": 1,
    "txtlayers": 2,
    "txtdim": CONTEXT // 2,
    "txtheads": 2,
    "txtkvheads": 2,
}
WAN = {
    "image_model": "wan2.1",
    "model_type": "t2v",
    "dim": 64,
    "num_heads": 2,
    "ffn_dim": 64,
    "num_layers": 1,
    "patch_size": (1, 2, 2),
    "freq_dim": 32,
    "window_size": (-1, -1),
    "qk_norm": True,
    "cross_attn_norm": True,
    "eps": 1e-6,
    "in_dim": 16,
    "out_dim": 16,
    "text_dim": CONTEXT,
}
KINDS = {
    "flux": ("Flux", SMALL["FLUX"] | {"in_channels": 4, "out_channels": 4}),
    "flux 16": ("Flux", SMALL["FLUX"] | DEEPER | {"guidance_embed": True}),
    "flux2": ("Flux2", SMALL["FLUX2"] | DEEPER),
    "longcat": ("LongCatImage", SMALL["LONGCAT"] | DEEPER),
    "qwen": ("QwenImage", SMALL["QWEN"] | {"in_channels": 64, "num_layers": 3}),
    "z-image": ("ZImage", Z_IMAGE),
    "sd3": ("SD3", SD3),
    "krea2": ("Krea2", KREA2),
    "wan": ("WAN21_T2V", WAN),
}
TRANSFORMERS = {
    name: (getattr(comfy.supported_models, kind), network)
    for name, (kind, network) in KINDS.items()
    if hasattr(comfy.supported_models, kind)
}
