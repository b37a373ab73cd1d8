"""How each family of models samples, as the host's own templates do it."""

from __future__ import annotations

from .layout import Column, Out, Piece, node, note
from .parts import CROP
from .words import INPAINTING, INVERTING, MEND, QWEN21_SIZE, SHOWN, TOLD, WORDS

VAE = Out("vae", "VAE")


def prompt(text: str = MEND, title: str = TOLD) -> Piece:
    return node("text", "CLIPTextEncode", 260, clip=Out("clip", "CLIP"), text=text).titled(title)


def encoding() -> Piece:
    return node("encode", "VAEEncode", 60, pixels=CROP, vae=VAE)


def decoding(vae: Out = VAE, output: str = "LATENT") -> Piece:
    return node("decode", "VAEDecode", 60, samples=Out("sample", output), vae=vae)


def reference(name: str, conditioning: Out) -> Piece:
    """The crop's latent given to the model as its reference."""
    return node(name, "ReferenceLatent", 90, conditioning=conditioning, latent=Out("encode", "LATENT"))


def k_sampler(model: Out, positive: Out, negative: Out, latent: Out, steps: int, cfg: float, scheduler: str) -> Piece:
    links = {"model": model, "positive": positive, "negative": negative, "latent_image": latent}
    settings = {"seed": 0, "steps": steps, "cfg": cfg, "sampler_name": "euler", "scheduler": scheduler, "denoise": 1.0}
    return node("sample", "KSampler", 330, **links, **settings)


def klein(model: Out) -> list[Column]:
    """FLUX.2 klein, distilled: four steps without guidance."""
    size = {"width": Out("size", "width"), "height": Out("size", "height")}
    chosen = {"noise": Out("noise", "NOISE"), "guider": Out("guider", "GUIDER"), "sampler": Out("euler", "SAMPLER")}
    conditions = {"positive": Out("ref", "CONDITIONING"), "negative": Out("ref_zero", "CONDITIONING")}
    return [
        Column(340, [prompt(), encoding(), note("about_model", 260, "About the words", WORDS)]),
        Column(
            270,
            [
                reference("ref", Out("text", "CONDITIONING")),
                node("zero", "ConditioningZeroOut", 60, conditioning=Out("text", "CONDITIONING")),
                reference("ref_zero", Out("zero", "CONDITIONING")),
                node("size", "GetImageSize", 120, image=CROP),
                node("noise", "RandomNoise", 100, noise_seed=0),
                node("euler", "KSamplerSelect", 70, sampler_name="euler"),
            ],
        ),
        Column(
            270,
            [
                node("empty", "EmptyFlux2LatentImage", 140, **size, batch_size=1),
                node("levels", "Flux2Scheduler", 140, steps=4, **size),
                node("guider", "CFGGuider", 130, model=model, **conditions, cfg=1.0),
            ],
        ),
        Column(
            270,
            [
                node(
                    "latent",
                    "SamplerCustomAdvanced",
                    140,
                    **chosen,
                    sigmas=Out("levels", "SIGMAS"),
                    latent_image=Out("empty", "LATENT"),
                ),
                node("decode", "VAEDecode", 60, samples=Out("latent", "output"), vae=VAE),
            ],
        ),
    ]


def kontext(model: Out) -> list[Column]:
    """FLUX.1 Kontext, which samples from noise beside its reference."""
    guided, zero = Out("guidance", "CONDITIONING"), Out("zero", "CONDITIONING")
    return [
        Column(340, [prompt(), encoding(), note("about_model", 260, "About the words", WORDS)]),
        Column(
            280,
            [
                reference("ref", Out("text", "CONDITIONING")),
                node("guidance", "FluxGuidance", 90, conditioning=Out("ref", "CONDITIONING"), guidance=2.5),
                node("zero", "ConditioningZeroOut", 60, conditioning=Out("text", "CONDITIONING")),
            ],
        ),
        Column(300, [k_sampler(model, guided, zero, Out("encode", "LATENT"), 20, 1.0, "simple"), decoding()]),
    ]


def qwen_edit(model: Out) -> list[Column]:
    """Qwen-Image-Edit 2511: the encoder sees the picture too; its latent is given beside, so that it keeps its size."""
    seen = {"clip": Out("clip", "CLIP"), "image1": CROP}
    positive, negative = Out("ref", "CONDITIONING"), Out("ref_nothing", "CONDITIONING")
    sampled = Out("norm", "patched_model"), positive, negative, Out("encode", "LATENT")
    return [
        Column(
            340,
            [
                node("text", "TextEncodeQwenImageEditPlus", 280, **seen, prompt=MEND).titled(TOLD),
                node("nothing", "TextEncodeQwenImageEditPlus", 200, **seen, prompt="").titled("Negative"),
                note("about_model", 260, "About the words", WORDS),
            ],
        ),
        Column(
            300,
            [
                encoding(),
                reference("ref", Out("text", "CONDITIONING")),
                reference("ref_nothing", Out("nothing", "CONDITIONING")),
                node("shift", "ModelSamplingAuraFlow", 90, model=model, shift=3.1),
                node("norm", "CFGNorm", 100, model=Out("shift", "MODEL"), strength=1.0),
            ],
        ),
        Column(300, [k_sampler(*sampled, 20, 4.0, "simple"), decoding()]),
    ]


def qwen21(model: Out) -> list[Column]:
    """Qwen-Image 2.1: one node encodes words and picture and gives the empty latent of its size."""
    seen = {"clip": Out("clip", "CLIP"), "vae": VAE, "images.image_1": CROP}
    settings = {"prompt": MEND, "negative_prompt": "", "resolution": 0}
    told = node("text", "TextEncodeQwenImage21", 440, **seen, **settings).titled(TOLD)
    sampled = k_sampler(
        model, Out("text", "positive"), Out("text", "negative"), Out("text", "latent"), 25, 1.0, "simple"
    )
    return [
        Column(380, [told, note("about_model", 330, "About the words", WORDS + QWEN21_SIZE)]),
        Column(300, [sampled, decoding()]),
    ]


def krea(model: Out) -> list[Column]:
    """FLUX.1 Krea, which makes pictures from text: the crop is carried up to noise, and the way back is the edit."""
    guided = Out("guidance", "CONDITIONING")
    way = {"steps": 20, "strength": 0.8, "method": "uni-inv", "capture": "none"}
    links = {"model": Out("moved", "model"), "positive": guided, "negative": guided, "sigmas": Out("invert", "sigmas")}
    noisy = {"sampler": Out("euler", "SAMPLER"), "latent_image": Out("moved", "latent")}
    moved = {"model": model, "inversion": Out("invert", "inversion"), "drag": Out("crop", "drag")}
    return [
        Column(
            340,
            [
                prompt(SHOWN, "What the picture shows"),
                node("guidance", "FluxGuidance", 90, conditioning=Out("text", "CONDITIONING"), guidance=1.0),
                encoding(),
                note("about_model", 230, "About the way", INVERTING),
            ],
        ),
        Column(
            320,
            [
                node(
                    "invert", "InvertLatent", 340, model=model, positive=guided, latent=Out("encode", "LATENT"), **way
                ),
                node("moved", "LazyDrag", 280, **moved),
            ],
        ),
        Column(
            300,
            [
                node("euler", "KSamplerSelect", 70, sampler_name="euler"),
                node("sample", "SamplerCustom", 260, **links, **noisy, add_noise=False, noise_seed=0, cfg=1.0),
                decoding(output="output"),
            ],
        ),
    ]


def fill(model: Out) -> list[Column]:
    """FLUX.1 Fill, an inpainting model: it paints where the mask is, from what the words say is seen."""
    conditions = {"positive": Out("guidance", "CONDITIONING"), "negative": Out("zero", "CONDITIONING")}
    place = {"vae": VAE, "pixels": CROP, "mask": Out("crop", "mask")}
    return [
        Column(
            340, [prompt(SHOWN, "What the picture shows"), note("about_model", 260, "About inpainting", INPAINTING)]
        ),
        Column(
            300,
            [
                node("guidance", "FluxGuidance", 90, conditioning=Out("text", "CONDITIONING"), guidance=30.0),
                node("zero", "ConditioningZeroOut", 60, conditioning=Out("text", "CONDITIONING")),
                node("inpaint", "InpaintModelConditioning", 180, **conditions, **place, noise_mask=True),
                node("soft", "DifferentialDiffusion", 90, model=model, strength=1.0),
            ],
        ),
        Column(
            300,
            [
                k_sampler(
                    Out("soft", "MODEL"),
                    Out("inpaint", "positive"),
                    Out("inpaint", "negative"),
                    Out("inpaint", "latent"),
                    20,
                    1.0,
                    "normal",
                ),
                decoding(),
            ],
        ),
    ]
