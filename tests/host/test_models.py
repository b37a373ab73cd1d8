"""Which MODEL made an inversion: told by values, since the host may load a network anew at any time."""

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from dragkit.tests.host import graphs
from dragkit.tools.client import PromptError
from dragkit.tools.graphs import Graph, node
from dragkit.tools.server import ComfyServer, device_flags

NODE = "Test"
INVERSION = {"steps": 4, "strength": 0.5, "method": "ddim", "spacing": "leading", "store": "auto"}
pytestmark = pytest.mark.usefixtures("inference")


def model(seed: int = 0, kind: str = "sd15", dtype: str = "fp32") -> Any:
    from dragkit.tests.host.testpack.models import build

    return build(kind, dtype, seed)


def inverted(network: Any, capture: str = "none", side: int = 16) -> Any:
    from dragkit.nodes.inversion import InvertLatent

    prompt = [[torch.zeros(1, 8, 32), {"pooled_output": torch.zeros(1, 16)}]]
    latent = {"samples": torch.ones(1, 4, side, side)}
    return InvertLatent.execute(network, prompt, latent, **INVERSION, capture=capture, refine=0, seed=0).args[2]


def accepted(network: Any, inversion: Any) -> bool:
    from dragkit.nodes.host.models import require_source

    try:
        require_source(network, inversion, NODE)
    except ValueError as error:
        assert "Connect the same MODEL" in str(error)
        return False
    return True


def with_lora(network: Any) -> Any:
    """A clone with a LoRA on every attention weight, and loaded, so that the live weights are patched."""
    import comfy.model_management

    patched = network.clone()
    keys = [key for key in network.model.state_dict() if key.endswith(("to_q.weight", "to_v.weight"))]
    patched.add_patches({key: ("diff", (torch.ones(network.model.state_dict()[key].shape),)) for key in keys})
    comfy.model_management.load_models_gpu([patched])
    return patched


def in_fp8(network: Any) -> Any:
    for parameter in network.model.diffusion_model.parameters():
        parameter.data = parameter.data.to(torch.float8_e4m3fn)
    return network


def compiled(network: Any) -> Any:
    network.model.diffusion_model.middle_block = torch.compile(network.model.diffusion_model.middle_block)
    return network


SAME = {
    "loaded anew": lambda: model(),
    "in bf16": lambda: model(dtype="bf16"),
    "in fp16": lambda: model(dtype="fp16"),
    "in fp8": lambda: in_fp8(model()),
    "with a LoRA": lambda: with_lora(model()),
    "compiled": lambda: compiled(model()),
}


@pytest.mark.parametrize("make", SAME.values(), ids=SAME)
def test_the_same_network_in_another_state_is_accepted(make):
    assert accepted(make(), inverted(model()))


def test_a_lora_that_is_loaded_does_not_make_the_plain_model_another_one():
    network = model()
    inversion = inverted(network)
    patched = with_lora(network)
    assert accepted(network, inversion) and accepted(patched, inversion)


OTHER = {
    "other weights": {"seed": 5},
    "other prediction": {"kind": "sd2 v-prediction"},
    "another kind": {"kind": "sdxl"},
}


@pytest.mark.parametrize("other", OTHER.values(), ids=OTHER)
def test_another_network_is_refused(other: dict):
    assert not accepted(model(**other), inverted(model()))


def test_an_inversion_keeps_no_model_alive():
    network = model()
    inversion, alive = inverted(network, "output blocks"), weakref.ref(network.model)
    import comfy.model_management

    comfy.model_management.unload_all_models()
    del network
    gc.collect()
    assert alive() is None and inversion.states


def trained(network: Any, side: int = 16) -> Any:
    from dragkit.nodes.lora import DragLoRATrain

    prompt = [[torch.zeros(1, 8, 32), {"pooled_output": torch.zeros(1, 16)}]]
    settings = {"steps": 1, "rank": 1, "learning_rate": 1e-3, "batch_size": 1, "seed": 0}
    return DragLoRATrain.execute(network, prompt, **settings, latent={"samples": torch.ones(1, 4, side, side)})


def fail_in_a_circle(run: Any, network: Any) -> None:
    """Runs on a latent too small for the network; the error, and all that it holds, is left to garbage collection."""
    circle: list = []
    try:
        run(network, side=1)
    except ValueError as error:
        circle += [circle, error]
    assert "more than 1 value" in str(circle[1])


@pytest.mark.parametrize("run", [inverted, trained])
def test_a_run_that_fails_leaves_nothing_loaded_that_the_host_cannot_unload(run: Any):
    """The host finds the MODEL it was cloned from, whatever goes wrong first: memory, an interrupt, a tiny latent."""
    import comfy.model_management

    network = model()
    with torch.inference_mode():
        fail_in_a_circle(run, network)
    gc.collect()
    assert not [loaded for loaded in comfy.model_management.current_loaded_models if loaded.is_dead()]


def patched_sampling(network: Any, name: str, zsnr: bool = False) -> Any:
    from comfy_extras.nodes_model_advanced import ModelSamplingDiscrete

    return ModelSamplingDiscrete().patch(network, name, zsnr)[0]


@pytest.mark.parametrize("name", ["eps", "v_prediction", "lcm", "zsnr", "edm"])
def test_percentages_mean_the_hosts_noise_levels(name: str):
    from comfy_extras.nodes_model_advanced import ModelSamplingContinuousEDM
    from dragkit.nodes.host.models import noise_levels

    if name == "edm":
        patched = ModelSamplingContinuousEDM().patch(model(), "v_prediction", 120.0, 0.002)[0]
    else:
        patched = patched_sampling(model(), "v_prediction" if name == "zsnr" else name, zsnr=name == "zsnr")
    sampling, schedule = patched.get_model_object("model_sampling"), noise_levels(patched, NODE)
    for step in range(1, 100):
        assert schedule.percent_to_sigma(step / 100) == pytest.approx(sampling.percent_to_sigma(step / 100), rel=1e-4)


@pytest.mark.parametrize("name", ["v_prediction", "lcm"])
def test_another_way_of_sampling_is_told(name: str, caplog: pytest.LogCaptureFixture):
    from dragkit.nodes.host.models import warn_of_other_sampling

    network = model()
    inversion = inverted(network)
    warn_of_other_sampling(network, inversion, NODE)
    assert not caplog.records
    patched = patched_sampling(network, name)
    assert accepted(patched, inversion)
    warn_of_other_sampling(patched, inversion, NODE)
    assert f"{NODE}: this MODEL samples otherwise" in caplog.text


@pytest.mark.parametrize(("edited", "first"), [("inject", "model"), ("sample", "inject"), ("optimize", "model")])
def test_another_way_of_sampling_is_told_once_wherever_it_is_put(server: ComfyServer, edited: str, first: str):
    graph = graphs.dragdiffusion(optimise={"steps": 1}) if edited == "optimize" else graphs.fastdrag()
    graph["other"] = node("ModelSamplingDiscrete", model=[first, 0], sampling="lcm", zsnr=False)
    graph[edited]["inputs"]["model"] = ["other", 0]
    before = len(server.log_text())
    server.prompt(graph)
    assert server.log_text()[before:].count("this MODEL samples otherwise (ModelSamplingDiscreteDistilled LCM)") == 1


def test_sampling_patched_in_between_does_not_move_a_region(server: ComfyServer):
    """While another branch has patched the live network, the noise levels are those of the inversion."""
    plain = graphs.regiondrag(paste={"end_percent": 0.6})
    graph = plain | {
        "other": node(
            "ModelSamplingContinuousEDM", model=["model", 0], sampling="v_prediction", sigma_max=120, sigma_min=0.002
        ),
        "branch": graphs.sample(model="other", latent="invert")["sample"],
        "wait": node("TestPassThrough", value=["invert", 2], after=["branch", 0]),
    }
    graph["paste"] = node("RegionCopyPaste", **(plain["paste"]["inputs"] | {"inversion": ["wait", 0]}))
    found = [server.prompt(g).outputs["compare"]["report"] for g in (graph, plain)]
    assert found[0] == found[1]


@pytest.fixture(scope="module")
def forgetful(host: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyServer]:
    """A server that keeps no result of a node."""
    packs = {"dragkit_testpack": Path(__file__).parent / "testpack"}
    flags = [*device_flags(), "--cache-none"]
    with ComfyServer(host, base=tmp_path_factory.mktemp("forgetful"), packs=packs, flags=flags) as server:
        yield server


def reloaded(graph: Graph, name: str) -> Graph:
    """A graph where the node of that name and sampling get the MODEL of a loader that runs again."""
    again = {"again": graph["model"], name: graph[name] | {"inputs": graph[name]["inputs"] | {"model": ["again", 0]}}}
    return graph | again


EDITS = [(graphs.fastdrag, "inject"), (graphs.regiondrag, "inject"), (graphs.dragdiffusion, "optimize")]


@pytest.mark.parametrize(("edit", "name"), EDITS, ids=[edit.__name__ for edit, _ in EDITS])
def test_a_model_that_is_loaded_again_goes_on_where_the_first_was(server, forgetful, edit, name):
    found = [forgetful.prompt(reloaded(edit(), name)), server.prompt(edit())]
    assert found[0].outputs["compare"]["report"] == found[1].outputs["compare"]["report"]


def test_a_region_is_pasted_after_the_model_is_gone(forgetful: ComfyServer):
    parts = ("model", "encode", "invert", "drag", "paste")
    graph = {name: graphs.regiondrag()[name] for name in parts} | graphs.compare("paste")
    assert forgetful.prompt(graph).outputs["compare"]["report"][0]["finite"]


def test_another_model_is_still_refused_without_a_cache(forgetful: ComfyServer):
    graph = graphs.fastdrag() | {"other": node("TestRandomModel", kind="sd15", dtype="fp32", seed=5)}
    graph["inject"]["inputs"]["model"] = ["other", 0]
    with pytest.raises(PromptError, match="another MODEL of the same kind, with other weights"):
        forgetful.prompt(graph)
