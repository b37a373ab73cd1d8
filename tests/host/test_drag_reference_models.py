"""A reference that moves beside all that hosts do with a model: precisions, batches, interrupts, other nodes."""

from typing import Any

import pytest
import torch
from dragkit.tests.host.edit_models import (
    KINDS,
    dragged,
    latent,
    model,
    moving,
    prompt,
    sample,
    with_thing,
)

pytestmark = pytest.mark.usefixtures("inference")


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
