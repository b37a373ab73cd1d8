"""Small random transformers of the families that people run; texts have 32 numbers a token."""

from typing import Any

import comfy.supported_models

CONTEXT, POOLED = 32, 16
HEADS: dict[str, Any] = {"axes_dim": [8, 12, 12], "num_heads": 2, "hidden_size": 64}
FLUX: dict[str, Any] = HEADS | {
    "image_model": "flux",
    "in_channels": 16,
    "out_channels": 16,
    "patch_size": 2,
    "vec_in_dim": POOLED,
    "context_in_dim": CONTEXT,
    "mlp_ratio": 2.0,
    "depth": 1,
    "depth_single_blocks": 3,
    "theta": 10000,
    "qkv_bias": True,
    "guidance_embed": True,
    "txt_ids_dims": [],
}
FLUX2 = FLUX | {
    "image_model": "flux2",
    "in_channels": 128,
    "out_channels": 128,
    "patch_size": 1,
    "vec_in_dim": None,
    "axes_dim": [8, 8, 8, 8],
    "theta": 2000,
    "qkv_bias": False,
    "ops_bias": False,
    "global_modulation": True,
    "mlp_silu_act": True,
    "guidance_embed": False,
    "default_ref_method": "index",
    "ref_index_scale": 10.0,
    "txt_ids_dims": [3],
}
LONGCAT = FLUX | {"vec_in_dim": None, "guidance_embed": False, "txt_ids_dims": [1, 2]}
QWEN = {
    "image_model": "qwen_image",
    "in_channels": 64,
    "num_layers": 3,
    "attention_head_dim": 32,
    "num_attention_heads": 2,
    "joint_attention_dim": CONTEXT,
    "axes_dims_rope": (8, 12, 12),
}
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
    "flux 16": ("Flux", FLUX),
    "flux2": ("Flux2", FLUX2),
    "longcat": ("LongCatImage", LONGCAT),
    "qwen": ("QwenImage", QWEN),
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
