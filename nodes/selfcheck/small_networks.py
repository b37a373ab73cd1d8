"""Shapes of small networks of the families of edit models, as the host's configurations name their parts."""

from typing import Any

CONTEXT, POOLED = 32, 16  # numbers of a text's tokens, and of a text as a whole

FLUX: dict[str, Any] = {
    "image_model": "flux",
    "in_channels": 16,
    "out_channels": 16,
    "patch_size": 2,
    "context_in_dim": CONTEXT,
    "vec_in_dim": POOLED,
    "hidden_size": 64,
    "mlp_ratio": 2.0,
    "num_heads": 2,
    "depth": 1,
    "depth_single_blocks": 1,
    "axes_dim": [8, 12, 12],
    "theta": 10000,
    "qkv_bias": True,
    "guidance_embed": False,
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
    "default_ref_method": "index",
    "ref_index_scale": 10.0,
    "txt_ids_dims": [3],
}
LONGCAT = FLUX | {"vec_in_dim": None, "txt_ids_dims": [1, 2]}

HEADS = {"num_layers": 1, "attention_head_dim": 32, "num_attention_heads": 2, "axes_dims_rope": (8, 12, 12)}
QWEN: dict[str, Any] = HEADS | {"image_model": "qwen_image", "joint_attention_dim": CONTEXT}
QWEN21: dict[str, Any] = HEADS | {"image_model": "qwen_image21", "context_in_dim": CONTEXT}
