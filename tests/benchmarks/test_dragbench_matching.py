"""Mean distance on feature maps whose answers are known."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from dragkit.benchmarks.dragbench.matching import (
    Enlarging,
    Features,
    best_place,
    discs,
    distances,
    found_places,
    relative_distances,
)
from dragkit.benchmarks.dragbench.samples import Pairs
from dragkit.benchmarks.dragbench.scores import Score, Summary, nearest_square
from dragkit.core.instruction.spec import Extent

PICTURE = Extent(48, 32)


def random_map(channels: int = 12, height: int = 8, width: int = 12, seed: int = 0) -> torch.Tensor:
    return torch.randn(channels, height, width, generator=torch.Generator().manual_seed(seed))


def pairs(*points: list[int]) -> Pairs:
    return Pairs(np.array(points[0::2]), np.array(points[1::2]))


@pytest.mark.parametrize("enlarging", Enlarging)
def test_cosines_are_those_of_the_whole_enlarged_map(enlarging):
    values = random_map(height=7, width=11)
    options = {"align_corners": False} if enlarging is Enlarging.BILINEAR else {}
    whole = F.interpolate(values[None], (32, 48), mode=enlarging.value, **options)[0]  # (C, H, W)
    features = Features(values, PICTURE, enlarging)
    assert torch.allclose(features.at(17, 30), whole[:, 30, 17], atol=1e-6)
    assert torch.allclose(features.lengths(), whole.norm(dim=0), atol=1e-5)
    expected = F.cosine_similarity(whole[:, 30, 17, None, None], whole, dim=0)
    assert torch.allclose(features.cosines(features.at(17, 30), features.lengths()), expected, atol=1e-5)


def test_in_an_unedited_picture_a_handle_is_where_it_was():
    features = Features(random_map(), PICTURE, Enlarging.BILINEAR)
    points = pairs([10, 10], [13, 14], [40, 5], [40, 29])
    (found,) = found_places(features, features, points, [None])
    assert found.tolist() == [[10, 10], [40, 5]]
    assert distances(found, points.targets).tolist() == [5, 24]


def test_content_moved_onto_its_target_is_at_no_distance():
    still = random_map(height=32, width=48)
    source, edited = (Features(m, PICTURE, Enlarging.NEAREST) for m in (still, still.roll((3, 7), (1, 2))))
    points = pairs([10, 10], [17, 13], [30, 20], [37, 23])
    (found,) = found_places(source, edited, points, [None])
    assert distances(found, points.targets).tolist() == [0, 0]


def test_the_search_keeps_to_its_area():
    cosines = torch.zeros(6, 8)
    cosines[1, 2], cosines[4, 5] = 0.9, 0.5
    assert best_place(cosines, None) == (2, 1)
    area = torch.zeros(6, 8, dtype=torch.bool)
    area[3:] = True
    assert best_place(cosines, area) == (5, 4)
    assert best_place(-torch.ones(6, 8), area) == (0, 3)


def test_areas_are_for_all_handles_or_for_each():
    features = Features(random_map(height=32, width=48), PICTURE, Enlarging.NEAREST)
    points = pairs([10, 10], [20, 10], [30, 20], [30, 25])
    left = torch.zeros(32, 48, dtype=torch.bool)
    left[:, :15] = True
    each = torch.stack([left, ~left])
    shared, own = found_places(features, features, points, [left, each])
    assert shared[0].tolist() == [10, 10] and shared[1][0] < 15
    assert own.tolist() == [[10, 10], [30, 20]]


def test_discs_lie_around_both_ends():
    wide, narrow = discs(pairs([20, 16], [31, 16], [10, 10], [11, 10]), PICTURE)
    y, x = np.mgrid[:32, :48]
    radius = 11 / 2**0.5
    expected = (np.hypot(x - 20, y - 16) <= radius) | (np.hypot(x - 31, y - 16) <= radius)
    assert (wide.numpy() == expected).all()
    assert narrow[10, 5] and narrow[10, 16] and not narrow[10, 17] and not narrow[10, 4]


def test_relative_distances_are_shares_of_the_sides():
    found, targets = np.array([[12, 8], [0, 0]]), np.array([[0, 8], [24, 16]])
    assert relative_distances(found, targets, PICTURE) == pytest.approx([0.25, 0.5**0.5])


def test_a_handle_outside_the_picture_is_taken_from_its_rim():
    for enlarging in Enlarging:
        features = Features(random_map(), PICTURE, enlarging)
        assert torch.equal(features.at(48, 40), features.at(47, 31))


def test_the_square_takes_the_nearest_pixels():
    picture = torch.arange(6.0).view(1, 2, 3).expand(3, 2, 3)
    expected = [[0, 0, 1, 1, 2, 2]] * 3 + [[3, 3, 4, 4, 5, 5]] * 3
    assert nearest_square(picture, 6)[0].tolist() == expected


def test_distances_are_averaged_over_pairs_and_regiondrag_s_over_samples():
    one = Score(0.1, (10.0,), (4.0,), (0.1,))
    three = Score(0.3, (2.0, 4.0, 6.0), (), (0.2, 0.3, 0.4))
    summary = Summary.of([one, three])
    assert (summary.samples, summary.pairs) == (2, 4)
    assert summary.fidelity == pytest.approx(0.8) and summary.lpips_100 == pytest.approx(20)
    assert summary.mean_distance == pytest.approx(5.5) and summary.masked_distance == pytest.approx(4)
    assert summary.disc_distance_100 == pytest.approx(20)
    assert Summary.of([three]).masked_distance is None
