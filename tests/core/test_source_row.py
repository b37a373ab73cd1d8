"""Attention of an edit beside its source, against plain sums over single tokens."""

import math
from itertools import pairwise

import pytest
import torch
from dragkit.core.attention.source_row import Lending, Rows, TokenMap, attend_beside, output_gate, turned

HEADS, LENGTH, SIZE = 2, 9, 4
NONE = torch.zeros(0, dtype=torch.int64)
FULL = Lending(True, 0.8)


def attend(q, k, v, mask):
    scores = q @ k.transpose(2, 3) / math.sqrt(q.shape[-1])
    if mask is not None:
        wide = mask if mask.ndim == 4 else mask[:, None]
        scores = scores.masked_fill(~wide, -torch.inf) if wide.dtype == torch.bool else scores + wide
    return (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)  # (rows, T, heads * D)


def tensors(rows: int):
    generator = torch.Generator().manual_seed(2)
    return tuple(torch.randn(rows, HEADS, LENGTH, SIZE, generator=generator).double() for _ in range(3))


def tokens(target=(), source=(), border=(), kept=(), weight: float = 1.0) -> TokenMap:
    numbers = [torch.tensor(part, dtype=torch.int64) for part in (target, source, border, kept)]
    count = len(target)
    return TokenMap(numbers[0], numbers[1], torch.zeros(count, 2), torch.full((count,), weight), *numbers[2:])


def table(angles: torch.Tensor) -> torch.Tensor:
    """The rotary table (1, 1, N, D / 2, 2, 2) of angles (N, D / 2)."""
    c, s = angles.cos(), angles.sin()
    return torch.stack([torch.stack([c, -s], -1), torch.stack([s, c], -1)], -2)[None, None]


def test_turns_add_up():
    keys, first, then = tensors(1)[1], torch.rand(LENGTH, 2).double(), torch.rand(LENGTH, 2).double()
    once = turned(keys, table(first + then))
    torch.testing.assert_close(turned(turned(keys, table(first)), table(then)), once)
    assert torch.equal(turned(keys, table(first * 0)), keys)


@pytest.mark.parametrize(("edits", "sources", "chunks"), [(1, 1, 1), (2, 1, 2), (4, 2, 2)])
def test_without_a_map_it_is_plain_attention(edits: int, sources: int, chunks: int):
    q, k, v = tensors(chunks * (edits + sources))
    found = attend_beside(attend, (q, k, v), None, Rows(edits, sources), tokens(), None, FULL)
    assert torch.equal(found, attend(q, k, v, None))


@pytest.mark.parametrize("lending", [FULL, Lending(False, 0.0)])
def test_an_edit_that_keeps_all_is_its_source(lending: Lending):
    rows = Rows(4, 2)
    found = attend_beside(attend, tensors(12), None, rows, tokens(kept=range(LENGTH)), None, lending)
    for chunk in found.unflatten(0, (2, 6)):
        for edit in range(4):
            torch.testing.assert_close(chunk[edit], chunk[4 + edit % 2])


def test_a_source_is_never_changed():
    q, k, v = tensors(6)
    plan = tokens([1, 2], [5, 6], [3], [0, 7, 8])
    found = attend_beside(attend, (q, k, v), None, Rows(2, 1), plan, None, FULL)
    for row in (2, 5):
        torch.testing.assert_close(found[row], attend(q, k, v, None)[row])


def test_targets_and_their_border_see_the_moved_keys_and_no_others_do():
    """Worked out for every token alone."""
    q, k, v = tensors(2)
    angles = torch.rand(2, 2).double()
    plan = tokens([1, 2], [5, 6], border=[3], kept=[0, 8])
    found = attend_beside(attend, (q, k, v), None, Rows(1, 1), plan, table(angles), Lending(True, 0.0))
    mine = [t[:1].clone() for t in (q, k, v)]
    for tensor, whole in zip(mine, (q, k, v), strict=True):
        tensor[:, :, [0, 8]] = whole[1:, :, [0, 8]]
    more = torch.cat([mine[1], turned(k[1:, :, [5, 6]], table(angles))], 2), torch.cat([mine[2], v[1:, :, [5, 6]]], 2)
    for token in range(LENGTH):
        query = mine[0][:, :, [token]]
        expected = attend(query, *more, None) if token in (1, 2, 3) else attend(query, mine[1], mine[2], None)
        torch.testing.assert_close(found[:1, [token]], expected)


def test_a_part_of_the_sources_output_is_blended_into_the_targets():
    q, k, v = tensors(2)
    plan = tokens([1, 2], [5, 6], border=[3], weight=0.5)
    plain = attend_beside(attend, (q, k, v), None, Rows(1, 1), plan, None, Lending(True, 0.0))
    found = attend_beside(attend, (q, k, v), None, Rows(1, 1), plan, None, Lending(True, 0.8))
    torch.testing.assert_close(found[0, [1, 2]], 0.6 * plain[0, [1, 2]] + 0.4 * plain[1, [5, 6]])
    assert torch.equal(found[0, 3:], plain[0, 3:])


def test_prompts_together_and_apart_are_the_same():
    given, plan = tensors(8), tokens([1, 2], [5, 6], [3], [0, 8])
    together = attend_beside(attend, given, None, Rows(2, 2), plan, None, FULL)
    for chunk in (slice(0, 4), slice(4, 8)):
        apart = attend_beside(attend, tuple(t[chunk] for t in given), None, Rows(2, 2), plan, None, FULL)
        torch.testing.assert_close(together[chunk], apart)


@pytest.mark.parametrize("kind", ["of keys", "of rows", "of pairs", "added"])
def test_a_mask_hides_tokens_of_the_edit_and_none_of_the_moved(kind: str):
    seen = torch.ones(LENGTH, dtype=torch.bool)
    seen[4] = False
    masks = {
        "of keys": seen[None],
        "of rows": seen.expand(2, 1, LENGTH),
        "of pairs": seen.expand(2, 1, LENGTH, LENGTH),
        "added": torch.zeros(2, 1, LENGTH).double().masked_fill(~seen, -torch.inf),
    }
    plan = tokens([1, 2], [5, 6], [3], [0, 8])
    given = tensors(2)
    found = attend_beside(attend, given, masks[kind], Rows(1, 1), plan, None, FULL)
    without = [t[:, :, seen] for t in given]
    shorter = tokens([1, 2], [4, 5], [3], [0, 7])
    torch.testing.assert_close(
        found[:, seen], attend_beside(attend, tuple(without), None, Rows(1, 1), shorter, None, FULL)
    )


def test_tokens_behind_those_of_a_text():
    plan = tokens([0, 1], [4, 5], [2], [7]).behind(3)
    assert [plan.target.tolist(), plan.source.tolist(), plan.border.tolist(), plan.kept.tolist()] == [
        [3, 4],
        [7, 8],
        [5],
        [10],
    ]


def test_the_gate_falls():
    values = [output_gate(done / 100) for done in range(101)]
    assert all(a >= b for a, b in pairwise(values)) and values[0] == 0.8 and not any(values[62:])
