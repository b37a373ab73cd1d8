"""API prompts of the published pipelines on the demonstration model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.crop.touched import Inside

Graph = dict[str, dict[str, Any]]
TOUCHED = Inside.CHANGED.value
WHOLE = 10.0  # a context that takes in all of a picture


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def source(picture: str, drag: dict[str, Any], scene: str) -> Graph:
    """The model, an uploaded picture, the drag, and the latent of all of it; saves `before` and `drawn`."""
    return {
        "model": node("DragDemoModel", scene=scene),
        "picture": node("LoadImage", image=picture),
        "drag": node("DragFromJSON", json=drag, image=["picture", 0]),
        "show": node("DragPreview", image=["picture", 0], drag=["drag", 0]),
        "crop": crop(context=WHOLE),
        "encode": node("VAEEncode", pixels=["crop", 0], vae=["model", 3]),
        "before": save("picture"),
        "drawn": save("show"),
    }


def fastdrag(picture: str, drag: dict[str, Any], scene: str, *, inject: bool = True, refine: int = 0) -> Graph:
    """FastDrag on an uploaded picture; saves `before`, `drawn` and `after`."""
    return {
        **source(picture, drag, scene),
        "invert": inversion(refine=refine),
        "warp": node("LatentWarpage", latent=["invert", 0], drag=["crop", 1], priority="raster", blend="weighted"),
        "fill": node("BNNIFill", latent=["warp", 0], null_mask=["warp", 1], mode="sequential", seed=42),
        "inject": injection(),
        **sampling("inject" if inject else "model", latent="fill"),
        **put_back(mask=["warp", 2], inside=TOUCHED),
    }


def regiondrag(picture: str, drag: dict[str, Any], scene: str, **settings: Any) -> Graph:
    """RegionDrag on an uploaded picture; saves `before`, `drawn`, `preview` and `after`."""
    return {
        **source(picture, drag, scene),
        "invert": stochastic_inversion(),
        "paste": copy_paste(image=["crop", 0], drag=["crop", 1], **settings),
        "inject": injection(),
        **sampling("inject", latent="paste", sampler=["paste", 1]),
        "preview": save("paste", 2),
        **put_back(mask=["paste", 3], inside=TOUCHED),
    }


def dragwarp(picture: str, drag: dict[str, Any], scene: str, *, denoise: float = 0.5, **settings: Any) -> Graph:
    """DragWarp on an uploaded picture, its inpaint mask sampled anew; saves `before`, `drawn`, `warped` and `after`."""
    return {
        **source(picture, drag, scene),
        "warp": warp(**({"fill": "neighbours"} | settings)),
        "pad": node("DragPad", image=["warp", 0], mask=["warp", 1]),
        "encode": node("VAEEncode", pixels=["pad", 0], vae=["model", 3]),
        "masked": node("SetLatentNoiseMask", samples=["encode", 0], mask=["pad", 1]),
        "sample": k_sampler("model", "masked", ("model", 1), ("model", 2), 20, "normal", denoise),
        "decode": node("VAEDecode", samples=["sample", 0], vae=["model", 3]),
        "composite": composite(),
        "warped": save("warp"),
        "after": save("composite"),
    }


def dragwarp_fastdrag(picture: str, drag: dict[str, Any], scene: str) -> Graph:
    """DragWarp, then FastDrag's inversion and the source's attention; saves `before`, `drawn`, `warped` and `after`."""
    return {
        **source(picture, drag, scene),
        "pad": node("DragPad", image=["picture", 0]),
        "encode": node("VAEEncode", pixels=["pad", 0], vae=["model", 3]),
        "invert": inversion(),
        "warp": warp(fill="neighbours"),
        "pad_warped": node("DragPad", image=["warp", 0]),
        "encode_warped": node("VAEEncode", pixels=["pad_warped", 0], vae=["model", 3]),
        "invert_warped": inversion(capture="none", latent=["encode_warped", 0]),
        "inject": injection(),
        **sampling("inject", latent="invert_warped"),
        "warped": save("warp"),
        **at_own_size(),
    }


def warp(**settings: Any) -> dict[str, Any]:
    """The warp of `picture` along `drag`."""
    return node("DragWarp", image=["picture", 0], drag=["drag", 0], **({"mask_expand": 5, "fill": "none"} | settings))


def composite() -> dict[str, Any]:
    """The decoded picture where the warp left something to paint, the warped one elsewhere."""
    links = {"destination": ["warp", 0], "source": ["decode", 0], "mask": ["pad", 1]}
    return node("ImageCompositeMasked", **links, x=0, y=0, resize_source=False)


def at_own_size() -> Graph:
    """The decoded picture at the size of `picture`, saved as `after`."""
    links = {"destination": ["picture", 0], "source": ["decode", 0]}
    return {"whole": node("ImageCompositeMasked", **links, x=0, y=0, resize_source=False), "after": save("whole")}


def put_back(**settings: Any) -> Graph:
    """The decoded crop in its picture, saved as `after`: outside of the mask, or of the regions' rim, as it was."""
    return {"stitch": stitch(**settings), "after": save("stitch")}


def copy_paste(**settings: Any) -> dict[str, Any]:
    """RegionDrag's paste of `drag` along `invert`, with the paper's settings where no others are given."""
    defaults = {"noise_scale": 1.0, "end_percent": 0.8, "noise_region": "whole source", "seed": 42}
    links = {"inversion": ["invert", 2], "drag": ["drag", 0]}
    return node("RegionCopyPaste", **(links | defaults | settings))


def inversion(refine: int = 0, capture: str = "output blocks", **settings: Any) -> dict[str, Any]:
    """FastDrag's inversion of the node `encode` with `model`, or another by its settings."""
    defaults = {"steps": 10, "strength": 0.7, "method": "ddim", "spacing": "leading", "store": "auto", "seed": 42}
    links = {"model": ["model", 0], "positive": ["model", 1], "latent": ["encode", 0]}
    return node("InvertLatent", **(links | defaults | settings), refine=refine, capture=capture)


def stochastic_inversion(**settings: Any) -> dict[str, Any]:
    """RegionDrag's inversion."""
    defaults: dict[str, Any] = {
        "steps": 20,
        "strength": 0.5,
        "method": "ddpm",
        "spacing": "linspace",
        "capture": "all blocks",
    }
    return inversion(**(defaults | settings))


def injection() -> dict[str, Any]:
    """All of the attention that `invert` captured, lent to `model`."""
    links = {"model": ["model", 0], "inversion": ["invert", 2]}
    return node("KVInjectAttention", **links, blocks="as captured", start_percent=0.0, end_percent=1.0)


def sampling(
    model: str, latent: str, sampler: Sequence[Any] = ("euler", 0), sigmas: Sequence[Any] = ("invert", 1)
) -> Graph:
    """The way back to a picture by the core sampler node."""
    return {
        "euler": node("KSamplerSelect", sampler_name="euler"),
        "sample": node(
            "SamplerCustom",
            model=[model, 0],
            add_noise=False,
            noise_seed=0,
            cfg=1.0,
            positive=["model", 1],
            negative=["model", 2],
            sampler=list(sampler),
            sigmas=list(sigmas),
            latent_image=[latent, 0],
        ),
        "decode": node("VAEDecode", samples=["sample", 0], vae=["model", 3]),
    }


def k_sampler(
    model: str,
    latent: str,
    positive: tuple[str, int],
    negative: tuple[str, int],
    steps: int,
    scheduler: str,
    denoise: float = 1.0,
) -> dict[str, Any]:
    """Euler's steps by the core KSampler node, without guidance."""
    links = {"model": [model, 0], "positive": [*positive], "negative": [*negative], "latent_image": [latent, 0]}
    way = {"steps": steps, "cfg": 1.0, "sampler_name": "euler", "scheduler": scheduler, "denoise": denoise}
    return node("KSampler", **links, seed=0, **way)


def crop(**settings: Any) -> dict[str, Any]:
    """The surroundings of `drag` in `picture`, or in another by its settings, at the bundled model's size."""
    defaults: dict[str, Any] = {"context": 0.5, "size": "given", "width": 256, "height": 256, "multiple": 8}
    links = {"image": ["picture", 0], "drag": ["drag", 0]}
    return node("DragCrop", **(links | defaults | {"aspect": "of the size"} | settings))


def stitch(**settings: Any) -> dict[str, Any]:
    """The decoded crop put back into its picture."""
    links = {"stitch": ["crop", 3], "image": ["decode", 0]}
    defaults = {"feather": 4.0, "drift": "shift and colour", "inside": Inside.ALL.value}
    return node("DragStitch", **(links | defaults | settings))


def save(source: str, output: int = 0) -> dict[str, Any]:
    return node("SaveImage", images=[source, output], filename_prefix="dragkit")


def dragdiffusion(
    picture: str,
    drag: dict[str, Any],
    scene: str,
    *,
    lora: bool = True,
    reference: bool = True,
    strength: float = 0.7,
    **settings: Any,
) -> Graph:
    """DragDiffusion on an uploaded picture; saves `before`, `drawn`, `path` and `after`, and shows `report`."""
    train = {"model": ["model", 0], "positive": ["model", 1], "image": ["crop", 0], "vae": ["model", 3]}
    trained = "lora" if lora else "model"
    return {
        **source(picture, drag, scene),
        "lora": lora_training(**train, resolution=256),
        "invert": inversion(model=[trained, 0], steps=50, strength=strength, capture="none"),
        "optimize": optimisation(model=[trained, 0], image=["crop", 0], drag=["crop", 1], **settings),
        "reference": node("ReferenceAttention", model=[trained, 0], start_layer=10, start_percent=0.0),
        **sampling("reference" if reference else trained, latent="optimize", sigmas=["optimize", 4]),
        "edited": node("LatentFromBatch", samples=["sample", 0], batch_index=1, length=1),
        "decode": node("VAEDecode", samples=["edited", 0], vae=["model", 3]),
        "report": node("PreviewAny", source=["optimize", 2]),
        "path": save("optimize", 3),
        **put_back(inside=TOUCHED),
    }


def lora_training(**settings: Any) -> dict[str, Any]:
    """The identity LoRA with the paper's settings where no others are given."""
    defaults = {"steps": 80, "rank": 16, "learning_rate": 5e-4, "batch_size": 4, "seed": 0}
    return node("DragLoRATrain", **(defaults | settings))


def optimisation(**settings: Any) -> dict[str, Any]:
    """DragDiffusion's optimisation of `invert` with `drag`, with the paper's settings where no others are given."""
    defaults = {
        "steps": 80,
        "learning_rate": 0.01,
        "radius_motion": 1,
        "radius_track": 3,
        "mask_weight": 0.1,
        "feature_block": "8",
    }
    links = {"positive": ["model", 1], "inversion": ["invert", 2], "drag": ["drag", 0]}
    return node("DragOptimizeLatent", **(links | defaults | settings))
