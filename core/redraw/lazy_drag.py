"""LazyDrag: from a map to the noise an edit starts from, and to what its tokens take from the source beside it."""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..attention.source_row import TokenMap
from ..grid.placed import Placed
from ..invert.ddpm import unit_noise
from ..maps.map import Check, Map
from ..maps.regions import Move, region_map, whole_map
from ..maps.winner import winner_map
from .smooth_fill import fill_smoothly

BORDER = 1  # tokens around what changes that are neither kept nor moved; the paper does not say how many


def lazy_map(placed: Placed, move: Move, check: Check | None = None) -> Map:
    """The map of an instruction: regions and things as a whole with full weight; else the nearest handle wins."""
    if move is Move.WHOLE:
        return whole_map(placed, check=check)
    return region_map(placed, check=check) if placed.spec.regions else winner_map(placed, check)


def token_map(tokens: Map, grid: tuple[int, int]) -> TokenMap:
    """What becomes of every token; tokens: a map of them; grid: their number (h, w), at a rim more than the map's."""
    moved, changed = rimmed(tokens.moved, grid), rimmed(tokens.moved | tokens.vacated, grid)
    near = F.max_pool2d(changed.float()[None, None], 2 * BORDER + 1, 1, BORDER)[0, 0] > 0
    width = tokens.grid.width
    came = tokens.gather[tokens.moved]
    centres = tokens.moved.nonzero() + 0.5  # (N, 2) yx
    weight = torch.ones(tokens.moved.shape) if tokens.weight is None else tokens.weight
    return TokenMap(
        target=numbers(moved),
        source=came // width * grid[1] + came % width,
        moves=(centres - tokens.source[tokens.moved].flip(1)).float(),
        weight=weight[tokens.moved].float(),
        border=numbers(near & ~changed),
        kept=numbers(~near),
    )


def rimmed(cells: Tensor, grid: tuple[int, int]) -> Tensor:
    """Cells (h', w') bool on a grid (h, w) that has a row or a column more."""
    height, width = cells.shape
    return F.pad(cells, (0, grid[1] - width, 0, grid[0] - height))


def numbers(cells: Tensor) -> Tensor:
    """The numbers (N,) of the set cells of a grid."""
    return cells.flatten().nonzero()[:, 0]


def kept_cells(tokens: TokenMap, grid: tuple[int, int], patch: int, latent: tuple[int, int]) -> Tensor:
    """The cells (h, w) bool of a latent under the tokens that are kept."""
    kept = torch.zeros(grid[0] * grid[1], dtype=torch.bool)
    kept[tokens.kept] = True
    wide = kept.view(grid).repeat_interleave(patch, 0).repeat_interleave(patch, 1)
    return wide[: latent[0], : latent[1]]


def moved_start(state: Tensor, clean: Tensor, cells: Map, sigma: Tensor, seed: int) -> Tensor:
    """The state (B, C, h, w) an edit starts from: the nearest copy of the inverted one, and fresh noise in its holes.

    clean: the picture's latent; cells: the map of its cells; sigma: of the state, which has little of the picture left:
    in the holes that little is what surrounds them. Source: LazyDrag (start of the latent), at sigma 1 exactly.
    """
    gather, hole = cells.gather.flatten().to(state.device), cells.vacated.to(state.device)
    moved, content = (part.flatten(2)[..., gather].view(part.shape) for part in (state, clean))
    noise = unit_noise(seed)(state)
    return torch.where(hole, (1 - sigma) * fill_smoothly(content, hole) + sigma * noise, moved)


def repeats(latents: Tensor, start: Tensor) -> bool:
    """Whether latents (B, C, h, w) are copies of some (B', C, h, w) in their order."""
    copies = start.repeat(len(latents) // len(start), 1, 1, 1).to(latents)
    return torch.allclose(latents, copies, rtol=1e-3, atol=1e-3)
