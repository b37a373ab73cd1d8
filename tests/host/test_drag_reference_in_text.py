"""References that stand in the text and are cached there, by the written contract of Qwen-Image 2.1."""

from typing import Any

import pytest
import torch
from dragkit.tests.host.edit_models import dragged, model, moving, prompt, sample, with_thing

KIND = "qwen 2.1"
SLOTS = {"at the end": [], "in the text": [3], "first": [0]}
SWAP = moving((2, 64), (6, -64))
pytestmark = pytest.mark.usefixtures("inference")


@pytest.fixture(params=[False, True], ids=["recomputed", "cached"])
def network(request: pytest.FixtureRequest) -> Any:
    """A model that keeps what it knows of a prompt and its references for a run, or does not."""
    network = model(KIND)
    network.model.diffusion_model.keeps = request.param
    return network


def made(network: Any, positive: list, **settings: Any) -> torch.Tensor:
    """A latent of one run, whose cache is then gone."""
    inner = network.model.diffusion_model
    inner.kept.clear()
    inner.recomputed = 0
    return sample(network, KIND, positive, **settings)


@pytest.mark.parametrize("slots", SLOTS.values(), ids=SLOTS)
def test_without_a_drag_nothing_changes_and_a_swap_gives_the_swapped_picture(network: Any, slots: list[int]):
    here, there = (prompt(with_thing(KIND, column), image_slots=slots) for column in (2, 6))
    assert torch.equal(made(dragged(network, moving((2, 0))), here), made(network, here))
    wanted = made(network, there)
    assert torch.equal(made(dragged(network, SWAP), here), wanted)
    assert not torch.equal(wanted, made(network, here))


def test_what_is_cached_stays_cached(network: Any):
    moved = dragged(network, moving((2, 40)))
    for cfg, prompts in ((1.0, 1), (3.0, 2)):
        made(moved, prompt(with_thing(KIND, 2)), negative=prompt(with_thing(KIND, 2), seed=2, length=5), cfg=cfg)
        inner = network.model.diffusion_model
        assert inner.recomputed == (prompts if inner.keeps else 2 * prompts)


@pytest.mark.parametrize("slots", [[], [2, 6], [2, 2]], ids=str)
def test_of_several_references_the_chosen_ones_move(network: Any, slots: list[int]):
    shown, other = (with_thing(KIND, 2), with_thing(KIND, 3)), moving((3, 32), (5, -32))
    wanted = made(network, prompt(with_thing(KIND, 6), with_thing(KIND, 5), image_slots=slots))
    chained = dragged(dragged(network, SWAP, 1), other, 2)
    assert torch.equal(made(chained, prompt(*shown, image_slots=slots)), wanted)


def test_sizes_of_another_parity_are_centred_as_the_host_does(network: Any):
    reference = with_thing(KIND, 2)[..., :7, :]
    moved = dragged(network, moving((2, 40)))
    assert made(moved, prompt(reference)).isfinite().all()


def test_a_place_that_is_left_repeats_its_surroundings(network: Any):
    """So that the host's segments hold; what is invented there is not the thing."""
    here, moved = prompt(with_thing(KIND, 2)), dragged(network, moving((2, 40)))
    assert not torch.allclose(made(moved, here), made(network, here), atol=1e-3)


def test_a_host_that_lays_them_elsewhere_is_refused(network: Any, monkeypatch: pytest.MonkeyPatch):
    from comfyui_version import __version__ as version

    kind = type(network.model.diffusion_model)
    build = kind.build_sequence

    def elsewhere(self: Any, *given: Any) -> tuple:
        sequence, table, segments = build(self, *given)
        return sequence, table.roll(1, 1), segments

    monkeypatch.setattr(kind, "build_sequence", elsewhere)
    with pytest.raises(ValueError, match=f"does not lie where it should in ComfyUI {version} for a Qwen-Image 2.1"):
        made(dragged(network, SWAP), prompt(with_thing(KIND, 2)))


def test_a_host_without_a_sequence_of_its_own_is_refused(network: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(type(network.model.diffusion_model), "build_sequence")
    with pytest.raises(ValueError, match=r"DragReference: this ComfyUI puts the tokens of a Qwen-Image 2\.1 model"):
        dragged(network, SWAP)


def test_an_interrupted_run_leaves_the_model_as_it_was(network: Any):
    import comfy.model_management

    here = prompt(with_thing(KIND, 2))
    before, moved = made(network, here), dragged(network, SWAP)

    def stop(*args: Any) -> None:
        raise comfy.model_management.InterruptProcessingException

    with pytest.raises(comfy.model_management.InterruptProcessingException):
        made(moved, here, callback=stop)
    assert torch.equal(made(network, here), before)
