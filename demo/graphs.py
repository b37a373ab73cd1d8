"""API prompts of the published pipelines on the demonstration model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Graph = dict[str, dict[str, Any]]


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def source(picture: str, drag: dict[str, Any], scene: str) -> Graph:
    """The model, an uploaded picture with its latent, and the drag; saves `before` and `drawn`."""
    return {
        "model": node("DragDemoModel", scene=scene),
        "picture": node("LoadImage", image=picture),
        "drag": node("DragFromJSON", json=drag, image=["picture", 0]),
        "show": node("DragPreview", image=["picture", 0], drag=["drag", 0]),
        "encode": node("VAEEncode", pixels=["picture", 0], vae=["model", 3]),
        "before": save("picture"),
        "drawn": save("show"),
    }


def fastdrag(picture: str, drag: dict[str, Any], scene: str, *, inject: bool = True, refine: int = 0) -> Graph:
    """FastDrag on an uploaded picture; saves `before`, `drawn` and `after`."""
    return {
        **source(picture, drag, scene),
        "invert": inversion(refine=refine),
        "warp": node("LatentWarpage", latent=["invert", 0], drag=["drag", 0], priority="raster", blend="weighted"),
        "fill": node("BNNIFill", latent=["warp", 0], null_mask=["warp", 1], mode="sequential", seed=42),
        **sampling("inject" if inject else "model", latent="fill"),
        "after": save("decode"),
    }


def regiondrag(picture: str, drag: dict[str, Any], scene: str, **settings: Any) -> Graph:
    """RegionDrag on an uploaded picture; saves `before`, `drawn`, `preview` and `after`."""
    return {
        **source(picture, drag, scene),
        "invert": stochastic_inversion(),
        "paste": copy_paste(image=["picture", 0], **settings),
        **sampling("inject", latent="paste", sampler=["paste", 1]),
        "preview": save("paste", 2),
        "after": save("decode"),
    }


def dragwarp(picture: str, drag: dict[str, Any], scene: str, *, denoise: float = 0.5, **settings: Any) -> Graph:
    """DragWarp on an uploaded picture, its inpaint mask sampled anew; saves `before`, `drawn`, `warped` and `after`."""
    return {
        **source(picture, drag, scene),
        "warp": warp(**({"fill": "neighbours"} | settings)),
        "encode": node("VAEEncode", pixels=["warp", 0], vae=["model", 3]),
        "masked": node("SetLatentNoiseMask", samples=["encode", 0], mask=["warp", 1]),
        "sample": node(
            "KSampler",
            model=["model", 0],
            seed=0,
            steps=20,
            cfg=1.0,
            sampler_name="euler",
            scheduler="normal",
            positive=["model", 1],
            negative=["model", 2],
            latent_image=["masked", 0],
            denoise=denoise,
        ),
        "decode": node("VAEDecode", samples=["sample", 0], vae=["model", 3]),
        "composite": composite(),
        "warped": save("warp"),
        "after": save("composite"),
    }


def dragwarp_fastdrag(picture: str, drag: dict[str, Any], scene: str) -> Graph:
    """DragWarp, then FastDrag's inversion and the source's attention; saves `before`, `drawn`, `warped` and `after`."""
    return {
        **source(picture, drag, scene),
        "invert": inversion(),
        "warp": warp(fill="neighbours"),
        "encode_warped": node("VAEEncode", pixels=["warp", 0], vae=["model", 3]),
        "invert_warped": inversion(capture="none", latent=["encode_warped", 0]),
        **sampling("inject", latent="invert_warped"),
        "warped": save("warp"),
        "after": save("decode"),
    }


def warp(**settings: Any) -> dict[str, Any]:
    """The warp of `picture` along `drag`."""
    return node("DragWarp", image=["picture", 0], drag=["drag", 0], **({"mask_expand": 5, "fill": "none"} | settings))


def composite() -> dict[str, Any]:
    """The decoded picture where the warp left something to paint, the warped one elsewhere."""
    links = {"destination": ["warp", 0], "source": ["decode", 0], "mask": ["warp", 1]}
    return node("ImageCompositeMasked", **links, x=0, y=0, resize_source=False)


def copy_paste(**settings: Any) -> dict[str, Any]:
    """RegionDrag's paste of `drag` along `invert`, with the paper's settings where no others are given."""
    defaults = {"noise_scale": 1.0, "end_percent": 0.8, "noise_region": "whole source", "seed": 42}
    return node("RegionCopyPaste", inversion=["invert", 2], drag=["drag", 0], **(defaults | settings))


def inversion(refine: int = 0, capture: str = "output blocks", **settings: Any) -> dict[str, Any]:
    """FastDrag's inversion of the node `encode` with `model`, or another by its settings."""
    defaults = {"steps": 10, "strength": 0.7, "method": "ddim", "spacing": "leading", "store": "auto", "seed": 42}
    links = {"model": ["model", 0], "positive": ["model", 1], "latent": ["encode", 0]}
    return node("InvertLatent", **(links | defaults | settings), refine=refine, capture=capture)


def stochastic_inversion(**settings: Any) -> dict[str, Any]:
    """RegionDrag's inversion."""
    defaults = {"steps": 20, "strength": 0.5, "method": "ddpm", "spacing": "linspace", "capture": "all blocks"}
    return inversion(**(defaults | settings))


def sampling(model: str, latent: str, sampler: Sequence[Any] = ("euler", 0)) -> Graph:
    """The way back from `invert` to a picture, by the core sampler node, with or without the injected attention."""
    return {
        "inject": node(
            "KVInjectAttention",
            model=["model", 0],
            inversion=["invert", 2],
            blocks="as captured",
            start_percent=0.0,
            end_percent=1.0,
        ),
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
            sigmas=["invert", 1],
            latent_image=[latent, 0],
        ),
        "decode": node("VAEDecode", samples=["sample", 0], vae=["model", 3]),
    }


def save(source: str, output: int = 0) -> dict[str, Any]:
    return node("SaveImage", images=[source, output], filename_prefix="dragkit")
