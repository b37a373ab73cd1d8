"""What a user's MODEL does with a picture that is dragged nowhere, and eight pixels to the right."""

from typing import Any, NamedTuple

import comfy.model_base
import torch

from ...core.check.compare import psnr
from ...core.check.table import Outcome, Status
from ..host.models import architecture, require_unet
from .calls import first
from .edits import Subject, fastdrag, there_and_back
from .machine import forget_peak, peak
from .scene import ball, drag_of

SAME_PICTURE = 25.0  # dB
PIXELS = 8


class Own(NamedTuple):
    """What the user connected to the node."""

    model: Any
    clip: Any = None
    vae: Any = None
    positive: list | None = None

    def subject(self) -> Subject:
        """The MODEL with the prompt that is connected, or an empty one."""
        require_unet(self.model, "DragCheck")
        if self.vae is None or (self.clip is None and self.positive is None):
            raise ValueError(
                "DragCheck: a MODEL alone makes no picture. Connect the VAE and the CLIP of its checkpoint, or "
                "positive in place of CLIP."
            )
        prompt = self.positive or first("CLIPTextEncode", clip=self.clip, text="")
        return Subject(self.model, prompt)

    @property
    def side(self) -> int:
        """The side of a picture as the MODEL was trained on; half of it on a CPU, for time's sake."""
        trained = 1024 if isinstance(self.model.model, comfy.model_base.SDXL) else 512
        return trained // 2 if self.model.load_device.type == "cpu" else trained

    def describe(self) -> Outcome:
        """What it is; refuses one that the pack does not work with."""
        self.subject()
        network = self.model.model
        dtype = str(network.manual_cast_dtype or network.get_dtype()).removeprefix("torch.")
        patches = len(self.model.patches)
        figures = f"{architecture(self.model)}, {dtype}, {self.side}x{self.side}, {patches} weights patched"
        return Outcome("your MODEL", Status.OK, figures)


class Through(NamedTuple):
    """Pictures by way of a VAE."""

    vae: Any

    def encode(self, picture: torch.Tensor) -> dict:
        return {"samples": self.vae.encode(picture)}

    def decode(self, latent: dict) -> torch.Tensor:
        return self.vae.decode(latent["samples"]).cpu()

    def again(self, picture: torch.Tensor) -> torch.Tensor:
        return self.decode(self.encode(picture))


def no_drag(own: Own) -> Outcome:
    """The picture inverted and sampled again is the same picture."""
    subject, through = own.subject(), Through(own.vae)
    forget_peak(own.model.load_device)
    latent = through.encode(ball(own.side))
    likeness = psnr(through.decode(there_and_back(subject, latent)), through.decode(latent))
    figures = f"{likeness:.1f} dB (at least {SAME_PICTURE:.0f}), {peak(own.model.load_device)}"
    return judged(
        "your MODEL, no drag",
        likeness >= SAME_PICTURE,
        figures,
        "The picture does not come back as it was: look for a patch, LoRA or sampling setting on the MODEL that is not "
        "the same both ways, a VAE of another model, or weights that do not fit it.",
        psnr=likeness,
    )


def one_drag(own: Own) -> Outcome:
    """Dragged to the right, the picture is nearer to the moved one than it was."""
    subject, through, side = own.subject(), Through(own.vae), own.side
    forget_peak(own.model.load_device)
    before, wanted = (through.again(ball(side, moved)) for moved in (0, PIXELS))
    edited = through.decode(fastdrag(subject, through.encode(ball(side)), drag_of(side, PIXELS)))
    after, unmoved = psnr(edited, wanted), psnr(before, wanted)
    return judged(
        f"your MODEL, a drag by {PIXELS} pixels",
        after > unmoved,
        f"{after:.1f} dB to the moved picture (unmoved {unmoved:.1f}), {peak(own.model.load_device)}",
        "The dragged picture is no nearer to the moved one than before: see the line above, and the lines of the "
        "bundled network.",
        psnr=after,
        unmoved=unmoved,
    )


def judged(name: str, well: bool, figures: str, otherwise: str, **details: float) -> Outcome:
    return Outcome(name, Status.OK if well else Status.DIFFERS, figures, "" if well else otherwise, details=details)
