"""Every map into every way to redraw: nobody behind a map knows how it came about."""

import pytest
import torch
from dragkit.core.grid.placed import Placed, place
from dragkit.core.instruction.geometry import Affine, Extent, Point
from dragkit.core.instruction.spec import Drag, DragSpec, Polygon, Region
from dragkit.core.maps.flow import flow_map
from dragkit.core.maps.map import Map
from dragkit.core.maps.regions import region_map
from dragkit.core.maps.stretch import stretch_map
from dragkit.core.redraw.bnni import fill_null
from dragkit.core.redraw.copy_paste import PasteMap, relocate
from dragkit.core.redraw.pixels import Fill, Sampling, warp

SIZE = Extent(128, 96)
STEP = 16  # two cells of a latent


def box(left: float, top: float, right: float, bottom: float) -> Polygon:
    return Polygon((Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)))


SQUARE = box(32, 32, 64, 64)
PULL = Drag(Point(48, 48), Point(48 + STEP, 48))
EVERYWHERE = tuple(Drag(Point(x, y), Point(x + STEP, y)) for x in range(32, 64, 8) for y in range(32, 64, 8))


def on_grid(cell_size: int, **parts) -> Placed:
    return place(DragSpec(size=SIZE, **parts), SIZE, cell_size=cell_size)


MAPS = {
    "affine": lambda size: region_map(on_grid(size, regions=(Region(SQUARE, Affine(Point(STEP, 0))),))),
    "corners": lambda size: region_map(on_grid(size, regions=(Region(SQUARE, box(48, 32, 80, 64)),))),
    "rows and columns": lambda size: region_map(
        on_grid(size, regions=(Region(SQUARE, Polygon((*box(48, 32, 80, 64).points, Point(48, 48)))),))
    ),
    "points": lambda size: region_map(on_grid(size, drags=(PULL,), mask=(SQUARE,))),
    "flow": lambda size: flow_map(on_grid(size, drags=(PULL,), mask=(SQUARE,))),
    "stretch": lambda size: stretch_map(on_grid(size, drags=EVERYWHERE, mask=(SQUARE,))),
}
EVERY_MAP = pytest.mark.parametrize("make", MAPS.values(), ids=MAPS)


def picture(channels: int, height: int, width: int) -> torch.Tensor:
    return torch.rand(2, channels, height, width, generator=torch.Generator().manual_seed(0)) + 0.5


def inner(moves: Map) -> torch.Tensor:
    """The cells that receive content, without the outline, where rules may differ by one."""
    rest = (~moves.moved).float()[None, None]
    return torch.nn.functional.max_pool2d(rest, 3, 1, 1)[0, 0] == 0


@EVERY_MAP
@pytest.mark.parametrize("cell_size", [1, 8])
def test_what_every_map_says(make, cell_size: int):
    moves = make(cell_size)
    width, height = SIZE.width // cell_size, SIZE.height // cell_size
    assert moves.grid == (width, height) and moves.source.shape == (height, width, 2)
    assert not (moves.vacated & moves.moved).any() and not (moves.vacated & ~moves.area).any()
    own = torch.arange(width * height).view(height, width)
    assert torch.equal(moves.gather[~moves.moved], own[~moves.moved])
    away = (own - moves.gather)[inner(moves)]
    if make is MAPS["stretch"]:  # less and less towards the rim
        assert away.max() > 0 and ((away >= 0) & (away <= STEP // cell_size)).float().mean() > 0.9
    else:
        assert len(away) and (away == STEP // cell_size).float().mean() > 0.99


@EVERY_MAP
def test_at_once(make):
    """As Latent Warpage takes it: what comes is what lay there, what is empty is zero, and filled from around it."""
    moves, latent = make(8), picture(4, 12, 16)
    moved = relocate(latent, moves)
    assert torch.equal(moved[..., moves.moved], latent.flatten(2)[..., moves.gather[moves.moved]])
    assert not moved[..., moves.vacated].any()
    rest = ~(moves.moved | moves.vacated)
    assert torch.equal(moved[..., rest], latent[..., rest])
    assert (fill_null(moved, moves.vacated)[..., moves.vacated] >= 0.5).all()


@EVERY_MAP
def test_at_every_step(make):
    """As Region Copy-Paste takes it: the recorded content is pasted, the state around it goes on."""
    moves, state = make(8), picture(4, 12, 16)
    recorded = state.flip(0)
    pasted = PasteMap.of(moves).apply(state, recorded, paste=True)
    assert torch.equal(pasted[..., moves.moved], recorded.flatten(2)[..., moves.gather[moves.moved]])
    assert torch.equal(pasted[..., ~moves.moved], state[..., ~moves.moved])
    assert torch.equal(PasteMap.of(moves).apply(state, recorded, paste=False), state)


@EVERY_MAP
@pytest.mark.parametrize("fill", Fill)
@pytest.mark.parametrize("sampling", Sampling)
def test_in_pixels(make, fill: Fill, sampling: Sampling):
    """As Drag Warp takes it, with or without outlines."""
    x = torch.arange(128) + torch.arange(96)[:, None] / 2
    moves, image = make(1), torch.sin(x[None, ..., None] / 9).expand(2, -1, -1, 3)
    result = warp(image, moves, 5, fill, sampling)
    solid = inner(moves)
    expected = image.flatten(1, 2)[:, moves.gather[solid]]
    assert ((result.image[:, solid] - expected).abs().amax(-1) < 0.1).float().mean() > 0.95
    assert torch.equal(result.target_mask, moves.moved)
    assert (result.inpaint_mask | ~moves.vacated).all() and result.inpaint_mask.any()
    around = result.inpaint_mask | result.target_mask | moves.vacated
    assert torch.equal(result.image[:, ~around], image[:, ~around])


@EVERY_MAP
def test_nothing_moves_where_nothing_is_pulled(make):
    rest = Map.at_rest(make(8).grid)
    latent = picture(4, 12, 16)
    assert rest.stays and torch.equal(relocate(latent, rest), latent)
    assert torch.equal(PasteMap.of(rest).apply(latent, latent.flip(0), paste=True), latent)
