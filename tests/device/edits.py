"""Small edits that between them run every node of the pack; `steps` are the sampling or optimisation steps of each."""

from collections.abc import Callable
from typing import NamedTuple

from dragkit.tests.host import graphs
from dragkit.tests.host.graphs import DRAG, REGION, inject, sample, source
from dragkit.tools.graphs import (
    Graph,
    copy_paste,
    crop,
    inversion,
    lora_training,
    node,
    optimisation,
    stitch,
    stochastic_inversion,
)

AREA = {"mask": [{"brush": [{"radius": 30, "points": [[48, 64]]}]}]}
MASKED = DRAG | AREA


class Edit(NamedTuple):
    """A graph for a number of steps, and the outputs that tell how it went, as names of nodes and numbers."""

    graph: Callable[[int], Graph]
    wanted: list[tuple[str, int]]


def links(**outputs: tuple[int, ...]) -> list[tuple[str, int]]:
    return [(name, number) for name, numbers in outputs.items() for number in numbers]


def pictures(steps: int) -> Graph:
    return {
        "picture": node("DragDemoPicture", scene="face", seed=3),
        "drag": node("DragFromJSON", json=MASKED, image=["picture", 0]),
        "canvas": node(
            "DragCanvas", drag=DRAG, image=["picture", 0], mask=["drag", 1], base=["drag", 0], objects=["drag", 1]
        ),
        "show": node("DragPreview", image=["picture", 0], drag=["canvas", 0]),
        "pad": node("DragPad", image=["picture", 0], mask=["drag", 1], multiple=48),
        "twice": node("ImageBatch", image1=["picture", 0], image2=["picture", 0]),
        "warp": node(
            "DragWarp", image=["twice", 0], drag=["drag", 0], mask_expand=5, fill="neighbours", mask=["drag", 1]
        ),
        "crop": crop(image=["twice", 0], width=96, height=96),
        "stitch": stitch(image=["crop", 0]),
    }


def things(steps: int) -> Graph:
    """Instructions from a mask, boxes and tracks, joined, brought into a crop and written down."""
    box, way = {"y": 40, "width": 60, "height": 60}, {"move_x": 40.0, "move_y": 8.0, "scale": 1.2, "rotate": 15.0}
    track = {"width": 256, "height": 256, "start_x": 0.4, "start_y": 0.5, "end_x": 0.6, "end_y": 0.5, "num_frames": 9}
    path = {
        "num_tracks": 2,
        "track_spread": 0.05,
        "interpolation": "linear",
        "bezier": False,
        "mid_x": 0.5,
        "mid_y": 0.5,
    }
    return {
        "picture": node("DragDemoPicture", scene="face", seed=3),
        "drawn": node("DragFromJSON", json=MASKED, image=["picture", 0]),
        "mask": node("DragFromMask", mask=["drawn", 1], image=["picture", 0], grow=8, **way),
        "here": node("PrimitiveBoundingBox", x=20, **box),
        "there": node("PrimitiveBoundingBox", x=120, **box),
        "boxes": node("DragFromBoxes", source=["here", 0], target=["there", 0], grow=8, image=["picture", 0]),
        "path": node("GenerateTracks", **track, **path),
        "tracks": node("DragFromTracks", tracks=["path", 0], mask=["drawn", 1], image=["picture", 0]),
        "join": node("DragJoin", drag_1=["mask", 0], drag_2=["boxes", 0], drag_3=["tracks", 0]),
        "part": node("DragIntoCrop", drag=["join", 0], x=10, y=10, width=200, height=200),
        "text": node("DragToJSON", drag=["part", 0]),
        "again": node("DragFromJSON", json=["text", 0]),
        "show": node("DragPreview", image=["picture", 0], drag=["again", 0]),
    }


def demo(steps: int) -> Graph:
    train = {"model": ["model", 0], "positive": ["model", 1], "image": ["picture", 0], "vae": ["model", 3]}
    return {
        "model": node("DragDemoModel", scene="face"),
        "picture": node("DragDemoPicture", scene="face", seed=3),
        "lora": lora_training(**train, resolution=64, steps=steps, rank=2, batch_size=2),
    }


def lora(steps: int) -> Graph:
    train = {"model": ["model", 0], "positive": ["model", 1], "latent": ["encode", 0]}
    small = {"steps": steps, "rank": 2, "batch_size": 2, "learning_rate": 0.05, "checkpointing": True}
    return source(batch=2) | {"lora": lora_training(**train, **small)}


BACK = {"invert": inversion(steps=20, strength=0.05, capture="none")}
SIGMAS = ("invert", 1)


def fastdrag(steps: int) -> Graph:
    """With the drag's mask as a MASK, two latents, guidance, and states that are kept in RAM."""
    parts = graphs.warp(MASKED)
    parts["warp"]["inputs"]["mask"] = ["drag", 1]
    way = {"invert": inversion(steps=20, strength=steps / 20, store="cpu")}
    keep = node("KeepOutside", model=["inject", 0], inversion=["invert", 2], mask=["drag", 1], border=1.0)
    return source(batch=2) | way | parts | inject() | {"keep": keep} | sample("keep", cfg=3.0)


def geodrag(steps: int) -> Graph:
    """FastDrag by depth."""
    graph = fastdrag(steps) | {"depth": node("DragDemoPicture", scene="face", seed=3)}
    graph["warp"]["inputs"] |= {"displacement": "depth (GeoDrag)", "depth": ["depth", 0]}
    return graph


def regiondrag(steps: int) -> Graph:
    parts = {
        "invert": stochastic_inversion(steps=20, strength=steps / 20, store="gpu"),
        "drag": node("DragFromJSON", json=REGION),
        "paste": copy_paste(),
    }
    return source("sdxl", batch=2) | parts | inject() | sample(latent="paste", sampler=("paste", 1))


def dragdiffusion(steps: int, **settings) -> Graph:
    chosen = {"steps": steps, "radius_track": 2, "mask": ["drag", 1]} | settings
    graph = graphs.dragdiffusion(MASKED, optimise=chosen)
    return graph | {"invert": inversion(steps=20, strength=0.05, capture="none")}


def gooddrag(steps: int) -> Graph:
    """By turns, with guidance, on a picture that is being generated: only the last steps of its path are known."""
    given = {"model": ["model", 0], "positive": ["model", 1], "latent": ["encode", 0], "sigmas": list(SIGMAS)}
    guided = {"negative": ["model", 2], "cfg": 3.0, "checkpointing": True}
    graph = dragdiffusion(steps, schedule="alternating", arrived="frozen", **guided)
    graph["optimize"]["inputs"]["inversion"] = ["stated", 0]
    graph["invert"] = inversion(steps=20, strength=0.1, capture="none")
    return graph | {"stated": node("InversionFromLatent", **given)}


def online(steps: int) -> Graph:
    settings = optimisation()["inputs"] | {"model": ["model", 0], "steps": steps, "mask": ["drag", 1]}
    del settings["feature_block"]
    small = {"learning_rate": 1e-4, "dds_weight": 50.0, "rank": 2, "seed": 0}
    drag = {"drag": node("DragFromJSON", json=MASKED), "online": node("DragOnlineLoRA", **(settings | small))}
    graph = source() | BACK | drag | sample("online", "online", sigmas=SIGMAS)
    graph["sample"]["inputs"]["latent_image"] = ["online", 1]
    return graph


def reference(steps: int) -> Graph:
    """An edit model that draws its reference moved, by a region of the instruction."""
    shown = {"conditioning": ["model", 1], "latent": ["encode", 0]}
    graph = source("flux") | {
        "drag": node("DragFromJSON", json=REGION),
        "shown": node("ReferenceLatent", **shown),
        "moved": node("DragReference", model=["model", 0], drag=["drag", 0], reference=1, mask=["drag", 1]),
        "levels": node("BasicScheduler", model=["model", 0], scheduler="simple", steps=steps, denoise=1.0),
        **sample("moved", "encode", sigmas=("levels", 0)),
    }
    graph["sample"]["inputs"] |= {"positive": ["shown", 0], "negative": ["shown", 0], "add_noise": True}
    return graph


def evidence(steps: int) -> Graph:
    """An edit that is recomposed with the warped picture, which a second run keeps."""
    graph = reference(steps) | {
        "left": node("SolidMask", value=0.0, width=128, height=128),
        "evidence": node(
            "DragEvidence",
            latent=["encode", 0],
            inpaint_mask=["left", 0],
            target_mask=["target", 0],
            end_percent=1.0,
            without_text=["shown", 0],
        ),
        "target": node("SolidMask", value=1.0, width=128, height=128),
    }
    graph["sample"]["inputs"]["sampler"] = ["evidence", 0]
    return graph


def lazydrag(steps: int) -> Graph:
    """With guidance, on two latents and a transformer of sixteen channels."""
    settings = {"end_percent": 0.8, "refinement": 0.8, "lock_background": True, "seed": 42, "mask": ["drag", 1]}
    links = {"model": ["model", 0], "inversion": ["invert", 2], "drag": ["drag", 0]}
    graph = source("flux 16", batch=2) | {
        "invert": inversion(steps=steps, strength=1.0, method="uni-inv", capture="none"),
        "drag": node("DragFromJSON", json=MASKED),
        "lazy": node("LazyDrag", **links, **settings),
        **sample("lazy", "lazy", cfg=3.0),
    }
    graph["encode"]["inputs"]["channels"] = 16
    graph["sample"]["inputs"]["latent_image"] = ["lazy", 1]
    return graph


EDITS = {
    "pictures": Edit(pictures, links(canvas=(1, 2), show=(0,), pad=(0, 1), warp=(0, 1), crop=(0, 2), stitch=(0,))),
    "things": Edit(things, links(mask=(1,), boxes=(1,), tracks=(1,), part=(1,), again=(1,), show=(0,))),
    "demo": Edit(demo, links(lora=(2,))),
    "lora": Edit(lora, links(lora=(1, 2))),
    "fastdrag": Edit(fastdrag, links(warp=(0, 1), fill=(0,), sample=(0,))),
    "geodrag": Edit(geodrag, links(warp=(0, 1), fill=(0,), sample=(0,))),
    "regiondrag": Edit(regiondrag, links(paste=(0, 2), sample=(0,))),
    "dragdiffusion": Edit(dragdiffusion, links(optimize=(0,), sample=(0,))),
    "gooddrag": Edit(gooddrag, links(optimize=(0,), sample=(0,))),
    "reference": Edit(reference, links(sample=(0,))),
    "evidence": Edit(evidence, links(sample=(0,))),
    "lazydrag": Edit(lazydrag, links(lazy=(1,), sample=(0,))),
    "online": Edit(online, links(online=(1,), sample=(0,))),
}
