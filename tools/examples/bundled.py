"""The example workflows for the small transformer that ships with the pack."""

from __future__ import annotations

from typing import Any

from .families import decoding, k_sampler
from .layout import Column, Group, Out, Piece, node, note
from .parts import DRAWN, ORANGE, PICTURE, PURPLE, YELLOW, drawing, result
from .words import EVIDENCE_TIPS, LAID_IN, MOVED, OUTLINE, REFERENCE_TIPS, SMALL_OUTLINE

BALL: dict[str, Any] = {
    "version": 1,
    "size": [256, 256],
    "drags": [],
    "regions": [
        {
            "source": {"brush": [{"radius": 44, "points": [[120, 184]]}]},
            "affine": {"move": [64, 0], "scale": [1, 1], "rotate": 0},
        }
    ],
    "mask": [{"brush": [{"radius": 60, "points": [[112, 186], [196, 186]]}]}],
}
MODEL, POSITIVE, NEGATIVE, VAE = (Out("model", name) for name in ("model", "positive", "negative", "vae"))
BESIDE = "its surroundings"  # a small model paints these rather than inventing
RENDERED = Out("picture", "image")
CROPPED, LATENT = Out("crop", "image"), Out("encode", "LATENT")
OTHERS = (
    "Set **scene** to another in both nodes, then draw around what moves. This small model knows nothing else; for "
    "your own pictures open one of the examples for a large model."
)


def scene(start: str) -> Group:
    """The bundled transformer and a rendered picture."""
    columns = [
        Column(
            320,
            [
                note("start", 330, "Start here", start),
                node("model", "DragDemoModel", 180, scene="ball", network="transformer"),
                node("picture", "DragDemoPicture", 142, scene="ball", seed=0),
                note("others", 170, "Other pictures", OTHERS),
            ],
        )
    ]
    return Group("Model and picture", ORANGE, columns)


def cut() -> Piece:
    """Nearly all of the picture at the size that the model knows."""
    size = {"context": 10.0, "size": "given", "width": 256, "height": 256, "multiple": 8}
    return node("crop", "DragCrop", 330, image=PICTURE, drag=DRAWN, **size)


def encode(pixels: Out = CROPPED) -> Piece:
    return node("encode", "VAEEncode", 60, pixels=pixels, vae=VAE)


def sampled_along(model: Out, conditions: tuple[Out, Out], way: dict[str, Out], *, add_noise: bool) -> list[Piece]:
    """The core sampler node along given levels, and the decoder."""
    links = {"model": model, "positive": conditions[0], "negative": conditions[1], **way}
    sampler = node("sample", "SamplerCustom", 260, **links, add_noise=add_noise, noise_seed=0, cfg=1.0)
    return [sampler, decoding(VAE, "output")]


def dragreference(name: str) -> list[Group]:
    """One step of a small edit model whose reference moves."""
    start = (
        "# Drag in a reference\n\nPress **Run**. The green ball goes 64 pixels to the right: the model is told that "
        "what it sees of the ball lies there, and draws it in one step: this small transformer gains nothing by more, "
        "large ones take four and up.\n\nNothing has to be downloaded: it comes with DragKit.\n\nFollow the numbers."
    )
    moved = node("moved", "DragReference", 200, model=MODEL, drag=Out("crop", "drag"), reference=1, vacated=BESIDE)
    told = node("ref", "ReferenceLatent", 90, conditioning=POSITIVE, latent=LATENT)
    sampled = k_sampler(Out("moved", "model"), Out("ref", "CONDITIONING"), NEGATIVE, LATENT, 1, 1.0, "simple")
    return [
        scene(start),
        drawing(BALL, OUTLINE, RENDERED),
        Group(
            "Move the reference",
            YELLOW,
            [Column(320, [cut(), encode()]), Column(300, [moved, told, note("about", 260, "How", MOVED)])],
        ),
        Group("The model draws it there", PURPLE, [Column(300, [sampled, decoding(VAE)])]),
        result(name, REFERENCE_TIPS, RENDERED),
    ]


def dragevidence(name: str) -> list[Group]:
    """An edit model that is kept to the warped picture while it samples."""
    start = (
        "# Hold an edit to the picture\n\nPress **Run**. The ball goes 64 pixels to the right; the model then draws "
        "the picture anew with the warped one as its reference, and after each of the first steps the warped picture "
        "is laid in where nothing was asked.\n\nNothing has to be downloaded: this small transformer comes with "
        "DragKit.\n\nFollow the numbers."
    )
    warped = {"image": CROPPED, "drag": Out("crop", "drag"), "mask_expand": 5, "fill": "neighbours"}
    masks = {name: Out("warp", name) for name in ("inpaint_mask", "target_mask")}
    told = node("ref", "ReferenceLatent", 90, conditioning=POSITIVE, latent=LATENT)
    way = {"sampler": Out("evidence", "sampler"), "sigmas": Out("levels", "SIGMAS"), "latent_image": LATENT}
    drawn = sampled_along(MODEL, (Out("ref", "CONDITIONING"), NEGATIVE), way, add_noise=True)
    return [
        scene(start),
        drawing(BALL, SMALL_OUTLINE, RENDERED),
        Group(
            "Warp the pixels",
            YELLOW,
            [
                Column(320, [cut(), node("warp", "DragWarp", 240, **warped)]),
                Column(
                    320,
                    [
                        encode(Out("warp", "image")),
                        told,
                        node("evidence", "DragEvidence", 200, latent=LATENT, **masks, end_percent=0.53),
                        node("levels", "BasicScheduler", 140, model=MODEL, scheduler="simple", steps=8, denoise=1.0),
                    ],
                ),
            ],
        ),
        Group(
            "The model draws, the picture holds", PURPLE, [Column(300, [note("about", 260, "How", LAID_IN), *drawn])]
        ),
        result(name, EVIDENCE_TIPS, RENDERED),
    ]


BUNDLED = {"dragreference": dragreference, "dragevidence": dragevidence}
