"""The tokens of a reference picture under a drag: which stands where, and what position it gives (ContextDrag).

An edit model draws what its reference shows at the row and the column that the reference's tokens give. So a content
moves where its tokens are given other positions: rows and columns are real numbers, and a token may give a part of a
cell. A cell is one token's place on the reference's grid.
"""

from enum import Enum
from typing import NamedTuple

import torch
from scipy import ndimage
from torch import Tensor

from ..instruction.geometry import Extent
from ..maps.map import NOBODY, Map

FINER = 4  # parts of a token along each side, in which a map is made
ROUNDING = 2**-8  # of positions, which a host may compute in bfloat16


class Vacated(Enum):
    """What is said of a place that content has left."""

    NOTHING = "nothing (the paper)"
    SURROUNDINGS = "its surroundings"


class MovedTokens(NamedTuple):
    """The tokens of one reference after a drag, by the cells for which they stand.

    A token that several cells take is repeated (content that stretches), one that no cell takes is left out (content
    that shrinks), and the token of a cell to which another one comes is covered.
    """

    token: Tensor  # (h, w) int64, flat index of the token that stands for a cell, its own where nothing moves
    offset: Tensor  # (h, w, 2) float32, row and column by which the position it gives differs from the cell
    vacated: Tensor  # (h, w) bool, the cells that no token stands for: what is there is for the model to invent

    @property
    def stays(self) -> bool:
        """Whether every token stands for its own cell."""
        own = torch.arange(self.token.numel(), device=self.token.device)
        return not (self.vacated.any() or self.offset.any()) and torch.equal(self.token.flatten(), own)

    def ordered(self) -> "TokenOrder":
        """The tokens that are left, in the raster order of the cells for which they stand."""
        height, width = self.token.shape
        cells = (~self.vacated).flatten().nonzero()[:, 0]
        return TokenOrder(Extent(width, height), cells, self.token.flatten()[cells], self.offset.flatten(0, 1)[cells])

    def filled(self) -> "MovedTokens":
        """The same with as many tokens as cells: a vacated cell repeats the nearest cell in which nothing moves.

        It gives that cell's position, so that it says nothing new. Where everything moves it repeats any token.
        """
        rows, columns = self.nearest_still()  # (h, w) each
        height, width = self.token.shape
        own = torch.arange(self.token.numel()).view(height, width)
        away = torch.stack([rows - own // width, columns - own % width], dim=-1) + self.offset[rows, columns]
        offset = torch.where(self.vacated[..., None], away, self.offset)
        return MovedTokens(self.repeated(rows, columns), offset.float(), torch.zeros_like(self.vacated))

    def surrounded(self) -> "MovedTokens":
        """The same where a vacated cell shows what the nearest cell does in which nothing moves, in its own place."""
        rows, columns = self.nearest_still()
        offset = self.offset.masked_fill(self.vacated[..., None], 0)
        return MovedTokens(self.repeated(rows, columns), offset, torch.zeros_like(self.vacated))

    def repeated(self, rows: Tensor, columns: Tensor) -> Tensor:
        """The tokens (h, w) with those of other cells where nothing is left."""
        return torch.where(self.vacated, self.token[rows, columns], self.token)

    def nearest_still(self) -> tuple[Tensor, Tensor]:
        """The row and the column of the cell nearest to each, (h, w) each, in which nothing moves."""
        own = torch.arange(self.token.numel()).view(self.token.shape)
        still = ~self.vacated & (self.token == own)
        sources = (still if still.any() else ~self.vacated).numpy()
        nearest = ndimage.distance_transform_edt(~sources, return_distances=False, return_indices=True)
        rows, columns = (torch.from_numpy(part).long() for part in nearest)
        return rows, columns


class TokenOrder(NamedTuple):
    """Which n tokens of a reference a model is given, and what positions they give."""

    grid: Extent  # of all its tokens
    cells: Tensor  # (n,) int64, the cells for which they stand, flat indices
    tokens: Tensor  # (n,) int64, the cells that they show, flat indices
    offset: Tensor  # (n, 2), row and column by which their positions differ from those of their cells

    @property
    def whole(self) -> int:
        """How many tokens the reference has without a drag."""
        return self.grid.width * self.grid.height

    def to(self, device: torch.device) -> "TokenOrder":
        return TokenOrder(self.grid, *(part.to(device) for part in self[1:]))


def move_tokens(points: Tensor, moved: Tensor, left: Tensor) -> MovedTokens:
    """Give every cell that receives content the token nearest to where that comes from.

    points: (h, w, 2) xy in cells, whose centres lie at halves: what comes to the centre of each cell; moved: (h, w)
    bool, the cells that receive; left: (h, w) bool, the cells that content leaves. The token t of a cell x whose
    content comes from s gives the position x + t - s, at most half a cell from x. Points outside the grid are those of
    its border.
    """
    height, width = moved.shape
    limit = points.new_tensor([width, height])
    nearest = points.minimum(limit - 1).clamp_min(0).floor()  # (h, w, 2) xy, whole
    offset = (nearest + 0.5 - points).clamp(-0.5, 0.5).flip(-1)  # (h, w, 2) row, column
    column, row = nearest.long().unbind(-1)
    own = torch.arange(height * width, device=moved.device).view(height, width)
    return MovedTokens(
        torch.where(moved, row * width + column, own),
        torch.where(moved[..., None], offset, 0).float(),
        left & ~moved,
    )


def tokens_of(moves: Map, grid: Extent, vacated: Vacated = Vacated.NOTHING) -> MovedTokens:
    """Read a map of parts of tokens on the grid of the tokens, several parts to a side of each.

    A token belongs to what moves, and a place receives, where a part of it does. vacated: what is said of places left.
    """
    finer = moves.grid.width // grid.width
    owner = moves.owner.masked_fill(~moves.editable, NOBODY)  # (H, W)
    moved = move_tokens(*by_token(moves.source, owner, finer), parts_of_tokens(moves.area, finer).any(-1))
    return moved.surrounded() if vacated is Vacated.SURROUNDINGS else moved


def part_size(token_size: int) -> int:
    """The pixels to a side of the parts of a token in which a map for it is made."""
    return token_size // FINER if token_size % FINER == 0 else token_size


def by_token(points: Tensor, owner: Tensor, finer: int) -> tuple[Tensor, Tensor]:
    """What comes to the centres of tokens, (h, w, 2), and which tokens receive, (h, w), from a map of their parts.

    points: (H, W, 2) xy in parts; owner: (H, W), what moves there, NOBODY where nothing does. The parts nearest
    to the centre speak for their token, as far as they move together.
    """
    axes = ((torch.arange(side) + 0.5) / finer for side in owner.shape)
    away = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1).flip(-1).frac() - 0.5  # (H, W, 2) from the centre
    distance = parts_of_tokens(away.square().sum(-1).masked_fill(owner == NOBODY, torch.inf), finer)  # (h, w, f * f)
    least, nearest = distance.min(-1, keepdim=True)
    owners = parts_of_tokens(owner, finer)
    speaks = (distance == least) & (owners == owners.gather(-1, nearest))  # (h, w, f * f)
    at_centre = parts_of_tokens(points / finer - away, finer)  # (h, w, f * f, 2)
    mean = (at_centre * speaks[..., None]).sum(2) / speaks.sum(2)[..., None]
    return mean, least[..., 0].isfinite()


def parts_of_tokens(grid: Tensor, finer: int) -> Tensor:
    """The parts (h, w, f * f, ...) of every token of a grid (h * f, w * f, ...)."""
    height, width = grid.shape[0] // finer, grid.shape[1] // finer
    return grid.view(height, finer, width, finer, *grid.shape[2:]).transpose(1, 2).flatten(2, 3)


def grid_positions(grid: Extent, index: float, start: tuple[float, float], step: tuple[float, float]) -> Tensor:
    """The positions (h * w, 3) of a reference's tokens as they are without a drag: its index, row, column."""
    rows, columns = (
        first + width * torch.arange(side, dtype=torch.float32)
        for first, width, side in zip(start, step, (grid.height, grid.width), strict=True)
    )
    place = torch.stack(torch.meshgrid(rows, columns, indexing="ij"), dim=-1).flatten(0, 1)  # (h * w, 2)
    return torch.cat([torch.full((len(place), 1), float(index)), place], dim=1)


def same_positions(given: Tensor, expected: Tensor) -> bool:
    """Whether positions (B, n, axes) are to rounding those expected (n, 3), and any further axis is 0."""
    return alike(given[..., :3], expected.expand(len(given), -1, -1)) and not bool(given[..., 3:].any())


def alike(given: Tensor, expected: Tensor) -> bool:
    """Whether tensors of one shape are the same to a host's rounding."""
    if given.shape != expected.shape:
        return False
    known = expected.to(given)
    return bool(((given - known).abs() <= ROUNDING * (1 + known.abs())).all())


def moved_positions(ids: Tensor, order: TokenOrder) -> Tensor:
    """The positions (B, n, axes) that the tokens of a reference give after a drag, from those (B, h * w, axes) before.

    Axis 1 is the row and axis 2 the column, in whatever steps the model counts them.
    """
    places = ids[:, order.cells]  # (B, n, axes)
    for axis, side in ((1, order.grid.height), (2, order.grid.width)):
        step = (ids[:, -1:, axis] - ids[:, :1, axis]) / (side - 1) if side > 1 else 1  # (B, 1)
        places[..., axis] += order.offset[:, axis - 1] * step
    return places


def moved_sequence(sequence: Tensor, start: int, order: TokenOrder) -> Tensor:
    """A sequence of tokens (B, L, C) in which those of a reference, from `start` on, are the ones after a drag."""
    return replaced(sequence, start, order, sequence[:, start + order.tokens])


def replaced(sequence: Tensor, start: int, order: TokenOrder, part: Tensor) -> Tensor:
    """A sequence (B, L, ...) with what stands for a whole reference, from `start` on, replaced by (B, n, ...)."""
    return torch.cat([sequence[:, :start], part, sequence[:, start + order.whole :]], dim=1)
