"""The example workflows for the small transformer that ships with the pack."""

from __future__ import annotations

from typing import Any

from .families import decoding, k_sampler
from .layout import Column, Group, Out, Piece, node, note
from .parts import DRAWN, ORANGE, PICTURE, PURPLE, YELLOW, drawing, result
from .words import LAZY_TIPS, MOVED, OUTLINE, REFERENCE_TIPS

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
                node("picture", "DragDemoPicture", 120, scene="ball", seed=0),
                note("others", 170, "Other pictures", OTHERS),
            ],
        )
    ]
    return Group("Model and picture", ORANGE, columns)


def cutting() -> list[Piece]:
    """Nearly all of the picture at the size that the model knows, as its latent."""
    size = {"context": 10.0, "size": "given", "width": 256, "height": 256, "multiple": 8}
    return [
        node("crop", "DragCrop", 330, image=PICTURE, drag=DRAWN, **size),
        node("encode", "VAEEncode", 60, pixels=CROPPED, vae=VAE),
    ]


def dragreference(name: str) -> list[Group]:
    """Four steps of a small edit model whose reference moves."""
    start = (
        "# Drag in a reference\n\nPress **Run**. The green ball goes 64 pixels to the right: the model is told that "
        "what it sees of the ball lies there, and draws it in four steps.\n\nNothing has to be downloaded: this small "
        "transformer comes with DragKit.\n\nFollow the numbers."
    )
    moved = node("moved", "DragReference", 200, model=MODEL, drag=Out("crop", "drag"), reference=1, vacated=BESIDE)
    told = node("ref", "ReferenceLatent", 90, conditioning=POSITIVE, latent=LATENT)
    sampled = k_sampler(Out("moved", "model"), Out("ref", "CONDITIONING"), NEGATIVE, LATENT, 4, 1.0, "simple")
    return [
        scene(start),
        drawing(BALL, OUTLINE, RENDERED),
        Group(
            "Move the reference",
            YELLOW,
            [Column(320, cutting()), Column(300, [moved, told, note("about", 260, "How", MOVED)])],
        ),
        Group("The model draws it there", PURPLE, [Column(300, [sampled, decoding(VAE)])]),
        result(name, REFERENCE_TIPS, RENDERED),
    ]


def lazydrag(name: str) -> list[Group]:
    """A small model of pictures, whose source runs beside the edit."""
    start = (
        "# Drag beside the source\n\nPress **Run**. The green ball goes 64 pixels to the right: the picture is carried "
        "up to noise, the ball moves there, and on the way back the model looks at the source that runs beside it.\n\n"
        "Nothing has to be downloaded: this small transformer comes with DragKit.\n\nFollow the numbers."
    )
    way = {"steps": 10, "strength": 0.8, "method": "uni-inv", "capture": "none"}
    noisy = {"latent_image": Out("moved", "latent"), "sigmas": Out("invert", "sigmas"), "noise_seed": 0}
    links = {
        "model": Out("moved", "model"),
        "positive": POSITIVE,
        "negative": NEGATIVE,
        "sampler": Out("euler", "SAMPLER"),
    }
    moved = {"inversion": Out("invert", "inversion"), "drag": Out("crop", "drag")}
    return [
        scene(start),
        drawing(BALL, OUTLINE, RENDERED),
        Group(
            "To noise, and move",
            YELLOW,
            [
                Column(320, cutting()),
                Column(
                    320,
                    [
                        node("invert", "InvertLatent", 340, model=MODEL, positive=POSITIVE, latent=LATENT, **way),
                        node("moved", "LazyDrag", 280, model=MODEL, **moved),
                    ],
                ),
            ],
        ),
        Group(
            "And back",
            PURPLE,
            [
                Column(
                    300,
                    [
                        node("euler", "KSamplerSelect", 70, sampler_name="euler"),
                        node("sample", "SamplerCustom", 260, **links, **noisy, add_noise=False, cfg=1.0),
                        decoding(VAE, "output"),
                    ],
                )
            ],
        ),
        result(name, LAZY_TIPS, RENDERED),
    ]


BUNDLED = {"dragreference": dragreference, "lazydrag": lazydrag}
