"""What the families of edit models have in common: what they are given, and where they put it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from ...core.instruction.geometry import Extent
from ...core.reference.tokens import grid_positions

TOGETHER = "index_timestep_zero"  # references that are told from the picture by where their tokens stand


class Given(NamedTuple):
    """What the host gives a network for one evaluation, sizes in cells of the latent."""

    target: Extent
    references: tuple[Extent, ...]
    method: str | None  # how the references are told apart, None for the model's own way
    text: int  # tokens
    slots: tuple[int, ...]  # where in the text references stand, where they stand there
    masked: bool  # whether a mask over all tokens comes along, whose size must stay


class Origin(NamedTuple):
    """The position of a reference's first token, and how far it is from one token to the next."""

    index: float
    row: float = 0.0
    column: float = 0.0
    row_step: float = 1.0
    column_step: float = 1.0

    def positions(self, grid: Extent) -> torch.Tensor:
        """Those of all its tokens, (h * w, 3)."""
        return grid_positions(grid, self.index, (self.row, self.column), (self.row_step, self.column_step))


class Family(NamedTuple):
    """One kind of edit model: how many cells make a token, and where references lie without a drag."""

    name: str
    cells: Callable[[Any], int]  # of a network
    method: Callable[[Any], str]  # of a network, where no other is asked for
    origins: Callable[[Any, Given, dict], list[Origin]]  # of a network, what it is given, transformer_options

    def grid(self, network: Any, latent: Extent) -> Extent:
        """The tokens of a latent."""
        side = self.cells(network)
        return Extent(*(-(-length // side) for length in latent))

    def keeps_number(self, network: Any, given: Given) -> bool:
        """Whether there must be as many tokens as without a drag."""
        return given.masked or (given.method or self.method(network)) == TOGETHER


def beside(sizes: tuple[Extent, ...]) -> list[tuple[int, int]]:
    """The rows and columns, in cells, from which references lie, each beside or under those before it ("offset")."""
    starts, height, width = [], 0, 0
    for size in sizes:
        row, column = (0, width) if size.height + height > size.width + width else (height, 0)
        height, width = max(height, size.height + row), max(width, size.width + column)
        starts.append((row, column))
    return starts


def onward(first: Extent, sizes: tuple[Extent, ...]) -> list[tuple[int, int]]:
    """The rows and columns, in cells, from which references lie, each past all before it along both sides ("uxo")."""
    before = [(first, *sizes[:number]) for number in range(len(sizes))]
    return [(sum(size.height for size in all), sum(size.width for size in all)) for all in before]
