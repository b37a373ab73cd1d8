"""RegionDrag's pipeline on a real server, on small random networks."""

from typing import Any

import pytest
from dragkit.tests.host import graphs
from dragkit.tools.client import PromptError
from dragkit.tools.graphs import Graph, node, stochastic_inversion
from dragkit.tools.server import ComfyServer

ANCHORED = {**graphs.REGION, "regions": [{"source": graphs.SQUARE, "target": graphs.SQUARE}]}
MASKED = graphs.REGION | {"mask": [{"polygon": [[64, 0], [128, 0], [128, 128], [64, 128]]}]}


def report(server: ComfyServer, graph: Graph, name: str = "compare") -> dict[str, Any]:
    return server.prompt(graph).outputs[name]["report"][0]


@pytest.mark.parametrize("kind", ["sd15", "sd2 v-prediction", "sdxl"])
@pytest.mark.parametrize(("batch", "cfg"), [(1, 1.0), (2, 4.0)])
def test_edits_on_every_architecture(server: ComfyServer, kind: str, batch: int, cfg: float):
    found = report(server, graphs.regiondrag(cfg=cfg, kind=kind, batch=batch))
    assert found["finite"] and found["shape"] == [batch, 4, 16, 16] and found["relative"] > 0.1


@pytest.mark.parametrize("model", ["model", "inject"])
@pytest.mark.parametrize("kind", ["sd15", "sd2 v-prediction", "sdxl"])
def test_a_region_pasted_onto_itself_changes_nothing(server: ComfyServer, kind: str, model: str):
    graph = graphs.regiondrag(ANCHORED, paste={"noise_scale": 0.0, "end_percent": 1.0}, kind=kind)
    graph["sample"]["inputs"]["model"] = [model, 0]
    assert report(server, graph)["relative"] < 2e-5


def test_the_references_labels_do_not_return_it_exactly(server: ComfyServer):
    graph = graphs.regiondrag(ANCHORED, paste={"noise_scale": 0.0, "labels": "reference"})
    assert 1e-4 < report(server, graph)["relative"] < 0.1


def test_outside_of_the_mask_the_latent_comes_back(server: ComfyServer):
    graph = graphs.regiondrag(MASKED)
    for name, samples in (("left", "sample"), ("source_left", "encode")):
        graph[name] = node("LatentCrop", samples=[samples, 0], width=64, height=128, x=0, y=0)
    graph |= graphs.compare("left", "source_left", "same")
    outputs = server.prompt(graph).outputs
    assert outputs["same"]["report"][0]["relative"] < 2e-5
    assert outputs["compare"]["report"][0]["relative"] > 0.1


def test_the_deterministic_form(server: ComfyServer):
    """On a refined DDIM inversion the same nodes paste without noise, and an unedited latent comes back."""
    errors = {}
    for name, drag in (("kept", ANCHORED), ("moved", graphs.REGION)):
        graph = graphs.regiondrag(drag, paste={"noise_scale": 0.0})
        graph["invert"] = stochastic_inversion(method="ddim", refine=12)
        errors[name] = report(server, graph)["relative"]
    assert errors["kept"] < 0.02 and errors["moved"] > 0.1


def test_noise_follows_its_seeds(server: ComfyServer):
    graphs_by_seed = [graphs.regiondrag(paste={"seed": seed}) for seed in (1, 2)]
    graphs_by_seed.append(graphs.regiondrag())
    graphs_by_seed[-1]["invert"] = stochastic_inversion(seed=7)
    found = [report(server, graph)["relative"] for graph in graphs_by_seed]
    assert len(set(found)) == 3


def test_noise_from_the_sampler_node_is_not_added(server: ComfyServer):
    graph = graphs.regiondrag()
    graph["noisy"] = graph["sample"] | {"inputs": graph["sample"]["inputs"] | {"add_noise": True}}
    graph |= graphs.compare("noisy", "sample", "same")
    assert report(server, graph, "same")["relative"] == 0


def test_the_preview_shows_the_pasted_picture(server: ComfyServer):
    graph = graphs.regiondrag()
    graph["picture"] = node("EmptyImage", width=128, height=128, batch_size=1, color=0x3366CC)
    graph["paste"]["inputs"]["image"] = ["picture", 0]
    graph["shown"] = node("SaveImage", images=["paste", 2], filename_prefix="preview")
    (image,) = server.prompt(graph).outputs["shown"]["images"]
    assert len(server.view(image)) > 100


def test_two_hundred_regions(server: ComfyServer):
    corners = [(x, y) for x in range(0, 120, 6) for y in range(0, 120, 12)]
    squares = [[[x, y], [x + 8, y], [x + 8, y + 8], [x, y + 8]] for x, y in corners]
    regions = [{"source": {"polygon": s}, "affine": {"move": [5, 3]}} for s in squares]
    assert len(regions) == 200
    assert report(server, graphs.regiondrag(graphs.REGION | {"regions": regions}))["finite"]


def test_a_drag_beside_a_region_moves_its_part_of_the_mask(server: ComfyServer):
    region = {"source": {"polygon": [[8, 8], [40, 8], [40, 40], [8, 40]]}, "affine": {"move": [24, 0]}}
    mask = [{"polygon": [[0, 0], [72, 0], [72, 48], [0, 48]]}, {"polygon": [[8, 80], [40, 80], [40, 112], [8, 112]]}]
    drags = [{"handle": [20, 90], "target": [60, 90]}]
    both = graphs.regiondrag({"version": 1, "size": [128, 128], "regions": [region], "mask": mask, "drags": drags})
    before = len(server.log_text())
    assert report(server, both)["finite"] and "left out" not in server.log_text()[before:]
    both["drag"]["inputs"]["json"]["drags"] = [{"handle": [120, 120], "target": [60, 90]}]
    both["drag"]["inputs"]["json"]["mask"] = []
    server.prompt(both)
    assert "RegionCopyPaste: drag 1 is left out, starting outside of all regions" in server.log_text()


def polygons(source: list, target: list) -> list:
    return [{"source": {"polygon": source}, "target": {"polygon": target}}]


BAD = [
    ([], "nothing is drawn that moves"),
    (polygons([[0, 0], [40, 40], [80, 80]], [[0, 0], [40, 0], [0, 40]]), "regions[0]"),
    (polygons([[0, 0], [40, 0], [0, 40]], [[9, 9], [9, 9], [9, 9]]), "regions[0]"),
    (polygons([[300, 300], [340, 300], [300, 340]], [[0, 0], [40, 0], [0, 40]]), "regions[0]"),
    (polygons([[0, 0], [40, 40], [40, 0], [0, 40]], [[0, 0], [40, 0], [40, 40], [0, 40]]), "regions[0]"),
]


@pytest.mark.parametrize(("regions", "message"), BAD, ids=["none", "collinear", "empty", "outside", "crossed"])
def test_regions_that_cannot_be_mapped_are_refused(server: ComfyServer, regions: list, message: str):
    with pytest.raises(PromptError) as error:
        server.prompt(graphs.regiondrag(graphs.REGION | {"regions": regions}))
    assert f"RegionCopyPaste: {message}" in str(error.value) and error.value.details["node_id"] == "paste"


def test_a_region_without_a_target_is_refused_before_anything_runs(server: ComfyServer):
    with pytest.raises(PromptError, match=r"regions\[0\]: .* needs either a target shape or an affine") as error:
        server.prompt(graphs.regiondrag(graphs.REGION | {"regions": [{"source": graphs.SQUARE}]}))
    assert error.value.kind == "refused"


SIGMAS = [
    ("cut", {"cut": node("SplitSigmas", sigmas=["invert", 1], step=3)}),
    ("flip", {"flip": node("FlipSigmas", sigmas=["invert", 1])}),
]


@pytest.mark.parametrize(("name", "nodes"), SIGMAS, ids=["cut", "reordered"])
def test_other_sigmas_than_the_inversions_are_refused(server: ComfyServer, name: str, nodes: Graph):
    graph = graphs.regiondrag() | nodes
    graph["sample"]["inputs"] |= {"sigmas": [name, 0], "model": ["model", 0]}
    with pytest.raises(PromptError, match="Connect the sigmas of Invert Latent"):
        server.prompt(graph)


def test_a_latent_of_another_size_is_refused(server: ComfyServer):
    graph = graphs.regiondrag() | {"larger": node("TestRandomLatent", width=24, height=16, batch=1, seed=1)}
    graph["sample"]["inputs"] |= {"latent_image": ["larger", 0], "model": ["model", 0]}
    with pytest.raises(PromptError, match="Connect the latent of this node"):
        server.prompt(graph)


def test_injection_without_recorded_states_is_refused(server: ComfyServer):
    graph = graphs.regiondrag()
    graph["invert"] = stochastic_inversion(capture="none")
    with pytest.raises(PromptError, match="recorded no states"):
        server.prompt(graph)


def test_a_strength_beyond_the_schedule_is_refused(server: ComfyServer):
    graph = graphs.regiondrag()
    graph["invert"] = stochastic_inversion(strength=1.0)
    with pytest.raises(PromptError, match="lower the strength to 0.95"):
        server.prompt(graph)
