"""What all of these workflows share: the picture, the drag, the warp, the crop and the stitch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .layout import Column, Group, Model, Out, Piece, node, note
from .words import DRAW, OWN_PICTURE, STITCH

DRAG = {
    "version": 1,
    "size": [768, 768],
    "drags": [
        {"handle": [575, 358], "target": [562, 268]},
        {"handle": [450, 366], "target": [450, 366]},
    ],
    "regions": [],
    "mask": [{"brush": [{"radius": 36, "points": [[480, 362], [578, 358]]}]}],
}
TURN = {
    "version": 1,
    "size": [768, 768],
    "drags": [],
    "regions": [
        {
            "source": {"polygon": [[448, 336], [592, 324], [612, 340], [614, 372], [592, 392], [448, 396]]},
            "affine": {"move": [-22, -52], "scale": [1, 1], "rotate": -40},
        }
    ],
    "mask": [{"brush": [{"radius": 62, "points": [[470, 360], [570, 355], [560, 270], [500, 320]]}]}],
}
ORANGE, GREEN, YELLOW, PURPLE, BLUE = "#b06634", "#8A8", "#b58b2a", "#a1309b", "#8AA"


LOADED = Out("picture", "IMAGE")
PICTURE, DRAWN, CROP = Out("canvas", "image"), Out("canvas", "drag"), Out("crop", "image")


def loaders(model: Model, text: Sequence[Model], text_type: str, vae: Model) -> list[Piece]:
    """The nodes that load a model, its one or two text encoders and its autoencoder."""
    kind = "CLIPLoader" if len(text) == 1 else "DualCLIPLoader"
    names = {"clip_name": text[0].name} if len(text) == 1 else {f"clip_name{i}": m.name for i, m in enumerate(text, 1)}
    return [
        node("unet", "UNETLoader", 110, unet_name=model.name, weight_dtype="default").fetching(model),
        node("clip", kind, 110 + 30 * len(text), **names, type=text_type, device="default").fetching(*text),
        node("vae", "VAELoader", 90, vae_name=vae.name).fetching(vae),
    ]


def picture(loading: Sequence[Piece], start: str, title: str) -> Group:
    """Model, picture, and where to begin."""
    columns = [
        Column(340, [note("start", 420, title, start), note("own", 230, "Your own picture", OWN_PICTURE)]),
        Column(340, [*loading, node("picture", "LoadImage", 360, image="example.png")]),
    ]
    return Group("Model and picture", ORANGE, columns)


def drawing(drag: dict[str, Any] = DRAG, about: str = DRAW, image: Out = LOADED) -> Group:
    """The canvas."""
    canvas = node("canvas", "DragCanvas", 620, drag=drag, image=image)
    return Group("Drag: what goes where", GREEN, [Column(590, [canvas, note("draw", 290, "About drags", about)])])


def warping(fill: str, about: str) -> list[Piece]:
    """The warp of the whole picture, what it gives, and what is said about it."""
    return [
        node("warp", "DragWarp", 240, image=PICTURE, drag=DRAWN, mask_expand=9, fill=fill),
        node("warped", "PreviewImage", 300, images=Out("warp", "image")).titled("Warped, no model yet"),
        note("about_warp", 110, "About the warp", about),
    ]


def cropping(image: Out, multiple: int, **mask: Out) -> list[Piece]:
    """The part around the drag at the model's size."""
    cut = node("crop", "DragCrop", 330, image=image, drag=DRAWN, size="1024", multiple=multiple, **mask)
    return [cut, node("cropped", "PreviewImage", 300, images=CROP).titled("What the model sees")]


def result(name: str, tips: str, image: Out = LOADED, **settings: Any) -> Group:
    """The model's picture put back into the whole one, beside what it was."""
    links = {"stitch": Out("crop", "stitch"), "image": Out("decode", "IMAGE"), **settings}
    saved = node("after", "SaveImage", 430, images=Out("stitch", "image"), filename_prefix=f"dragkit/{name}")
    columns = [
        Column(
            320, [node("stitch", "DragStitch", 230, **links), note("about_stitch", 200, "About the stitch", STITCH)]
        ),
        Column(
            400,
            [
                saved.titled("After"),
                node("before", "PreviewImage", 400, images=image).titled("Before"),
            ],
        ),
        Column(400, [note("tips", 430, "What to try", tips)]),
    ]
    return Group("Result", BLUE, columns)
