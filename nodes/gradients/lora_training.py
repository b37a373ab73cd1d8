"""The training of a LoRA where the host runs a sampler."""

from typing import NamedTuple

import comfy.model_sampling
import latent_preview
import torch

from ...core.optimise.lora import (
    Batch,
    LowRank,
    Prediction,
    Trainer,
    adapted,
    attention_projections,
    named_weights,
    random_batches,
    start_pairs,
    train,
    training_loss,
)
from ..host.models import noise_levels
from ..host.sampling import denoiser, reporter
from .autograd import computes_in_half, differentiable, ordinary, run_with_gradients


class Pictures(NamedTuple):
    """Latents (P, C, h, w), and which of them every step trains on, (steps, B)."""

    latents: torch.Tensor
    picks: torch.Tensor


class Training:
    """The training of one LoRA on a MODEL, which stays as it was."""

    pictures: Pictures  # once it runs

    def __init__(self, node: str, model, rank: int, learning_rate: float, generator: torch.Generator):
        self.node = node
        self.model, self.rank, self.learning_rate, self.generator = model, rank, learning_rate, generator
        self.patched = differentiable(model, node)
        self.schedule = noise_levels(model, node)
        self.sigmas, self.sigma_data = self.schedule
        velocity = isinstance(model.get_model_object("model_sampling"), comfy.model_sampling.V_PREDICTION)
        self.prediction = Prediction.VELOCITY if velocity else Prediction.NOISE
        self.pairs: dict[str, LowRank] = {}
        self.losses: list[float] = []

    def run(self, positive: list, pictures: Pictures, checkpointing: bool) -> dict[str, torch.Tensor]:
        """Trains, and returns the LoRA under the names that the host's loaders read."""
        self.pictures = check_channels(pictures, self.model, self.node)
        steps, batch_size = pictures.picks.shape
        run_with_gradients(
            self.patched,
            {"positive": positive},
            pictures.latents[:1].expand(batch_size, -1, -1, -1),
            self.sigmas.flip(0),
            self.work,
            node=self.node,
            callback=latent_preview.prepare_callback(self.patched, steps),
            checkpointing=checkpointing,
        )
        return named_weights(self.pairs)

    def work(self, model_wrap, extra_args: dict, state: torch.Tensor, sigmas: torch.Tensor, callback) -> torch.Tensor:
        """Trains where the host runs a sampler."""
        layers = attention_projections(model_wrap.inner_model.diffusion_model)
        self.pairs = start_pairs(layers, self.rank, self.generator, state.device)
        latents = model_wrap.inner_model.process_latent_in(ordinary(self.pictures.latents).to(state))
        batches = random_batches(latents, self.pictures.picks, self.sigmas, self.generator)
        trainer = Trainer(self.pairs, self.learning_rate, computes_in_half(self.model))

        tell = reporter(callback, len(self.pictures.picks))

        def report(step: int, denoised: torch.Tensor) -> None:
            tell({"i": step, "denoised": denoised, "x": denoised})

        with adapted(layers, self.pairs):
            self.losses = train(trainer, batches, denoiser(model_wrap, extra_args), self.loss, report)
        return state

    def loss(self, denoised: torch.Tensor, batch: Batch) -> torch.Tensor:
        return training_loss(denoised, batch, self.prediction, self.sigma_data)


def check_channels(pictures: Pictures, model, node: str) -> Pictures:
    """Refuses latents of another kind of model."""
    given, wanted = pictures.latents.shape[1], model.model.latent_format.latent_channels
    if given != wanted:
        raise ValueError(
            f"{node}: the latent has {given} channels, this MODEL's have {wanted}. Encode the picture by the VAE that "
            "belongs to the model."
        )
    return pictures
