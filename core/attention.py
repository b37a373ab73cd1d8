"""Self-attention states of one run lent to another: recorded before the key and value projections, given back there.

Both hooks are attn1 patches of a UNet: f(hidden, context, value, options) -> (hidden, context, value), hidden
(chunks * B, T, C). They know their layer and noise level from the options and count nothing.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, NamedTuple

import torch
from torch import Tensor

Options = dict[str, Any]
Patched = tuple[Tensor, Tensor, Tensor]
SAME_LEVEL = 1e-3  # relative distance of two sigmas that name the same level


class Layer(NamedTuple):
    """A self-attention layer: "input", "middle" or "output", number of the block, index within the block."""

    block: str
    number: int
    index: int


class LevelStates(NamedTuple):
    """The inputs (B, T, C) of the key and value projections at one noise level."""

    sigma: float
    layers: tuple[Layer, ...]
    hidden: tuple[Tensor, ...]


class Capture(Enum):
    """Which self-attention layers an inversion records."""

    NONE = "none"
    OUTPUT = "output blocks"
    ALL = "all blocks"

    def wants(self, layer: Layer) -> bool:
        return self is Capture.ALL or (self is Capture.OUTPUT and layer.block == "output")


class Blocks(Enum):
    """Which of the recorded layers are injected."""

    AS_CAPTURED = "as captured"
    OUTPUT = "output blocks"
    DECODER_HALF = "decoder half"

    def wants(self, layer: Layer, output_blocks: int = 12) -> bool:
        """Whether a layer of a UNet with that many output blocks is among them."""
        first = {Blocks.OUTPUT: 0, Blocks.DECODER_HALF: output_blocks // 2}
        return self is Blocks.AS_CAPTURED or (layer.block == "output" and layer.number >= first[self])


class SigmaOf:
    """Reads a call's noise level once, since a read waits for the GPU."""

    def __init__(self) -> None:
        self.tensor: Tensor | None = None
        self.value = 0.0

    def __call__(self, options: Options) -> float:
        if options["sigmas"] is not self.tensor:
            self.tensor = options["sigmas"]
            self.value = float(self.tensor.flatten()[0])
        return self.value


class Recorder:
    """An attn1 patch that keeps the positive rows of the wanted layers, the latest of each level."""

    def __init__(self, wants: Callable[[Layer], bool], keep: Callable[[Tensor], Tensor]):
        self.wants, self.keep = wants, keep
        self.sigma_of = SigmaOf()
        self.levels: dict[float, dict[Layer, Tensor]] = {}

    def __call__(self, hidden: Tensor, context: Tensor, value: Tensor, options: Options) -> Patched:
        layer = layer_of(options)
        if self.wants(layer):
            level = self.levels.setdefault(self.sigma_of(options), {})
            level[layer] = self.keep(positive_rows(hidden, options["cond_or_uncond"]))
        return hidden, context, value

    def states(self) -> tuple[LevelStates, ...]:
        """Everything recorded, by ascending noise level."""
        return tuple(
            LevelStates(sigma, tuple(layers), tuple(layers.values())) for sigma, layers in sorted(self.levels.items())
        )


class Injector:
    """An attn1 patch that takes keys and values from the recorded states of the same level (FastDrag, KV)."""

    def __init__(self, states: Sequence[LevelStates], wants: Callable[[Layer], bool], start: float, end: float):
        """Injects while end <= sigma <= start."""
        self.start, self.end = start, end
        self.sigma_of = SigmaOf()
        self.levels = {
            level.sigma: {k: v for k, v in zip(level.layers, level.hidden, strict=True) if wants(k)} for level in states
        }

    def __call__(self, hidden: Tensor, context: Tensor, value: Tensor, options: Options) -> Patched:
        sigma = self.sigma_of(options)
        if not self.end <= sigma <= self.start:
            return hidden, context, value
        source = self.levels[nearest_level(self.levels, sigma)].get(layer_of(options))
        if source is None:
            return hidden, context, value
        lent = lend(source, hidden, len(options["cond_or_uncond"]))
        return hidden, lent, lent


class ReferenceLender:
    """An attn1 patch that takes keys and values of every row from row 0 of its chunk (MasaCtrl, Cao et al. 2023)."""

    def __init__(self, start_layer: int, start: float):
        """Lends from that transformer of the UNet on, while sigma <= start."""
        self.start_layer, self.start = start_layer, start
        self.sigma_of = SigmaOf()

    def __call__(self, hidden: Tensor, context: Tensor, value: Tensor, options: Options) -> Patched:
        if options["transformer_index"] < self.start_layer or self.sigma_of(options) > self.start:
            return hidden, context, value
        chunks = hidden.chunk(len(options["cond_or_uncond"]))  # of (B, T, C)
        lent = torch.cat([chunk[:1].expand_as(chunk) for chunk in chunks])
        return hidden, lent, lent


def layer_of(options: Options) -> Layer:
    return Layer(*options["block"], options["block_index"])


def nearest_level(levels: Sequence[float] | dict[float, Any], sigma: float) -> float:
    """The recorded level nearest to a sigma, by ratio."""
    return min(levels, key=lambda level: max(level / sigma, sigma / level))


def missing_levels(recorded: Sequence[float], sigmas: Sequence[float]) -> list[float]:
    """Those sigmas that no recorded level matches."""
    return [s for s in sigmas if not any(abs(s - level) <= SAME_LEVEL * level for level in recorded)]


def positive_rows(hidden: Tensor, cond_or_uncond: Sequence[int]) -> Tensor:
    """The rows (B, T, C) of the first positive chunk (kind 0) of (chunks * B, T, C)."""
    chunk = list(cond_or_uncond).index(0) if 0 in cond_or_uncond else 0
    return hidden.chunk(len(cond_or_uncond))[chunk]


def lend(source: Tensor, hidden: Tensor, chunks: int) -> Tensor:
    """Recorded rows (B, T, C) for every chunk of hidden (chunks * B', T, C), where B' is a multiple of B."""
    batch = len(hidden) // chunks
    if source.shape[1:] != hidden.shape[1:] or batch % len(source):
        raise ValueError(
            f"The recorded self-attention states are for {len(source)} latent(s) of {source.shape[1]} cells with "
            f"{source.shape[2]} channels, the sampled latent has {batch} of {hidden.shape[1]} with {hidden.shape[2]}; "
            "invert and sample latents of the same size with the same MODEL."
        )
    return source.to(hidden).repeat(chunks * batch // len(source), 1, 1)


def stored_bytes(states: Sequence[LevelStates]) -> int:
    return sum(t.numel() * t.element_size() for level in states for t in level.hidden)


def keep_copy(device: torch.device | str | None) -> Callable[[Tensor], Tensor]:
    """Keeps a tensor free of the buffer it is a view of, on its own device (None) or on another."""
    return lambda t: t.detach().to(device or t.device, copy=True)
