"""Gradients where other models run beside the MODEL and other nodes have patched it."""

import pytest
import torch
from dragkit.tools.in_process import use_host

COMPANIONS = ["ControlNet", "two ControlNets", "adapter", "adapter, ControlNet", "GLIGEN"]


@pytest.fixture
def model(host):
    use_host()
    from dragkit.tests.host.testpack.models import build

    with torch.inference_mode():
        yield build("sd15", "fp32", 0)


def positive(companion: str | None = None) -> list:
    from dragkit.tests.host.testpack.companions import COMPANIONS
    from dragkit.tests.host.testpack.models import CONTEXT

    text = torch.randn(1, 8, CONTEXT, generator=torch.Generator().manual_seed(5))
    return [[text, {"pooled_output": None} | (COMPANIONS[companion]() if companion else {})]]


def slopes(model, conditioning: list, checkpointing: bool = False) -> tuple[float, float]:
    """The slope of what a model denoises to along one direction: by its gradient, and by two points on either side."""
    from dragkit.nodes.gradients.autograd import differentiable, run_with_gradients
    from dragkit.nodes.host.sampling import denoiser

    generator, found = torch.Generator().manual_seed(1), []
    latent, direction, weights = torch.randn(3, 1, 4, 16, 16, generator=generator)

    def work(model_wrap, extra_args, state, sigmas, callback):
        denoise = denoiser(model_wrap, extra_args)

        def value(at: torch.Tensor) -> torch.Tensor:
            return (denoise(at, sigmas[0]) * weights.clone()).sum()

        value(state.requires_grad_()).backward()
        with torch.no_grad():
            values = [value(state + step * direction.clone()).item() for step in (0.004, -0.004, 0.008, -0.008)]
        near, far = (values[0] - values[1]) / 0.008, (values[2] - values[3]) / 0.016
        found.extend([(state.grad * direction.clone()).sum().item(), (4 * near - far) / 3])
        return state.detach()

    patched = differentiable(model, "Test")
    sigmas = torch.tensor([3.0, 2.0])
    run_with_gradients(
        patched, {"positive": conditioning}, latent, sigmas, work, node="Test", checkpointing=checkpointing
    )
    return found[0], found[1]


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize("companion", COMPANIONS)
def test_the_gradient_goes_through_what_the_prompt_carries(model, companion: str, checkpointing: bool):
    exact, near = slopes(model, positive(companion), checkpointing)
    assert exact == pytest.approx(near, rel=0.01)
    plain, _ = slopes(model, positive())
    assert abs(exact - plain) > 0.02 * abs(plain)


def test_the_gradient_goes_through_a_lora_of_the_prompt(model):
    """Which the host puts into the weights as the prompt is run, and takes out at the end."""
    import comfy.hooks

    network, generator, lora = model.model.diffusion_model, torch.Generator().manual_seed(9), {}
    for name, layer in network.named_modules():
        if name.endswith((".to_q", ".to_v")):
            lora[f"diffusion_model.{name}.lora_up.weight"] = torch.randn(layer.out_features, 4, generator=generator) / 5
            lora[f"diffusion_model.{name}.lora_down.weight"] = (
                torch.randn(4, layer.in_features, generator=generator) / 5
            )
    before = {name: weight.clone() for name, weight in network.named_parameters()}
    prompt = positive()
    prompt[0][1]["hooks"] = comfy.hooks.create_hook_lora(lora, 1.0, 0.0)
    exact, near = slopes(model, prompt)
    assert exact == pytest.approx(near, rel=0.01) and abs(exact - slopes(model, positive())[0]) > 0.001
    assert all(torch.equal(weight, before[name]) for name, weight in network.named_parameters())


def patched_by(name: str, model):
    """A MODEL as a node of the host, or one that holds tensors of its own, hands it on."""
    import comfy_extras.nodes_freelunch as freeu
    import comfy_extras.nodes_pag as pag
    import comfy_extras.nodes_sag as sag
    import comfy_extras.nodes_tomesd as tome
    from dragkit.tests.host.testpack.companions import PatchedModel

    made = {
        "FreeU": lambda: freeu.FreeU.execute(model, 1.1, 1.2, 0.9, 0.2),
        "FreeU_V2": lambda: freeu.FreeU_V2.execute(model, 1.3, 1.4, 0.9, 0.2),
        "picture tokens": lambda: PatchedModel.execute(model),
        "perturbed attention": lambda: pag.PerturbedAttentionGuidance.execute(model, 3.0),
        "self-attention": lambda: sag.SelfAttentionGuidance.execute(model, 0.5, 2.0),
        "merged tokens": lambda: tome.TomePatchModel.execute(model, 0.3),
    }
    return made[name]().args[0]


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize("patch", ["FreeU", "FreeU_V2", "picture tokens", "perturbed attention", "self-attention"])
def test_the_gradient_goes_through_patches_of_other_nodes(model, patch: str, checkpointing: bool):
    """Also where they write in place, or hold tensors that were made in inference mode."""
    exact, near = slopes(patched_by(patch, model), positive(), checkpointing)
    assert exact == pytest.approx(near, rel=0.01)
