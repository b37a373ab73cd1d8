"""API prompts of the published pipelines on the demonstration model."""

from __future__ import annotations

from typing import Any

Graph = dict[str, dict[str, Any]]


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def fastdrag(picture: str, drag: dict[str, Any], scene: str, *, inject: bool = True, refine: int = 0) -> Graph:
    """FastDrag on an uploaded picture; saves `before`, `drag` and `after`."""
    return {
        "model": node("DragDemoModel", scene=scene),
        "picture": node("LoadImage", image=picture),
        "drag": node("DragFromJSON", json=drag, image=["picture", 0]),
        "preview": node("DragPreview", image=["picture", 0], drag=["drag", 0]),
        "encode": node("VAEEncode", pixels=["picture", 0], vae=["model", 3]),
        "invert": inversion(refine=refine),
        "warp": node("LatentWarpage", latent=["invert", 0], drag=["drag", 0], priority="raster", blend="weighted"),
        "fill": node("BNNIFill", latent=["warp", 0], null_mask=["warp", 1], mode="sequential", seed=42),
        **sampling("inject" if inject else "model", latent="fill"),
        "before": save("picture"),
        "drawn": save("preview"),
        "after": save("decode"),
    }


def inversion(refine: int = 0, capture: str = "output blocks", steps: int = 10) -> dict[str, Any]:
    """FastDrag's inversion of the node `encode` with `model`."""
    return node(
        "InvertLatent",
        model=["model", 0],
        positive=["model", 1],
        latent=["encode", 0],
        steps=steps,
        strength=0.7,
        method="ddim",
        spacing="leading",
        capture=capture,
        store="auto",
        refine=refine,
        seed=42,
    )


def sampling(model: str, latent: str) -> Graph:
    """The way back from `invert` to a picture, by a core sampler, with or without the injected attention."""
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
            sampler=["euler", 0],
            sigmas=["invert", 1],
            latent_image=[latent, 0],
        ),
        "decode": node("VAEDecode", samples=["sample", 0], vae=["model", 3]),
    }


def save(source: str) -> dict[str, Any]:
    return node("SaveImage", images=[source, 0], filename_prefix="dragkit")
