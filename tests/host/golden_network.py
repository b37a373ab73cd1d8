"""The goldens' small SD1.5-shaped network in the host's own UNet, inside this process."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

FOLDER = Path(__file__).parents[1] / "golden" / "dragdiffusion"


def conditioning(embedding: np.ndarray) -> list:
    return [[torch.from_numpy(embedding), {"pooled_output": None}]]


def golden_model() -> Any:
    """A MODEL of the goldens' random weights, in single precision."""
    import comfy.model_patcher
    import comfy.supported_models

    class GoldenConfig(comfy.supported_models.SD15):
        unet_extra_config: dict[str, Any] = {}

    data = np.load(FOLDER / "tiny_unet.npz")
    config = GoldenConfig(json.loads(str(data["__config__"])))
    config.set_inference_dtype(torch.float32, None)
    model = config.get_model({}, "", device=torch.device("cpu"))
    weights = {key: torch.from_numpy(data[key]).float() for key in data.files if not key.startswith("__")}
    model.diffusion_model.load_state_dict(weights)
    device = torch.device("cpu")
    return comfy.model_patcher.ModelPatcher(model, load_device=device, offload_device=device)
