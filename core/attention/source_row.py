"""An edit whose source runs beside it in one batch, and lends it what it attends to (LazyDrag).

Tensors of attention are (rows, heads, T, D), keys and queries turned by their tokens' positions already; the rows of a
call are chunks, one for each prompt, of B edits and then S sources.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

Attend = Callable[[Tensor, Tensor, Tensor, Tensor | None], Tensor]  # of q, k, v and a mask, to (rows, T, heads * D)
STRONGEST, FULL_UNTIL, GONE_AT = 0.8, 0.2, 0.62  # CharaConsist: 0.8 in steps 1 to 10 of 50, gone at step 31


class Rows(NamedTuple):
    """The rows of a chunk: edits, and behind them their sources, of which every edit takes the next in turn."""

    edits: int
    sources: int

    def of_edits(self, rows: Tensor) -> Tensor:
        """Of rows (chunks * (B + S), ...) the edits, (chunks * B, ...)."""
        return self.chunks(rows)[:, : self.edits].flatten(0, 1)

    def lent(self, rows: Tensor, tokens: Tensor, dim: int) -> Tensor:
        """Of rows (chunks * (B + S), ...) some tokens of every edit's source, (chunks * B, ...)."""
        taken = self.chunks(rows)[:, self.edits :].index_select(dim + 1, tokens)
        return taken.repeat(1, self.edits // self.sources, *[1] * (rows.ndim - 1)).flatten(0, 1)

    def with_edits(self, rows: Tensor, edits: Tensor) -> Tensor:
        """The same rows with other edits (chunks * B, ...)."""
        chunks = self.chunks(rows)
        return torch.cat([edits.unflatten(0, (-1, self.edits)), chunks[:, self.edits :]], dim=1).flatten(0, 1)

    def chunks(self, rows: Tensor) -> Tensor:
        return rows.unflatten(0, (-1, self.edits + self.sources))


class TokenMap(NamedTuple):
    """What becomes of the tokens of a picture, as numbers of tokens, int64."""

    target: Tensor  # (N,) those that receive content
    source: Tensor  # (N,) the tokens it comes from
    moves: Tensor  # (N, 2) yx float, how far those have moved, in tokens
    weight: Tensor  # (N,) float, how much the new content counts
    border: Tensor  # (E,) those beside what changes, which see the moved content, too
    kept: Tensor  # (G,) those that stay as they are

    def behind(self, count: int) -> "TokenMap":
        """The same where so many other tokens come before the picture's."""
        moved = {name: getattr(self, name) + count for name in ("target", "source", "border", "kept")}
        return self._replace(**moved)

    def to(self, device: torch.device) -> "TokenMap":
        return TokenMap(*(part.to(device) for part in self))


class Lending(NamedTuple):
    """What a source lends at one noise level: whether its keys and values, and how much of its output."""

    keys: bool
    output: float


def output_gate(done: float, strongest: float = STRONGEST) -> float:
    """How much of the source's output is blended in when a share of all steps is done.

    LazyDrag's h_t is not published; this is CharaConsist's: full at first, then down a cosine.

    >>> [round(output_gate(done), 2) for done in (0, 0.2, 0.41, 0.62, 1)]
    [0.8, 0.8, 0.4, 0.0, 0.0]
    """
    along = min(max((done - FULL_UNTIL) / (GONE_AT - FULL_UNTIL), 0.0), 1.0)
    return strongest * (1 + math.cos(math.pi * along)) / 2


def turned(keys: Tensor, table: Tensor) -> Tensor:
    """Keys (rows, heads, N, D) turned further, by a rotary table (..., N, D / 2, 2, 2) of their moves.

    Turning by a position and then by a move is turning by the sum of both.
    """
    pairs = keys.to(table.dtype).unflatten(-1, (-1, 1, 2))  # (rows, heads, N, D / 2, 1, 2)
    return (table[..., 0] * pairs[..., 0] + table[..., 1] * pairs[..., 1]).flatten(-2).to(keys.dtype)


def attend_beside(
    attend: Attend,
    tensors: tuple[Tensor, Tensor, Tensor],
    mask: Tensor | None,
    rows: Rows,
    tokens: TokenMap,
    table: Tensor | None,
    lending: Lending,
) -> Tensor:
    """Self-attention of edits beside their sources, (rows, T, heads * D).

    tensors: q, k and v; mask: of attention, whose last dimension is that of the keys; table: the rotary table of the
    tokens' moves, None where a network turns nothing. The tokens that are kept take q, k and v from their source. The
    targets and their border see, beside the edit's own keys, those of the source at the place they have moved to; of
    the source's output a part is blended into theirs. Source: LazyDrag, attention control and output refinement.
    """
    query, key, value = (own_and_kept(tensor, rows, tokens.kept) for tensor in tensors)
    own = [rows.with_edits(t, edit) for t, edit in zip(tensors, (query, key, value), strict=True)]
    out = attend(own[0], own[1], own[2], mask)
    if not (lending.keys and len(tokens.target)):
        return out
    lent_key, lent_value = (rows.lent(tensor, tokens.source, 2) for tensor in tensors[1:])
    if table is not None:
        lent_key = turned(lent_key, table)
    looking, count = torch.cat([tokens.target, tokens.border]), len(tokens.target)
    keys, values = torch.cat([key, lent_key], dim=2), torch.cat([value, lent_value], dim=2)
    seen = attend(query[:, :, looking], keys, values, mask_of(mask, rows, looking, count))
    share = (lending.output * tokens.weight).to(seen)[:, None]
    refined = torch.lerp(seen[:, :count], rows.lent(out, tokens.source, 1), share)
    edits = rows.of_edits(out).index_copy(1, looking, torch.cat([refined, seen[:, count:]], dim=1))
    return rows.with_edits(out, edits)


def own_and_kept(tensor: Tensor, rows: Rows, kept: Tensor) -> Tensor:
    """A tensor of the edits (chunks * B, heads, T, D), the tokens that are kept being their source's."""
    return rows.of_edits(tensor).index_copy(2, kept, rows.lent(tensor, kept, 2))


def mask_of(mask: Tensor | None, rows: Rows, queries: Tensor, added: int) -> Tensor | None:
    """An attention mask (..., queries, keys) of the edits alone, of some queries, with keys added that all may see."""
    if mask is None:
        return None
    if mask.ndim > 2 and len(mask) > 1:
        mask = rows.of_edits(mask)
    if mask.shape[-2] > 1:
        mask = mask[..., queries, :]
    seen = mask.new_ones(()) if mask.dtype == torch.bool else mask.new_zeros(())
    return torch.cat([mask, seen.expand(*mask.shape[:-1], added)], dim=-1)
