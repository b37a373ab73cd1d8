"""Self-attention states of one run lent to another: recorded before the key and value projections, given back there.

The hooks are attn1 patches of a UNet: f(hidden, context, value, options) -> (hidden, context, value), hidden
(chunks * B, T, C). They know their layer, noise level and prompt from the options and count nothing.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple

import torch
from torch import Tensor

from .store import Ahead, Keep, Layer, LevelStates, State, parts, unpack

Options = dict[str, Any]
Patched = tuple[Tensor, Tensor, Tensor]
Ranks = Mapping[Hashable, int]  # of prompts by their ids, the first being 0
SAME_LEVEL = 1e-3  # relative distance of two sigmas that name the same level


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
            self.tensor = sigmas = options["sigmas"]
            self.value = float(sigmas.flatten()[0])
        return self.value


class WholeLatent(NamedTuple):
    """A latent of so many cells (h, w), whose attention `owner` wants to see whole; `others` may change it."""

    owner: str
    grid: tuple[int, int]
    others: str = ""

    def states(self, hidden: Tensor, context: Tensor, options: Options) -> Tensor:
        """The states (chunks * B, T, C) of all cells: hidden or, where its cells were merged, context.

        Raises ValueError where the network or its attention was given parts of the latent.
        """
        rows, _, height, width = options["activations_shape"]
        run = tuple(options["original_shape"][-2:])
        whole = [states for states in (hidden, context) if tuple(states.shape[:2]) == (rows, height * width)]
        if run == self.grid and len(hidden) == rows and whole:
            return whole[0]
        raise ValueError(
            f"{self.owner}: another patch of the MODEL ({self.others or 'unknown'}) runs its attention on parts of "
            f"the latent or merges its cells: {len(hidden)} x {hidden.shape[1]} states reached this node, "
            f"{rows} x {height * width} were needed, of {self.grid[1]}x{self.grid[0]} cells. Take that patch off."
        )

    def require_like(self, state: State, context: Tensor, chunks: int) -> None:
        """Refuses to lend states (B, T, C) to a context (chunks * B', T', C') of another size."""
        batch, (rows, *size) = len(context) // chunks, parts(state)[0].shape
        if size != list(context.shape[1:]) or batch % rows:
            raise ValueError(
                f"{self.owner}: the recorded attention is of {rows} latent(s) with {size[0]} x {size[1]} values, the "
                f"sampled one of {batch} with {context.shape[1]} x {context.shape[2]}. Put the patches that change the "
                f"size of attention ({self.others or 'unknown'}) before Invert Latent, too, or take them off."
            )


class Recorder:
    """An attn1 patch that keeps the rows of the first of the prompts that are active, the latest of each level."""

    def __init__(self, wants: Callable[[Layer], bool], keeper: Callable[[], Keep], latent: WholeLatent):
        """keeper: how to keep the states of a level, asked once for each."""
        self.wants, self.keeper, self.latent = wants, keeper, latent
        self.sigma_of = SigmaOf()
        self.ranks: Ranks = {}
        self.keeps: dict[float, Keep] = {}
        self.levels: dict[float, dict[Layer, State]] = {}
        self.recorded: dict[tuple[float, Layer], int] = {}  # rank of the prompt

    def __call__(self, hidden: Tensor, context: Tensor, value: Tensor, options: Options) -> Patched:
        layer, first = layer_of(options), first_prompt(self.ranks, options)
        if first is not None and self.wants(layer):
            rank, chunk = first
            states = self.latent.states(hidden, context, options).chunk(len(options["uuids"]))  # of (B, T, C)
            self.record(self.sigma_of(options), layer, rank, states[chunk])
        return hidden, context, value

    def record(self, sigma: float, layer: Layer, rank: int, states: Tensor) -> None:
        if rank > self.recorded.get((sigma, layer), rank):
            return
        if sigma not in self.levels:
            self.levels[sigma], self.keeps[sigma] = {}, self.keeper()
        self.levels[sigma][layer], self.recorded[sigma, layer] = self.keeps[sigma](states), rank

    def states(self) -> tuple[LevelStates, ...]:
        """Everything recorded, by ascending noise level."""
        return tuple(
            LevelStates(sigma, tuple(layers), tuple(layers.values())) for sigma, layers in sorted(self.levels.items())
        )


class Injector:
    """An attn1 patch that takes keys and values from the recorded states of the same level (FastDrag, KV)."""

    def __init__(
        self,
        states: Sequence[LevelStates],
        wants: Callable[[Layer], bool],
        start: float,
        end: float,
        latent: WholeLatent,
    ):
        """Injects while end <= sigma <= start."""
        self.start, self.end, self.latent = start, end, latent
        self.sigma_of = SigmaOf()
        self.levels = [level.sigma for level in states]
        self.stored = {
            (level.sigma, layer): state
            for level in reversed(states)
            for layer, state in zip(level.layers, level.hidden, strict=True)
            if wants(layer)
        }
        self.ahead = Ahead(self.stored)

    def __call__(self, hidden: Tensor, context: Tensor, value: Tensor, options: Options) -> Patched:
        sigma = self.sigma_of(options)
        if not self.end <= sigma <= self.start:
            return hidden, context, value
        place = nearest_level(self.levels, sigma), layer_of(options)
        if place not in self.stored:
            return hidden, context, value
        self.latent.states(hidden, context, options)
        self.latent.require_like(self.stored[place], context, len(options["cond_or_uncond"]))
        lent = lend(self.ahead(place, context.device), context)
        return hidden, lent, lent

    def cleanup(self) -> None:
        """Called by the host after sampling."""
        self.ahead.forget()


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
    block, number = options["block"]
    return Layer(block, number, options["block_index"])


def first_prompt(ranks: Ranks, options: Options) -> tuple[int, int] | None:
    """The first of some prompts that are in a call, (its rank, number of its chunk)."""
    known = [(ranks[prompt], chunk) for chunk, prompt in enumerate(options["uuids"]) if prompt in ranks]
    return min(known, default=None)


def nearest_level(levels: Sequence[float] | dict[float, Any], sigma: float) -> float:
    """The recorded level nearest to a sigma, by ratio."""
    return min(levels, key=lambda level: max(level / sigma, sigma / level))


def missing_levels(recorded: Sequence[float], sigmas: Sequence[float]) -> list[float]:
    """Those sigmas that no recorded level matches."""
    return [s for s in sigmas if not any(abs(s - level) <= SAME_LEVEL * level for level in recorded)]


def lend(state: State, context: Tensor) -> Tensor:
    """Recorded rows (B, T, C) for every chunk of a context (chunks * B', T, C), where B' is a multiple of B."""
    repeats = len(context) // len(parts(state)[0])
    lent = unpack(state, context.dtype)
    return lent if repeats == 1 else lent.repeat(repeats, 1, 1)
