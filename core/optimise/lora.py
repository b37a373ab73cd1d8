"""A LoRA (Hu et al. 2022) on a diffusion network's attention, trained until the network knows a picture.

DragDiffusion (Shi et al. 2024, section 4.1) calls it identity-preserving fine-tuning. Latents are (B, C, h, w); noise
is added as x = z + sigma * noise, sigma (B,) being the levels of the training timesteps.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from enum import Enum
from typing import Any, NamedTuple, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx

from ..instruction.spec import Extent
from .descent import Descent

PROJECTIONS = (".to_q", ".to_k", ".to_v", ".to_out.0")


class LowRank(NamedTuple):
    """A change of a weight (out, in) as the product of two factors: down (r, in), then up (out, r)."""

    down: Tensor
    up: Tensor

    @staticmethod
    def start(layer: nn.Linear, rank: int, generator: torch.Generator) -> "LowRank":
        """No change yet, on the CPU: down is Gaussian with deviation 1 / rank, up is zero."""
        return LowRank(
            torch.randn(rank, layer.in_features, generator=generator) / rank, torch.zeros(layer.out_features, rank)
        )


class Batch(NamedTuple):
    """What one step trains on: clean latents and noise, each (B, C, h, w), and noise levels (B,)."""

    latents: Tensor
    noise: Tensor
    sigma: Tensor

    @property
    def noisy(self) -> Tensor:
        return self.latents + per_item(self.sigma) * self.noise


class Prediction(Enum):
    """What a network puts out."""

    NOISE = "noise"
    VELOCITY = "velocity"


class Crop(NamedTuple):
    """The upper left corner of a square cut out of one of several pictures."""

    picture: int
    top: int
    left: int


def attention_projections(network: nn.Module) -> dict[str, nn.Linear]:
    """The query, key, value and output projections of every attention in a network, by their names.

    Quantised layers, which are none of PyTorch's own, have what is used of these.
    """
    return {name: cast(nn.Linear, module) for name, module in network.named_modules() if name.endswith(PROJECTIONS)}


def start_pairs(
    layers: dict[str, nn.Linear], rank: int, generator: torch.Generator, device: torch.device
) -> dict[str, LowRank]:
    """A pair for every layer, as leaves on a device, sent there in one piece."""
    pairs = {name: LowRank.start(layer, rank, generator) for name, layer in layers.items()}
    factors = factors_of(pairs)
    parts = parts_like(factors, stacked(factors).to(device))
    leaves = iter([part.detach().requires_grad_() for part in parts])  # detached: a view keeps its whole vector alive
    return {name: LowRank(*pair) for name, pair in zip(pairs, zip(leaves, leaves, strict=True), strict=True)}


def factors_of(pairs: dict[str, LowRank]) -> list[Tensor]:
    return [factor for pair in pairs.values() for factor in pair]


def stacked(factors: list[Tensor]) -> Tensor:
    """The entries of all factors in one vector (N,)."""
    return torch.cat([factor.detach().flatten() for factor in factors])


def parts_like(factors: list[Tensor], vector: Tensor) -> list[Tensor]:
    """Views of a vector (N,) in the shapes of factors, one after the other."""
    parts = vector.split([factor.numel() for factor in factors])
    return [part.view_as(factor) for part, factor in zip(parts, factors, strict=True)]


def named_weights(pairs: dict[str, LowRank], prefix: str = "diffusion_model.") -> dict[str, Tensor]:
    """The factors on the CPU, under the names that ComfyUI's loaders read."""
    factors = factors_of(pairs)
    names = [f"{prefix}{layer}.{name}.weight" for layer in pairs for name in ("lora_down", "lora_up")]
    return {name: part.clone() for name, part in zip(names, parts_like(factors, stacked(factors).cpu()), strict=True)}


@contextmanager
def adapted(layers: dict[str, nn.Linear], pairs: dict[str, LowRank]) -> Generator[None]:
    """Layers whose outputs have the change of their pair added, as long as it lasts."""
    with ExitStack() as stack:
        for name, layer in layers.items():
            stack.callback(layer.register_forward_hook(addition(pairs[name])).remove)
        yield


def addition(pair: LowRank) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor]:
    """A forward hook that adds up(down(x)) to a layer's output, in its precision."""

    def add(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        return LowRankSum.apply(output.flatten(0, -2), inputs[0].flatten(0, -2), *pair).view_as(output)

    return add


class LowRankSum(torch.autograd.Function):
    """y + up(down(x)) of y (tokens, out) and x (tokens, in), in their precision.

    Of what it computes nothing is kept for the way back, neither down(x) nor the factors in that precision.
    """

    @staticmethod
    def forward(ctx: FunctionCtx, y: Tensor, x: Tensor, down: Tensor, up: Tensor) -> Tensor:
        ctx.save_for_backward(x, down, up)
        return torch.addmm(y, F.linear(x, down.to(y.dtype)), up.to(y.dtype).T)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:  # PyTorch types only half of what a ctx has
        (grad,), (x, *factors) = grads, ctx.saved_tensors
        down, up = (factor.to(x.dtype) for factor in factors)
        inner = grad @ up  # (tokens, r), the gradient of down(x)
        for_x = inner @ down if ctx.needs_input_grad[1] else None
        return grad, for_x, (inner.T @ x).to(factors[0].dtype), (F.linear(x, down).T @ grad).T.to(factors[1].dtype)


def training_loss(denoised: Tensor, batch: Batch, prediction: Prediction, sigma_data: float = 1.0) -> Tensor:
    """The mean squared error of what the network puts out, told from the latents that it denoises to.

    A noise e predicts the latents x - sigma * e, so their error is sigma times that of e. A velocity v predicts
    c * x - sigma * sigma_data / sqrt(sigma^2 + sigma_data^2) * v, c being the same for any v.
    """
    sigma = per_item(batch.sigma)
    scale = 1 / sigma
    if prediction is Prediction.VELOCITY:
        scale = (sigma**2 + sigma_data**2).sqrt() / (sigma * sigma_data)
    return ((denoised - batch.latents) * scale).square().mean()


def per_item(values: Tensor) -> Tensor:
    return values.view(-1, 1, 1, 1)


class Trainer(Descent):
    """AdamW on the pairs of a LoRA; `scaling` scales the loss, for a network that computes in float16.

    Their values and their gradients become views of one vector each: many small blocks that outlast a step would leave
    holes in the memory between those of the network.
    """

    def __init__(self, pairs: dict[str, LowRank], learning_rate: float, scaling: bool = False):
        factors = factors_of(pairs)
        vector = stacked(factors).requires_grad_()
        vector.grad = torch.zeros_like(vector)
        views = (parts_like(factors, whole) for whole in (vector.detach(), vector.grad))
        for factor, values, gradient in zip(factors, *views, strict=True):
            factor.data, factor.grad = values, gradient
        optimiser = torch.optim.AdamW([vector], lr=learning_rate, weight_decay=0.01)
        super().__init__(optimiser, "LoRA", scaling, factors)


def train(
    trainer: Trainer,
    batches: Iterable[Batch],
    denoise: Callable[[Tensor, Tensor], Tensor],
    loss_of: Callable[[Tensor, Batch], Tensor],
    callback: Callable[[int, Tensor], None] = lambda step, denoised: None,
) -> list[float]:
    """Trains on every batch once and returns the losses.

    denoise: the adapted network, from noisy latents and their levels to clean latents; callback: told of every step
    and what it denoised to. Raises FloatingPointError where training has come apart.
    """
    for step, batch in enumerate(batches):
        denoised = denoise(batch.noisy, batch.sigma)
        trainer.step(loss_of(denoised, batch))
        callback(step, denoised.detach())
    trainer.check()
    return trainer.losses


def random_batches(latents: Tensor, picks: Tensor, sigmas: Tensor, generator: torch.Generator) -> Iterator[Batch]:
    """For every row of picks (steps, B), numbers of latents (P, C, h, w): those, with noise at levels out of (T,)."""
    for row in picks:
        noise = torch.randn(len(row), *latents.shape[1:], generator=generator)
        levels = torch.randint(len(sigmas), (len(row),), generator=generator)
        yield Batch(latents[row], noise.to(latents), sigmas[levels].to(latents))


def shrunk_to(pictures: Tensor, edge: int) -> Tensor:
    """Pictures (P, C, H, W) with their shorter side resized to `edge`, bilinear with antialiasing."""
    height, width = pictures.shape[-2:]
    size = [edge * side // min(height, width) for side in (height, width)]
    if size == [height, width]:
        return pictures
    return F.interpolate(pictures.float(), size, mode="bilinear", antialias=True).to(pictures)  # CPUs lack half


def random_crops(pictures: int, size: Extent, edge: int, count: int, generator: torch.Generator) -> list[Crop]:
    """Squares out of pictures of one size, each place and picture as likely as any other."""
    choices = (pictures, size.height - edge + 1, size.width - edge + 1)
    drawn = [torch.randint(number, (count,), generator=generator).tolist() for number in choices]
    return [Crop(*corner) for corner in zip(*drawn, strict=True)]


def crops_of(pictures: Tensor, crops: list[Crop], edge: int) -> Tensor:
    """The squares (N, C, edge, edge) of pictures (P, C, H, W)."""
    return torch.stack([pictures[p, :, top : top + edge, left : left + edge] for p, top, left in crops])
