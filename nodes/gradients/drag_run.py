"""What Drag Optimize Latent does: the noisy latent itself is changed."""

from dataclasses import dataclass
from enum import Enum

import torch

from ...core.invert.ddim import Inversion
from ...core.invert.schedule import variance_exploding
from ...core.optimise.latent import Alternation, Dragged, DragSettings, Evaluation, LatentOptimisation
from .autograd import computes_in_half, ordinary
from .followed import Bench, Followed


class Schedule(Enum):
    AT_ONCE = "all at once"
    ALTERNATING = "alternating"
    GOODDRAG = "alternating, GoodDrag's settings"


def require_levels(inversion: Inversion, schedule: Schedule, node: str) -> None:
    """Refuses turns of dragging and denoising over an inversion that has no level to denoise to."""
    if schedule is not Schedule.AT_ONCE and len(inversion.sigmas) < 3:
        raise ValueError(
            f"{node}: schedule {schedule.value} goes down the noise levels, but the inversion has one alone. Raise "
            "strength or steps of Invert Latent (with Split Sigmas: split earlier), or take all at once."
        )


@dataclass
class DragRun:
    """One optimisation of an inversion's top state."""

    followed: Followed
    settings: DragSettings
    schedule: Schedule

    def __post_init__(self) -> None:
        require_levels(self.followed.inversion, self.schedule, self.followed.node)

    def __call__(self, prompts: dict[str, list], cfg: float, checkpointing: bool) -> tuple[torch.Tensor, Dragged]:
        """The source and the edited latent (2, C, h, w), and how it went."""
        falling = self.followed.inversion.descending_sigmas
        evaluated = falling[:1] if self.schedule is Schedule.AT_ONCE else falling[:-1]
        pair = self.followed.run(self.optimise, prompts, evaluated, self.settings.steps, cfg, checkpointing)
        return pair, self.dragged

    def optimise(self, bench: Bench) -> Dragged:
        """Changes the latent until its features have followed the drags."""
        plan, (start, levels) = self.followed.plan, bench[1:3]
        clean = self.followed.inversion.path[0].to(start)

        def report(update: int, latent: torch.Tensor, seen: Evaluation) -> None:
            moved = variance_exploding(latent - start, levels[0])
            bench.tell({"i": update, "denoised": clean + moved, "x": latent})

        optimisation = LatentOptimisation(
            bench.evaluate,
            plan.handles,
            plan.targets,
            self.settings,
            None if plan.fixed is None else ordinary(plan.fixed).to(start.device),
            computes_in_half(self.followed.model),
            report,
        )
        if self.schedule is Schedule.AT_ONCE:
            self.dragged = optimisation.all_at_once(start, levels[0], levels[1])
        else:
            self.dragged = optimisation.alternating(start, levels[:-1], Alternation())
        return self.dragged
