"""What a user sees of bad input, on a real server: one sentence before any work, or a warning in the log."""

from typing import Any

import pytest
from dragkit.tests.host import graphs
from dragkit.tools.client import PromptError
from dragkit.tools.graphs import Graph, inversion, node
from dragkit.tools.server import ComfyServer


def refusal(server: ComfyServer, graph: Graph) -> PromptError:
    with pytest.raises(PromptError) as error:
        server.prompt(graph)
    return error.value


DRAGS = [
    ('[{"x": 1, "y": 2}]', "an odd number"),
    ('{"version": 1, "drags": [{"handle": [1, NaN], "target": [2, 2]}]}', "drags[0].handle: NaN"),
    ({"version": 1, "drags": [{"handle": [1, float("nan")], "target": [2, 2]}]}, "drags[0].handle: NaN"),
    ({"version": 7}, "update DragKit"),
    ("", "empty"),
    ("{'version': 1, 'drags'", "not JSON"),
    ("[" * 100_000, "nested more than 16 deep"),
    ({"version": 1, "size": [1e9, 1e9]}, "pictures have up to 16,384 pixels a side"),
    ({"version": 1, "size": [1e308, 7]}, "1e+308 is too large"),
    ({"positive": [{"x": 6, "y": 9}], "negative": [{"x": 4, "y": 5}]}, "points are read as"),
    ([[0.25, 0.5], [0.5, 0.5]], "write fractions of the picture as"),
    ([[1, 2], [3, 4], [5, 6]], "an odd number"),
]


@pytest.mark.parametrize(("drag", "message"), DRAGS, ids=[message for _, message in DRAGS])
def test_bad_instructions_are_refused_before_anything_runs(server: ComfyServer, drag: Any, message: str):
    error = refusal(server, graphs.fastdrag(drag=drag))
    assert "DragFromJSON (node drag): Custom validation failed for node (json - " in str(error)
    assert message in str(error) and error.kind == "refused"


def test_a_linked_instruction_is_refused_where_it_is_read(server: ComfyServer):
    graph = graphs.fastdrag(drag=["text", 0]) | {"text": node("PrimitiveString", value="[[1, 2]]")}
    error = refusal(server, graph)
    assert "an odd number" in str(error) and error.details["node_id"] == "drag"
    assert error.details["exception_type"] == "ValueError"


def test_an_instruction_without_a_drag(server: ComfyServer):
    error = refusal(server, graphs.fastdrag(drag={"version": 1, "size": [128, 128]}))
    assert "has no drag" in str(error) and error.details["node_id"] == "warp"


def test_an_empty_mask(server: ComfyServer):
    graph = graphs.fastdrag() | {"mask": node("SolidMask", value=0.0, width=128, height=128)}
    graph["warp"]["inputs"]["mask"] = ["mask", 0]
    assert "LatentWarpage: the 128x128 mask is empty. Paint the area" in str(refusal(server, graph))


def test_a_mask_of_another_size_is_scaled(server: ComfyServer):
    graph = graphs.fastdrag() | {"mask": node("SolidMask", value=1.0, width=64, height=64)}
    graph["warp"]["inputs"]["mask"] = ["mask", 0]
    scaled = server.prompt(graph).outputs["compare"]["report"]
    assert scaled == server.prompt(graphs.fastdrag()).outputs["compare"]["report"]


def test_a_mask_of_another_shape_warns(server: ComfyServer):
    graph = graphs.fastdrag() | {"mask": node("SolidMask", value=1.0, width=64, height=32)}
    graph["warp"]["inputs"]["mask"] = ["mask", 0]
    server.prompt(graph)
    assert "the 64x32 mask has another shape than the 128x128 image" in server.log_text()


def test_points_outside_the_image_warn_and_go_on(server: ComfyServer):
    drag = {"version": 1, "size": [128, 128], "drags": [{"handle": [150, 64], "target": [80, 64]}]}
    server.prompt(graphs.fastdrag(drag=drag))
    assert "its handle (150, 64) lies outside the 128x128 image" in server.log_text()


def test_a_handle_outside_of_the_mask_warns_and_goes_on(server: ComfyServer):
    mask = [{"polygon": [[80, 80], [120, 80], [120, 120]]}]
    server.prompt(graphs.fastdrag(drag=graphs.DRAG | {"mask": mask}))
    assert "the handle of drag 1 lies outside the mask" in server.log_text()


def test_an_inversion_of_another_model(server: ComfyServer):
    graph = graphs.fastdrag() | {"other": node("TestRandomModel", kind="sd15", dtype="fp32", seed=5)}
    graph["inject"]["inputs"]["model"] = ["other", 0]
    assert "the inversion was made with another MODEL" in str(refusal(server, graph))


def test_an_inversion_of_another_latent_size(server: ComfyServer):
    graph = graphs.fastdrag() | {"larger": node("TestRandomLatent", width=24, height=16, batch=1, seed=1)}
    graph["sample"]["inputs"]["latent_image"] = ["larger", 0]
    error = refusal(server, graph)
    assert "the inversion is of 1 latent(s) of 16x16 cells, the sampler got 1 of 24x16" in str(error)
    assert error.details["node_id"] == "sample"


def test_noise_levels_of_another_schedule(server: ComfyServer):
    graph = graphs.fastdrag() | graphs.sample(sigmas=("schedule", 0))
    graph["schedule"] = node("BasicScheduler", model=["model", 0], scheduler="karras", steps=7, denoise=0.7)
    assert "noise levels the inversion did not record" in str(refusal(server, graph))


def test_an_inversion_without_states(server: ComfyServer):
    graph = graphs.fastdrag() | {"invert": inversion(capture="none")}
    assert "Set capture in Invert Latent to output blocks" in str(refusal(server, graph))


def test_a_null_mask_of_another_latent(server: ComfyServer):
    graph = graphs.fastdrag() | {"mask": node("SolidMask", value=1.0, width=64, height=64)}
    graph["fill"]["inputs"]["null_mask"] = ["mask", 0]
    assert "connect the null_mask of the Latent Warpage node" in str(refusal(server, graph))


def test_a_transformer_where_a_unet_is_needed(server: ComfyServer):
    graph = graphs.fastdrag(kind="flux 16")
    graph["encode"]["inputs"]["channels"] = 16
    error = refusal(server, graph)
    assert "no UNet attention" in str(error) and "SD1.x, SD2.x or SDXL" in str(error)


def test_a_strength_that_leaves_no_step(server: ComfyServer):
    graph = graphs.fastdrag()
    graph["invert"]["inputs"]["strength"] = 0.0
    assert "raise the strength to at least 0.1" in str(refusal(server, graph))


def test_an_interrupted_inversion_stops_and_leaves_a_usable_model(server: ComfyServer):
    graph = graphs.fastdrag(width=48, height=48)
    graph["invert"]["inputs"] |= {"steps": 400, "refine": 3}
    seen = []

    def stop(event: dict) -> None:
        if event["type"] == "progress" and event["data"]["node"] == "invert":
            seen.append(event["data"]["value"])
            if len(seen) == 3:
                server.interrupt()

    with pytest.raises(PromptError) as error:
        server.prompt(graph, on_event=stop)
    assert error.value.kind == "interrupted" and max(seen) < 100
    assert server.prompt(graphs.round_trip()).outputs["compare"]["report"][0]["finite"]
