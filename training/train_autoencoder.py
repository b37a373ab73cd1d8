"""Trains a demonstration autoencoder (TAESD's shape, 8x down) on rendered scenes.

Its first three channels are drawn towards the mean colour of their 8x8 pixels: that makes the latents smooth,
roughly of unit size, and quick to learn. With 4 channels it is the UNet's; with 16 the transformer's: the trained 4,
and the principal components of what their encoder's features hold besides. `--decoder` leaves these latents as they
are, so that a network can learn on them while the decoder still learns to show more.
"""

import argparse
from pathlib import Path
from statistics import mean

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from demo.network import FINE_VAE_FILE, VAE_FILE
from demo.scenes import SCENES
from tools.in_process import use_host
from tools.pictures import psnr

from .training import Run, autocast, initialise, load_weights, render_scenes, save_weights

COLOUR_GAIN = 4.0
SD_SCALE = 0.18215
FLUX_FORMAT = (0.3611, 0.1159)  # factor, shift


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
    with autocast(pictures.device):
        latent = model["encoder"](pictures).float()
        decoded = model["decoder"](latent + noise * torch.randn_like(latent)).float()
    colour = COLOUR_GAIN * (F.avg_pool2d(pictures, 8) - 0.5)
    anchor = (latent[:, :3] - colour).square().mean() + 0.1 * latent[:, 3:].square().mean()
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


@torch.no_grad()
def forgotten(encoder: nn.Sequential, pictures: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """What the last layer's features hold besides the latents they are cut down to, as further channels of that layer.

    The features are regressed on the latents; the rest's principal components are scaled to half a unit. Returns
    weights (count, 64, 3, 3) and biases (count,).
    """
    *inner, last = encoder
    features = nn.Sequential(*inner)(pictures)
    rows, known = (part.transpose(0, 1).flatten(1).T for part in (features, last(features)))  # (N, 64), (N, 4)
    middle, known_middle = rows.mean(0), known.mean(0)
    told = torch.linalg.lstsq(known - known_middle, rows - middle).solution  # (4, 64)
    _, sizes, directions = torch.linalg.svd(rows - middle - (known - known_middle) @ told, full_matrices=False)
    wanted = 0.5 * directions[:count] / (sizes[:count, None] / len(rows) ** 0.5)  # (count, 64)
    known_part = wanted @ told.T  # (count, 4)
    weight = -(known_part @ last.get_parameter("weight").flatten(1)).view(count, -1, 3, 3)
    weight[:, :, 1, 1] += wanted
    # the rest of a token is its features and latents without their means; the latents' own bias cancels
    bias = known_part @ (known_middle - last.get_parameter("bias")) - wanted @ middle
    return weight, bias


def widened(weights: dict[str, Tensor], fresh: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights of few latent channels in a network of more, which add nothing to the picture at first."""
    out = {}
    for name, value in fresh.items():
        known = weights[f"taesd_{name}"]
        if known.shape == value.shape:
            out[name] = known
            continue
        out[name] = torch.zeros_like(value) if name.startswith("decoder") else value.clone()
        out[name][tuple(slice(size) for size in known.shape)] = known
    return out


def start_from_few(model: nn.ModuleDict, pictures: Tensor, channels: int) -> None:
    """Starts from the trained 4 channels; the others begin as what those leave out."""
    from comfy.taesd.taesd import Encoder

    weights = load_weights(VAE_FILE)
    model.load_state_dict(widened(weights, model.state_dict()))
    few = Encoder(4)
    few.load_state_dict({k.removeprefix("taesd_encoder."): v for k, v in weights.items() if "encoder" in k})
    weight, bias = forgotten(few, pictures[:: len(pictures) // 36].float() / 255, channels - 4)
    *_, last = model["encoder"].children()
    with torch.no_grad():
        last.get_parameter("weight")[4:], last.get_parameter("bias")[4:] = weight, bias


def export(weights: dict[str, Tensor], latent_size: float, file: Path) -> None:
    """Writes fp16 weights under the keys by which the host recognises a TAESD autoencoder.

    What the host does to a LATENT before the network sees it, SD's factor for 4 channels and Flux's factor and shift
    for 16, is undone, so that the network sees latents of unit size.
    """
    factor, shift = FLUX_FORMAT if file == FINE_VAE_FILE else (SD_SCALE, 0.0)
    renamed = {f"taesd_{name}": value.half().contiguous() for name, value in weights.items()}
    scale = {"vae_scale": torch.tensor(factor * latent_size).half(), "vae_shift": torch.tensor(shift).half()}
    file.parent.mkdir(exist_ok=True)
    save_weights(renamed | scale, file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("runs/autoencoder"))
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--pictures", type=int, default=3072, help="of 256 pixels, and half as many of 128")
    parser.add_argument("--decoder", action="store_true", help="train the decoder alone; latents stay as they are")
    parser.add_argument("--channels", type=int, choices=(4, 16), default=4)
    parser.add_argument("--fresh", action="store_true", help="start from nothing, not from the weights that ship")
    parser.add_argument("--rate", type=float, default=3e-4, help="highest learning rate; 1e-3 for a fresh start")
    parser.add_argument("--every", type=int, default=250, help="steps between reports")
    parser.add_argument("--crops", type=int, default=16, help="squares of 64 pixels a step")
    options = parser.parse_args()
    use_host()
    from comfy.taesd.taesd import Decoder, Encoder

    model = nn.ModuleDict({"encoder": Encoder(options.channels), "decoder": Decoder(options.channels)})
    initialise(model, seed=0)
    fine = options.channels == 16
    model.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  # not in PyTorch\'s stub
    run = Run(model, options.run, options.steps, rate=options.rate)

    scenes = list(SCENES)
    pictures = torch.cat([p for _, p in render_scenes(options.pictures, 256, seed=1, names=scenes)])
    small = torch.cat([p for _, p in render_scenes(options.pictures // 2, 128, seed=2, names=scenes)])
    held_out = torch.cat([p for _, p in render_scenes(len(scenes), 256, seed=3, names=scenes, chunk=1)])
    if not run.step and not options.fresh:
        if fine:
            start_from_few(model, pictures, options.channels)
        else:
            model.load_state_dict(widened(load_weights(VAE_FILE), model.state_dict()))
        run.average = {k: v.detach().clone() for k, v in model.state_dict().items()}
    if options.decoder:
        averaged = {k.removeprefix("encoder."): v for k, v in run.average.items() if k.startswith("encoder.")}
        model["encoder"].load_state_dict(averaged)
        model["encoder"].requires_grad_(False)
    torch.manual_seed(run.step)

    def loss(step: int) -> Tensor:
        pool = small if step % 3 == 2 else pictures
        wide = step > 0.6 * options.steps
        return reconstruction_loss(
            model, crops(pool, options.crops // 4, 128) if wide else crops(pool, options.crops, 64)
        )

    run.train(loss, lambda: evaluate(run, held_out), every=options.every)
    deviations = torch.tensor(run.log[-1]["latent_std"])
    export(run.average, deviations.square().mean().sqrt().item(), FINE_VAE_FILE if fine else VAE_FILE)


if __name__ == "__main__":
    main()
