"""API prompts on small random networks."""

from typing import Any

from dragkit.tools.graphs import Graph, copy_paste, inversion, node, optimisation, stochastic_inversion

SQUARE = {"polygon": [[16, 32], [56, 32], [56, 80], [16, 80]]}
REGION = {"version": 1, "size": [128, 128], "regions": [{"source": SQUARE, "affine": {"move": [40, 8]}}]}
DRAG = {"version": 1, "size": [128, 128], "drags": [{"handle": [40, 64], "target": [80, 64]}]}


def source(kind: str = "sd15", dtype: str = "fp32", batch: int = 1, width: int = 16, height: int = 16) -> Graph:
    """A random model and a latent to edit, under the names that the other parts link to."""
    return {
        "model": node("TestRandomModel", kind=kind, dtype=dtype, seed=0),
        "encode": node("TestRandomLatent", width=width, height=height, batch=batch, seed=1),
        "euler": node("KSamplerSelect", sampler_name="euler"),
    }


def warp(drag: Any = DRAG, **links: Any) -> Graph:
    """The drag with its warp and fill."""
    return {
        "drag": node("DragFromJSON", json=drag, **links),
        "warp": node("LatentWarpage", latent=["invert", 0], drag=["drag", 0], priority="raster", blend="weighted"),
        "fill": node("BNNIFill", latent=["warp", 0], null_mask=["warp", 1], mode="sequential", seed=42),
    }


def inject(blocks: str = "as captured", start: float = 0.0, end: float = 1.0) -> Graph:
    links = {"model": ["model", 0], "inversion": ["invert", 2]}
    return {"inject": node("KVInjectAttention", **links, blocks=blocks, start_percent=start, end_percent=end)}


def sample(
    model: str = "inject",
    latent: str = "fill",
    cfg: float = 1.0,
    sigmas: tuple = ("invert", 1),
    sampler: tuple = ("euler", 0),
) -> Graph:
    prompts = {"positive": ["model", 1], "negative": ["model", 2]}
    settings = {"add_noise": False, "noise_seed": 0, "cfg": cfg}
    links = {"sampler": list(sampler), "sigmas": list(sigmas), "latent_image": [latent, 0]}
    return {"sample": node("SamplerCustom", model=[model, 0], **settings, **prompts, **links)}


def compare(a: str = "sample", b: str = "encode", name: str = "compare") -> Graph:
    return {name: node("TestCompareLatents", a=[a, 0], b=[b, 0])}


def fastdrag(cfg: float = 1.0, drag: Any = DRAG, **settings: Any) -> Graph:
    """The whole pipeline, compared with its source."""
    return source(**settings) | {"invert": inversion()} | warp(drag) | inject() | sample(cfg=cfg) | compare()


def round_trip(refine: int = 0, injected: bool = False, **settings: Any) -> Graph:
    """Inversion and sampling without a drag, compared with the source."""
    way_back = sample(model="inject" if injected else "model", latent="invert")
    return source(**settings) | {"invert": inversion(refine)} | inject() | way_back | compare()


def inspect() -> Graph:
    return {"inspect": node("TestInspectInversion", inversion=["invert", 2])}


def regiondrag(drag: Any = REGION, cfg: float = 1.0, paste: dict[str, Any] | None = None, **settings: Any) -> Graph:
    """RegionDrag's whole pipeline, compared with its source."""
    parts = {
        "invert": stochastic_inversion(),
        "drag": node("DragFromJSON", json=drag),
        "paste": copy_paste(**(paste or {})),
    }
    way_back = sample(latent="paste", cfg=cfg, sampler=("paste", 1))
    return source(**settings) | parts | inject() | way_back | compare()


def dragdiffusion(drag: Any = DRAG, cfg: float = 1.0, optimise: dict[str, Any] | None = None, **settings: Any) -> Graph:
    """DragDiffusion's way without its LoRA; compares the `source` and the `edited` row with the picture."""
    defaults = {"model": ["model", 0], "steps": 4, "learning_rate": 0.05, "feature_block": "2"}
    rows = {
        name: node("LatentFromBatch", samples=["sample", 0], batch_index=row, length=1)
        for row, name in enumerate(("source", "edited"))
    }
    return {
        **source(**settings),
        "invert": inversion(steps=20, capture="none"),
        "drag": node("DragFromJSON", json=drag),
        "optimize": optimisation(**(defaults | (optimise or {}))),
        "report": node("PreviewAny", source=["optimize", 2]),
        "path": node("SaveImage", images=["optimize", 3], filename_prefix="path"),
        "reference": node("ReferenceAttention", model=["model", 0], start_layer=2, start_percent=0.0),
        **sample(model="reference", latent="optimize", cfg=cfg, sigmas=("optimize", 4)),
        **rows,
        **compare("source", name="source_compare"),
        **compare("edited", "source"),
    }
