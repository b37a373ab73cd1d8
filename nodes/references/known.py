"""Which family a MODEL belongs to."""

from typing import Any

from ..host.models import architecture, plain_network
from .family import Family
from .flux import FLUX
from .longcat import LONGCAT
from .qwen_image import QWEN_IMAGE

NETWORKS = {"comfy.ldm.flux.model.Flux": FLUX, "comfy.ldm.qwen_image.model.QwenImageTransformer2DModel": QWEN_IMAGE}
MODELS = {"LongCatImage": LONGCAT}
WHAT_WORKS = (
    "Use FLUX.2 (klein, dev), FLUX.1 Kontext, Qwen-Image-Edit or LongCat-Image-Edit. Stable Diffusion drags by Latent "
    "Warpage (FastDrag), Region Copy-Paste or Drag Optimize Latent, and Drag Warp moves pixels for any model."
)


def family_of(model: Any, node: str) -> Family:
    """The family of a MODEL; refuses one whose references were never tried."""
    kind = type(plain_network(model))
    family = MODELS.get(type(model.model).__name__) or NETWORKS.get(f"{kind.__module__}.{kind.__qualname__}")
    if family is None:
        raise ValueError(
            f"{node}: this MODEL ({architecture(model)}) has no references that can be moved. {WHAT_WORKS}"
        )
    return family
