"""Trains the demonstration autoencoder (TAESD's shape, 8x down, 4 channels) on rendered scenes.

Its first three channels are drawn towards the mean colour of their 8x8 pixels: that makes the latents smooth,
roughly of unit size, and quick to learn.
"""

import argparse
from pathlib import Path
from statistics import mean

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor, nn

from demo.network import VAE_FILE
from tools.in_process import use_host
from tools.pictures import psnr

from .training import Run, initialise, render_scenes

COLOUR_GAIN = 4.0
SD_SCALE = 0.18215


def crops(pictures: Tensor, count: int, size: int) -> Tensor:
    """Random squares (count, 3, size, size) in 0..1 of uint8 pictures."""
    limit = pictures.shape[-1] - size
    out = []
    for _ in range(count):
        picture = pictures[int(torch.randint(len(pictures), ()))]
        y, x = (int(v) for v in torch.randint(limit + 1, (2,)))
        out.append(picture[:, y : y + size, x : x + size])
    return torch.stack(out).float() / 255


def reconstruction_loss(model: nn.ModuleDict, pictures: Tensor, noise: float = 0.05) -> Tensor:
    """Squared error of the decoded picture, from latents held near the mean colour and near unit size."""
    pictures = pictures.contiguous(memory_format=torch.channels_last)
    with torch.autocast(pictures.device.type, dtype=torch.bfloat16):
        latent = model["encoder"](pictures).float()
        decoded = model["decoder"](latent + noise * torch.randn_like(latent)).float()
    colour = COLOUR_GAIN * (F.avg_pool2d(pictures, 8) - 0.5)
    anchor = (latent[:, :3] - colour).square().mean() + 0.1 * latent[:, 3].square().mean()
    return (decoded - pictures).square().mean() + 1e-3 * anchor


@torch.no_grad()
def evaluate(run: Run, pictures: Tensor) -> dict:
    """PSNR of whole pictures under the averaged weights, and the latents' size per channel."""
    x = pictures.float() / 255
    with run.averaged() as model:
        latent = torch.cat([model["encoder"](part) for part in x.split(4)])
        decoded = torch.cat([model["decoder"](part) for part in latent.split(4)]).clamp(0, 1)
    deviation = latent.std(dim=(0, 2, 3))
    return {"psnr": mean(map(psnr, decoded, x)), "latent_std": [round(v, 3) for v in deviation.tolist()]}


def export(weights: dict[str, Tensor], latent_size: float) -> None:
    """Writes fp16 weights under the keys by which the host recognises a TAESD autoencoder.

    The host multiplies LATENTs by SD's 0.18215 for the UNet, which then sees latents of unit size.
    """
    renamed = {f"taesd_{name}": value.half().contiguous() for name, value in weights.items()}
    scale = {"vae_scale": torch.tensor(SD_SCALE * latent_size).half(), "vae_shift": torch.tensor(0.0).half()}
    VAE_FILE.parent.mkdir(exist_ok=True)
    save_file(renamed | scale, VAE_FILE, metadata={"format": "pt"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("runs/autoencoder"))
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--pictures", type=int, default=3072)
    options = parser.parse_args()
    use_host()
    from comfy.taesd.taesd import Decoder, Encoder

    model = nn.ModuleDict({"encoder": Encoder(4), "decoder": Decoder(4)})
    initialise(model, seed=0)
    model.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  # not in PyTorch\'s stub
    run = Run(model, options.run, options.steps, rate=1e-3)

    pictures = torch.cat([p for _, p in render_scenes(options.pictures, 256, seed=1)])
    small = torch.cat([p for _, p in render_scenes(options.pictures // 2, 128, seed=2)])
    held_out = torch.cat([p for _, p in render_scenes(24, 256, seed=3, chunk=8)])
    torch.manual_seed(run.step)

    def loss(step: int) -> Tensor:
        pool = small if step % 3 == 2 else pictures
        wide = step > 0.6 * options.steps
        return reconstruction_loss(model, crops(pool, 4, 128) if wide else crops(pool, 16, 64))

    run.train(loss, lambda: evaluate(run, held_out))
    deviations = torch.tensor(run.log[-1]["latent_std"])
    export(run.average, deviations.square().mean().sqrt().item())


if __name__ == "__main__":
    main()
