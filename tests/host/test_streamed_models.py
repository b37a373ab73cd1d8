"""Gradients of models whose weights come and go while they run (dynamic VRAM), told by what the host asks of them."""

import logging

import pytest
import torch
from dragkit.tests.host import graphs
from dragkit.tests.host.test_companions import model, positive, slopes  # noqa: F401
from dragkit.tools.graphs import Graph, node
from dragkit.tools.server import ComfyServer


def half_finished(streamed: bool) -> Graph:
    """A latent taken for half finished, so that nothing but gradients runs on the model."""
    graph = graphs.source()
    graph["model"]["inputs"] |= {"streamed": streamed, "seed": 4}
    prompt = {"model": ["model", 0], "positive": ["model", 1]}
    levels = node("BasicScheduler", model=["model", 0], scheduler="normal", steps=4, denoise=0.6)
    half = node("InversionFromLatent", **prompt, latent=["encode", 0], sigmas=["levels", 0])
    return graph | {"levels": levels, "half": half, "drag": node("DragFromJSON", json=graphs.DRAG)}


def optimised(block: str, by: str = "model") -> dict:
    links = {"model": [by, 0], "positive": ["model", 1], "inversion": ["half", 0], "drag": ["drag", 0]}
    radii = {"radius_motion": 1, "radius_track": 3, "mask_weight": 0.1}
    return node("DragOptimizeLatent", **links, **radii, steps=2, learning_rate=0.01, feature_block=block)


@pytest.mark.parametrize("block", ["3", "1, 3", "middle, 1"])
def test_features_are_read_off_the_network_that_runs(server: ComfyServer, block: str):
    graph = half_finished(streamed=True) | {"optimize": optimised(block)}
    plain = half_finished(streamed=False)
    graph |= {"plain_model": plain["model"]} | {"plain": optimised(block)} | graphs.compare("optimize", "plain")
    graph["plain_half"] = node(**{"class_type": "InversionFromLatent", **graph["half"]["inputs"]})
    graph["plain_half"]["inputs"]["model"] = ["plain_model", 0]
    graph["plain"]["inputs"] |= {"model": ["plain_model", 0], "inversion": ["plain_half", 0]}
    found = server.prompt(graph).outputs["compare"]["report"][0]
    assert found["finite"] and found["relative"] == 0


def test_the_checkpoint_is_read_once_for_all_gradients(server: ComfyServer):
    graph = half_finished(streamed=True)
    graph["model"]["inputs"]["seed"] = 6
    learn = {"steps": 2, "learning_rate": 0.01, "rank": 2, "batch_size": 1, "seed": 0}
    links = {"model": ["model", 0], "positive": ["model", 1], "latent": ["encode", 0]}
    graph["train"] = node("DragLoRATrain", **links, **learn)
    graph |= {name: optimised(block, "train") for name, block in (("optimize", "1"), ("again", "2"))}
    before = len(server.log_text())
    server.prompt(graph | graphs.compare("optimize", "again"))
    assert server.log_text()[before:].count("sd15 is read, plain") == 1


def test_a_controlnet_that_streams_is_taken_as_given(model, caplog: pytest.LogCaptureFixture):  # noqa: F811
    prompt = positive("ControlNet")
    control = prompt[0][1]["control"]
    control.control_model_wrapped.is_dynamic = lambda: True
    weights = [parameter for parameter in control.control_model.parameters()]
    with caplog.at_level(logging.WARNING, "dragkit"):
        given, _ = slopes(model, prompt)
    exact, _ = slopes(model, positive("ControlNet"))
    assert abs(given - exact) > 1e-3 * abs(exact) and "Test: the ControlNet streams its weights" in caplog.text
    assert all(a is b for a, b in zip(weights, control.control_model.parameters(), strict=True))
    assert "get_control" not in vars(control)


def test_a_streamed_model_inside_the_network_is_refused(model):  # noqa: F811
    prompt = positive("GLIGEN")
    prompt[0][1]["gligen"][1].is_dynamic = lambda: True
    with pytest.raises(ValueError, match=r"Test: a model that the conditioning carries .* --disable-dynamic-vram"):
        slopes(model, prompt)


@pytest.mark.parametrize("companion", [None, "ControlNet"])
def test_the_host_frees_as_much_memory_as_a_graph_takes(model, monkeypatch, companion: str | None):  # noqa: F811
    """No less than it keeps, and not much more."""
    import comfy.model_management
    from dragkit.nodes.gradients.autograd import differentiable, run_with_gradients
    from dragkit.nodes.host.sampling import denoiser

    asked, kept, load = [], {}, comfy.model_management.load_models_gpu

    def watched(models, memory_required=0, **options):
        asked.append(memory_required)
        return load(models, memory_required=memory_required, **options)

    def keep(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    def work(model_wrap, extra_args, state, sigmas, callback):
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            denoiser(model_wrap, extra_args)(state.requires_grad_(), sigmas[0])
        return state.detach()

    monkeypatch.setattr(comfy.model_management, "load_models_gpu", watched)
    monkeypatch.setattr(comfy.model_management, "pytorch_attention_flash_attention", lambda: True)
    monkeypatch.setattr(model.model, "memory_usage_factor", 0.01)  # the host's own reckoning is for large networks
    latent, prompts = torch.randn(1, 4, 48, 48), {"positive": positive(companion)}
    run_with_gradients(differentiable(model, "Test"), prompts, latent, torch.tensor([3.0, 2.0]), work, node="Test")
    weights = {parameter.data_ptr() for parameter in model.model.diffusion_model.parameters()}
    taken = sum(t.untyped_storage().nbytes() for at, t in kept.items() if at not in weights)
    assert taken < asked[-1] < 2 * taken
