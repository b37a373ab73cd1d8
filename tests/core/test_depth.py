"""Drags that follow depth: the original program's results (tests/golden/geodrag), and what is promised."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from dragkit.core.grid.placed import place
from dragkit.core.instruction.geometry import Extent, Point
from dragkit.core.instruction.spec import Drag, DragSpec
from dragkit.core.maps.depth import Geometry, depth_map, displacement, middle_cells, relative_depth
from dragkit.core.maps.stretch import cell_list
from dragkit.core.redraw.bnni import FillMode, fill_null
from dragkit.core.redraw.copy_paste import relocate

GOLDEN = sorted((Path(__file__).parents[1] / "golden" / "geodrag").glob("*.npz"))
EVERY_CASE = pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)


class Case:
    """One case of the original program."""

    def __init__(self, file: Path):
        data = np.load(file)
        self.settings = json.loads(str(data["params"]))
        self.arrays = {name: data[name] for name in data.files}
        self.cells = cell_list(self["mask"] > 0)
        self.geometry = Geometry(**{name: self.settings[name] for name in Geometry.__dataclass_fields__})

    def __getitem__(self, name: str) -> torch.Tensor:
        return torch.from_numpy(self.arrays[name])

    def placed(self):
        ends = self["points_xy"].double().reshape(-1, 2, 2).tolist()
        drags = tuple(Drag(Point(*handle), Point(*target)) for handle, target in ends)
        height, width = self["mask_full"].shape
        spec = DragSpec(drags=drags, base=self["mask_full"] > 0, size=Extent(width, height))
        return place(spec, spec.picture, cell_size=8)


def test_there_are_cases():
    assert len(GOLDEN) == 12


@EVERY_CASE
def test_the_inputs_on_the_grid(file: Path):
    case = Case(file)
    assert torch.equal(middle_cells(case["mask_full"]), case["mask"] > 0)
    shape = tuple(case["depth_cells"].shape)
    torch.testing.assert_close(relative_depth(case["depth"], shape), case["depth_cells"], atol=1e-6, rtol=0)


@EVERY_CASE
def test_the_field_is_the_originals(file: Path):
    case = Case(file)
    field = displacement(case.cells, case["handles"], case["targets"], case["depth_cells"], case.geometry)
    x, y = case.cells.long().T
    assert torch.equal(field.nearest, case["assign"][y, x].long())
    torch.testing.assert_close(field.flow, case["flow"][y, x], atol=1e-5, rtol=0)


@EVERY_CASE
def test_the_warped_latent_is_the_originals(file: Path):
    case = Case(file)
    moves = depth_map(case.placed(), case["depth"], geometry=case.geometry)
    expected = torch.arange(moves.gather.numel()).view_as(moves.gather)
    width = expected.shape[1]
    for (row, column), (to_row, to_column), keep in zip(
        case.arrays["src"].tolist(), case.arrays["dst"].tolist(), case.arrays["keep"].tolist(), strict=True
    ):
        if keep:
            expected[to_row, to_column] = row * width + column
    assert torch.equal(moves.gather[moves.moved], expected[moves.moved])
    if case.settings["fill"] == "interpolation":
        assert torch.equal(moves.vacated, case["null"])
        filled = fill_null(relocate(case["latent"], moves), moves.vacated, FillMode.SEQUENTIAL)
        torch.testing.assert_close(filled, case["latent_first_win_dynamic"], atol=1e-5, rtol=0)


def pulled(*drags: tuple[float, float, float, float], side: int = 128):
    spec = DragSpec(tuple(Drag(Point(x, y), Point(u, v)) for x, y, u, v in drags), size=Extent(side, side))
    return place(spec, spec.picture, cell_size=8)


RAMP = torch.linspace(0, 1, 128).expand(128, 128)


def test_what_is_nearer_moves_farther():
    field = displacement(
        cell_list(torch.ones(16, 16, dtype=torch.bool)),
        torch.tensor([[8.0, 8.0]]),
        torch.tensor([[8.0, 12.0]]),
        relative_depth(RAMP, (16, 16)),
        Geometry(gamma=0.1),
    )
    down = field.flow[:, 1].view(16, 16)
    assert (down[:, 15] > 3 * down[:, 0]).all() and down[8, 8] == pytest.approx(4, abs=1e-4)


def test_a_drag_that_stays_holds_its_cells():
    moves = depth_map(pulled((32, 64, 32, 64), (96, 64, 96, 80)), RAMP)
    own = torch.arange(256).view(16, 16)
    assert torch.equal(moves.gather[:, :6], own[:, :6]) and not moves.stays


def test_a_handle_in_the_last_half_cell_reads_the_depth_within_the_picture():
    assert not depth_map(pulled((127, 127, 100, 100)), RAMP).stays


@pytest.mark.parametrize(
    ("depth", "message"),
    [(torch.ones(128, 128), "the same everywhere"), (torch.full((128, 128), torch.nan), "no numbers")],
)
def test_a_depth_that_says_nothing_is_refused(depth: torch.Tensor, message: str):
    with pytest.raises(ValueError, match=message):
        depth_map(pulled((32, 64, 40, 64)), depth)
