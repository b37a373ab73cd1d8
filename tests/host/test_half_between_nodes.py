"""A host that hands half precision from node to node (--fp16-intermediates)."""

from pathlib import Path

import pytest
from dragkit.tests.host import graphs
from dragkit.tests.host.test_patched_models import gradient_nodes
from dragkit.tools.graphs import inversion, node
from dragkit.tools.server import ComfyServer, device_flags

PACKS = {"dragkit_testpack": Path(__file__).resolve().parent / "testpack"}
DRAG = {"version": 1, "size": [256, 256], "drags": [{"handle": [100, 150], "target": [132, 150]}]}


@pytest.fixture(scope="module")
def half_server(host: Path, tmp_path_factory: pytest.TempPathFactory):
    flags = [*device_flags(), "--fp16-intermediates"]
    with ComfyServer(host, base=tmp_path_factory.mktemp("half"), packs=PACKS, flags=flags) as server:
        yield server


def test_all_methods_take_half_precision(half_server: ComfyServer):
    """Also pictures that are resized before they are cropped, which CPUs cannot do in half precision."""
    picture = {
        "model": node("DragDemoModel", scene="face"),
        "drawn": node("DragDemoPicture", scene="face", seed=3),
        "first": node("VAEEncode", pixels=["drawn", 0], vae=["model", 3]),
        "picture": node("VAEDecode", samples=["first", 0], vae=["model", 3]),
        "encode": node("VAEEncode", pixels=["picture", 0], vae=["model", 3]),
        "euler": node("KSamplerSelect", sampler_name="euler"),
    }
    graph = picture | gradient_nodes("model") | {"drag": node("DragFromJSON", json=DRAG, image=["picture", 0])}
    source = {"image": ["picture", 0], "vae": ["model", 3], "resolution": 192}
    settings = {"steps": 2, "rank": 2, "learning_rate": 1e-3, "batch_size": 2, "seed": 0}
    graph["crops"] = node("DragLoRATrain", model=["model", 0], positive=["model", 1], **source, **settings)
    graph["curve"] = node("PreviewImage", images=["crops", 2])
    graph["optimize"]["inputs"]["image"] = ["picture", 0]
    graph["path"] = node("PreviewImage", images=["optimize", 3])
    graph["reference"] = node("ReferenceAttention", model=["model", 0], start_layer=-1, start_percent=0.0)
    graph |= graphs.sample(model="reference", latent="optimize", sigmas=("optimize", 4)) | graphs.compare(
        "sample", "sample"
    )
    graph["also"] = node("TestCompareLatents", a=["online", 1], b=["online", 1])
    outputs = half_server.prompt(graph).outputs
    assert outputs["compare"]["report"][0]["finite"] and outputs["also"]["report"][0]["finite"]


def test_an_injected_edit_takes_half_precision(half_server: ComfyServer):
    graph = graphs.fastdrag() | {"invert": inversion()}
    graph["preview"] = node("DragPreview", image=["pixels", 0], drag=["drag", 0])
    graph["pixels"] = node("EmptyImage", width=128, height=128, batch_size=1, color=0)
    graph["shown"] = node("PreviewImage", images=["preview", 0])
    assert half_server.prompt(graph).outputs["compare"]["report"][0]["finite"]
