"""A reference that moves, in the host's own classes of edit models, small and with random weights."""

import pytest
import torch
from dragkit.core.instruction.spec import Drag, DragSpec, Extent, Point
from dragkit.tests.host.edit_models import (
    KINDS,
    METHODS,
    SIDE,
    Spy,
    box,
    dragged,
    model,
    moving,
    prompt,
    pulling,
    sample,
    with_thing,
)

EVERY_WAY = [(kind, method) for kind in KINDS for method in (None, *METHODS[kind])]
pytestmark = pytest.mark.usefixtures("inference")


def asked(method: str | None) -> dict[str, str]:
    return {} if method is None else {"reference_latents_method": method}


@pytest.mark.parametrize(("kind", "method"), EVERY_WAY)
def test_without_a_drag_the_model_gives_what_it_gave_bit_for_bit(kind: str, method: str | None):
    network, positive = model(kind), prompt(with_thing(kind, 2), **asked(method))
    still = dragged(network, moving((2, 0)))
    assert torch.equal(sample(still, kind, positive), sample(network, kind, positive))


@pytest.mark.parametrize(("kind", "method"), EVERY_WAY)
def test_moved_tokens_give_the_picture_of_the_moved_thing_bit_for_bit(kind: str, method: str | None):
    """The thing goes four tokens to the right, and the grey there takes its place."""
    network, settings = model(kind), asked(method)
    swapped = dragged(network, moving((2, 64), (6, -64)))
    there = sample(network, kind, prompt(with_thing(kind, 6), **settings))
    assert torch.equal(sample(swapped, kind, prompt(with_thing(kind, 2), **settings)), there)
    assert not torch.equal(there, sample(network, kind, prompt(with_thing(kind, 2), **settings)))


@pytest.mark.parametrize(("kind", "method"), EVERY_WAY)
def test_the_place_that_was_left_says_nothing(kind: str, method: str | None):
    """Tokens and positions are those of the moved picture without the four that were left, or with grey in theirs."""
    network, settings = model(kind), asked(method)
    found, wanted = Spy(dragged(network, moving((2, 64)))), Spy(network)
    sample(found.network, kind, prompt(with_thing(kind, 2), **settings))
    sample(wanted.network, kind, prompt(with_thing(kind, 6), **settings))
    left = [64 + 8 * row + column for row in (2, 3) for column in (2, 3)]
    others = [place for place in range(128) if place not in left]
    if method == "index_timestep_zero":
        assert torch.equal(found.ids[:, others], wanted.ids[:, others]) and found.ids.shape == wanted.ids.shape
        pairs = torch.cat([wanted.ids, wanted.img], dim=-1)[0].unbind()
        for place in left:
            assert any(torch.equal(torch.cat([found.ids, found.img], dim=-1)[0, place], pair) for pair in pairs)
    else:
        assert torch.equal(found.ids, wanted.ids[:, others]) and torch.equal(found.img, wanted.img[:, others])
        assert found.counts == [60]


@pytest.mark.parametrize("kind", KINDS)
def test_parts_of_a_token_are_positions_between_two(kind: str):
    network, reference = model(kind), with_thing(kind, 2)
    found, plain = Spy(dragged(network, moving((2, 20)))), Spy(network)
    for spy in (found, plain):
        sample(spy.network, kind, prompt(reference))
    thing = [64 + 8 * row + column for row in (2, 3) for column in (2, 3)]
    for token in thing:
        (place,) = (found.img[0] == plain.img[0, token]).all(-1).nonzero()[:1, 0].tolist()
        away = found.ids[0, place] - plain.ids[0, token]
        assert away.tolist() == pytest.approx([0, 0, 1.25] + [0] * (len(away) - 3), abs=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_one_of_several_references_moves_and_another_by_another_node(kind: str):
    network, pictures = model(kind), (with_thing(kind, 2), with_thing(kind, 3))
    swap, other = moving((2, 64), (6, -64)), moving((3, 32), (5, -32))
    there = sample(network, kind, prompt(pictures[0], with_thing(kind, 5)))
    assert torch.equal(sample(dragged(network, other, reference=2), kind, prompt(*pictures)), there)
    both = sample(network, kind, prompt(with_thing(kind, 6), with_thing(kind, 5)))
    for first, second in (((swap, 1), (other, 2)), ((other, 2), (swap, 1))):
        chained = dragged(dragged(network, *first), *second)
        assert torch.equal(sample(chained, kind, prompt(*pictures)), both)


@pytest.mark.parametrize("kind", KINDS)
def test_two_nodes_that_leave_places_do_not_disturb_each_other(kind: str):
    network, pictures = model(kind), (with_thing(kind, 2), with_thing(kind, 3))
    spies = []
    for first, second in ((1, 2), (2, 1)):
        chained = dragged(dragged(network, moving((1 + first, 48)), first), moving((1 + second, 48)), second)
        spies.append(Spy(chained))
        sample(spies[-1].network, kind, prompt(*pictures))
    assert torch.equal(spies[0].ids, spies[1].ids) and torch.equal(spies[0].img, spies[1].img)
    assert spies[0].counts == [60, 60]


@pytest.mark.parametrize("kind", ["flux", "longcat", "qwen"])
def test_odd_sizes_are_filled_up_as_the_network_does(kind: str):
    network, reference = model(kind), with_thing(kind, 2)[..., :15, :13]
    still, moved = dragged(network, moving((2, 0))), dragged(network, moving((2, 20)))
    settings = {"like": torch.zeros_like(reference)}
    plain = sample(network, kind, prompt(reference), **settings)
    assert torch.equal(sample(still, kind, prompt(reference), **settings), plain)
    assert sample(moved, kind, prompt(reference), **settings).shape == plain.shape


def test_points_move_what_is_in_the_mask():
    """Drag and mask, of the instruction or connected, move as a region does."""
    network, positive = model("flux2"), prompt(with_thing("flux2", 2))
    mask = torch.zeros(1, SIDE, SIDE)
    mask[:, 32:64, 32:64] = 1
    by_region = sample(dragged(network, moving((2, 20))), "flux2", positive)
    assert torch.allclose(sample(dragged(network, pulling()), "flux2", positive), by_region, atol=1e-5)
    bare = DragSpec(pulling().drags, size=Extent(SIDE, SIDE))
    assert torch.allclose(sample(dragged(network, bare, mask=mask), "flux2", positive), by_region, atol=1e-5)


def test_a_thing_as_a_whole_and_the_surroundings_of_what_it_left():
    """Three handles that turn a thing give other tokens than a flow; a grey place that is left is said to be grey."""
    network, positive = model("flux2"), prompt(with_thing("flux2", 2))
    ends = ((40, 40), (56, 40), (48, 56)), ((88, 36), (92, 52), (74, 48))
    turned = DragSpec(
        tuple(Drag(Point(*a), Point(*b)) for a, b in zip(*ends, strict=True)), mask=(box(2, 2),), size=pulling().size
    )
    flows, whole = (
        sample(dragged(network, turned, move=m), "flux2", positive) for m in ("as the method does", "as a whole")
    )
    assert not torch.allclose(flows, whole, atol=1e-4)
    there = sample(network, "flux2", prompt(with_thing("flux2", 6)))
    filled = dragged(network, moving((2, 64)), vacated="its surroundings")
    assert torch.equal(sample(filled, "flux2", positive), there)
