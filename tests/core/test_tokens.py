"""A reference's tokens under a drag, on the positions themselves."""

import pytest
import torch
from dragkit.core.grid.placed import place as placed_on
from dragkit.core.grid.placed import place_on_grid
from dragkit.core.instruction.spec import Affine, Drag, DragSpec, Extent, Point, Polygon, Region
from dragkit.core.maps.flow import flow_map
from dragkit.core.reference.tokens import (
    MovedTokens,
    Vacated,
    grid_positions,
    move_tokens,
    moved_positions,
    moved_sequence,
    part_size,
    same_positions,
    tokens_of,
)

TOKEN = 16  # pixels
GRID = Extent(8, 6)
PICTURE = Extent(128, 96)


def box(left: float, top: float, right: float, bottom: float) -> Polygon:
    return Polygon(tuple(Point(*p) for p in ((left, top), (right, top), (right, bottom), (left, bottom))))


def tokens(*regions: Region, drags: tuple[Drag, ...] = (), mask: tuple = ()) -> MovedTokens:
    spec = DragSpec(drags, regions, mask, PICTURE)
    placed = placed_on(spec, PICTURE, cell_size=part_size(TOKEN))
    return tokens_of(flow_map(placed), GRID)


def ids_of(grid: Extent = GRID, batch: int = 1) -> torch.Tensor:
    return grid_positions(grid, 1, (0, 0), (1, 1)).expand(batch, -1, -1)


def said(moved: MovedTokens, grid: Extent = GRID) -> dict[int, list[tuple[float, float]]]:
    """The positions (row, column) that every token gives."""
    found: dict[int, list[tuple[float, float]]] = {}
    order = moved.ordered()
    places = moved_positions(ids_of(grid), order)[0, :, 1:].tolist()
    for token, place in zip(order.tokens.tolist(), places, strict=True):
        found.setdefault(token, []).append(tuple(place))
    return found


def at(row: int, column: int) -> int:
    return row * GRID.width + column


SQUARE = box(16, 16, 48, 48)  # tokens in rows and columns 1 and 2


def by(x: float, y: float = 0.0, **changes) -> Region:
    return Region(SQUARE, Affine(Point(x, y), **changes))


def test_what_does_not_move_keeps_every_token_and_its_position():
    moved = tokens(by(0))
    assert moved.stays and torch.equal(moved_positions(ids_of(), moved.ordered()), ids_of())


@pytest.mark.parametrize("x", [16, 32, 48])
def test_whole_tokens_go_to_whole_places(x: int):
    moved, step = tokens(by(x)), x // TOKEN
    places = said(moved)
    for row in (1, 2):
        for column in (1, 2):
            assert places[at(row, column)] == [(row, column + step)]
    assert moved.vacated.nonzero().tolist() == [[r, c] for r in (1, 2) for c in range(1, min(1 + step, 3))]
    covered = {at(r, c) for r in (1, 2) for c in (1 + step, 2 + step)} - {at(r, c) for r in (1, 2) for c in (1, 2)}
    assert not covered & set(places)  # nothing is said of what is now hidden
    still = set(range(48)) - covered - {at(r, c) for r in (1, 2) for c in (1, 2)}
    assert all(places[token] == [divmod(token, 8)] for token in still)


@pytest.mark.parametrize(("x", "y"), [(4, 0), (20, 0), (40, -4), (-7.5, 11.25)])
def test_a_part_of_a_token_is_said_as_it_is(x: float, y: float):
    """Every token of the square says exactly where it goes, wherever between two cells that is."""
    places = said(tokens(by(x, y)))
    for row in (1, 2):
        for column in (1, 2):
            for place in places[at(row, column)]:
                assert place == pytest.approx((row + y / TOKEN, column + x / TOKEN), abs=1e-5)


def test_all_positions_lie_within_half_a_cell_of_their_place():
    moved = tokens(by(21, 9, scale=(1.7, 1.3), rotate=30))
    assert moved.offset.abs().max() <= 0.5 and moved.offset.any()


def test_stretching_repeats_tokens_side_by_side():
    """Twice as wide: each token stands for two places, a quarter of a cell inside of each."""
    moved = tokens(by(16, 0, scale=(2, 1)))
    places = said(moved)
    for row in (1, 2):
        assert sorted(places[at(row, 1)]) == [(row, 1.25), (row, 1.75)]
        assert sorted(places[at(row, 2)]) == [(row, 3.25), (row, 3.75)]
    assert len(moved.ordered().cells) == 48 and not moved.vacated.any()


def test_shrinking_leaves_tokens_out():
    """Half as wide and high: of four tokens one is left, and three places are empty."""
    moved = tokens(Region(box(16, 16, 80, 80), Affine(scale=(0.5, 0.5))))
    places = said(moved)
    inside = {at(r, c) for r in range(1, 5) for c in range(1, 5)}
    assert len(inside & set(places)) == 4 and int(moved.vacated.sum()) == 12
    assert moved.vacated[1].tolist() == [False, *[True] * 4, *[False] * 3]


def test_what_leaves_the_picture_is_gone():
    moved = tokens(by(-32))
    assert int(moved.vacated.sum()) == 4 and not {at(1, 1), at(2, 1)} & set(said(moved))
    assert said(moved)[at(1, 2)] == [(1, 0)]


def test_a_region_takes_the_tokens_that_it_touches():
    """A thing that lies on parts of tokens leaves no part of it behind."""
    moved = tokens(Region(box(20, 20, 36, 36), Affine(Point(64, 0))))
    assert moved.vacated.nonzero().tolist() == [[1, 1], [1, 2], [2, 1], [2, 2]]
    assert {at(r, c): [(r, c + 4)] for r in (1, 2) for c in (1, 2)}.items() <= said(moved).items()


def test_later_regions_lie_on_top():
    other = Region(box(80, 64, 112, 96), Affine(Point(-32, -48)))  # to rows 1, 2 and columns 3, 4
    assert at(1, 1) not in said(tokens(by(32), other)) and at(4, 5) in said(tokens(by(32), other))
    assert at(4, 5) not in said(tokens(other, by(32))) and at(1, 1) in said(tokens(other, by(32)))


def test_points_move_the_mask_and_the_mask_limits_regions():
    drag = Drag(Point(32, 32), Point(68, 32))
    places = said(tokens(drags=(drag,), mask=(SQUARE,)))
    assert places[at(1, 1)] == [(1, pytest.approx(1 + 36 / TOKEN))]
    limited = tokens(by(32), mask=(box(0, 0, 64, 96),))
    assert limited.token[1].tolist() == [8, 9, 10, 9, 12, 13, 14, 15]


def test_as_many_tokens_where_their_number_must_stay():
    """An empty place repeats the token of the nearest place where nothing moves, with that one's position."""
    moved = tokens(by(32))
    filled = moved.filled()
    places = moved_positions(ids_of(), filled.ordered())[0, :, 1:]
    assert places.shape == (48, 2) and not filled.vacated.any()
    for row, column in moved.vacated.nonzero().tolist():
        token = int(filled.token[row, column])
        assert divmod(token, 8) == tuple(places[at(row, column)].tolist())
        assert token not in [at(r, c) for r in (1, 2) for c in range(1, 5)]
    kept = ~moved.vacated
    assert torch.equal(filled.token[kept], moved.token[kept]) and torch.equal(filled.offset[kept], moved.offset[kept])


def test_a_place_left_may_show_its_surroundings():
    """The square leaves for the right; each of its cells shows, in its own place, the one beside it that stays."""
    placed = placed_on(DragSpec(regions=(by(64),), size=PICTURE), PICTURE, cell_size=part_size(TOKEN))
    moved = tokens_of(flow_map(placed), GRID, Vacated.SURROUNDINGS)
    assert not moved.vacated.any() and not moved.offset.any()
    for row, column in ((1, 1), (1, 2), (2, 1), (2, 2)):
        shown = divmod(int(moved.token[row, column]), GRID.width)
        assert sum(abs(a - b) for a, b in zip(shown, (row, column), strict=True)) == 1
    assert len(moved.ordered().cells) == 48


def test_where_nothing_is_left_in_its_place_any_token_fills():
    nothing = MovedTokens(torch.tensor([[1, 0]]), torch.zeros(1, 2, 2), torch.tensor([[False, True]]))
    assert nothing.filled().token.tolist() == [[1, 1]]


def test_positions_keep_the_steps_and_the_start_of_their_model():
    """Centred, scaled, shifted, four axes: what the host counts is what is read."""
    moved = tokens(by(20, 4))
    plain = moved_positions(ids_of(), moved.ordered())
    host = torch.cat([grid_positions(GRID, 7, (-3, 30), (0.5, 2)), torch.zeros(48, 1)], dim=1)[None]
    there = moved_positions(host, moved.ordered())
    assert torch.allclose(there[..., 1], plain[..., 1] * 0.5 - 3) and torch.allclose(
        there[..., 2], plain[..., 2] * 2 + 30
    )
    assert (there[..., 0] == 7).all() and not there[..., 3].any()


def test_a_sequence_is_changed_in_the_reference_alone():
    moved = tokens(by(32))
    sequence = torch.randn(2, 10 + 48 + 5, 3)
    changed = moved_sequence(sequence, 10, moved.ordered())
    assert changed.shape == (2, 10 + 44 + 5, 3)
    assert torch.equal(changed[:, :10], sequence[:, :10]) and torch.equal(changed[:, -5:], sequence[:, -5:])
    assert torch.equal(moved_sequence(sequence, 10, tokens(by(0)).ordered()), sequence)


def test_positions_are_compared_to_rounding():
    expected = grid_positions(GRID, 1, (0, 0), (1, 1))
    assert same_positions(expected[None], expected)
    assert same_positions(expected[None].bfloat16().float(), expected)
    for wrong in (expected + torch.tensor([0, 0, 1.0]), expected.flip(0), expected[:, [0, 2, 1]], expected[:-1]):
        assert not same_positions(wrong[None], expected)
    assert not same_positions(torch.cat([expected, torch.ones(48, 1)], dim=1)[None], expected)


@pytest.mark.parametrize(
    ("picture", "latent", "part"),
    [((526, 512), (65, 64), (3, 0, 528, 512)), ((512, 512), (64, 64), (0, 0, 512, 512)), ((99, 99), (33, 64), None)],
)
def test_tokens_lie_on_the_picture_as_it_was_encoded(picture: tuple, latent: tuple, part: tuple | None):
    """The network fills an odd latent up to whole tokens of two cells, to the right and below."""
    spec = DragSpec((Drag(Point(10, 10), Point(20, 20)),), size=Extent(*picture))
    placed = place_on_grid(spec, Extent(*latent), multiple=2)
    found = placed.part
    assert (found.left, found.top, *found.size) == (part or (0, 0, 272, 512))
    if part is None:
        assert placed.spec.drags[0].handle.x == pytest.approx(10 * 264 / 99)


def test_points_between_cells_and_beyond_the_grid():
    points = torch.tensor([[[0.6, 0.5], [-3.0, 0.5], [2.4, 0.5]]])
    moved = move_tokens(points, torch.tensor([[True, True, False]]), torch.tensor([[False, False, True]]))
    assert moved.token.tolist() == [[0, 0, 2]] and moved.vacated.tolist() == [[False, False, True]]
    assert moved.offset[0, :, 1].tolist() == pytest.approx([-0.1, 0.5, 0])
