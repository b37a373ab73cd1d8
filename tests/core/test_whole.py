"""Things that drags move as a whole: one handle moves, several turn and scale, and nothing is stretched."""

import numpy as np
import pytest
import torch
from dragkit.core.grid.placed import place, place_on_grid
from dragkit.core.instruction.geometry import Affine, Extent, Point
from dragkit.core.instruction.spec import Drag, DragSpec, Outlines, Polygon, Region
from dragkit.core.maps.map import Map, Rounding
from dragkit.core.maps.regions import region_map, whole_map
from dragkit.core.maps.whole import Similarity
from dragkit.core.redraw.copy_paste import relocate

SIZE = Extent(96, 80)


def box(left: float, top: float, right: float, bottom: float) -> Polygon:
    return Polygon((Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)))


def drags(*ends: tuple[float, float, float, float]) -> tuple[Drag, ...]:
    return tuple(Drag(Point(*end[:2]), Point(*end[2:])) for end in ends)


def mapped(shape: Polygon, *ends: tuple[float, float, float, float]) -> Map:
    return whole_map(place(DragSpec(drags(*ends), mask=(shape,)), SIZE))


def as_region(shape: Polygon, affine: Affine) -> Map:
    return region_map(place(DragSpec(regions=(Region(shape, affine),)), SIZE))


def same(a: Map, b: Map) -> bool:
    tables = ((a.landing, b.landing), (a.area, b.area), (a.gather, b.gather))
    return all(torch.equal(x, y) for x, y in tables) and torch.allclose(a.source, b.source, atol=1e-4)


THING = box(20, 20, 50, 44)  # its middle is at (35, 32)


def test_one_handle_moves_a_thing_wherever_it_is_held():
    for x, y in ((21, 21), (35, 32), (49, 40)):
        assert same(mapped(THING, (x, y, x + 25, y + 8)), as_region(THING, Affine(Point(25, 8))))


def test_handles_that_move_alike_move_it():
    moves = mapped(THING, (22, 22, 40, 30), (48, 22, 66, 30), (22, 42, 40, 50))
    assert same(moves, as_region(THING, Affine(Point(18, 8)))) and not moves.notes


def test_two_handles_turn_a_thing():
    moves = mapped(THING, (25, 32, 35, 22), (45, 32, 35, 42))
    assert same(moves, as_region(THING, Affine(rotate=90))) and not moves.notes


def test_two_handles_scale_a_thing():
    assert same(mapped(THING, (25, 32, 15, 32), (45, 32, 55, 32)), as_region(THING, Affine(scale=(2, 2))))


def test_an_anchor_is_what_it_turns_about():
    (fit,) = [Similarity.of(np.array([[20.0, 20], [50, 20]]), np.array([[20.0, 20], [20, 50]]))]
    assert fit.degrees == pytest.approx(90) and abs(fit.factor) == pytest.approx(1) and fit.misfit < 1e-9
    moves = mapped(THING, (20, 20, 20, 20), (49, 20, 20, 49))
    assert moves.landing[40, 10] and not moves.landing[22, 45]


def test_more_handles_are_fitted_as_closely_as_may_be():
    rng = np.random.default_rng(0)
    handles = rng.uniform(0, 50, (6, 2))
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    targets = 1.5 * handles @ turn.T + (7, -3) + rng.normal(0, 0.2, (6, 2))
    fit = Similarity.of(handles, targets)
    assert abs(fit.factor) == pytest.approx(1.5, abs=0.02) and fit.degrees == pytest.approx(36.87, abs=1)
    best = np.array([*np.linalg.lstsq(design(handles), targets.ravel(), rcond=None)[0]])
    assert (fit.factor.real, fit.factor.imag) == pytest.approx(tuple(best[:2]))


def design(points: np.ndarray) -> np.ndarray:
    """The equations (2 R, 4) of a similarity (a, b, x, y) at points (R, 2)."""
    rows = [((x, -y, 1, 0), (y, x, 0, 1)) for x, y in points]
    return np.array(rows).reshape(-1, 4)


def test_no_content_is_stretched():
    moves = mapped(THING, (25, 32, 40, 30), (45, 32, 60, 36))
    rows, columns = moves.landing.nonzero().T
    inner = moves.landing[1:, :-1] & moves.landing[:-1, :-1] & moves.landing[:-1, 1:]
    across = (moves.source[:-1, 1:] - moves.source[:-1, :-1])[inner]
    down = (moves.source[1:, :-1] - moves.source[:-1, :-1])[inner]
    assert len(rows) > 500 and columns.min() > 20
    assert torch.allclose(across.norm(dim=-1), down.norm(dim=-1), atol=1e-4)  # the same scale both ways
    assert torch.allclose((across * down).sum(-1), torch.zeros(len(across)), atol=1e-4)  # and still at right angles


def test_where_drags_disagree_each_takes_what_is_nearest():
    wide = box(10, 20, 70, 40)
    moves = mapped(wide, (15, 30, 15, 60), (40, 30, 40, 30), (65, 30, 65, 60))
    assert moves.landing[60, 15] and moves.landing[60, 60] and moves.held[30, 40] and not moves.landing[60, 40]
    assert torch.equal(moves.source[60, 15], torch.tensor([15.5, 30.5]))
    assert any("drags tear the region around" in note for note in moves.notes)


def test_a_part_without_a_handle_stays():
    spec = DragSpec(drags((25, 30, 55, 30)), mask=(THING, box(70, 60, 80, 70)))
    moves = whole_map(place(spec, SIZE))
    assert not moves.area[60:, 70:].any() and not moves.landing[60:, 70:].any()
    assert moves.notes[0] == "parts of the mask without a handle stay as they are: 1, around (74, 64)."


def test_a_region_at_rest_follows_its_drags_as_a_whole_and_others_go_to_their_targets():
    frame = Outlines((THING.points, box(30, 28, 40, 36).points))
    still, moving = Region(frame, Affine()), Region(box(60, 60, 70, 70), Affine(Point(0, -30)))
    moves = whole_map(place(DragSpec(drags((22, 30, 42, 30)), (still, moving)), SIZE))
    assert moves.landing[30, 60] and moves.landing[35, 65]


def test_a_thing_on_the_latent_grid_moves_by_whole_cells():
    spec = DragSpec(drags((24, 24, 56, 40)), mask=(box(16, 16, 48, 40),), size=Extent(96, 80))
    moves = whole_map(place_on_grid(spec, Extent(12, 10)))
    latent = torch.arange(120.0).view(1, 1, 10, 12)
    moved = relocate(latent, moves)
    assert torch.equal(moved[..., 4:7, 6:10], latent[..., 2:5, 2:6])
    assert (moved[..., 2:4, 2:6] == 0).all() and torch.equal(
        moves.vacated[2:4, 2:6], torch.ones(2, 4, dtype=torch.bool)
    )


def test_truncated_it_moves_by_whole_cells():
    spec = DragSpec(drags((24, 24, 30, 24)), mask=(box(16, 16, 48, 40),), size=Extent(96, 80))
    moves = whole_map(place_on_grid(spec, Extent(12, 10)), Rounding.TRUNCATED)
    assert torch.equal(moves.source % 1, torch.full_like(moves.source, 0.5))


def test_what_needs_a_mask_says_so():
    with pytest.raises(ValueError, match="there is no region. Draw a source with its target, or a mask"):
        whole_map(place(DragSpec(drags((24, 24, 56, 40))), SIZE))
    with pytest.raises(ValueError, match="nothing is drawn that moves. Press on the picture and pull"):
        whole_map(place(DragSpec(()), SIZE))
