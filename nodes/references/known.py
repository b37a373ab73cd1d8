"""Which family a MODEL belongs to."""

from typing import Any

from ..host.models import architecture, plain_network
from .family import Family
from .flux import FLUX
from .longcat import LONGCAT
from .moved import MovedReference
from .qwen_image import QWEN_IMAGE
from .qwen_image21 import QWEN_IMAGE_21, SEQUENCE, MovedSequence

Kind = tuple[Family, type[MovedReference]]
NETWORKS: dict[str, Kind] = {
    "comfy.ldm.flux.model.Flux": (FLUX, MovedReference),
    "comfy.ldm.qwen_image.model.QwenImageTransformer2DModel": (QWEN_IMAGE, MovedReference),
    "comfy.ldm.qwen_image21.model.QwenImage21Transformer2DModel": (QWEN_IMAGE_21, MovedSequence),
}
MODELS: dict[str, Kind] = {"LongCatImage": (LONGCAT, MovedReference)}
WHAT_WORKS = (
    "Use FLUX.2 (klein, dev), FLUX.1 Kontext, Qwen-Image-Edit, Qwen-Image 2.1 or LongCat-Image-Edit. Stable Diffusion "
    "drags by Latent Warpage (FastDrag), Region Copy-Paste or Drag Optimize Latent, and Drag Warp moves pixels for any "
    "model."
)


def family_of(model: Any, node: str) -> Kind:
    """The family of a MODEL and what moves its references; refuses one whose references were never tried."""
    network = plain_network(model)
    name = f"{type(network).__module__}.{type(network).__qualname__}"
    kind = MODELS.get(type(model.model).__name__) or NETWORKS.get(name)
    if kind is None:
        raise ValueError(
            f"{node}: this MODEL ({architecture(model)}) has no references that can be moved. {WHAT_WORKS}"
        )
    if kind[1] is MovedSequence and not hasattr(network, SEQUENCE):
        raise ValueError(
            f"{node}: this ComfyUI puts the tokens of a {kind[0].name} model together in a way that DragKit does not "
            f"know. Update ComfyUI or DragKit."
        )
    return kind
