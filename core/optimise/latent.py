"""Latent optimisation: the noisy latent is changed until its features have followed the drags.

Latents are x in DDPM's terms (1, C, h, w); sigma = sqrt((1 - alpha_bar) / alpha_bar) names their noise level.
DragDiffusion (Shi et al. 2024) optimises at one level; GoodDrag (Zhang et al. 2025) drags and denoises by turns.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from .descent import Descent
from .features import FeatureMap
from .motion import SourceFeatures, Supervision, drift, motion_supervision
from .track import Handles, track


class Evaluation(NamedTuple):
    """One run of the network: its feature maps, and the noise it predicts where it ran to its end."""

    features: FeatureMap
    noise: Tensor | None

    @property
    def predicted(self) -> Tensor:
        """The noise that a run to the end predicts."""
        if self.noise is None:
            raise RuntimeError("The network was stopped before it predicted noise.")
        return self.noise


class Evaluate(Protocol):
    """Runs the network on a latent at a noise level; unless `whole`, it may stop once the features are there."""

    def __call__(self, latent: Tensor, sigma: Tensor, whole: bool) -> Evaluation: ...


@dataclass(frozen=True)
class DragSettings:
    """What the papers call n, the learning rate, r_1, r_2 and lambda; and what happens once a handle has arrived."""

    steps: int = 80
    learning_rate: float = 0.01
    radius_motion: int = 1
    radius_track: int = 3
    mask_weight: float = 0.1
    freeze_arrived: bool = False


@dataclass(frozen=True)
class Alternation:
    """GoodDrag's turns: T_d denoising steps, J updates per tracking, when it gives up, and beta."""

    levels: int = 7
    updates_per_tracking: int = 3
    patience: int = 10  # trackings in a row without any movement
    longest_step: float = 4.0  # how many grid places ahead a handle is pulled


GOODDRAG = DragSettings(steps=210, learning_rate=0.02, radius_motion=4, radius_track=12, mask_weight=0.2)


class Dragged(NamedTuple):
    """The source's and the edited latent, how many levels down they are, and where the handles were, (P, 2) each."""

    source: Tensor
    edited: Tensor
    levels: int
    history: list[Tensor]
    updates: int


@dataclass
class LatentOptimisation:
    """Drags handles to their targets by changing a latent.

    evaluate: the network; handles, targets: (P, 2) on the supervision grid; fixed: (h, w) of ones where the picture
    shall stay, or None where it may change everywhere; scaling: scale the loss, for float16; callback: told of every
    update.
    """

    evaluate: Evaluate
    handles: Tensor
    targets: Tensor
    settings: DragSettings
    fixed: Tensor | None = None
    scaling: bool = False
    callback: Callable[[int, Tensor, Evaluation], None] = lambda update, latent, seen: None

    @cached_property
    def holds(self) -> bool:
        """Whether the mask term counts, which needs the network's output."""
        return self.settings.mask_weight > 0 and self.fixed is not None and bool(self.fixed.any())

    def all_at_once(self, latent: Tensor, sigma: Tensor, following: Tensor) -> Dragged:
        """Optimises at one noise level (DragDiffusion); at `following`, the next lower one, the mask term looks."""
        handles = Handles(self.handles, self.targets)
        edited, descent = self.descent_from(latent)
        seen, previous = self.look(edited, sigma, following)
        source = SourceFeatures.of(seen.features, self.handles, 0, previous)
        updates = 0
        while not handles.arrived and updates < self.settings.steps:
            pull = motion_supervision(seen.features, handles.now, self.targets, self.settings.radius_motion)
            descent.step(self.held(pull, previous, source))
            self.callback(updates, edited.detach(), seen)
            updates += 1
            del seen, previous, pull
            with torch.set_grad_enabled(updates < self.settings.steps):
                seen, previous = self.look(edited, sigma, following)
            self.follow(handles, source, seen.features)
        descent.check()
        return Dragged(latent, edited.detach(), 0, handles.history, updates)

    def alternating(self, latent: Tensor, sigmas: Tensor, turns: Alternation) -> Dragged:
        """Drags and denoises by turns along two or more descending noise levels (GoodDrag, algorithm 1).

        All steps are shared out evenly among the levels.
        """
        steps, levels = self.settings.steps, min(turns.levels, len(sigmas) - 1)
        handles = Handles(self.handles, self.targets)
        originals, sources = self.trajectory(latent, sigmas[: levels + 1])
        level, updates, share = 0, 0, -(-steps // levels)
        for level, start in enumerate(range(0, steps, share)):
            span = range(start, min(start + share, steps))
            latent, updates = self.turn(latent, sigmas[level : level + 2], sources[level], handles, span, turns)
            if updates < span.stop or handles.standstill >= turns.patience:
                break
        return Dragged(originals[level + 1], latent, level + 1, handles.history, updates)

    def turn(
        self, latent: Tensor, sigmas: Tensor, source: SourceFeatures, handles: Handles, span: range, turns: Alternation
    ) -> tuple[Tensor, int]:
        """Drags at one level by the updates numbered in `span`, then denoises by one step.

        Returns the latent there and the number of all updates so far, which is less than the end of the span where the
        handles have arrived or stand still. As the program and not the paper has it, handles are tracked by what was
        seen before an update, and at the start of every level, which does not count for a standstill.
        """
        edited, descent = self.descent_from(latent)
        for update in span:
            seen, previous = self.look(edited, *sigmas)
            if update == span.start:
                self.follow(handles, source, seen.features, counts=False)
            if handles.arrived or handles.standstill >= turns.patience:
                break
            descent.step(self.held(self.pull_to_source(seen, handles, source, turns), previous, source))
            self.callback(update, edited.detach(), seen)
            if (update - span.start + 1) % turns.updates_per_tracking == 0:
                self.follow(handles, source, seen.features)
        else:
            update = span.stop
        descent.check()
        with torch.no_grad():
            latent = edited.detach()
            predicted = self.evaluate(latent, sigmas[0], True).predicted
            return ddim_step(latent, predicted, *sigmas), update

    @torch.no_grad()
    def trajectory(self, latent: Tensor, sigmas: Tensor) -> tuple[list[Tensor], list[SourceFeatures]]:
        """The latents of the undragged picture along descending noise levels, and what its features were at each."""
        latents, sources = [latent], []
        for sigma, following in zip(sigmas[:-1], sigmas[1:], strict=True):
            seen = self.evaluate(latents[-1], sigma, True)
            latents.append(ddim_step(latents[-1], seen.predicted, sigma, following))
            sources.append(SourceFeatures.of(seen.features, self.handles, self.settings.radius_motion, latents[-1]))
        return latents, sources

    def descent_from(self, latent: Tensor) -> tuple[Tensor, Descent]:
        """A copy of a latent, and the descent that changes it."""
        edited = latent.detach().clone().requires_grad_()
        return edited, Descent(torch.optim.Adam([edited], lr=self.settings.learning_rate), "latent", self.scaling)

    def pull_to_source(self, seen: Evaluation, handles: Handles, source: SourceFeatures, turns: Alternation) -> Tensor:
        """The loss that wants the source's features ahead of every handle."""
        radius, patches, longest = self.settings.radius_motion, source.patches, turns.longest_step
        return motion_supervision(
            seen.features, handles.now, self.targets, radius, Supervision.SOURCE, patches, longest
        )

    def follow(self, handles: Handles, source: SourceFeatures, features: FeatureMap, counts: bool = True) -> None:
        """Tracks every handle once; an arrived one stays where it is if it shall be frozen."""
        found = track(source.templates, features, handles.now, self.settings.radius_track)
        if self.settings.freeze_arrived:
            found = torch.where(handles.near[:, None], handles.now, found)
        handles.move(found, counts)

    def look(self, latent: Tensor, sigma: Tensor, following: Tensor) -> tuple[Evaluation, Tensor | None]:
        """An evaluation, with the latent one step further where the mask term needs it."""
        seen = self.evaluate(latent, sigma, self.holds)
        return seen, ddim_step(latent, seen.predicted, sigma, following) if self.holds else None

    def held(self, loss: Tensor, previous: Tensor | None, source: SourceFeatures) -> Tensor:
        """The loss with the mask term, where it counts."""
        if self.fixed is None or previous is None or source.previous is None:
            return loss
        return loss + self.settings.mask_weight * drift(previous, source.previous, self.fixed)


def ddim_step(latent: Tensor, noise: Tensor, sigma: Tensor, following: Tensor) -> Tensor:
    """A deterministic step between noise levels (Song et al. 2021, eq. 12 with eta = 0)."""
    alpha_bar, following_alpha_bar = 1 / (1 + sigma**2), 1 / (1 + following**2)
    clean = (latent - (1 - alpha_bar).sqrt() * noise) / alpha_bar.sqrt()
    return following_alpha_bar.sqrt() * clean + (1 - following_alpha_bar).sqrt() * noise
