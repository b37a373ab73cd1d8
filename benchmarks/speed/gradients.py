"""One step of latent optimisation or of the LoRA, and the bare forward and backward that it cannot avoid."""

from __future__ import annotations

import time
from contextlib import nullcontext
from statistics import median

import torch

from ...core.instruction.spec import DragSpec
from ...core.invert.ddim import Inversion
from ...core.optimise.latent import DragSettings
from ...nodes.gradients.autograd import autograd, ordinary
from ...nodes.gradients.drag_run import DragRun, Schedule
from ...nodes.gradients.followed import Followed
from ...nodes.gradients.lora_training import Training
from ...nodes.gradients.networks import ordinary_weights, recomputation
from ...nodes.gradients.plan import make_plan
from ...nodes.host.models import identify, noise_levels
from ...nodes.lora import NODE, whole_pictures
from .networks import Network
from .timing import seconds, synchronise

SIGMAS = (0.0292, 1.9, 2.0)
RANK = 16
LEARNING_RATE = 5e-4


class Stamps(list[float]):
    """When every step ended."""

    def __call__(self, *_: object) -> None:
        synchronise()
        self.append(time.perf_counter())

    @property
    def seconds(self) -> float:
        """From the end of one step to that of the next, median."""
        return median(after - before for before, after in zip(self, self[1:], strict=False))


def bare_gradient(network: Network, checkpointing: bool = False) -> float:
    """Seconds of one forward and backward of the network alone, to the latent."""
    model, unet = network.model.model, network.model.model.diffusion_model
    with autograd(), ordinary_weights(unet), recomputation(unet) if checkpointing else nullcontext():
        device = network.model.load_device
        latent = ordinary(network.latent["samples"]).to(device).requires_grad_()
        sigma, conditions = torch.tensor(SIGMAS[-1:], device=device), ordinary(network.conditions())
        return seconds(lambda: model.apply_model(latent, sigma, **conditions).sum().backward())


def drag_step(network: Network, drag: DragSpec, checkpointing: bool = False, steps: int = 2) -> float:
    """Seconds from one update of the latent to the next."""
    stamps = Stamps()

    class Timed(Followed):
        def work(self, optimise, tap, steps, model_wrap, extra_args, state, sigmas, callback):
            return super().work(optimise, tap, steps, model_wrap, extra_args, state, sigmas, stamps)

    model, inversion = network.model, two_levels(network)
    plan = make_plan(drag, inversion.path[-1], None, "benchmark")
    followed = Timed("benchmark", model, inversion, plan, (network.feature_block,))
    DragRun(followed, DragSettings(steps), Schedule.AT_ONCE)({"positive": network.positive}, 1.0, checkpointing)
    return stamps.seconds


def two_levels(network: Network) -> Inversion:
    """An inversion of two levels, without states."""
    state, model = SIGMAS[-1] * network.latent["samples"], network.model
    made_by = noise_levels(model, "benchmark"), identify(model)
    return Inversion(torch.tensor(SIGMAS), (state,) * 3, (), (), 3, *made_by)


def lora_step(network: Network, steps: int = 2) -> float:
    """Seconds from one update of the identity LoRA to the next, batch 1."""
    stamps = Stamps()

    class TimedTraining(Training):
        def work(self, model_wrap, extra_args, state, sigmas, callback):
            return super().work(model_wrap, extra_args, state, sigmas, stamps)

    generator = torch.Generator().manual_seed(0)
    pictures = whole_pictures(network.latent["samples"], steps, 1, generator)
    training = TimedTraining(NODE, network.model, RANK, LEARNING_RATE, generator)
    training.run(network.positive, pictures, checkpointing=False)
    return stamps.seconds
