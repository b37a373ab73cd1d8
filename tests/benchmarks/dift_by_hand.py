"""Prints how far the benchmark's features are from those written out by hand, for a test to judge.

Run as a program, as it loads the host into its process.
"""

import importlib
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
importlib.import_module("_pack").register()
sys.path.pop(0)

import torch  # noqa: E402
from dragkit.core.invert.ddpm import unit_noise  # noqa: E402
from dragkit.tools.in_process import use_host  # noqa: E402

use_host()

import comfy.model_management  # noqa: E402
from dragkit.benchmarks.dragbench.feature_model import SEED, last_output_block, load_feature_model  # noqa: E402

STREAM = 1


def by_hand(dift, latent: torch.Tensor) -> torch.Tensor:
    """The mean output of output block 5 over eight noises, by a hook and bare evaluations of the network."""
    comfy.model_management.load_models_gpu([dift.model])
    unet, seen = dift.model.model.diffusion_model, []
    hook = unet.output_blocks[5][-1].register_forward_hook(
        lambda module, inputs, output: seen.append(output[0].float())
    )
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    kept = (1 - betas).cumprod(0)[261].float()
    noise = unit_noise(SEED, STREAM)
    context = dift.condition("")[0][0]
    clean = dift.model.model.process_latent_in(latent)
    for _ in range(8):
        noisy = kept.sqrt() * clean + (1 - kept).sqrt() * noise(clean)
        unet(noisy, timesteps=torch.tensor([261.0]), context=context)
    hook.remove()
    return torch.stack(seen).mean(0)


@torch.inference_mode()
def main() -> None:
    dift = load_feature_model("demo")
    picture = torch.rand(3, 101, 140, generator=torch.Generator().manual_seed(0))
    features = dift.features(picture, "", STREAM)
    expected = by_hand(dift, dift.vae.encode(picture[:, :96, :136].permute(1, 2, 0)[None]))
    again, other = (dift.features(picture, "", stream) for stream in (STREAM, 0))
    print(
        json.dumps(
            {
                "block": last_output_block(dift.model),
                "shape": list(features.shape),
                "error": ((features - expected).norm() / expected.norm()).item(),
                "repeats": torch.equal(features, again),
                "other": ((features - other).norm() / expected.norm()).item(),
            }
        )
    )


main()
