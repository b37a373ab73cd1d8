"""Every hook of the pack on the bundled network, each as one function of a bench that gives a tensor to compare."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

import torch

from ...core.check.compare import smooth_latent
from .calls import call, first
from .edits import REGIONDRAG, SEED, Inverted, Subject, fastdrag, inject, invert, regiondrag, sample
from .scene import ball

SIDE = 128  # of the picture: 16 cells of latent
SQUARE = {"polygon": [[32, 48], [72, 48], [72, 96], [32, 96]]}
DRAG = {"version": 1, "size": [SIDE, SIDE], "drags": [{"handle": [52, 72], "target": [76, 72]}], "mask": [SQUARE]}
REGION = {"version": 1, "size": [SIDE, SIDE], "regions": [{"source": SQUARE, "affine": {"move": [24, 0]}}]}
SUPERVISION = {"radius_motion": 1, "radius_track": 3, "mask_weight": 0.1}
DRAGDIFFUSION = {"steps": 10, "strength": 0.7, "capture": "none"}


class Part(Enum):
    """What a result is computed by: it decides how far two machines may be apart."""

    NETWORK = "network"
    GRADIENT = "gradient"
    VAE = "VAE"
    PIXELS = "pixels"


@dataclass
class Bench:
    """The bundled network with a picture, its latent and instructions."""

    subject: Subject
    vae: Any
    picture: torch.Tensor
    latent: dict
    drag: Any
    region: Any

    def dtype(self, part: Part) -> torch.dtype:
        """What a part computes in."""
        network = self.subject.model.model
        dtypes = {Part.VAE: self.vae.vae_dtype, Part.PIXELS: torch.float32}
        return dtypes.get(part) or network.manual_cast_dtype or network.get_dtype()

    def device(self, part: Part) -> torch.device:
        """Where a part computes."""
        devices = {Part.VAE: self.vae.device, Part.PIXELS: torch.device("cpu")}
        return devices.get(part, self.subject.model.load_device)

    def inverted(self, **settings: Any) -> Inverted:
        return invert(self.subject, self.latent, **settings)


class Hook(NamedTuple):
    """Something the pack does inside of the host, and a tensor that tells whether it did."""

    name: str
    run: Callable[[Bench], torch.Tensor]
    part: Part = Part.NETWORK


def bench(side: int = SIDE) -> Bench:
    """The network, on the device and in the precision that the host chooses."""
    model, prompt, _, vae = call("DragDemoModel", scene="ball")
    return Bench(
        Subject(model, prompt),
        vae,
        ball(side),
        {"samples": smooth_latent(side // 8)},
        first("DragFromJSON", json=DRAG),
        first("DragFromJSON", json=REGION),
    )


def autoencoder(on: Bench) -> torch.Tensor:
    return on.vae.decode(on.vae.encode(on.picture))


def inversion(on: Bench) -> torch.Tensor:
    return on.inverted(capture="none").latent["samples"]


def recovered_noise(on: Bench) -> torch.Tensor:
    """The noises of a stochastic inversion; its noisy latents need no network."""
    return torch.stack(on.inverted(**REGIONDRAG).inversion.noises)


def injection(store: str, precision: str = "as computed") -> Callable[[Bench], torch.Tensor]:
    return lambda on: fastdrag(on.subject, on.latent, on.drag, store=store, precision=precision)["samples"]


def copy_paste(on: Bench) -> torch.Tensor:
    return regiondrag(on.subject, on.latent, on.region)["samples"]


def reference(on: Bench) -> torch.Tensor:
    """A latent sampled beside another one, whose attention it looks at."""
    inverted = on.inverted(capture="none")
    samples = inverted.latent["samples"]
    pair = {"samples": torch.cat([samples, samples.flip(-1)])}
    model = first("ReferenceAttention", model=on.subject.model, start_layer=-1, start_percent=0.0)
    return sample(on.subject._replace(model=model), pair, inverted.sigmas)["samples"][1]


def kept_outside(on: Bench) -> torch.Tensor:
    """An edit inside of a noise mask alone."""
    inverted = on.inverted()
    mask = first("SolidMask", value=1.0, width=SIDE // 2, height=SIDE)
    padded = torch.nn.functional.pad(mask, (0, SIDE // 2))
    masked = first("SetLatentNoiseMask", samples=inverted.latent, mask=padded)
    masked["samples"] = masked["samples"].roll(3, -1)
    return sample(inject(on.subject, inverted), masked, inverted.sigmas)["samples"]


def lora_step(on: Bench) -> torch.Tensor:
    """What a little training changes of an inversion."""
    settings = {"steps": 2, "rank": 4, "learning_rate": 2e-2, "batch_size": 1, "seed": SEED}
    subject = on.subject
    model = first("DragLoRATrain", model=subject.model, positive=subject.prompt, latent=on.latent, **settings)
    return change(on, model)


def change(on: Bench, model: Any) -> torch.Tensor:
    """What a MODEL made from the network inverts otherwise."""
    base = on.inverted(capture="none").latent["samples"]
    return invert(on.subject._replace(model=model), on.latent, capture="none").latent["samples"].sub(base)


def drag_step(checkpointing: bool) -> Callable[[Bench], torch.Tensor]:
    """What two steps of optimisation change of a latent."""

    def run(on: Bench) -> torch.Tensor:
        inverted = on.inverted(**DRAGDIFFUSION)
        links = {"positive": on.subject.prompt, "inversion": inverted.inversion, "drag": on.drag}
        settings = {"steps": 2, "learning_rate": 0.05, "feature_block": "8", "checkpointing": checkpointing}
        pair = first("DragOptimizeLatent", model=on.subject.model, **links, **SUPERVISION, **settings)["samples"]
        return pair[1].sub(pair[0])

    return run


def pixels(on: Bench) -> torch.Tensor:
    return first("DragWarp", image=on.picture, drag=on.drag, mask_expand=5, fill="neighbours")


HOOKS = (
    Hook("VAE, there and back", autoencoder, Part.VAE),
    Hook("Invert Latent, ddim", inversion),
    Hook("Invert Latent, ddpm", recovered_noise),
    Hook("KV Inject Attention, states in RAM", injection("cpu")),
    Hook("KV Inject Attention, states on the GPU", injection("gpu")),
    Hook("KV Inject Attention, states in 8 bits", injection("auto", "8 bit")),
    Hook("Region Copy-Paste", copy_paste),
    Hook("Reference Attention", reference),
    Hook("Noise mask, outside kept", kept_outside),
    Hook("Drag LoRA Train", lora_step, Part.GRADIENT),
    Hook("Drag Optimize Latent", drag_step(checkpointing=False), Part.GRADIENT),
    Hook("Drag Optimize Latent, checkpointing", drag_step(checkpointing=True), Part.GRADIENT),
    Hook("Drag Warp", pixels, Part.PIXELS),
)
