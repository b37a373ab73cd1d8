"""GoodDrag's turns against the original program's, on its stub network."""

import numpy as np
import pytest
import torch
from dragkit.core.grid.latent_grid import half_size_points
from dragkit.core.optimise.latent import Dragged
from dragkit.tests.core.dragdiffusion_golden import xy
from dragkit.tests.core.gooddrag_golden import TurnCase, turn_cases
from torch import Tensor


def run(case: TurnCase, dtype: torch.dtype) -> tuple[Dragged, list[Tensor]]:
    """The optimisation, and the latent after every update."""
    latents = []
    optimisation, start = case.optimisation(dtype, callback=lambda update, latent, seen: latents.append(latent.clone()))
    return optimisation.alternating(start, case.sigmas, case.turns), latents


@pytest.mark.parametrize("name", turn_cases() + turn_cases(crash=True))
def test_points_are_those_of_the_original(name: str):
    case = TurnCase.load(name)
    height, width = case.data["mask_full"].shape
    points = half_size_points(torch.from_numpy(case.data["points_xy"]), (width, height))
    assert torch.equal(points[0::2], xy(case.data["handles0"])) and torch.equal(points[1::2], xy(case.data["targets"]))


def check_way(case: TurnCase, found: Dragged) -> None:
    assert torch.equal(torch.stack(found.history), xy(case.data["handle_hist"]))
    assert found.updates == int(case.data["n_updates"]) and found.levels == int(case.data["n_levels"])


@pytest.mark.parametrize("name", turn_cases())
def test_the_loop_follows_the_original(name: str):
    case = TurnCase.load(name)
    found, latents = run(case, torch.float64)
    check_way(case, found)
    np.testing.assert_allclose(found.edited, case.data["final_latent"], atol=1e-4)
    np.testing.assert_allclose(found.source, case.data["originals"][found.levels], atol=1e-4)
    for index, expected in zip(case.data["upd_idx"], case.data["updated"], strict=True):
        np.testing.assert_allclose(latents[index - 1], expected, atol=1e-4)
    for level in np.unique(case.data["update_level"]):
        (last,) = (case.data["update_level"] == level).nonzero()[0][-1:]
        np.testing.assert_allclose(latents[last], case.data["dragged"][level], atol=1e-4)


@pytest.mark.parametrize("name", ["05_lam1_lr005", "09_arrives_in_first_level", "11_standstill", "13_odd_size"])
def test_single_precision_takes_the_same_way(name: str):
    case = TurnCase.load(name)
    found, _ = run(case, torch.float32)
    check_way(case, found)
    off = np.abs(found.edited.numpy() - case.data["final_latent"])
    assert np.median(off) < 2e-5 and off.max() < 5 * case.settings.learning_rate


@pytest.mark.parametrize("name", turn_cases(crash=True))
def test_where_the_original_breaks_off_at_a_border_the_drag_goes_on(name: str):
    case = TurnCase.load(name)
    found, latents = run(case, torch.float64)
    history = xy(case.data["handle_hist"])
    assert torch.equal(torch.stack(found.history[: len(history)]), history) and len(found.history) > len(history)
    for index, expected in zip(case.data["upd_idx"], case.data["updated"], strict=True):
        np.testing.assert_allclose(latents[index - 1], expected, atol=1e-4)
    inside = torch.stack(found.history) < torch.tensor([case.network.grid.width, case.network.grid.height])
    assert found.edited.isfinite().all() and inside.all() and torch.stack(found.history).min() >= 0
