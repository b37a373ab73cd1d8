"""DragDiffusion's nodes on a real server, on small random networks."""

import re
from typing import Any

import psutil
import pytest
from dragkit.tests.host import graphs
from dragkit.tools.client import PromptError
from dragkit.tools.graphs import Graph, node
from dragkit.tools.server import ComfyServer

ANCHOR = {"version": 1, "size": [128, 128], "drags": [{"handle": [40, 64], "target": [40, 64]}]}
MASKED = graphs.DRAG | {"mask": [{"polygon": [[16, 16], [112, 16], [112, 112], [16, 112]]}]}


def report(server: ComfyServer, graph: Graph, name: str = "compare") -> dict[str, Any]:
    return server.prompt(graph).outputs[name]["report"][0]


def refusal(server: ComfyServer, graph: Graph) -> str:
    with pytest.raises(PromptError) as error:
        server.prompt(graph)
    assert error.value.kind == "failed"
    return str(error.value)


KINDS = [("sd15", "fp32"), ("sd15", "bf16"), ("sd15", "fp16"), ("sd2 v-prediction", "fp32"), ("sdxl", "bf16")]


@pytest.mark.parametrize(("kind", "dtype"), KINDS)
def test_edits_on_every_architecture(server: ComfyServer, kind: str, dtype: str):
    outputs = server.prompt(graphs.dragdiffusion(MASKED, kind=kind, dtype=dtype)).outputs
    found = outputs["compare"]["report"][0]
    assert found["finite"] and found["shape"] == [1, 4, 16, 16] and found["relative"] > 0.01
    assert re.fullmatch(r"handle 1: \d+\.\d px from its target after 4 steps.*", outputs["report"]["text"][0])
    (picture,) = outputs["path"]["images"]
    assert len(server.view(picture)) > 100


@pytest.mark.parametrize("cfg", [1.0, 4.0])
def test_the_source_row_is_sampled_as_if_alone(server: ComfyServer, cfg: float):
    graph = graphs.dragdiffusion(cfg=cfg)
    graph["alone"] = graphs.sample(model="model", latent="invert", cfg=cfg)["sample"]
    graph |= graphs.compare("source", "alone", "same")
    assert report(server, graph, "same")["relative"] < 1e-5


def test_reference_attention_changes_the_edited_row(server: ComfyServer):
    graph = graphs.dragdiffusion()
    graph["plain"] = graph["sample"] | {"inputs": graph["sample"]["inputs"] | {"model": ["model", 0]}}
    graph["plain_row"] = node("LatentFromBatch", samples=["plain", 0], batch_index=1, length=1)
    graph |= graphs.compare("plain_row", "edited", "same")
    assert report(server, graph, "same")["relative"] > 0.01


@pytest.mark.parametrize("start", [0.9999, 0.0])
def test_reference_attention_begins_where_it_is_told(server: ComfyServer, start: float):
    graph = graphs.dragdiffusion()
    graph["late"] = node("ReferenceAttention", model=["model", 0], start_layer=2, start_percent=start)
    graph["plain"] = graph["sample"] | {"inputs": graph["sample"]["inputs"] | {"model": ["late", 0]}}
    graph |= graphs.compare("plain", "sample", "same")
    assert (report(server, graph, "same")["relative"] == 0) == (start == 0)


@pytest.mark.parametrize("blocks", ["0", "3", "1, 2", "middle", "middle, 3"])
def test_every_block_can_be_followed(server: ComfyServer, blocks: str):
    found = report(server, graphs.dragdiffusion(MASKED, optimise={"feature_block": blocks}))
    assert found["finite"] and found["relative"] > 0.001


def edited_otherwise(server: ComfyServer, drag: Any, changes: dict[str, Any]) -> float:
    """How much the optimised latents change with the settings."""
    graph = graphs.dragdiffusion(drag)
    graph["other"] = graph["optimize"] | {"inputs": graph["optimize"]["inputs"] | changes}
    return report(server, graph | graphs.compare("other", "optimize", "same"), "same")["relative"]


def test_checkpointing_changes_nothing(server: ComfyServer):
    assert edited_otherwise(server, MASKED, {"checkpointing": True}) < 1e-5


def test_the_mask_holds_what_lies_outside(server: ComfyServer):
    assert edited_otherwise(server, MASKED, {"mask_weight": 0.0}) > 1e-3


def test_a_connected_mask_counts_as_the_drags_own(server: ComfyServer):
    graph = graphs.dragdiffusion(MASKED)
    graph["plain"] = node("DragFromJSON", json=graphs.DRAG)
    inputs = graph["optimize"]["inputs"] | {"drag": ["plain", 0], "mask": ["drag", 1]}
    graph["other"] = graph["optimize"] | {"inputs": inputs}
    assert report(server, graph | graphs.compare("other", "optimize", "same"), "same")["relative"] == 0


@pytest.mark.parametrize(("schedule", "changed"), [("all at once", 14), ("alternating", 7)])
def test_the_sigmas_that_are_left(server: ComfyServer, schedule: str, changed: int):
    graph = graphs.dragdiffusion(optimise={"schedule": schedule, "steps": 14})
    graph["again"] = node(
        "InversionFromLatent", model=["model", 0], positive=["model", 1], latent=["optimize", 0], sigmas=["optimize", 4]
    )
    graph["left"] = node("TestInspectInversion", inversion=["again", 0])
    outputs = server.prompt(graph).outputs
    assert len(outputs["left"]["report"][0]["sigmas"]) == changed + 1
    assert outputs["compare"]["report"][0]["relative"] > 0.01


NUMBERS = "steps 210, learning_rate 0.02, radius_motion 4, radius_track 12, mask_weight 0.2"


def test_gooddrags_settings_take_the_place_of_the_others_and_say_so(server: ComfyServer):
    schedule = "alternating, GoodDrag's settings"
    graph = graphs.dragdiffusion(optimise={"schedule": schedule, "steps": 1, "mask_weight": 0.5})
    text = server.prompt(graph).outputs["report"]["text"][0]
    assert int(re.search(r"after (\d+) steps", text)[1]) > 1
    aside = "steps 1, learning_rate 0.05, mask_weight 0.5"
    assert re.search(rf"^by turns over \d levels?, GoodDrag's settings: {NUMBERS}, in place of {aside}$", text, re.M)
    assert f'DragOptimizeLatent: schedule "{schedule}" does not use {aside}; it uses {NUMBERS}.' in server.log_text()


def test_what_is_set_as_gooddrags_settings_are_is_not_in_their_place(server: ComfyServer):
    drag = graphs.DRAG | {"drags": [{"handle": [40, 64], "target": [44, 64]}]}
    same = {"steps": 210, "learning_rate": 0.01, "radius_motion": 4, "radius_track": 3, "mask_weight": 0.2}
    optimise = {"schedule": "alternating, GoodDrag's settings"} | same
    text = server.prompt(graphs.dragdiffusion(drag, optimise=optimise)).outputs["report"]["text"][0]
    assert re.search(rf"GoodDrag's settings: {NUMBERS}$", text)


def test_turns_by_ones_own_settings_say_over_how_many_levels(server: ComfyServer):
    graph = graphs.dragdiffusion(optimise={"schedule": "alternating", "steps": 14, "radius_motion": 2})
    text = server.prompt(graph).outputs["report"]["text"][0]
    assert "by turns over 7 levels, settings: steps 14, learning_rate 0.05, radius_motion 2" in text


def test_a_drag_that_needs_no_step(server: ComfyServer):
    near = {"version": 1, "size": [128, 128], "drags": [{"handle": [40, 64], "target": [42, 64]}]}
    outputs = server.prompt(graphs.dragdiffusion(near)).outputs
    assert outputs["report"]["text"][0] == "handle 1: 2.0 px from its target after 0 steps"
    assert outputs["compare"]["report"][0]["relative"] < 1e-5


def generated(**optimise: Any) -> Graph:
    """A picture dragged while it is generated with guidance."""
    graph = graphs.dragdiffusion(cfg=4.0, optimise={"negative": ["model", 2], "cfg": 4.0} | optimise)
    steps = {"scheduler": "ddim_uniform", "steps": 10, "denoise": 1.0}
    graph["schedule"] = node("BasicScheduler", model=["model", 0], **steps)
    graph["split"] = node("SplitSigmas", sigmas=["schedule", 0], step=3)
    graph["noisy"] = graphs.sample(model="model", latent="encode", cfg=4.0, sigmas=("split", 0))["sample"]
    graph["noisy"]["inputs"]["add_noise"] = True
    links = {"latent": ["noisy", 0], "sigmas": ["split", 1]}
    graph["recorded"] = node("InversionFromLatent", model=["model", 0], positive=["model", 1], **links)
    graph["optimize"]["inputs"]["inversion"] = ["recorded", 0]
    return graph


def test_a_picture_is_dragged_while_it_is_generated(server: ComfyServer):
    graph = generated()
    graph["finished"] = graphs.sample(model="model", latent="noisy", cfg=4.0, sigmas=("split", 1))["sample"]
    outputs = server.prompt(graph | graphs.compare("source", "finished", "same")).outputs
    assert outputs["same"]["report"][0]["relative"] < 1e-4
    assert outputs["compare"]["report"][0]["relative"] > 0.01


def test_guidance_takes_part_in_the_features(server: ComfyServer):
    graph = generated()
    graph["other"] = graph["optimize"] | {"inputs": graph["optimize"]["inputs"] | {"cfg": 1.0}}
    assert report(server, graph | graphs.compare("other", "optimize", "same"), "same")["relative"] > 1e-3


def test_the_model_is_left_as_it_was(server: ComfyServer):
    graph = graphs.dragdiffusion()
    graph["before"] = graphs.sample(model="model", latent="invert")["sample"]
    after = graph | {"after": graphs.sample(model="model", latent="optimize", sigmas=("optimize", 4))["sample"]}
    after["row"] = node("LatentFromBatch", samples=["after", 0], batch_index=0, length=1)
    assert report(server, after | graphs.compare("row", "before", "same"), "same")["relative"] < 1e-5


BAD = [
    (ANCHOR, {}, {}, "has no drag"),
    ({"version": 1}, {}, {}, "has no drag"),
    (graphs.DRAG, {"feature_block": "4"}, {}, "0 to 3"),
    (graphs.DRAG, {"feature_block": "up"}, {}, 'or "middle"'),
    (graphs.DRAG, {}, {"batch": 2}, "Latent From Batch"),
]


@pytest.mark.parametrize(("drag", "optimise", "settings", "message"), BAD, ids=[message for *_, message in BAD])
def test_what_cannot_work_is_refused(server: ComfyServer, drag: Any, optimise: dict, settings: dict, message: str):
    assert message in refusal(server, graphs.dragdiffusion(drag, optimise=optimise, **settings))


def test_an_empty_mask_is_refused(server: ComfyServer):
    graph = graphs.dragdiffusion(optimise={"mask": ["empty", 0]})
    graph["empty"] = node("SolidMask", value=0.0, width=128, height=128)
    assert "the 128x128 mask is empty. Paint the area" in refusal(server, graph)


def test_a_latent_that_is_no_number_is_refused(server: ComfyServer):
    graph = graphs.dragdiffusion()
    graph["encode"]["inputs"]["broken"] = True
    assert "InvertLatent: the latent is broken, with values that are no numbers" in refusal(server, graph)


def test_a_transformer_is_refused(server: ComfyServer):
    graph = graphs.dragdiffusion()
    graph["flux"] = node("TestRandomModel", kind="flux", dtype="fp32", seed=0)
    for name in ("optimize", "reference"):
        graph[name]["inputs"]["model"] = ["flux", 0]
    message = refusal(server, graph)
    assert "SD1.x, SD2.x or SDXL" in message or "another MODEL" in message


@pytest.mark.parametrize(("kind", "block", "layer"), [("sd15", "1", 5), ("sdxl", "1", 2)])
def test_the_defaults_are_the_papers_places_in_every_architecture(
    server: ComfyServer, kind: str, block: str, layer: int
):
    schemas = [server.get(f"/object_info/{name}")[name] for name in ("DragOptimizeLatent", "ReferenceAttention")]
    found, start = (
        s["input"]["required"][n][1] for s, n in zip(schemas, ("feature_block", "start_layer"), strict=True)
    )
    graph = graphs.dragdiffusion(kind=kind, optimise={"feature_block": found["default"]})
    graph["reference"]["inputs"]["start_layer"] = start["default"]
    named = graphs.dragdiffusion(kind=kind, optimise={"feature_block": block})
    named["reference"]["inputs"]["start_layer"] = layer
    graph |= {f"named_{name}": part for name, part in named.items() if name in ("optimize", "reference", "sample")}
    links = {"model": ["named_reference", 0], "latent_image": ["named_optimize", 0], "sigmas": ["named_optimize", 4]}
    graph["named_sample"]["inputs"] |= links
    assert report(server, graph | graphs.compare("sample", "named_sample", "same"), "same")["relative"] == 0


def test_a_layer_that_is_not_there_is_refused(server: ComfyServer):
    graph = graphs.dragdiffusion()
    graph["reference"]["inputs"]["start_layer"] = 10
    assert "start_layer is 10, but this model's attention layers are numbered 0 to" in refusal(server, graph)


def test_a_single_latent_has_nothing_to_lend(server: ComfyServer):
    graph = graphs.dragdiffusion()
    graph["sample"]["inputs"]["latent_image"] = ["invert", 0]
    server.prompt({name: part for name, part in graph.items() if name not in ("edited", "compare")})
    assert "so nothing is lent" in server.log_text()


def test_regions_cannot_be_pasted_into_a_generated_picture(server: ComfyServer):
    graph = generated()
    graph["paste"] = graphs.regiondrag()["paste"]
    graph["paste"]["inputs"]["inversion"] = ["recorded", 0]
    graph["paste_compare"] = graphs.compare("paste")["compare"]
    assert "picture being generated" in refusal(server, graph)


def test_an_interrupted_drag_stops_and_leaves_a_usable_model(server: ComfyServer):
    before = report(server, graphs.round_trip())
    graph = graphs.dragdiffusion(MASKED, optimise={"steps": 2000, "learning_rate": 0.0001})
    seen = []

    def stop(event: dict) -> None:
        if event["type"] == "progress" and event["data"]["node"] == "optimize":
            seen.append(event["data"]["value"])
            if len(seen) == 3:
                server.interrupt()

    with pytest.raises(PromptError) as error:
        server.prompt(graph, on_event=stop)
    assert error.value.kind == "interrupted" and max(seen) < 500
    changed = graphs.round_trip() | {"encode": node("TestRandomLatent", width=16, height=16, batch=1, seed=9)}
    assert report(server, changed)["finite"] and report(server, graphs.round_trip()) == before


def resident(server: ComfyServer) -> float:
    """Megabytes that the server has in memory."""
    return psutil.Process(server.pid).memory_info().rss / 1e6


def test_ten_edits_do_not_grow_memory(server: ComfyServer):
    def edit(number: int) -> float:
        graph = graphs.dragdiffusion(MASKED, width=32, height=32)
        graph["encode"]["inputs"]["seed"] = number
        server.prompt(graph)
        return resident(server)

    sizes = [edit(number) for number in range(14)]
    assert sizes[-1] - sizes[3] < 60
