"""How closely inversion and sampling return a picture, by refinement, with and without injected attention.

`COMFYUI_PATH=... python benchmarks/refinement.py [--pictures 4]` runs the bundled model on rendered pictures of every
scene and prints a Markdown table.
"""

import argparse
from statistics import mean
from typing import NamedTuple

import _pack
import torch

_pack.register()

from dragkit.benchmarks.stages import inject, invert, sample  # noqa: E402
from dragkit.demo.network import CLASSES  # noqa: E402
from dragkit.tools.in_process import use_host  # noqa: E402
from dragkit.tools.pictures import psnr  # noqa: E402


class Outcome(NamedTuple):
    """Relative error of the latent that came back, and PSNR in dB of its picture against the autoencoder's own."""

    latent_error: float
    psnr: float


def outcome(vae, back: torch.Tensor, latent: torch.Tensor) -> Outcome:
    error = ((back - latent).square().mean() / latent.square().mean()).sqrt().item()
    return Outcome(error, psnr(vae.decode(back), vae.decode(latent)))


def round_trips(scene: str, seed: int, refine: int) -> tuple[Outcome, Outcome]:
    """A picture there and back without and with injection."""
    from dragkit.nodes.demo import DragDemoModel, DragDemoPicture

    model, positive, _, vae = DragDemoModel.execute(scene).args
    (picture,) = DragDemoPicture.execute(scene, seed).args
    latent = {"samples": vae.encode(picture)}
    noisy, sigmas, inversion = invert(model, positive, latent, refine)
    models = (model, inject(model, inversion))
    plain, injected = (sample(m, positive, noisy, sigmas)["samples"] for m in models)
    return outcome(vae, plain, latent["samples"]), outcome(vae, injected, latent["samples"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=4, help="of every scene")
    options = parser.parse_args()
    use_host()
    print("| refine | model calls | latent error | PSNR | latent error, injected | PSNR, injected |")
    print("|---|---|---|---|---|---|")
    for refine in range(6):
        with torch.inference_mode():
            trips = [round_trips(scene, 100 + n, refine) for scene in CLASSES[1:] for n in range(options.pictures)]
        cells = [
            f"{mean(o.latent_error for o in column):.4f} | {mean(o.psnr for o in column):.1f}"
            for column in zip(*trips, strict=True)
        ]
        print(f"| {refine} | {7 * (1 + refine) + 7} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
