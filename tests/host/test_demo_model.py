"""The bundled model on a real server: its autoencoder, its round trip, and edits against the true result."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from dragkit.demo.network import CLASSES
from dragkit.tools.client import ComfyClient
from dragkit.tools.edit import fetch, main, run
from dragkit.tools.edits import DRAGDIFFUSION, DRAGWARP, FASTDRAG, REGIONDRAG, Edit
from dragkit.tools.graphs import (
    dragdiffusion,
    dragwarp,
    dragwarp_fastdrag,
    fastdrag,
    injection,
    inversion,
    node,
    regiondrag,
    sampling,
    save,
)
from dragkit.tools.landmarks import progress
from dragkit.tools.pictures import psnr, to_tensor
from dragkit.tools.server import ComfyServer
from PIL import Image

PLAIN = ("ball", "face", "mountain")  # no patterns, which four channels blur


def pictures(client: ComfyClient, graph: dict, *names: str) -> list[torch.Tensor]:
    outputs = client.prompt(graph).outputs
    return [to_tensor(fetch(client, outputs[name])) for name in names]


def there_and_back(scene: str, seed: int) -> dict:
    """Inversion and sampling with injected attention and no drag, with the autoencoder's own reconstruction."""
    return {
        "model": node("DragDemoModel", scene=scene),
        "picture": node("DragDemoPicture", scene=scene, seed=seed),
        "encode": node("VAEEncode", pixels=["picture", 0], vae=["model", 3]),
        "invert": inversion(),
        "inject": injection(),
        **sampling("inject", latent="invert"),
        "reconstruct": node("VAEDecode", samples=["encode", 0], vae=["model", 3]),
        "original": save("picture"),
        "reconstruction": save("reconstruct"),
        "back": save("decode"),
    }


def shrunk(picture: torch.Tensor) -> torch.Tensor:
    """A picture (3, H, W) with one colour for every 8x8 pixels, between which it is interpolated."""
    colours = F.interpolate(picture[None], scale_factor=1 / 8, mode="area")  # (1, 3, H/8, W/8)
    return F.interpolate(colours, scale_factor=8, mode="bicubic")[0].clamp(0, 1)


@pytest.mark.parametrize("scene", CLASSES[1:])
@pytest.mark.parametrize("seed", [100, 101])
def test_round_trip(server: ComfyServer, scene: str, seed: int):
    original, reconstruction, back = pictures(server, there_and_back(scene, seed), "original", "reconstruction", "back")
    assert psnr(reconstruction, original) > psnr(shrunk(original), original)
    assert scene not in PLAIN or psnr(reconstruction, original) > 30
    assert psnr(back, reconstruction) > 25


CASES = [(fastdrag, edit) for edit in FASTDRAG.values()] + [(regiondrag, edit) for edit in REGIONDRAG.values()]
CASES += [(graph, edit) for graph in (dragwarp, dragwarp_fastdrag) for edit in DRAGWARP.values()]


@pytest.mark.parametrize(("graph", "edit"), CASES, ids=[f"{g.__name__} {e.scene} {e.keypoint}" for g, e in CASES])
def test_content_moves_to_its_target_and_the_rest_stays(server: ComfyServer, graph: Callable, edit: Edit):
    after = to_tensor(run(server, edit, graph)["after"])
    assert 0.4 < progress(edit, after) < 1.3
    rest = (edit.truth - edit.picture).abs().amax(0) < 1 / 255
    assert psnr(after[:, rest], edit.picture[:, rest]) > 24


@pytest.mark.parametrize(
    ("name", "lora"),
    [("mountain", False), pytest.param("ball", True, marks=pytest.mark.slow)],
)
def test_handles_arrive(server: ComfyServer, capsys: pytest.CaptureFixture, name: str, lora: bool):
    edit = DRAGDIFFUSION[name]
    after = to_tensor(run(server, edit, dragdiffusion, lora=lora)["after"])
    report = capsys.readouterr().out
    assert report.count("handle") == len(edit.drag_json()["drags"]) and "not there yet" not in report
    assert 0.4 < progress(edit, after) < 1.3


def test_the_demo_command_saves_before_drag_and_after(host, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COMFYUI_PATH", str(host))
    output = tmp_path / "demo.png"
    assert main(["--output", str(output)]) == 0
    assert str(output) in capsys.readouterr().out
    sheet = Image.open(output)
    assert sheet.width > 3 * 256 and sheet.height > 256


def test_rendered_pictures_are_those_of_the_scene(server: ComfyServer):
    graph = {"picture": node("DragDemoPicture", scene="ball", seed=0), "out": save("picture")}
    (rendered,) = pictures(server, graph, "out")
    torch.testing.assert_close(rendered, FASTDRAG["ball"].picture, atol=1.5 / 255, rtol=0)
