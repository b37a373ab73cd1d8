"""Online LoRA: the weights of a LoRA are changed until the features of a picture have followed the drags.

DragLoRA (Xia et al. 2025). Latents are x in DDPM's terms (1, C, h, w); sigma = sqrt((1 - alpha_bar) / alpha_bar) names
their noise level. Handles and targets are (P, 2) xy, float32 on the CPU, in places of the supervision grid.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .features import FeatureMap
from .latent import Dragged, DragSettings, Evaluate, ddim_step
from .lora import LowRank, Trainer, adapted
from .motion import SourceFeatures, Supervision, distances, drift, motion_supervision
from .track import Found, Handles, track_nearer


@dataclass(frozen=True)
class OnlineSettings:
    """What the paper calls lambda_DDS, and when gradients are left out or a handle counts as lost.

    `sure` and `lost` are distances between features, means over the channels of SD1.5's third decoder block.
    """

    drag: DragSettings = field(default_factory=lambda: DragSettings(learning_rate=1e-4))
    dds_weight: float = 50.0
    warm_up: int = 10  # trackings before gradients may be left out
    sure: float = 1.0  # below it a handle is found for certain
    lost: float = 1.3  # above it a handle is not found
    off_course: float = 1.4  # grid places from where a handle was pulled to
    patience: int = 5  # passes without movement before gradients are taken up again
    retries: int = 3  # times in a row that lost handles are put back


class Draw(NamedTuple):
    """The random numbers of a pass: a level and a noise for distillation, a noise for the renewed latent."""

    sigma: Tensor
    noise: Tensor
    renewal: Tensor


class View(NamedTuple):
    """What the network makes of a latent: feature maps, the clean latent, the latent one level further."""

    features: FeatureMap
    clean: Tensor
    previous: Tensor


class Learned(NamedTuple):
    """How a drag went; `passes` counts those without gradients, too."""

    dragged: Dragged
    losses: list[float]
    passes: int
    put_back: int


def random_draws(sigmas: Tensor, like: Tensor, generator: torch.Generator) -> Iterator[Draw]:
    """Endless draws at levels out of (T,), as likely as each other, for latents of a shape."""
    while True:
        level = torch.randint(len(sigmas), (), generator=generator)
        noise, renewal = (torch.randn(like.shape, generator=generator).to(like) for _ in range(2))
        yield Draw(sigmas[level].to(like), noise, renewal)


def heading(handles: Tensor, targets: Tensor) -> Tensor:
    """The unit vectors from handles to targets, (P, 2); zero where both are one place."""
    return F.normalize(targets - handles)


@dataclass
class Course:
    """The handles on their way, and whether gradients are needed to move them on; `renewed`: new noise moves them."""

    handles: Handles
    settings: OnlineSettings
    renewed: bool
    by_gradients: bool = True
    trackings: int = 0
    in_a_row: int = 0
    put_back: int = 0

    def follow(self, templates: Sequence[Tensor], features: FeatureMap) -> None:
        """Tracks every handle once, puts lost ones back and decides on gradients."""
        before, targets = self.handles.now, self.handles.targets
        found = track_nearer(templates, features, before, targets, self.settings.drag.radius_track)
        self.handles.move(self.kept(found))
        if self.by_gradients:
            self.by_gradients = not (self.renewed and self.runs_well(found, before))
        elif found.distances.min() > self.settings.lost or self.handles.standstill > self.settings.patience:
            self.by_gradients = True

    def kept(self, found: Found) -> Tensor:
        """The places found, lost handles put back to where they were, but not too often in a row."""
        lost = found.distances > self.settings.lost
        if not lost.any() or self.in_a_row >= self.settings.retries:
            self.trackings, self.in_a_row = self.trackings + 1, 0
            return found.places
        self.in_a_row, self.put_back = self.in_a_row + 1, self.put_back + 1
        return torch.where(lost[:, None], self.handles.now, found.places)

    def runs_well(self, found: Found, before: Tensor) -> bool:
        """Whether handles are found for certain where they were pulled to, so that the weights will do."""
        astray = distances(found.places, before + heading(before, self.handles.targets))
        return bool(
            self.trackings > self.settings.warm_up
            and found.distances.min() < self.settings.sure
            and (astray < self.settings.off_course).all()
        )


@dataclass
class OnlineLoRA:
    """Drags handles to their targets by changing a LoRA, which begins as no change to the network.

    evaluate: the network; layers, pairs: what the LoRA changes, and the LoRA; draws: random numbers for every pass;
    editable: (h, w), true where the latent is renewed and the picture may change, or None where the latent stays and
    all of the picture may change; scaling: scale the loss, for float16; callback: told after every pass of the
    descents so far, the latent, and the clean latent that was predicted before.
    """

    evaluate: Evaluate
    layers: dict[str, nn.Linear]
    pairs: dict[str, LowRank]
    handles: Tensor
    targets: Tensor
    settings: OnlineSettings
    draws: Iterator[Draw]
    editable: Tensor | None = None
    scaling: bool = False
    callback: Callable[[int, Tensor, Tensor], None] = lambda descents, latent, clean: None

    def run(self, latent: Tensor, sigma: Tensor, following: Tensor) -> Learned:
        """Learns at one noise level; at `following`, the next lower one, the mask term looks.

        Ends after `steps` descents or `patience` + 2 times as many passes. Raises FloatingPointError where it diverges.
        """
        start, levels, passes, settings = latent, (sigma, following), 0, self.settings.drag
        handles = Handles(self.handles, self.targets)
        course = Course(handles, self.settings, self.editable is not None)
        trainer = Trainer(self.pairs, settings.learning_rate, self.scaling)
        view, limit = self.view(latent, *levels), (self.settings.patience + 2) * settings.steps
        source = SourceFeatures.of(view.features, self.handles, settings.radius_motion, view.previous)
        while not handles.arrived and len(trainer.losses) < settings.steps and passes < limit:
            draw = next(self.draws)
            if course.by_gradients:
                view = view if view.clean.requires_grad else self.view(latent, *levels)
                self.descend(trainer, self.loss(view, source, handles.now, draw))
            latent = self.renewed(latent, *levels, draw)
            self.callback(len(trainer.losses), latent, view.clean.detach())
            passes += 1
            with torch.set_grad_enabled(course.by_gradients and len(trainer.losses) < settings.steps):
                view = self.view(latent, *levels)
            course.follow(source.templates, view.features)
        trainer.check()
        dragged = Dragged(start, latent, 0, handles.history, len(trainer.losses))
        return Learned(dragged, trainer.losses, passes, course.put_back)

    def view(self, latent: Tensor, sigma: Tensor, following: Tensor) -> View:
        """What the network with the LoRA sees."""
        with adapted(self.layers, self.pairs):
            seen = self.evaluate(latent, sigma, True)
        clean = (1 + sigma**2).sqrt() * latent - sigma * seen.predicted
        return View(seen.features, clean, ddim_step(latent, seen.predicted, sigma, following))

    def loss(self, view: View, source: SourceFeatures, handles: Tensor, draw: Draw) -> Tensor:
        """The pull on the handles, with the mask term and distillation."""
        settings = self.settings.drag
        radius, near = settings.radius_motion, Supervision.SOURCE_NEAR
        loss = motion_supervision(view.features, handles, self.targets, radius, near, source.patches)
        if self.editable is not None and source.previous is not None and settings.mask_weight > 0:
            loss = loss + settings.mask_weight * drift(view.previous, source.previous, ~self.editable)
        if self.settings.dds_weight > 0:
            wanted = self.distilled(view.clean.detach(), draw)
            loss = loss + 0.5 * self.settings.dds_weight * (view.clean - wanted).square().mean()
        return loss

    @torch.no_grad()
    def distilled(self, clean: Tensor, draw: Draw) -> Tensor:
        """What the network without the LoRA makes of a clean latent: denoising score distillation (DDS)."""
        noisy = (clean + draw.sigma * draw.noise) / (1 + draw.sigma**2).sqrt()
        before = self.original_noise(noisy, draw.sigma)
        with adapted(self.layers, self.pairs):
            change = before - self.evaluate(noisy, draw.sigma, True).predicted
        return clean - draw.sigma**2 / (1 + draw.sigma**2) * change

    def original_noise(self, latent: Tensor, sigma: Tensor) -> Tensor:
        """The noise that the network without the LoRA predicts."""
        return self.evaluate(latent, sigma, True).predicted

    def descend(self, trainer: Trainer, loss: Tensor) -> None:
        """One step; with the LoRA in place, as gradient checkpointing runs the network again."""
        with adapted(self.layers, self.pairs):
            trainer.step(loss)

    @torch.no_grad()
    def renewed(self, latent: Tensor, sigma: Tensor, following: Tensor, draw: Draw) -> Tensor:
        """The latent, where editable, after a step down by the LoRA and back up by noise (the paper's ILFA)."""
        if self.editable is None:
            return latent
        previous = self.view(latent, sigma, following).previous
        kept = (1 + following**2) / (1 + sigma**2)
        return torch.where(self.editable, kept.sqrt() * previous + (1 - kept).sqrt() * draw.renewal, latent)
