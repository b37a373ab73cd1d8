"""When online learning leaves gradients out, puts handles back and ends."""

from dataclasses import replace

import pytest
import torch
from dragkit.core.instruction.spec import Extent
from dragkit.core.optimise.features import FeatureMap
from dragkit.core.optimise.latent import DragSettings, Evaluation
from dragkit.core.optimise.lora import start_pairs
from dragkit.core.optimise.online_lora import Course, OnlineLoRA, OnlineSettings, random_draws
from dragkit.core.optimise.track import Handles, track_nearer
from torch import Tensor, nn

GRID = Extent(32, 32)
TEMPLATE = torch.zeros(2)
TARGET = torch.tensor([[30.0, 8.0]])
SETTINGS = OnlineSettings()


def spots(*places: tuple[int, int, float]) -> FeatureMap:
    """A map that is far from the template except at places (x, y), by a difference there."""
    values = torch.full((2, 32, 32), 9.0)
    for x, y, difference in places:
        values[:, y, x] = difference
    return FeatureMap((values,), GRID)


def course(start: Tensor | None = None, renewed: bool = True) -> Course:
    start = torch.tensor([[4.0, 8.0]]) if start is None else start
    return Course(Handles(start, TARGET.expand(len(start), 2)), SETTINGS, renewed)


def walk(way: Course, *differences: float, moves: bool = True) -> None:
    """The handle found one place further for each difference, or where it is."""
    for difference in differences:
        x, y = way.handles.now[0].int().tolist()
        way.follow([TEMPLATE], spots((x + moves, y, difference)))


def test_places_farther_from_the_target_are_not_looked_at():
    handles = torch.tensor([[10.0, 8.0]])
    found = track_nearer([TEMPLATE], spots((8, 8, 0.0), (11, 9, 0.254)), handles, TARGET, 3)
    assert found.places.tolist() == [[11.0, 9.0]]
    assert found.distances.tolist() == [pytest.approx(0.25)]


def test_where_nothing_is_nearer_a_handle_stays():
    handles = torch.tensor([[10.0, 8.0]])
    found = track_nearer([TEMPLATE], spots((10, 8, 1.0), (9, 8, 0.0)), handles, TARGET, 3)
    assert torch.equal(found.places, handles)


def test_gradients_are_left_out_once_handles_go_where_they_are_pulled():
    way = course()
    walk(way, *[0.5] * 10)
    assert way.by_gradients
    walk(way, 0.5)
    assert not way.by_gradients and way.trackings == 11


@pytest.mark.parametrize(("difference", "moves"), [(1.0, 1), (0.5, 3)], ids=["unsure", "off course"])
def test_gradients_go_on_while_handles_are(difference: float, moves: int):
    way = course()
    walk(way, *[0.5] * 10)
    walk(way, difference, moves=moves)
    assert way.by_gradients


def test_a_latent_that_stays_needs_gradients():
    way = course(renewed=False)
    walk(way, *[0.5] * 15)
    assert way.by_gradients


def test_gradients_come_back_where_handles_are_lost_or_stand_still():
    lost, still = course(), course()
    for way in (lost, still):
        walk(way, *[0.5] * 11)
    walk(lost, 1.31)
    assert lost.by_gradients
    walk(still, *[0.5] * 5, moves=False)
    assert not still.by_gradients
    walk(still, 0.5, moves=False)
    assert still.by_gradients


def test_lost_handles_are_put_back_three_times_in_a_row():
    way = course(torch.tensor([[4.0, 8.0], [4.0, 20.0]]))
    for number in range(1, 5):
        features = spots((4 + number, 8, 0.1), (5, 20, 2.0))
        way.follow([TEMPLATE, TEMPLATE], features)
        assert way.handles.now.tolist() == [[4.0 + number, 8.0], [4.0 + (number == 4), 20.0]]
    assert (way.put_back, way.trackings) == (3, 1)


class Online:
    """Learning with a network of one layer, whose features and noise are what the layer makes of the latent."""

    def __init__(self, handle: tuple[float, float] = (4.0, 8.0), editable: bool = True, **settings: float):
        generator = torch.Generator().manual_seed(0)
        self.layer = nn.Linear(4, 4).requires_grad_(False)
        self.layer.weight.normal_(generator=generator)
        self.start = torch.randn(1, 4, 16, 16, generator=generator)
        self.mask = torch.zeros(16, 16, dtype=torch.bool)
        self.mask[2:10, 2:14] = True
        self.pairs = start_pairs({"layer": self.layer}, 2, generator, torch.device("cpu"))
        self.learning = OnlineLoRA(
            self.evaluate,
            {"layer": self.layer},
            self.pairs,
            torch.tensor([handle]),
            TARGET,
            replace(SETTINGS, drag=DragSettings(steps=4, learning_rate=0.01), **settings),
            random_draws(torch.linspace(0.03, 14.6, 1000), self.start, generator),
            self.mask if editable else None,
        )

    def evaluate(self, latent: Tensor, sigma: Tensor, whole: bool) -> Evaluation:
        noise = self.layer(latent.movedim(1, -1)).movedim(-1, 1)
        return Evaluation(FeatureMap((noise[0],), GRID), noise)

    def run(self):
        return self.learning.run(self.start, torch.tensor(5.0), torch.tensor(4.0))


def test_the_latent_is_renewed_where_it_is_editable():
    online = Online()
    edited = online.run().dragged.edited
    changed = (edited != online.start).any(1)[0]
    assert torch.equal(changed, online.mask)


def test_without_a_mask_only_the_lora_changes():
    online = Online(editable=False)
    assert torch.equal(online.run().dragged.edited, online.start)
    assert online.pairs["layer"].up.any()


def test_a_handle_that_has_arrived_needs_no_step():
    online = Online(handle=(29.0, 8.0))
    learned = online.run()
    assert learned.passes == 0 and not online.pairs["layer"].up.any()


TRUSTING = {"warm_up": 0, "sure": 99.0, "lost": 99.0, "off_course": 99.0}


def test_a_handle_that_stands_still_gets_gradients_again():
    online = Online(patience=2, **TRUSTING)
    online.learning.evaluate = lambda *run: Evaluation(spots((4, 8, 0.5)), online.evaluate(*run).noise)
    learned = online.run()
    assert len(learned.losses) == 4 < learned.passes


def test_passes_without_gradients_have_an_end():
    """A handle goes to and fro between two places as near to its target."""
    online, places = Online(handle=(4.0, 7.0), patience=1, **TRUSTING), [(4, 7), (4, 9)]
    online.learning.evaluate = lambda *run: Evaluation(spots((*places[0], 0.5)), online.evaluate(*run).noise)
    online.learning.callback = lambda *_: places.reverse()
    learned = online.run()
    assert len(learned.losses) == 1 and learned.passes == 12
    assert len(learned.dragged.history) == 13
