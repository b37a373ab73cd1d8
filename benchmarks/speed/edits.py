"""What each method's edits and steps cost above the bare runs of the network that they cannot avoid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import median
from typing import Any

import torch

from ...core.instruction.form import read_drag
from ...core.invert.ddim import Spacing, inversion_timesteps
from ...nodes.fastdrag import BNNIFill, LatentWarpage
from ...nodes.reference import ReferenceAttention
from ...nodes.regiondrag import RegionCopyPaste
from ...nodes.warp import DragWarp
from ..report import Row
from ..stages import inject, invert, sample
from .gradients import bare_gradient, drag_step, lora_step
from .memory import Megabytes
from .networks import CELL, Network
from .timing import seconds, take_turns

REGIONDRAG: dict[str, Any] = {"method": "ddpm", "spacing": "linspace", "capture": "all blocks"}
SMALL = 8  # cells of the latent to warm up on
SIZE = [512, 512]
BOX = [[128, 128], [384, 128], [384, 384], [128, 384]]
DRAG = read_drag({"version": 1, "size": SIZE, "drags": [{"handle": [200, 256], "target": [300, 256]}]})
MASKED = replace(DRAG, mask=read_drag({"version": 1, "size": SIZE, "mask": [{"polygon": BOX}]}).mask)
SOURCE = {"polygon": [[100, 150], [250, 150], [250, 300], [100, 300]]}
REGION = read_drag(
    {"version": 1, "size": SIZE, "regions": [{"source": SOURCE, "affine": {"move": [200, 40], "rotate": 10}}]}
)


@dataclass(frozen=True)
class Evaluations:
    """The network alone, at so many noise levels up and down again, on so many latents at once."""

    levels: int
    batches: tuple[int, ...] = (1, 1)

    @property
    def label(self) -> str:
        return f"{self.levels} + {self.levels}" + (" of two latents" if self.batches[-1] == 2 else "")

    @property
    def weight(self) -> float:
        """How many evaluations of one latent it takes as long as."""
        return self.levels * sum(self.batches)

    @property
    def once(self) -> Evaluations:
        """What needs as much memory in less time."""
        return Evaluations(1, self.batches[-1:])

    def __call__(self, network: Network) -> float:
        levels = network.levels(self.levels)
        return seconds(lambda: [network.evaluate(levels, batch) for batch in self.batches])


@dataclass(frozen=True)
class Gradient:
    """The network alone, forward and backward to the latent."""

    label: str = "1 and back"
    weight: float = 3.0

    @property
    def once(self) -> Gradient:
        return self

    def __call__(self, network: Network) -> float:
        return bare_gradient(network)


@dataclass(frozen=True)
class Phase:
    """A part of a method, with the bare runs it stands beside; none where it needs no network."""

    method: str
    what: str
    whole: Callable[[Network], float]
    bare: Evaluations | Gradient | None = None

    @property
    def weight(self) -> float:
        """How many evaluations its whole takes as long as; a gradient step is run twice to be timed."""
        if self.bare is None:
            return 0.0
        return 2.2 * self.bare.weight if isinstance(self.bare, Gradient) else self.bare.weight


def phases(steps: int | None, gradients: bool, methods: Sequence[str]) -> list[Phase]:
    """The phases of the methods asked for; steps: of a whole run, None for the papers' (DragDiffusion: 10, not 50)."""
    fast, region = steps or 10, steps or 20
    up, up_region = inverted(fast, 0.7), inverted(region, 0.5)
    found = [
        Phase("fastdrag", "FastDrag, whole edit", partial(timed, fastdrag, steps=fast), Evaluations(up)),
        Phase("regiondrag", "RegionDrag, whole edit", partial(timed, regiondrag, steps=region), Evaluations(up_region)),
        Phase(
            "dragdiffusion",
            "DragDiffusion, inversion and sampling",
            partial(timed, dragdiffusion, steps=fast),
            Evaluations(up, (1, 2)),
        ),
        *(gradient_phases() if gradients else ()),
        Phase("dragwarp", "Drag Warp, whole edit", partial(timed, dragwarp)),
    ]
    return [phase for phase in found if phase.method in methods]


def gradient_phases() -> list[Phase]:
    bare = Gradient()
    return [
        Phase("dragdiffusion", "DragDiffusion, LoRA step", lora_step, bare),
        Phase("dragdiffusion", "DragDiffusion, drag step with a mask", partial(drag_step, drag=MASKED), bare),
        Phase("dragdiffusion", "DragDiffusion, drag step without a mask", partial(drag_step, drag=DRAG), bare),
        Phase(
            "dragdiffusion",
            "DragDiffusion, drag step with a mask, checkpointing",
            partial(drag_step, drag=MASKED, checkpointing=True),
            bare,
        ),
    ]


def inverted(steps: int, strength: float) -> int:
    """How many levels an inversion goes up."""
    return len(inversion_timesteps(steps, strength, Spacing.LEADING))


def timed(edit: Callable[..., object], network: Network, **settings: Any) -> float:
    return seconds(lambda: edit(network, **settings))


def fastdrag(network: Network, steps: int) -> None:
    """A FastDrag edit by the pack's nodes and the core sampling."""
    model, positive = network.model, network.positive
    noisy, sigmas, inversion = invert(model, positive, network.latent, steps=steps)
    warped, null, _ = LatentWarpage.execute(noisy, DRAG, "raster", "weighted").args
    (filled,) = BNNIFill.execute(warped, "sequential", 42, null).args
    sample(inject(model, inversion), positive, filled, sigmas)


def regiondrag(network: Network, steps: int) -> None:
    """A RegionDrag edit by the pack's nodes and the core sampling."""
    model, positive = network.model, network.positive
    _, sigmas, inversion = invert(model, positive, network.latent, steps=steps, strength=0.5, **REGIONDRAG)
    start, sampler, *_ = RegionCopyPaste.execute(inversion, REGION, 1.0, 0.8, "whole source", 42).args
    sample(inject(model, inversion), positive, start, sigmas, sampler)


def dragdiffusion(network: Network, steps: int) -> None:
    """What DragDiffusion does beside its gradients: the inversion, and source and edit sampled together."""
    model, positive = network.model, network.positive
    noisy, sigmas, _ = invert(model, positive, network.latent, steps=steps, capture="none")
    (patched,) = ReferenceAttention.execute(model, network.start_layer, 0.0).args
    sample(patched, positive, {"samples": noisy["samples"].repeat(2, 1, 1, 1)}, sigmas)


def dragwarp(network: Network) -> None:
    """A drag on the pixels of a picture of the network's size."""
    side = CELL * network.cells
    image = torch.rand(1, side, side, 3, generator=torch.Generator().manual_seed(0))
    DragWarp.execute(image, MASKED, 5, "none")


def warm_up(network: Network, found: Sequence[Phase]) -> float:
    """Runs everything on a small latent and the bare network at its size; returns the seconds of an evaluation."""
    for phase in found:
        phase.whole(network.resized(SMALL))
    for bare in {phase.bare.once for phase in found if phase.bare}:
        bare(network)
    return seconds(lambda: network.evaluate(network.levels(1)))


def measure(network: Network, phase: Phase, rounds: int) -> dict[str, float | str | None]:
    """The times of a phase, bare and whole by turns."""
    if phase.bare is None:
        whole = median(phase.whole(network) for _ in range(rounds))
        return {"bare s": None, "whole s": whole, "ratio": None, "spread": None}
    return take_turns(partial(phase.bare, network), partial(phase.whole, network), rounds).columns()


def table_row(phase: Phase, times: Row, whole: Megabytes, bare: Megabytes | None) -> dict[str, Any]:
    """A row of the table: times, and peak memory above the loaded model."""
    row: dict[str, Any] = {"what": phase.what, "evaluations": phase.bare.label if phase.bare else "none", **times}
    for kind, peak in whole.items():
        alone = None if bare is None else bare[kind]
        row |= {f"bare {kind} MB": alone, f"whole {kind} MB": peak, f"{kind} ratio": peak / alone if alone else None}
    return row
