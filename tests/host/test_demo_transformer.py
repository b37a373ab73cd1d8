"""The bundled transformer: what it is trained on is what it says, and on a real server it redraws its reference."""

from statistics import mean

import torch
from dragkit.demo.network import CLASSES, TRANSFORMER_FILE
from dragkit.demo.scenes import SCENES
from dragkit.tools.client import ComfyClient
from dragkit.tools.edit import fetch
from dragkit.tools.graphs import node, save
from dragkit.tools.pictures import psnr, to_tensor
from dragkit.tools.server import ComfyServer


def redrawn(scene: str, seed: int, steps: int = 1) -> dict:
    """A picture drawn from noise with itself as the reference, beside the autoencoder's own reconstruction."""
    return {
        "model": node("DragDemoModel", scene=scene, network="transformer"),
        "picture": node("DragDemoPicture", scene=scene, seed=seed),
        "encode": node("VAEEncode", pixels=["picture", 0], vae=["model", 3]),
        "reference": node("ReferenceLatent", conditioning=["model", 1], latent=["encode", 0]),
        "empty": node("EmptySD3LatentImage", width=256, height=256, batch_size=1),
        "sample": node(
            "KSampler",
            model=["model", 0],
            positive=["reference", 0],
            negative=["model", 2],
            latent_image=["empty", 0],
            seed=seed,
            steps=steps,
            cfg=1.0,
            sampler_name="euler",
            scheduler="simple",
            denoise=1.0,
        ),
        "decode": node("VAEDecode", samples=["sample", 0], vae=["model", 3]),
        "reconstruct": node("VAEDecode", samples=["encode", 0], vae=["model", 3]),
        "original": save("picture"),
        "ceiling": save("reconstruct"),
        "copy": save("decode"),
    }


def pictures(client: ComfyClient, graph: dict, *names: str) -> list[torch.Tensor]:
    outputs = client.prompt(graph).outputs
    return [to_tensor(fetch(client, outputs[name])) for name in names]


def test_a_reference_without_a_drag_returns(server: ComfyServer):
    """Within a decibel of what the autoencoder alone loses, on pictures that it has not seen, in a single step."""
    reached, ceiling = [], []
    for scene in SCENES:
        original, reconstruction, copy = pictures(server, redrawn(scene, 777), "original", "ceiling", "copy")
        reached.append(psnr(copy, original))
        ceiling.append(psnr(reconstruction, original))
    assert mean(reached) > mean(ceiling) - 1


def test_every_scene_has_a_class():
    assert CLASSES == ("anything", *SCENES)


def test_its_file_is_small():
    assert TRANSFORMER_FILE.stat().st_size < 24 * 2**20
