"""The example workflow for models distilled to a few steps: FastDrag with an LCM LoRA."""

from __future__ import annotations

from ...core.crop.touched import Inside
from .layout import Column, Group, Model, Out, node, note
from .offers import HUB, offer
from .parts import CROP, DRAWN, PICTURE, PURPLE, YELLOW, drawing, picture, result
from .words import DRAW

SD15 = offer("Comfy-Org/stable-diffusion-v1-5-archive/resolve/main/v1-5-pruned-emaonly-fp16.safetensors", "checkpoints")
LCM = Model(
    "pytorch_lora_weights.safetensors",
    f"{HUB}latent-consistency/lcm-lora-sdv1-5/resolve/main/pytorch_lora_weights.safetensors",
    "loras",
)
MODEL, POSITIVE, VAE = Out("levels", "MODEL"), Out("positive", "CONDITIONING"), Out("checkpoint", "VAE")
INVERSION = Out("invert", "inversion")
ARM = {
    "version": 1,
    "size": [768, 768],
    "drags": [
        {"handle": [575, 358], "target": [560, 270]},
        {"handle": [465, 362], "target": [465, 362]},
    ],
    "regions": [],
    "mask": [{"brush": [{"radius": 75, "points": [[470, 350], [580, 320]]}]}],
}
LEVELS = (
    "An LCM knows 50 noise levels, and **ModelSamplingDiscrete** *lcm* says so to both ways. With **steps** 5 and "
    "**strength** 0.8 four of them are used, up and down again.\n\nOther models of few steps: Hyper-SD and Lightning "
    "without ModelSamplingDiscrete, with as many **steps** as their name says, **strength** 0.75; Turbo with 4. They "
    "need **spacing** *linspace*, and **refine** 6. For all of them sampler *euler* and **cfg** 1."
)
REFINED = (
    "**refine** 2 brings back untouched parts more exactly, which few steps need. It costs the inversion alone, and "
    "that is kept as long as the picture is."
)
TIPS = """Press **L** on the canvas for *Live*, then pull: every release shows its result.

| You want | Do this |
| --- | --- |
| a stronger move | a longer drag, or **strength** 1 |
| less change elsewhere | **strength** 0.6, a smaller mask |
| untouched parts more exact | **refine** 4, or **steps** 8 |
| a thing moved whole | more drags on it, all alike |
"""


def fastdrag_lcm(name: str) -> list[Group]:
    """FastDrag in four steps up and four steps down."""
    start = (
        "# Drag in four steps\n\nDownload the files if the page offers them (2 GB, and 135 MB for the LCM LoRA), then "
        "press **Run**. The arm on the right goes up, in four steps of a model that is taught to take few.\n\nThen "
        "press **L** on the canvas: each pull shows its result at once.\n\nFollow the numbers."
    )
    loading = [
        node("checkpoint", "CheckpointLoaderSimple", 110, ckpt_name=SD15.name).fetching(SD15),
        node(
            "lora",
            "LoraLoaderModelOnly",
            110,
            model=Out("checkpoint", "MODEL"),
            lora_name=LCM.name,
            strength_model=1.0,
        ).fetching(LCM),
        node("levels", "ModelSamplingDiscrete", 90, model=Out("lora", "MODEL"), sampling="lcm", zsnr=False),
    ]
    return [
        picture(loading, start, "Start here"),
        drawing(ARM, DRAW),
        Group("Cut out the part, carry it to noise", YELLOW, inverting()),
        Group("Move it, and back to a picture", PURPLE, sampling()),
        result(name, TIPS, mask=Out("warp", "changed_mask"), inside=Inside.CHANGED.value),
    ]


def inverting() -> list[Column]:
    """The crop, its words and its inversion."""
    words = "a drawing of a girl with yellow fox ears in a pink dress on a green hill"
    clip = Out("checkpoint", "CLIP")
    way = {"steps": 5, "strength": 0.8, "refine": 2}
    crop = node("crop", "DragCrop", 330, image=PICTURE, drag=DRAWN, context=1.0, size="512")
    return [
        Column(
            320,
            [
                crop,
                node("encode", "VAEEncode", 60, pixels=CROP, vae=VAE),
                node("positive", "CLIPTextEncode", 170, clip=clip, text=words).titled("What the picture shows"),
                node("negative", "CLIPTextEncode", 110, clip=clip, text="").titled("Negative (no effect at cfg 1)"),
            ],
        ),
        Column(
            320,
            [
                node(
                    "invert", "InvertLatent", 340, model=MODEL, positive=POSITIVE, latent=Out("encode", "LATENT"), **way
                ),
                note("about_levels", 330, "About few steps", LEVELS),
                note("about_refine", 170, "About refine", REFINED),
            ],
        ),
    ]


def sampling() -> list[Column]:
    """The warp, and the way back along the source's attention."""
    warped = {"latent": Out("warp", "latent"), "null_mask": Out("warp", "null_mask")}
    conditions = {"positive": POSITIVE, "negative": Out("negative", "CONDITIONING")}
    way = {"sampler": Out("euler", "SAMPLER"), "sigmas": Out("invert", "sigmas")}
    return [
        Column(
            300,
            [
                node("warp", "LatentWarpage", 230, latent=Out("invert", "latent"), drag=Out("crop", "drag")),
                node("fill", "BNNIFill", 145, **warped),
                node("inject", "KVInjectAttention", 165, model=MODEL, inversion=INVERSION),
                node("euler", "KSamplerSelect", 70, sampler_name="euler"),
            ],
        ),
        Column(
            300,
            [
                node(
                    "sample",
                    "SamplerCustom",
                    260,
                    model=Out("inject", "model"),
                    **conditions,
                    **way,
                    latent_image=Out("fill", "latent"),
                    add_noise=False,
                    noise_seed=0,
                    cfg=1.0,
                ),
                node("decode", "VAEDecode", 60, samples=Out("sample", "output"), vae=VAE),
            ],
        ),
    ]


FEW_STEPS = {"fastdrag_lcm_sd15": fastdrag_lcm}
