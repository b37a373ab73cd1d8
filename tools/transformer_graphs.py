"""API prompts of the ways to drag on transformers, on the bundled one."""

from __future__ import annotations

from typing import Any

from .graphs import Graph, inversion, k_sampler, node, put_back, sampling, save, source


def transformer_source(picture: str, drag: dict[str, Any], scene: str) -> Graph:
    """The bundled transformer with an uploaded picture, its drag, and the latent of all of it."""
    graph = source(picture, drag, scene)
    graph["model"] = node("DragDemoModel", scene=scene, network="transformer")
    return graph


def dragreference(picture: str, drag: dict[str, Any], scene: str, *, steps: int = 4, **settings: Any) -> Graph:
    """An edit model that draws an uploaded picture, its reference, with content moved; saves `after` and the rest."""
    return {
        **transformer_source(picture, drag, scene),
        "shown": node("ReferenceLatent", conditioning=["model", 1], latent=["encode", 0]),
        "moved": node("DragReference", model=["model", 0], drag=["crop", 1], reference=1, **settings),
        "sample": k_sampler("moved", "encode", ("shown", 0), ("shown", 0), steps, "simple"),
        "decode": node("VAEDecode", samples=["sample", 0], vae=["model", 3]),
        **put_back(),
    }


def lazydrag(picture: str, drag: dict[str, Any], scene: str, *, strength: float = 0.7, **settings: Any) -> Graph:
    """LazyDrag on an uploaded picture; saves `before`, `drawn` and `after`."""
    defaults = {"end_percent": 0.8, "refinement": 0.8, "lock_background": True, "seed": 42}
    links = {"model": ["model", 0], "inversion": ["invert", 2], "drag": ["crop", 1]}
    graph = {
        **transformer_source(picture, drag, scene),
        "invert": inversion(steps=20, strength=strength, method="uni-inv", capture="none"),
        "lazy": node("LazyDrag", **links, **(defaults | settings)),
        **sampling("lazy", latent="lazy"),
        **put_back(),
    }
    graph["sample"]["inputs"]["latent_image"] = ["lazy", 1]
    return graph


def dragevidence(picture: str, drag: dict[str, Any], scene: str, *, steps: int = 8, percent: float = 0.53) -> Graph:
    """An edit model held to the warped picture, its reference; saves `before`, `drawn`, `warped` and `after`."""
    graph = transformer_source(picture, drag, scene)
    warped = {"image": ["crop", 0], "drag": ["crop", 1], "mask_expand": 5, "fill": "neighbours"}
    masks = {"inpaint_mask": ["warp", 1], "target_mask": ["warp", 2]}
    graph["encode"]["inputs"]["pixels"] = ["warp", 0]
    graph |= {
        "warp": node("DragWarp", **warped),
        "shown": node("ReferenceLatent", conditioning=["model", 1], latent=["encode", 0]),
        "levels": node("BasicScheduler", model=["model", 0], scheduler="simple", steps=steps, denoise=1.0),
        "evidence": node("DragEvidence", latent=["encode", 0], **masks, end_percent=percent),
        **sampling("model", latent="encode", sampler=["evidence", 0], sigmas=["levels", 0]),
        "warped": save("warp"),
        **put_back(),
    }
    graph["sample"]["inputs"] |= {"add_noise": True, "positive": ["shown", 0], "negative": ["shown", 0]}
    return graph
