"""The drag loops against the original program's, on its stub network."""

import numpy as np
import pytest
import torch
from dragkit.core.latent_optimisation import Dragged, LatentOptimisation
from dragkit.tests.core.dragdiffusion_golden import SIGMAS, DragCase, drag_cases, xy
from torch import Tensor


def run(case: DragCase, dtype: torch.dtype) -> tuple[Dragged, list[Tensor]]:
    """The optimisation, and the latent after every update."""
    latents = []
    timestep = int(case.data["t"])
    distance = 1000 // case.params["n_inference_step"]
    optimisation = LatentOptimisation(
        case.network.to(dtype),
        xy(case.data["handles0"]),
        xy(case.data["targets"]),
        case.settings,
        case.fixed,
        callback=lambda update, latent, seen: latents.append(latent.clone()),
    )
    start = torch.from_numpy(case.data["latent0"]).to(dtype)
    return optimisation.all_at_once(start, SIGMAS[timestep], SIGMAS[timestep - distance]), latents


@pytest.mark.parametrize("name", drag_cases())
def test_the_loop_follows_the_original(name: str):
    """In double precision; in single, some sums of opposite terms come out as zero or not by the order of additions."""
    case = DragCase.load(name)
    found, latents = run(case, torch.float64)
    history = xy(case.data["handle_hist"])
    assert found.updates == int(case.data["n_steps"]) and len(found.history) == found.updates + 1
    assert torch.equal(torch.stack(found.history[: len(history)]), history)
    np.testing.assert_allclose(found.edited, case.data["final_latent"], atol=5e-5)
    for index, expected in zip(case.data["lat_idx"], case.data["latents"], strict=True):
        np.testing.assert_allclose(latents[index - 1], expected, atol=5e-5)


@pytest.mark.parametrize("name", drag_cases())
def test_single_precision_takes_the_same_way(name: str):
    case = DragCase.load(name)
    found, _ = run(case, torch.float32)
    history = xy(case.data["handle_hist"])
    assert torch.equal(torch.stack(found.history[: len(history)]), history)
    off = np.abs(found.edited.numpy() - case.data["final_latent"])
    assert np.median(off) < 2e-4 and off.max() < 5 * case.settings.learning_rate
