"""How far a picture changes where the recorded attention states are kept in 8 bits.

`COMFYUI_PATH=... python benchmarks/eight_bit.py [--pictures 4]` drags on rendered pictures of every scene with the
bundled model and prints a Markdown table.
"""

import argparse
from collections.abc import Callable
from statistics import mean
from typing import Any, NamedTuple

import _pack
import torch

_pack.register()

from dragkit.benchmarks.stages import inject, invert, sample  # noqa: E402
from dragkit.demo.network import CLASSES  # noqa: E402
from dragkit.tools.in_process import use_host  # noqa: E402
from dragkit.tools.pictures import psnr  # noqa: E402

DRAG = {"version": 1, "size": [256, 256], "drags": [{"handle": [110, 128], "target": [158, 128]}]}
SQUARE = {"polygon": [[70, 80], [150, 80], [150, 160], [70, 160]]}
REGION = {"version": 1, "size": [256, 256], "regions": [{"source": SQUARE, "affine": {"move": [50, 8]}}]}
REGIONDRAG: dict[str, Any] = {"method": "ddpm", "spacing": "linspace", "capture": "all blocks"}


class Edit(NamedTuple):
    """A picture (B, H, W, C) and the bytes of the states it took."""

    picture: torch.Tensor
    stored: int


def fastdrag(scene: str, seed: int, **settings: Any) -> Edit:
    from dragkit.core.instruction.form import read_drag
    from dragkit.nodes.fastdrag import BNNIFill, LatentWarpage

    (model, positive, _, vae), latent = network(scene, seed)
    noisy, sigmas, inversion = invert(model, positive, latent, **settings)
    warped, null, _ = LatentWarpage.execute(noisy, read_drag(DRAG), "raster", "weighted").args
    (filled,) = BNNIFill.execute(warped, "sequential", 42, null).args
    return edit(vae, sample(inject(model, inversion), positive, filled, sigmas), inversion)


def regiondrag(scene: str, seed: int, **settings: Any) -> Edit:
    from dragkit.core.instruction.form import read_drag
    from dragkit.nodes.regiondrag import RegionCopyPaste

    (model, positive, _, vae), latent = network(scene, seed)
    _, sigmas, inversion = invert(model, positive, latent, steps=20, strength=0.5, **REGIONDRAG, **settings)
    paste = RegionCopyPaste.execute(inversion, read_drag(REGION), 1.0, 0.8, "whole source", 42).args
    return edit(vae, sample(inject(model, inversion), positive, paste[0], sigmas, paste[1]), inversion)


def network(scene: str, seed: int) -> tuple[tuple, dict]:
    """The bundled model, its prompts and autoencoder, and a picture's latent."""
    from dragkit.nodes.demo import DragDemoModel, DragDemoPicture

    made = DragDemoModel.execute(scene).args
    (picture,) = DragDemoPicture.execute(scene, seed).args
    return made, {"samples": made[3].encode(picture)}


def edit(vae, latent: dict, inversion) -> Edit:
    from dragkit.core.attention.store import stored_bytes

    return Edit(vae.decode(latent["samples"]), stored_bytes(inversion.states))


def row(method: Callable[..., Edit], pictures: int) -> str:
    places = [(scene, 100 + n) for scene in CLASSES[1:] for n in range(pictures)]
    pairs = [(method(*place, precision="8 bit"), method(*place)) for place in places]
    changes = [psnr(eighth.picture, full.picture) for eighth, full in pairs]
    sizes = " | ".join(f"{found.stored / 1e6:.1f}" for found in reversed(pairs[0]))
    return f"| {method.__name__} | {len(places)} | {sizes} | {mean(changes):.1f} | {min(changes):.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=4, help="of every scene")
    options = parser.parse_args()
    use_host()
    print("| edit | pictures | states MB | in 8 bits MB | mean PSNR dB | least PSNR dB |")
    print("|---|---|---|---|---|---|")
    for method in (fastdrag, regiondrag):
        with torch.inference_mode():
            print(row(method, options.pictures), flush=True)


if __name__ == "__main__":
    main()
