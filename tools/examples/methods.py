"""The blueprints: one node a method, MODEL, conditioning, VAE, picture and drag in, picture out."""

from __future__ import annotations

from ...core.crop.touched import Inside
from .blueprint import Blueprint
from .layout import Column, Entry, Group, Out, Piece, node
from .parts import BLUE, GREEN, PURPLE

MODEL, VAE, PICTURE, DRAWN = Entry("model"), Entry("vae"), Entry("image"), Entry("drag")
POSITIVE, NEGATIVE = Entry("positive"), Entry("negative")
CROPPED, DRAG = Out("crop", "image"), Out("crop", "drag")
SIDE, CONTEXT = Entry("side", 512), Entry("context", 1.0)
SOCKETS = {"model": "MODEL", "positive": "CONDITIONING", "vae": "VAE", "image": "IMAGE", "drag": "DRAG"}
GUIDED = {"model": "MODEL", "positive": "CONDITIONING", "negative": "CONDITIONING"}
RESULT = {"image": Out("stitch", "image")}
SEED = {"noise_seed": 42, "add_noise": False, "cfg": 1.0}


def cutting(context: float | Entry = 1.0) -> Piece:
    """The part around the drag, at the model's size."""
    size = {"size": "given", "width": SIDE, "height": SIDE}
    return node("crop", "DragCrop", 330, image=PICTURE, drag=DRAWN, context=context, **size)


def encoding(pixels: Out = CROPPED) -> Piece:
    return node("encode", "VAEEncode", 60, pixels=pixels, vae=VAE)


def putting_back(latent: Out, **mask: Out) -> Group:
    """The model's picture back in the whole one."""
    links = {"stitch": Out("crop", "stitch"), "image": Out("decode", "IMAGE"), **mask}
    decode = node("decode", "VAEDecode", 60, samples=latent, vae=VAE)
    stitch = node("stitch", "DragStitch", 200, **links, inside=Inside.CHANGED.value)
    return Group("Put back", BLUE, [Column(300, [decode, stitch])])


def sampling(model: Out, latent: Out, sigmas: Out, sampler: Out) -> Piece:
    """Sampling without guidance and without new noise."""
    links = {"model": model, "positive": POSITIVE, "negative": POSITIVE, "latent_image": latent}
    return node("sample", "SamplerCustom", 260, **links, sampler=sampler, sigmas=sigmas, **SEED)


EULER = node("euler", "KSamplerSelect", 70, sampler_name="euler")
STEPS = Out("invert", "sigmas")


def inverting(
    method: str, steps: int, strength: float | Entry, spacing: str, capture: str, model: Entry | Out
) -> Piece:
    settings = {"method": method, "steps": steps, "spacing": spacing, "capture": capture}
    links = {"model": model, "positive": POSITIVE, "latent": Out("encode", "LATENT")}
    return node("invert", "InvertLatent", 340, **links, **settings, strength=strength)


def to_noise(invert: Piece) -> Group:
    """The part cut out, encoded and carried up the noise levels."""
    return Group("Cut out, and to noise", GREEN, [Column(320, [cutting(CONTEXT), encoding()]), Column(320, [invert])])


INJECTING = node("inject", "KVInjectAttention", 170, model=MODEL, inversion=Out("invert", "inversion"))


def fastdrag() -> Blueprint:
    links = {"latent": Out("invert", "latent"), "drag": DRAG, "move": Entry("move", "as the method does")}
    warping = [
        node("warp", "LatentWarpage", 240, **links),
        node("fill", "BNNIFill", 150, latent=Out("warp", "latent"), null_mask=Out("warp", "null_mask")),
    ]
    invert = inverting("ddim", 10, Entry("strength", 0.7), "leading", "output blocks", MODEL)
    sample = sampling(Out("inject", "model"), Out("fill", "latent"), STEPS, Out("euler", "SAMPLER"))
    return Blueprint(
        "FastDrag",
        "Drags content to where it shall go with a Stable Diffusion model, in one step and without training.",
        [
            to_noise(invert),
            Group("Warp", PURPLE, [Column(300, warping), Column(300, [INJECTING, EULER, sample])]),
            putting_back(Out("sample", "output"), mask=Out("warp", "changed_mask")),
        ],
        SOCKETS,
        ["side", "context", "strength", "move"],
        RESULT,
    )


def regiondrag() -> Blueprint:
    links = {"inversion": Out("invert", "inversion"), "drag": DRAG, "image": CROPPED}
    paste = node("paste", "RegionCopyPaste", 270, **links, move=Entry("move", "as the method does"))
    invert = inverting("ddpm", 20, Entry("strength", 0.5), "linspace", "all blocks", MODEL)
    sample = sampling(Out("inject", "model"), Out("paste", "latent"), STEPS, Out("paste", "sampler"))
    return Blueprint(
        "RegionDrag",
        "Moves, scales and turns regions with a Stable Diffusion model, pasted at every step of sampling.",
        [
            to_noise(invert),
            Group("Copy and paste", PURPLE, [Column(300, [paste]), Column(300, [INJECTING, sample])]),
            putting_back(Out("sample", "output"), mask=Out("paste", "changed_mask")),
        ],
        SOCKETS,
        ["side", "context", "strength", "move"],
        RESULT,
    )


def dragdiffusion() -> Blueprint:
    taught = Out("lora", "model")
    lora = node(
        "lora",
        "DragLoRATrain",
        330,
        model=MODEL,
        positive=POSITIVE,
        image=CROPPED,
        vae=VAE,
        steps=Entry("training_steps", 80),
        batch_size=Entry("batch_size", 4),
        resolution=SIDE,
        checkpointing=Entry("checkpointing", True),
    )
    drag = node(
        "drag",
        "DragOptimizeLatent",
        470,
        model=taught,
        positive=POSITIVE,
        inversion=Out("invert", "inversion"),
        drag=DRAG,
        image=CROPPED,
        steps=Entry("drag_steps", 80),
        checkpointing=Entry("checkpointing", True),
    )
    invert = inverting("ddim", 50, 0.7, "leading", "none", taught)
    lent = node("lend", "ReferenceAttention", 130, model=taught)
    sample = sampling(Out("lend", "model"), Out("drag", "latent"), Out("drag", "sigmas"), Out("euler", "SAMPLER"))
    edited = node("edited", "LatentFromBatch", 110, samples=Out("sample", "output"), batch_index=1, length=1)
    return Blueprint(
        "DragDiffusion",
        "Bends, turns and opens things by gradients through a Stable Diffusion model, which learns the picture first.",
        [
            Group("Cut out, and learn", GREEN, [Column(320, [cutting(), encoding()]), Column(320, [lora, invert])]),
            Group("Drag", PURPLE, [Column(340, [drag]), Column(300, [lent, EULER, sample, edited])]),
            putting_back(Out("edited", "LATENT")),
        ],
        SOCKETS,
        ["side", "training_steps", "batch_size", "drag_steps", "checkpointing"],
        RESULT,
    )


def dragwarp() -> Blueprint:
    warped, seam = Out("warp", "image"), Out("warp", "inpaint_mask")
    warp = node(
        "warp",
        "DragWarp",
        240,
        image=CROPPED,
        drag=DRAG,
        mask_expand=9,
        fill=Entry("fill", "neighbours"),
    )
    links = {"positive": POSITIVE, "negative": NEGATIVE, "vae": VAE, "pixels": warped, "mask": seam}
    told = node("told", "InpaintModelConditioning", 190, **links, noise_mask=True)
    sample = node(
        "sample",
        "KSampler",
        330,
        model=MODEL,
        positive=Out("told", "positive"),
        negative=Out("told", "negative"),
        latent_image=Out("told", "latent"),
        seed=Entry("seed", 0),
        steps=20,
        cfg=6.0,
        sampler_name="euler",
        scheduler="normal",
        denoise=Entry("denoise", 0.85),
    )
    decode = node("decode", "VAEDecode", 60, samples=Out("sample", "LATENT"), vae=VAE)
    whole = node("whole", "ImageCompositeMasked", 170, destination=warped, source=Out("decode", "IMAGE"), mask=seam)
    back = {"stitch": Out("crop", "stitch"), "image": Out("whole", "IMAGE"), "mask": Out("warp", "changed_mask")}
    stitch = node("stitch", "DragStitch", 170, **back, feather=2)
    return Blueprint(
        "Drag Warp + inpaint",
        "Moves pixels, then lets any checkpoint, best one for inpainting, paint the place they left and the seam.",
        [
            Group("Cut out, and warp", GREEN, [Column(320, [cutting()]), Column(320, [warp, told])]),
            Group("Paint what is left", PURPLE, [Column(300, [sample])]),
            Group("Put back", BLUE, [Column(300, [decode, whole, stitch])]),
        ],
        {**GUIDED, "vae": "VAE", "image": "IMAGE", "drag": "DRAG"},
        ["side", "fill", "seed", "denoise"],
        RESULT,
    )


BLUEPRINTS = {blueprint.name: blueprint for blueprint in (fastdrag(), regiondrag(), dragdiffusion(), dragwarp())}
