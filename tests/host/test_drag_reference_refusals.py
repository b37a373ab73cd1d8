"""What Drag Reference refuses or says, and the check that proves it on a host."""

from typing import Any

import pytest
import torch
from dragkit.core.instruction.spec import DragSpec, Extent
from dragkit.tests.host.edit_models import (
    KINDS,
    SIDE,
    dragged,
    model,
    moving,
    prompt,
    pulling,
    sample,
    with_thing,
)

pytestmark = pytest.mark.usefixtures("inference")


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
