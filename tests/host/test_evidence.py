"""The sampler that recomposes an edit with the warped picture, in the host's own classes, small and random."""

from typing import Any

import pytest
import torch
from dragkit.tests.host.edit_models import KINDS, SIDE, dragged, latent, model, moving, prompt, with_thing

pytestmark = pytest.mark.usefixtures("inference")


def mask(left: int, right: int) -> torch.Tensor:
    """Rows 32 to 64 from one column to another."""
    area = torch.zeros(1, SIDE, SIDE)
    area[:, 32:64, left:right] = 1
    return area


LEFT, TARGET = mask(32, 64), mask(96, 128)


def evidence(warped: torch.Tensor, end: float = 1.0, without_text: list | None = None, **masks: torch.Tensor) -> Any:
    from dragkit.nodes.evidence import DragEvidence

    given = {"inpaint_mask": LEFT, "target_mask": TARGET} | masks
    return DragEvidence.execute({"samples": warped}, **given, end_percent=end, without_text=without_text).args[0]


def sample(network: Any, positive: list, sampler: Any, like: torch.Tensor, **settings: Any) -> torch.Tensor:
    import comfy.samplers

    sampler = sampler or comfy.samplers.sampler_object("euler")
    noise = torch.randn(like.shape, generator=torch.Generator().manual_seed(3))
    guider = comfy.samplers.CFGGuider(network)
    guider.set_conds(positive, settings.pop("negative", positive))
    guider.set_cfg(settings.pop("cfg", 1.0))
    start = settings.pop("start", torch.zeros_like(noise))
    sigmas = torch.linspace(1, 0, 5)
    return guider.sample(noise, start, sampler, sigmas, seed=0, disable_pbar=True, **settings)


def away(kind: str) -> torch.Tensor:
    """The cells that the drag does not touch."""
    cell = SIDE // latent(kind).shape[-1]
    touched = torch.maximum(LEFT, torch.nn.functional.max_pool2d(TARGET, 5, 1, 2))
    return torch.nn.functional.max_pool2d(touched, cell)[0] == 0


@pytest.mark.parametrize("kind", KINDS)
def test_drift_away_from_the_drag_is_gone(kind: str):
    """The random model makes another picture everywhere, and with evidence only where something was moved."""
    network, warped = model(kind), with_thing(kind, 6)
    plain = sample(network, prompt(warped), None, warped)
    made = sample(network, prompt(warped), evidence(warped), warped)
    drift = [(found - warped).abs()[..., away(kind)].mean().item() for found in (plain, made)]
    assert drift[0] > 0.1 and drift[1] < 1e-5
    assert not torch.isclose(made[..., ~away(kind)], warped[..., ~away(kind)]).any()


def test_less_steps_leave_more_to_the_model():
    network, warped = model("flux2"), with_thing("flux2", 6)
    found = [sample(network, prompt(warped), evidence(warped, end), warped) for end in (0, 0.5, 1)]
    assert torch.allclose(found[0], sample(network, prompt(warped), None, warped), atol=1e-5)
    drift = [(one - warped).abs()[..., away("flux2")].mean().item() for one in found]
    assert drift[0] > drift[1] > drift[2]


class Counted:
    """Evaluations of a model, by the number of tokens of their text and whether a reference stands in it."""

    def __init__(self, network: Any):
        self.network, self.calls = network.clone(), []
        self.network.set_model_unet_function_wrapper(self)

    def __call__(self, apply: Any, given: dict) -> torch.Tensor:
        self.calls.append(given["c"]["c_crossattn"].shape[1])
        return apply(given["input"], given["timestep"], **given["c"])


def test_the_second_run_is_one_more_evaluation_in_each_of_its_steps():
    warped, counted = with_thing("qwen", 6), Counted(model("qwen"))
    untold = prompt(warped, seed=5, length=3)
    exact = sample(counted.network, prompt(warped), evidence(warped, 0.5, untold), warped)
    assert counted.calls == [8, 3, 8, 3, 8, 8]
    assert not torch.allclose(exact, sample(model("qwen"), prompt(warped), evidence(warped, 0.5), warped), atol=1e-3)


@pytest.mark.parametrize("kind", [*KINDS, "qwen 2.1"])
def test_a_moved_reference_stays_in_the_second_run(kind: str):
    """The warped picture is its reference there, in which the drag is carried out already."""
    warped, network = with_thing(kind, 6), model(kind)
    sampler = evidence(warped, 1.0, prompt(warped, seed=5))
    moved = dragged(network, moving((2, 64), (6, -64)))  # shows the thing at 6, and would take it from there to 2
    made = sample(moved, prompt(with_thing(kind, 2)), sampler, warped)
    assert torch.equal(made, sample(network, prompt(warped), sampler, warped))


def test_pictures_of_a_batch_guidance_and_a_noise_mask():
    network, warped = model("flux2"), with_thing("flux2", 6)
    pair, far = warped.repeat_interleave(2, 0), {"negative": prompt(warped, seed=9), "cfg": 3.0}
    both = sample(network, prompt(warped), evidence(warped), pair, **far)
    assert torch.allclose(both[:1], sample(network, prompt(warped), evidence(warped), warped, **far), atol=1e-4)
    inside = torch.zeros(1, 1, 8, 8)
    inside[..., 2:4, 2:4] = 1  # what was left alone may change
    start = with_thing("flux2", 2)
    masked = sample(network, prompt(warped), evidence(warped, 0.5), warped, denoise_mask=inside, start=start)
    kept = (inside == 0).expand_as(start)
    assert torch.allclose(masked[kept], start[kept], atol=1e-5) and not torch.allclose(masked, start, atol=1e-3)


def test_a_stable_diffusion_model_keeps_to_it_as_well():
    network, warped = model("sd15"), torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(2))
    made = sample(network, prompt(), evidence(warped), warped)
    assert torch.allclose(made[..., away("flux")], warped[..., away("flux")], atol=1e-5)


def test_what_does_not_fit_is_refused():
    warped, nothing = with_thing("flux2", 6), torch.zeros(1, SIDE, SIDE)
    with pytest.raises(ValueError, match="DragEvidence: both masks are empty, so nothing moved"):
        evidence(warped, inpaint_mask=nothing, target_mask=nothing)
    with pytest.raises(ValueError, match="DragEvidence: the inpaint_mask is 128x128 and the target_mask 64x64"):
        evidence(warped, target_mask=torch.ones(1, 64, 64))
    with pytest.raises(ValueError, match=r"DragEvidence: the warped picture's latent is \[1, 128, 4, 8\]"):
        sample(model("flux2"), prompt(warped), evidence(warped[..., :4, :]), warped)
    with pytest.raises(ValueError, match="DragEvidence: without_text has 1 of 1 prompts limited to an area"):
        evidence(warped, without_text=prompt(warped, area=(4, 4, 0, 0)))


def test_an_interrupt_ends_it_at_once():
    import comfy.model_management

    counted, warped = Counted(model("flux2")), with_thing("flux2", 6)

    def stop(*args: Any) -> None:
        raise comfy.model_management.InterruptProcessingException

    with pytest.raises(comfy.model_management.InterruptProcessingException):
        sample(counted.network, prompt(warped), evidence(warped), warped, callback=stop)
    assert len(counted.calls) == 1
