"""The drag loops against the original program's, on its stub network."""

import numpy as np
import pytest
import torch
from dragkit.core.instruction.spec import Extent
from dragkit.core.optimise.features import FeatureMap
from dragkit.core.optimise.latent import (
    Alternation,
    Dragged,
    DragSettings,
    Evaluation,
    LatentOptimisation,
    ddim_step,
)
from dragkit.core.optimise.motion import distances
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


GRID = Extent(32, 32)
LEVELS = SIGMAS[[681, 661, 641, 621, 601, 581, 561, 541, 521]]


class SmoothNetwork:
    """Features that follow the latent; the noise is a tenth of it, and every run is counted."""

    def __init__(self):
        weight = torch.randn(6, 4, 3, 3, generator=torch.Generator().manual_seed(1)) / 6
        self.weight, self.runs = weight, []

    def __call__(self, latent: Tensor, sigma: Tensor, whole: bool) -> Evaluation:
        self.runs.append(whole)
        hidden = torch.nn.functional.conv2d(latent, self.weight, padding=1)
        return Evaluation(FeatureMap((torch.tanh(hidden)[0],), GRID), 0.1 * latent if whole else None)


def smooth_drag(settings: DragSettings, **options) -> tuple[LatentOptimisation, Tensor, SmoothNetwork]:
    network = SmoothNetwork()
    handles, targets = torch.tensor([[8.0, 16.0], [20.0, 10.0]]), torch.tensor([[16.0, 16.0], [20.0, 13.0]])
    start = torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(0))
    start = torch.nn.functional.avg_pool2d(start, 5, 1, 2) * 3
    return LatentOptimisation(network, handles, targets, settings, **options), start, network


def test_without_a_mask_the_network_never_runs_to_its_end():
    optimisation, start, network = smooth_drag(DragSettings(steps=5))
    optimisation.all_at_once(start, LEVELS[0], LEVELS[1])
    assert network.runs == [False] * 6


@pytest.mark.parametrize(("fixed", "weight"), [(torch.zeros(16, 16), 0.1), (torch.ones(16, 16), 0.0)])
def test_a_mask_that_holds_nothing_is_none(fixed: Tensor, weight: float):
    optimisation, start, network = smooth_drag(DragSettings(steps=3, mask_weight=weight), fixed=fixed)
    found = optimisation.all_at_once(start, LEVELS[0], LEVELS[1])
    plain = smooth_drag(DragSettings(steps=3))[0].all_at_once(start, LEVELS[0], LEVELS[1])
    assert not any(network.runs) and torch.equal(found.edited, plain.edited)


def test_the_mask_term_holds_the_fixed_area():
    fixed = torch.zeros(16, 16)
    fixed[:, 6:] = 1
    moved = []
    for weight in (0.0, 10.0):
        optimisation, start, _ = smooth_drag(DragSettings(steps=20, mask_weight=weight), fixed=fixed)
        found = optimisation.all_at_once(start, LEVELS[0], LEVELS[1])
        moved.append(((found.edited - start) * fixed).abs().sum())
    assert moved[1] < moved[0] / 2


def test_a_frozen_handle_stays_where_it_arrived():
    tracked, frozen = (
        smooth_drag(DragSettings(steps=60, learning_rate=0.05, freeze_arrived=freeze)) for freeze in (False, True)
    )
    histories = [
        torch.stack(run.all_at_once(start, LEVELS[0], LEVELS[1]).history) for run, start, _ in (tracked, frozen)
    ]
    targets = frozen[0].targets
    near = (histories[1] - targets).norm(dim=2) < 2
    arrivals = [row.nonzero()[0, 0] for row in near.T if row.any()]
    assert arrivals
    for handle, first in zip(near.any(0).nonzero()[:, 0], arrivals, strict=True):
        assert (histories[1][first:, handle] == histories[1][first, handle]).all()
    assert not torch.equal(histories[0][: len(histories[1])], histories[1][: len(histories[0])])


def test_alternation_denoises_as_it_drags():
    optimisation, start, network = smooth_drag(DragSettings(steps=12, learning_rate=0.02, radius_motion=2))
    found = optimisation.alternating(start, LEVELS, Alternation(levels=3, updates_per_tracking=2))
    source = start
    for sigma, following in zip(LEVELS[:3], LEVELS[1:4], strict=True):
        source = ddim_step(source, 0.1 * source, sigma, following)
    assert found.levels == 3 and found.updates == 12
    assert torch.equal(found.source, source) and (found.edited - source).abs().max() > 0.05
    assert len(network.runs) == 3 + 3 * (4 + 1)
    assert len(found.history) == 1 + 3 * 3


def test_alternation_moves_the_handles_towards_their_targets():
    optimisation, start, _ = smooth_drag(DragSettings(steps=210, learning_rate=0.05, radius_motion=3, radius_track=6))
    found = optimisation.alternating(start, LEVELS, Alternation())
    before, after = (distances(h, optimisation.targets)[0] for h in (found.history[0], found.history[-1]))
    assert after < before - 2


def test_alternation_gives_up_when_nothing_moves():
    optimisation, start, _ = smooth_drag(DragSettings(steps=210, learning_rate=1e-9, radius_motion=2))
    found = optimisation.alternating(start, LEVELS, Alternation(patience=4))
    assert found.levels == 1 and found.updates == 12


def test_loss_scaling_changes_nothing_where_nothing_underflows():
    plain, scaled = (smooth_drag(DragSettings(steps=5), scaling=scaling) for scaling in (False, True))
    a, b = (run.all_at_once(start, LEVELS[0], LEVELS[1]).edited for run, start, _ in (plain, scaled))
    torch.testing.assert_close(a, b, atol=1e-5, rtol=0)


def test_a_loss_that_is_not_finite_stops():
    optimisation, start, network = smooth_drag(DragSettings(steps=5))
    network.weight[0, 0] = float("nan")
    with pytest.raises(FloatingPointError, match="loss of step 1 is nan"):
        optimisation.all_at_once(start, LEVELS[0], LEVELS[1])
