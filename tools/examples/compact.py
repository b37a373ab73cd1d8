"""The examples that are seen whole on a small screen: picture, canvas, one node for the method, result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from . import methods
from .blueprint import Blueprint
from .drawings import DRAWINGS
from .layout import Column, Group, Model, Out, Piece, node, note
from .parts import GREEN
from .words import BALL_GOES, FIRST, GIRL, WITH_CHECKPOINT

PICTURE, DRAWN = Out("canvas", "image"), Out("canvas", "drag")
RENDERED, LOADED = Out("picture", "image"), Out("picture", "IMAGE")
LEFT, MIDDLE, RIGHT, HIGH = 240, 535, 305, 560  # widths of the columns, and the height of the canvas
GAP, LOWEST = 60, 589  # between nodes; where the columns end
ARCHIVE = "https://huggingface.co/Comfy-Org/stable-diffusion-v1-5-archive/resolve/main"
SD15 = Model("v1-5-pruned-emaonly-fp16.safetensors", f"{ARCHIVE}/v1-5-pruned-emaonly-fp16.safetensors", "checkpoints")
INPAINTING = Model(
    "sd-v1-5-inpainting.safetensors",
    "https://huggingface.co/webui/stable-diffusion-inpainting/resolve/main/sd-v1-5-inpainting.safetensors",
    "checkpoints",
)


class Compact(NamedTuple):
    """An example as one row: what it starts from, the drawing, the node of the method, and whether a pull runs it.

    high: the height of the canvas.
    """

    sources: Sequence[Piece]
    image: Out
    drawing: Mapping[str, Any]
    edit: Piece
    blueprint: Blueprint | None = None
    is_live: bool = False
    high: int = HIGH

    def groups(self, name: str) -> list[Group]:
        left = LOWEST - GAP - self.edit.height
        saved = node("after", "SaveImage", left, images=Out("edit", "image"), filename_prefix=f"dragkit/{name}")
        canvas = node("canvas", "DragCanvas", self.high, drag=self.drawing, image=self.image)
        canvas = canvas.keeping(dragkit_live=True) if self.is_live else canvas
        columns = [
            Column(LEFT, self.sources),
            Column(MIDDLE, [canvas]),
            Column(RIGHT, [self.edit, saved.titled("After")]),
        ]
        return [Group("", GREEN, columns)]


def method(blueprint: Blueprint, height: int, **inputs: Any) -> Piece:
    """The node of a blueprint, on what is drawn."""
    edit = node("edit", blueprint.kind, height, image=PICTURE, drag=DRAWN, **inputs)
    return edit.titled(blueprint.name)


def bundled(blueprint: Blueprint, height: int, drawing: Mapping[str, Any], **settings: Any) -> Compact:
    """A method with the bundled model, on a picture that it knows."""
    links = {name: Out("model", name) for name in ("model", "positive", "vae")}
    if "negative" in blueprint.sockets:
        links["negative"] = links["positive"]
    sources = [
        note("start", 160, "Start here", BALL_GOES),
        node("model", "DragDemoModel", 174, scene="ball"),
        node("picture", "DragDemoPicture", 142, scene="ball", seed=0),
    ]
    edit = method(blueprint, height, **links, side=256, **settings)
    return Compact(sources, RENDERED, drawing, edit, blueprint)


def with_checkpoint(
    blueprint: Blueprint, height: int, drawing: Mapping[str, Any], model: Model, **settings: Any
) -> Compact:
    """A method with a checkpoint, on the host's own picture."""
    links = {"model": Out("model", "MODEL"), "positive": Out("text", "CONDITIONING"), "vae": Out("model", "VAE")}
    words = [node("text", "CLIPTextEncode", 120, clip=Out("model", "CLIP"), text=GIRL)]
    if "negative" in blueprint.sockets:
        links["negative"] = Out("none", "CONDITIONING")
        unwanted = node("none", "CLIPTextEncode", 0, clip=Out("model", "CLIP"), text="text, watermark")
        words.append(unwanted.titled("What it shall not show").folded())
    sources = [
        note("start", 88, "Start here", WITH_CHECKPOINT),
        node("model", "CheckpointLoaderSimple", 126, ckpt_name=model.name).fetching(model),
        *words,
        node("picture", "LoadImage", 0, image="example.png").folded(),
    ]
    return Compact(sources, LOADED, drawing, method(blueprint, height, **links, **settings), blueprint)


def first() -> Compact:
    """The first thing to try: pixels alone, nothing to download; a pull brings its result by itself."""
    warp = node("edit", "DragWarp", 210, image=PICTURE, drag=DRAWN, mask_expand=5, fill="neighbours")
    scene = node("picture", "DragDemoPicture", 142, scene="monster", seed=2, size=768)
    sources = [note("start", LOWEST - GAP - 142, "Start here", FIRST), scene]
    return Compact(sources, RENDERED, DRAWINGS["monster"], warp, is_live=True, high=LOWEST)


FAST, REGION, DIFFUSION, WARP = (methods.BLUEPRINTS[name] for name in methods.BLUEPRINTS)
COMPACT = {
    "first_pull": first(),
    "fastdrag": bundled(FAST, 250, DRAWINGS["ball"]),
    "regiondrag": bundled(REGION, 250, DRAWINGS["ball_region"]),
    "dragdiffusion": bundled(
        DIFFUSION,
        276,
        DRAWINGS["ball_handles"],
        training_steps=40,
        batch_size=2,
        drag_steps=100,
        checkpointing=False,
    ),
    "dragwarp": bundled(WARP, 268, DRAWINGS["ball_painted"], denoise=0.5),
    "fastdrag_sd15": with_checkpoint(FAST, 250, DRAWINGS["arm"], SD15),
    "regiondrag_sd15": with_checkpoint(REGION, 250, DRAWINGS["arm_region"], SD15),
    "dragdiffusion_sd15": with_checkpoint(DIFFUSION, 276, DRAWINGS["arm"], SD15),
    "dragwarp_sd15": with_checkpoint(WARP, 268, DRAWINGS["arm_painted"], SD15),
    "dragwarp_sd15_inpaint": with_checkpoint(WARP, 268, DRAWINGS["arm_painted"], INPAINTING, fill="none", denoise=1.0),
}
