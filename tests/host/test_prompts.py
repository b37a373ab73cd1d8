"""Several prompts, prompts for parts of a picture or a run, and other nodes' patches of attention."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from dragkit.tests.host import graphs
from dragkit.tools.client import PromptError
from dragkit.tools.graphs import Graph, inversion, node
from dragkit.tools.in_process import use_host
from dragkit.tools.server import ComfyServer

DRAG = graphs.dragdiffusion
TRAIN = {"steps": 1, "rank": 1, "learning_rate": 5e-4, "batch_size": 1, "seed": 0}


@pytest.fixture
def split_calls(host: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bool], None]]:
    """Lets the host run every prompt of a call by itself, as it does where memory is short."""
    use_host()
    from comfy.model_base import BaseModel

    def choose(split: bool) -> None:
        monkeypatch.setattr(BaseModel, "memory_required", lambda *args, **kwargs: 1e20 if split else 1e6)

    with torch.inference_mode():
        yield choose


def two_prompts(**second: Any) -> list:
    generator = torch.Generator().manual_seed(3)
    pooled = {"pooled_output": torch.zeros(1, 16)}
    first, other = (torch.randn(1, 8, 32, generator=generator) for _ in range(2))
    return [[first, pooled], [other, pooled | second]]


def states_of(positive: list) -> list[torch.Tensor]:
    from dragkit.nodes.inversion import InvertLatent
    from dragkit.tests.host.testpack.models import build

    settings = {"steps": 4, "strength": 0.5, "method": "ddim", "spacing": "leading", "store": "auto", "refine": 1}
    latent = {"samples": torch.ones(1, 4, 8, 8)}
    found = InvertLatent.execute(
        build("sd15", "fp32", 0), positive, latent, **settings, capture="all blocks", seed=0
    ).args[2]
    return [states for level in found.states for states in level.hidden]


def test_the_states_of_two_prompts_do_not_depend_on_free_memory(split_calls: Callable):
    found = []
    for split in (False, True):
        split_calls(split)
        found.append(states_of(two_prompts()))
    for joined, alone in zip(*found, strict=True):
        torch.testing.assert_close(joined, alone, rtol=1e-4, atol=1e-4)


def test_features_of_two_prompts_do_not_depend_on_free_memory(split_calls: Callable):
    from dragkit.core.instruction.spec import Extent
    from dragkit.nodes.gradients.autograd import differentiable, run_with_gradients
    from dragkit.nodes.gradients.features import FeatureTap
    from dragkit.nodes.host.sampling import denoiser
    from dragkit.tests.host.testpack.models import build

    prompts = {"positive": two_prompts(), "negative": two_prompts()[::-1]}

    def features(whole: bool) -> torch.Tensor:
        patched, tap, found = differentiable(build("sd15", "fp32", 0), "Test"), FeatureTap((2,), 3.0, Extent(4, 4)), []
        patched.set_model_output_block_patch(tap)

        def work(model_wrap, extra_args, state, sigmas, callback):
            with tap.watching(model_wrap):
                seen = tap.evaluate(denoiser(model_wrap, extra_args), state, sigmas[0], 1.0, whole)
            found.extend(seen.features.maps)
            return state

        latent, sigmas = torch.ones(1, 4, 8, 8), torch.tensor([3.0, 2.0])
        run_with_gradients(patched, prompts, latent, sigmas, work, node="Test", cfg=3.0)
        return found[0].detach()

    found = []
    for split in (False, True):
        split_calls(split)
        found += [features(whole) for whole in (False, True)]
    for other in found[1:]:
        torch.testing.assert_close(other, found[0], rtol=1e-4, atol=1e-4)


def refusal(server: ComfyServer, graph: Graph) -> PromptError:
    with pytest.raises(PromptError) as error:
        server.prompt(graph)
    return error.value


def training() -> Graph:
    links = {"model": ["model", 0], "positive": ["model", 1], "latent": ["encode", 0]}
    trained = {"train": node("DragLoRATrain", **links, **TRAIN), "show": node("PreviewImage", images=["train", 2])}
    return graphs.source() | trained


def online() -> Graph:
    parts = {name: DRAG()[name] for name in ("model", "encode", "invert", "drag")}
    links = {"model": ["model", 0], "positive": ["model", 1], "inversion": ["invert", 2], "drag": ["drag", 0]}
    settings = {"steps": 1, "learning_rate": 1e-4, "radius_motion": 1, "radius_track": 3, "mask_weight": 0.1}
    learned = node("DragOnlineLoRA", **links, **settings, dds_weight=0.0, rank=1, seed=0)
    return parts | {"online": learned, "show": node("PreviewImage", images=["online", 4])}


AREA = {"width": 64, "height": 64, "x": 0, "y": 0, "strength": 1.0}
NODES = {"invert": graphs.fastdrag, "train": training, "optimize": DRAG, "online": online}


def combined(graph: Graph, at: str, limit: dict, whole: bool = True) -> Graph:
    """A graph whose node gets a limited prompt, beside one that is not if asked for."""
    parts = {"limited": limit | {"inputs": limit["inputs"] | {"conditioning": ["model", 1]}}}
    last = "limited"
    if whole:
        both = {"conditioning_1": ["model", 2], "conditioning_2": ["limited", 0]}
        parts["both"], last = node("ConditioningCombine", **both), "both"
    return graph | parts | {at: graph[at] | {"inputs": graph[at]["inputs"] | {"positive": [last, 0]}}}


@pytest.mark.parametrize("at", NODES)
def test_prompts_for_an_area_are_refused(server: ComfyServer, at: str):
    error = refusal(server, combined(NODES[at](), at, node("ConditioningSetArea", **AREA)))
    assert "positive has 1 of 2 prompts limited to an area" in str(error)
    assert error.details["node_id"] == at and error.details["exception_type"] == "ValueError"


def test_an_area_is_refused_behind_injection(server: ComfyServer):
    graph = combined(graphs.fastdrag(), "sample", node("ConditioningSetArea", **AREA))
    error = refusal(server, graph)
    assert "KVInjectAttention: positive has 1 of 2 prompts limited" in str(error)


def test_an_area_does_no_harm_where_nothing_is_captured(server: ComfyServer):
    graph = combined(graphs.round_trip(), "invert", node("ConditioningSetArea", **AREA))
    graph["invert"]["inputs"]["capture"] = "none"
    assert server.prompt(graph).outputs["compare"]["report"][0]["finite"]


def time_range(start: float, end: float) -> dict:
    return node("ConditioningSetTimestepRange", start=start, end=end)


@pytest.mark.parametrize("at", NODES)
def test_a_time_without_any_prompt_is_refused(server: ComfyServer, at: str):
    error = refusal(server, combined(NODES[at](), at, time_range(0.95, 1.0), whole=False))
    assert "no prompt in positive is active at" in str(error) and error.details["node_id"] == at


def test_a_time_without_a_negative_prompt_is_refused(server: ComfyServer):
    graph = graphs.dragdiffusion(optimise={"steps": 1, "cfg": 3.0, "negative": ["late", 0]})
    late = time_range(0.95, 1.0)
    graph["late"] = late | {"inputs": late["inputs"] | {"conditioning": ["model", 2]}}
    assert "DragOptimizeLatent: no prompt in negative is active at" in str(refusal(server, graph))


def test_prompts_that_take_turns_are_inverted(server: ComfyServer):
    graph = combined(graphs.fastdrag(), "invert", time_range(0.5, 1.0))
    assert server.prompt(graph).outputs["compare"]["report"][0]["finite"]


TILES = {"tile_size": 64, "swap_size": 1, "max_depth": 0, "scale_depth": False}


def patched(graph: Graph, patch: dict, *at: str) -> Graph:
    """A graph where a patch lies before the named nodes."""
    graph = graph | {"patch": patch | {"inputs": patch["inputs"] | {"model": ["model", 0]}}}
    for name in at:
        graph[name] = graph[name] | {"inputs": graph[name]["inputs"] | {"model": ["patch", 0]}}
    return graph


PLACES = {"before": ("invert", "inject"), "inversion": ("invert",), "between": ("inject",)}


@pytest.mark.parametrize("places", PLACES.values(), ids=PLACES)
def test_tiled_attention_is_refused_by_name(server: ComfyServer, places: tuple[str, ...]):
    error = refusal(server, patched(graphs.fastdrag(width=32, height=32), node("HyperTile", **TILES), *places))
    owner = "InvertLatent" if "invert" in places else "KVInjectAttention"
    assert f"{owner}: HyperTile cuts the attention" in str(error) and error.details["node_id"] == places[0]


@pytest.mark.parametrize(("graph", "owner"), [(graphs.fastdrag(width=32), "inject"), (DRAG(width=32), "reference")])
def test_tiled_attention_behind_is_refused_before_the_first_step(server: ComfyServer, graph: Graph, owner: str):
    names = {"inject": "KVInjectAttention", "reference": "ReferenceAttention"}
    graph = graph | {"patch": node("HyperTile", model=[owner, 0], **TILES)}
    graph["sample"] = graph["sample"] | {"inputs": graph["sample"]["inputs"] | {"model": ["patch", 0]}}
    assert f"{names[owner]}: HyperTile cuts the attention" in str(refusal(server, graph))


def test_tiled_attention_gives_no_features_to_follow(server: ComfyServer):
    graph = patched(DRAG(width=32), node("HyperTile", **TILES), "optimize")
    assert "DragOptimizeLatent: HyperTile cuts the attention" in str(refusal(server, graph))


def test_tiled_attention_does_no_harm_where_nothing_is_captured(server: ComfyServer):
    graph = patched(graphs.round_trip(width=32, height=32), node("HyperTile", **TILES), "invert")
    graph["invert"] = graph["invert"] | {"inputs": graph["invert"]["inputs"] | {"capture": "none"}}
    assert server.prompt(graph).outputs["compare"]["report"][0]["finite"]


def test_merged_tokens_still_look_at_all_of_the_source(server: ComfyServer):
    """ToMe merges queries alone, so keys and values are those of an inversion with or without it."""
    graph = graphs.round_trip(injected=True, width=32, height=32)
    tome = node("TomePatchModel", ratio=0.3)
    found = []
    for places in (("inject",), ("invert", "inject"), ("invert",)):
        found.append(server.prompt(patched(graph, tome, *places)).outputs["compare"]["report"][0]["relative"])
    plain = server.prompt(graph).outputs["compare"]["report"][0]["relative"]
    assert all(error < 1.5 * plain for error in found)


def test_attention_that_is_smaller_on_the_way_back_is_refused(server: ComfyServer):
    shrink = {"block_number": 1, "downscale_factor": 2.0, "start_percent": 0.0, "end_percent": 1.0}
    settings = {"downscale_after_skip": True, "downscale_method": "bicubic", "upscale_method": "bicubic"}
    patch = node("PatchModelAddDownscale", **shrink, **settings)
    graph = patched(graphs.fastdrag(width=32, height=32), patch, "inject")
    error = str(refusal(server, graph))
    assert "KVInjectAttention: the recorded attention is of 1 latent(s)" in error
    assert "(PatchModelAddDownscale) before Invert Latent, too" in error
    graph = patched(graphs.fastdrag(width=32, height=32), patch, "invert", "inject")
    assert server.prompt(graph).outputs["compare"]["report"][0]["finite"]


@pytest.mark.parametrize("store", ["auto", "gpu", "cpu"])
def test_eight_bits_change_little(server: ComfyServer, store: str):
    graph = graphs.fastdrag(width=32) | {"plain_invert": inversion()}
    graph["invert"] = inversion(store=store, precision="8 bit")
    plain = graphs.fastdrag(width=32)
    for name in ("warp", "fill", "inject", "sample"):
        graph[f"plain_{name}"] = renamed(plain[name])
    graph |= graphs.compare("sample", "plain_sample", "change") | graphs.inspect()
    found = server.prompt(graph).outputs
    assert 0 < found["change"]["report"][0]["relative"] < 0.01
    assert found["inspect"]["report"][0]["dtypes"] == ["torch.float32", "torch.int8"]


def renamed(part: dict) -> dict:
    links = ("invert", "warp", "fill", "inject")
    inputs = {
        key: [f"plain_{value[0]}", value[1]] if isinstance(value, list) and value[0] in links else value
        for key, value in part["inputs"].items()
    }
    return part | {"inputs": inputs}
