"""Supervision grid, patches, tracking and the loss against the original program's."""

import numpy as np
import pytest
import torch
from dragkit.core.grid.latent_grid import half_size_points, nearest_latent_mask
from dragkit.core.instruction.spec import Extent
from dragkit.core.optimise.features import FeatureMap, Window
from dragkit.core.optimise.latent import DragSettings, Evaluation, LatentOptimisation
from dragkit.core.optimise.motion import REACH, SourceFeatures, Supervision, distances, motion_supervision
from dragkit.core.optimise.track import track
from dragkit.tests.core.copies import Copies
from dragkit.tests.core.dragdiffusion_golden import FOLDER, SIGMAS, DragCase, drag_cases, xy
from torch import Tensor

UNIT = np.load(FOLDER / "unit.npz")


def count(prefix: str) -> int:
    return len({key.split("_")[0] for key in UNIT.files if key.startswith(prefix) and key[len(prefix)].isdigit()})


def field(prefix: str, number: int, name: str) -> np.ndarray:
    return UNIT[f"{prefix}{number}_{name}"]


def feature_map(array: np.ndarray) -> FeatureMap:
    """A map (1, C, H, W) that is its own grid."""
    return FeatureMap((torch.from_numpy(array)[0],), Extent(array.shape[3], array.shape[2]))


def test_clicks_fall_on_the_grid_as_in_the_original():
    for click, (height, width), expected in zip(UNIT["ck_xy"], UNIT["ck_hw"], UNIT["ck_out"], strict=True):
        found = half_size_points(torch.from_numpy(click)[None], (int(width), int(height)))[0]
        assert found.flip(0).tolist() == expected.tolist()


@pytest.mark.parametrize("name", drag_cases())
def test_points_and_masks_of_whole_cases(name: str):
    case = DragCase.load(name)
    height, width = case.data["mask_full"].shape
    points = half_size_points(torch.from_numpy(case.data["points_xy"]), (width, height))
    assert torch.equal(points[0::2], xy(case.data["handles0"])) and torch.equal(points[1::2], xy(case.data["targets"]))
    inside = case.data["interp_mask"][0, 0] > 0
    found = nearest_latent_mask(torch.from_numpy(case.data["mask_full"]), inside.shape)
    assert found.tolist() == inside.tolist()


def test_reach():
    for handles, targets, expected in zip(UNIT["rc_h"], UNIT["rc_t"], UNIT["rc_out"], strict=True):
        given = ~np.isnan(handles[:, 0])
        assert bool((distances(xy(handles[given]), xy(targets[given])) < REACH).all()) == expected


@pytest.mark.parametrize("number", range(count("bp")))
def test_shifted_patches(number: int):
    top, bottom, left, right = field("bp", number, "win").tolist()
    window = Window(torch.arange(top, bottom), torch.arange(left, right))
    found = feature_map(field("bp", number, "feat")).read_shifted(window, xy(field("bp", number, "d")))
    np.testing.assert_allclose(found, field("bp", number, "out")[0], atol=1e-6)


@pytest.mark.parametrize("number", range(count("pt")))
def test_tracking(number: int):
    source, now = (feature_map(field("pt", number, name)) for name in ("F0", "F1"))
    templates = SourceFeatures.of(source, xy(field("pt", number, "init")), 0, None).templates
    found = track(templates, now, xy(field("pt", number, "cur")), int(field("pt", number, "r_p")))
    assert torch.equal(found, xy(field("pt", number, "out")))


class IdentityNetwork:
    """The latent is its own feature map; no noise is predicted."""

    def __init__(self, grid: Extent):
        self.grid = grid

    def __call__(self, latent: Tensor, sigma: Tensor, whole: bool) -> Evaluation:
        return Evaluation(FeatureMap((latent[0],), self.grid), torch.zeros_like(latent))


@pytest.mark.parametrize("number", range(count("id")))
def test_the_loop_on_identity_features(number: int):
    motion, tracking, weight, rate, steps, scale = field("id", number, "par").tolist()
    latent = torch.from_numpy(field("id", number, "z"))
    grid = Extent(int(latent.shape[3] * scale), int(latent.shape[2] * scale))
    mask = torch.from_numpy(field("id", number, "mask"))
    inside = torch.nn.functional.interpolate(mask, size=latent.shape[-2:], mode="nearest")[0, 0] > 0
    settings = DragSettings(int(steps), rate, int(motion), int(tracking), weight)
    handles, targets = xy(field("id", number, "h")), xy(field("id", number, "t"))
    optimisation = LatentOptimisation(
        IdentityNetwork(grid), handles, targets, settings, ~inside if inside.any() else None
    )
    found = optimisation.all_at_once(latent, SIGMAS[681], SIGMAS[661])
    history = xy(field("id", number, "hist"))
    assert torch.equal(torch.stack(found.history[: len(history)]), history)
    np.testing.assert_allclose(found.edited, field("id", number, "out"), atol=2e-4)


def supervised(features: FeatureMap, handle: list[float], target: list[float], radius: int = 2, **options) -> Tensor:
    return motion_supervision(features, torch.tensor([handle]), torch.tensor([target]), radius, **options)


@pytest.mark.parametrize("handle", [[0.0, 0.0], [15.0, 0.0], [0.0, 11.0], [15.0, 11.0]])
@pytest.mark.parametrize("target", [[-9.0, 5.0], [25.0, 5.0], [7.0, -9.0], [7.0, 21.0]])
def test_the_edge_of_the_map_is_no_obstacle(handle: list[float], target: list[float]):
    feature = torch.randn(3, 12, 16, generator=torch.Generator().manual_seed(0)).requires_grad_()
    loss = supervised(FeatureMap((feature,), Extent(16, 12)), handle, target)
    loss.backward()
    assert loss.isfinite() and feature.grad.isfinite().all() and feature.grad.any()


def test_a_map_is_read_as_if_it_were_enlarged():
    feature = torch.randn(1, 5, 15, 11, generator=torch.Generator().manual_seed(0))
    enlarged = torch.nn.functional.interpolate(feature, size=(62, 46), mode="bilinear", align_corners=False)[0]
    found = FeatureMap((feature[0],), Extent(46, 62)).read(Window(torch.arange(62), torch.arange(46)))
    torch.testing.assert_close(found, enlarged, atol=1e-5, rtol=0)


def test_several_maps_are_joined():
    fine, coarse = torch.randn(2, 8, 8), torch.randn(3, 4, 4)
    window = Window.around(torch.tensor([3.0, 4.0]), 1)
    joined = FeatureMap((fine, coarse), Extent(16, 16)).read(window)
    alone = [FeatureMap((feature,), Extent(16, 16)).read(window) for feature in (fine, coarse)]
    assert torch.equal(joined, torch.cat(alone))


def test_supervision_by_the_source_compares_with_its_first_patch():
    """A feature that has moved as far as GoodDrag looks ahead is what it wants; one that stands still is not."""
    feature = torch.randn(4, 40, 40, generator=torch.Generator().manual_seed(0))
    grid, start = Extent(40, 40), torch.tensor([[12.0, 20.0]])
    patches = SourceFeatures.of(FeatureMap((feature,), grid), start, 4, None).patches
    options = {"supervision": Supervision.SOURCE, "patches": patches, "longest_step": 4.0}
    there = FeatureMap((feature.roll(4, 2),), grid)
    moved = supervised(there, [12.0, 20.0], [30.0, 20.0], 4, **options)
    still = supervised(FeatureMap((feature,), grid), [12.0, 20.0], [30.0, 20.0], 4, **options)
    assert moved < 1e-5 < 10 < still


def test_handles_that_have_arrived_are_left_out():
    feature = torch.randn(3, 12, 16)
    assert supervised(FeatureMap((feature,), Extent(16, 12)), [5.0, 5.0], [6.0, 6.0]) == 0


def test_the_places_of_a_window_are_sent_once():
    maps = tuple(torch.zeros(shape, device="meta") for shape in ((2, 8, 8), (3, 4, 4)))
    with Copies() as copies:
        found = FeatureMap(maps, Extent(16, 16)).read(Window.around(torch.tensor([3.0, 4.0]), 2))
    assert found.shape == (5, 5, 5) and copies.count == 1
