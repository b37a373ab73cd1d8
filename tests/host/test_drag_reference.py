"""A reference that moves, in the host's own classes of edit models, small and with random weights."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
    latent,
    model,
    moving,
    prompt,
    pulling,
    sample,
    with_thing,
)
from dragkit.tools.in_process import use_host

EVERY_WAY = [(kind, method) for kind in KINDS for method in (None, *METHODS[kind])]


@pytest.fixture(autouse=True)
def inference(host: Path) -> Iterator[None]:
    use_host()
    with torch.inference_mode():
        yield


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


@pytest.mark.parametrize("dtype", ["fp16", "bf16"])
@pytest.mark.parametrize("kind", KINDS)
def test_half_precision(kind: str, dtype: str):
    network = model(kind, dtype)
    still, swapped = dragged(network, moving((2, 0))), dragged(network, moving((2, 64), (6, -64)))
    here, there = (prompt(with_thing(kind, column)) for column in (2, 6))
    assert torch.equal(sample(still, kind, here), sample(network, kind, here))
    assert torch.equal(sample(swapped, kind, here), sample(network, kind, there))


@pytest.mark.parametrize("kind", KINDS)
def test_prompts_together_and_apart(kind: str):
    """Guidance runs both prompts in one call, or one after the other where memory is short."""
    network, reference = model(kind), with_thing(kind, 2)
    moved = dragged(network, moving((2, 40)))
    prompts = prompt(reference), prompt(reference, seed=2)
    together = sample(moved, kind, *prompts, cfg=4.0)
    network.model.memory_required = lambda *args, **kwargs: 1e30
    assert torch.allclose(sample(moved, kind, *prompts, cfg=4.0), together, atol=1e-5)
    bare = sample(moved, kind, prompts[0], prompt(seed=2), cfg=4.0)
    assert bare.isfinite().all() and not torch.allclose(bare, together, atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_of_a_batch_is_dragged(kind: str):
    moved, positive = dragged(model(kind), moving((2, 40))), prompt(with_thing(kind, 2))
    both = sample(moved, kind, positive, like=latent(kind).repeat_interleave(2, 0))
    assert torch.allclose(both[:1], sample(moved, kind, positive), atol=1e-5)
    assert not torch.allclose(both[:1], both[1:], atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_an_interrupted_run_leaves_nothing_behind(kind: str):
    import comfy.model_management

    network, positive = model(kind), prompt(with_thing(kind, 2))
    before, moved = sample(network, kind, positive), dragged(network, moving((2, 40)))
    whole = sample(moved, kind, positive)

    def stop(*args: Any) -> None:
        raise comfy.model_management.InterruptProcessingException

    with pytest.raises(comfy.model_management.InterruptProcessingException):
        sample(moved, kind, positive, callback=stop)
    assert torch.equal(sample(network, kind, positive), before) and torch.equal(sample(moved, kind, positive), whole)
    assert not network.model_options["transformer_options"].get("patches")


class Packed(torch.nn.Module):
    """Weights in eight bits that are unpacked as they are used, as quantised files have them."""

    def __init__(self, plain: torch.nn.Linear):
        super().__init__()
        self.scale = plain.weight.detach().abs().max() / 127
        self.register_buffer("packed", (plain.weight.detach() / self.scale).round().to(torch.int8))
        self.bias = plain.bias

    @property
    def weight(self) -> torch.Tensor:
        return self.packed * self.scale

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.linear(x, self.weight, self.bias)


@pytest.mark.parametrize("kind", KINDS)
def test_quantised_weights_stay_as_they_are(kind: str):
    network = model(kind)
    inner = network.model.diffusion_model
    for name in ("img_in", "txt_in"):
        setattr(inner, name, Packed(getattr(inner, name)))
    before = {name: value.clone() for name, value in inner.state_dict().items()}
    here, there = (prompt(with_thing(kind, column)) for column in (2, 6))
    assert torch.equal(sample(dragged(network, moving((2, 0))), kind, here), sample(network, kind, here))
    swapped = dragged(network, moving((2, 64), (6, -64)))
    assert torch.equal(sample(swapped, kind, here), sample(network, kind, there))
    assert all(torch.equal(before[name], value) for name, value in inner.state_dict().items())


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_that_streams_its_weights(kind: str):
    from dragkit.tests.host.testpack.models import load

    positive = prompt(with_thing(kind, 2))
    streamed, plain = (dragged(network, moving((2, 40))) for network in (load(kind, "fp32", 0), model(kind)))
    assert torch.equal(sample(streamed, kind, positive), sample(plain, kind, positive))


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


@pytest.mark.parametrize("kind", ["flux2", "qwen"])
def test_the_hosts_cache_of_references_goes_with_it_in_either_order(kind: str):
    from comfy_extras.nodes_flux import FluxKVCache

    network, here = model(kind), prompt(with_thing(kind, 2))
    wanted = sample(FluxKVCache.execute(network).args[0], kind, prompt(with_thing(kind, 6)))
    swap = moving((2, 64), (6, -64))
    for patched in (
        FluxKVCache.execute(dragged(network, swap)).args[0],
        dragged(FluxKVCache.execute(network).args[0], swap),
    ):
        assert torch.equal(sample(patched, kind, here), wanted)


@pytest.mark.parametrize("kind", ["flux", "flux2", "longcat"])
def test_positions_that_are_scaled_by_another_node(kind: str):
    from comfy_extras.nodes_rope import ScaleROPE

    network = ScaleROPE.execute(model(kind), 0.5, 3.0, 2.0, -1.0, 1.0, 4.0).args[0]
    there = sample(network, kind, prompt(with_thing(kind, 6)))
    assert torch.equal(sample(dragged(network, moving((2, 64), (6, -64))), kind, prompt(with_thing(kind, 2))), there)


@pytest.mark.parametrize("kind", ["flux", "longcat", "qwen"])
def test_odd_sizes_are_filled_up_as_the_network_does(kind: str):
    network, reference = model(kind), with_thing(kind, 2)[..., :15, :13]
    still, moved = dragged(network, moving((2, 0))), dragged(network, moving((2, 20)))
    settings = {"like": torch.zeros_like(reference)}
    plain = sample(network, kind, prompt(reference), **settings)
    assert torch.equal(sample(still, kind, prompt(reference), **settings), plain)
    assert sample(moved, kind, prompt(reference), **settings).shape == plain.shape


def refusal(network: Any, kind: str, positive: list, drag: DragSpec | None = None, **settings: Any) -> str:
    with pytest.raises(ValueError, match="DragReference: ") as error:
        sample(dragged(network, drag or moving((2, 40)), **settings), kind, positive)
    return str(error.value)


@pytest.mark.parametrize("kind", ["sd15", "sdxl", "sd3", "z-image", "krea2", "wan"])
def test_what_was_never_tried_is_refused_with_what_works(kind: str):
    words = refusal(model(kind), kind, prompt())
    assert "no references that can be moved. Use FLUX.2 (klein, dev)" in words and "Latent Warpage (FastDrag)" in words


def test_what_has_no_reference_or_too_few_is_refused():
    assert "no prompt has a reference that could move" in refusal(model("flux2"), "flux2", prompt())
    words = refusal(model("flux2"), "flux2", prompt(with_thing("flux2", 2)), reference=3)
    assert "reference 3 is to move, but a prompt has 1" in words


def test_an_instruction_that_says_nothing_is_refused():
    positive = prompt(with_thing("flux2", 2))
    assert "neither a drag nor a region" in refusal(model("flux2"), "flux2", positive, DragSpec())
    no_mask = DragSpec(pulling().drags, size=Extent(SIDE, SIDE))
    assert "there is no region. Draw a source" in refusal(model("flux2"), "flux2", positive, no_mask)
    empty = torch.zeros(1, SIDE, SIDE)
    assert "mask is empty" in refusal(model("flux2"), "flux2", positive, pulling(), mask=empty)


def test_a_prompt_for_a_part_of_the_picture_is_refused():
    positive = prompt(with_thing("flux2", 2), area=(4, 4, 0, 0), strength=1.0)
    assert "limited to an area" in refusal(model("flux2"), "flux2", positive)


@pytest.mark.parametrize("kind", KINDS)
def test_positions_that_are_not_the_hosts_own_are_refused_with_family_and_version(kind: str):
    from comfyui_version import __version__ as version

    network = model(kind).clone()
    network.set_model_post_input_patch(lambda given: given | {"img_ids": given["img_ids"].roll(1, -1)})
    words = refusal(network, kind, prompt(with_thing(kind, 2)))
    assert f"does not lie where it should in ComfyUI {version} for a " in words
    assert {"qwen": "Qwen-Image", "longcat": "LongCat-Image"}.get(kind, "Flux") + " model" in words


def test_a_reference_that_was_moved_already_is_refused():
    network = dragged(model("flux2"), moving((2, 40)))
    assert "does not lie where it should" in refusal(network, "flux2", prompt(with_thing("flux2", 2)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_host_that_does_not_ask_the_patch_is_found_out(kind: str):
    network = dragged(model(kind), moving((2, 40)))
    network.model_options["transformer_options"]["patches"].pop("post_input")
    with pytest.raises(ValueError, match=r"DragReference: ComfyUI \S+ does not let nodes move the references"):
        sample(network, kind, prompt(with_thing(kind, 2)))


def test_another_size_of_the_picture_to_make_is_said(caplog: pytest.LogCaptureFixture):
    sample(dragged(model("flux2"), moving((2, 40))), "flux2", prompt(with_thing("flux2", 2)[..., :6]))
    assert "DragReference: reference 1 has 6x8 latent cells and the picture to make 8x8" in caplog.text


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


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the check find its nodes, as a server would."""
    import comfy_extras.nodes_custom_sampler as custom
    from dragkit.nodes.drag_reference import DragReference
    from dragkit.nodes.drags import DragFromJSON

    import nodes

    for kind in (custom.SamplerCustom, custom.KSamplerSelect, DragReference, DragFromJSON):
        monkeypatch.setitem(nodes.NODE_CLASS_MAPPINGS, kind.define_schema().node_id, kind)


CHECKED = ["FLUX.1 Kontext", "FLUX.2", "LongCat-Image", "Qwen-Image"]


@pytest.mark.usefixtures("called")
@pytest.mark.parametrize("name", CHECKED)
def test_the_check_proves_every_family_that_the_host_has(name: str, monkeypatch: pytest.MonkeyPatch):
    from dragkit.core.check.table import Status
    from dragkit.nodes.references import moved
    from dragkit.nodes.selfcheck.edit_models import families, moved_reference

    assert families() == CHECKED
    line = moved_reference(name)
    assert line.status is Status.OK and line.figures.startswith("0.0e+00 without a drag, 0.0e+00 with one")
    monkeypatch.setattr(moved, "moved_sequence", lambda sequence, start, order: sequence)
    assert moved_reference(name).status is Status.DIFFERS
