"""Trains the demonstration UNet (eps prediction, SD's noise schedule) on the autoencoder's latents of rendered scenes.

It learns on 16x16 latents of 128-pixel pictures first, which is quick, and finishes on 32x32 latents of
256-pixel pictures, every picture as it is and mirrored. A class is four learned context tokens; class 0 is "anything"
(classifier-free dropout). It starts from the weights that ship, where it is not told to start fresh.
"""

import argparse
from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn

from demo.network import CLASSES, CONTEXT, TOKENS, UNET, UNET_FILE
from demo.scenes import SCENES
from tools.in_process import use_host
from tools.pictures import to_image

from .autoencoder import Autoencoder
from .training import Run, autocast, initialise, load_weights, render_scenes, save_weights

COARSE, FINE = 16, 32  # cells of a latent's side, of pictures of 128 and of 256 pixels
DROPOUT = 0.15
GUIDANCE = 2.5  # of samples, away from class 0
MOST_WEIGHT = 5.0  # of a noise level: beyond it the signal-to-noise ratio counts no more (Hang et al. 2023)
# scaled-linear betas of Stable Diffusion 1.x, (1000,)
ALPHAS = (1 - torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2).cumprod(0).float()


def encoded_scenes(file: Path, count: int, size: int, seed: int) -> dict[str, Tensor]:
    """Latents (2 count, 4, size/8, size/8), mirrored ones too, and class numbers (2 count,), kept between runs."""
    if not file.exists():
        autoencoder, latents, kinds = Autoencoder(), [], []
        for kind, pictures in render_scenes(count, size, seed, list(SCENES)):
            both = torch.cat([pictures, pictures.flip(-1)])
            latents.append(autoencoder.encode(both).half())
            kinds += [kind] * len(both)
        torch.save({"latents": torch.cat(latents), "kinds": torch.tensor(kinds)}, file)
    return torch.load(file)


def build() -> nn.ModuleDict:
    """The untrained UNet with its class embedding."""
    from comfy.ldm.modules.diffusionmodules.openaimodel import UNetModel
    from comfy.ops import disable_weight_init

    unet = UNetModel(**UNET, operations=disable_weight_init)
    initialise(unet, seed=0)
    nn.init.zeros_(unet.out[-1].get_parameter("weight"))
    model = nn.ModuleDict({"unet": unet, "classes": nn.Embedding(len(CLASSES), TOKENS * CONTEXT)})
    return model.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  # not in PyTorch\'s stub


def start_from_shipped(model: nn.ModuleDict) -> None:
    """Takes over the weights that ship; a class they do not know begins with random tokens, as far off as the others.

    Begun as "anything", all of these would stay one class: in 1500 steps they moved by a fifteenth of that distance.
    """
    weights = load_weights(UNET_FILE)
    tokens = weights.pop("class_tokens").flatten(1)  # (classes, TOKENS * CONTEXT)
    model["unet"].load_state_dict(weights)
    with torch.no_grad():
        model["classes"].get_parameter("weight")[: len(tokens)] = tokens


def predict(model: nn.ModuleDict, x: Tensor, t: Tensor, kinds: Tensor) -> Tensor:
    """The noise in x (B, 4, h, w) at timesteps t (B,) for classes (B,)."""
    context = model["classes"](kinds).view(-1, TOKENS, CONTEXT)
    with autocast(x.device):
        noise = model["unet"](
            x.contiguous(memory_format=torch.channels_last), t.float(), context, transformer_options={}
        )
    return noise.float()


def noise_loss(model: nn.ModuleDict, data: dict[str, Tensor], batch: int) -> Tensor:
    """Squared error of the predicted noise on random scenes at random timesteps, slight noise weighed down."""
    chosen = torch.randint(len(data["kinds"]), (batch,))
    latent, kinds = data["latents"][chosen].float(), data["kinds"][chosen]
    kinds = kinds * (torch.rand(batch) >= DROPOUT)
    t = torch.randint(1000, (batch,))
    alpha = ALPHAS[t].view(-1, 1, 1, 1)
    noise = torch.randn_like(latent)
    error = predict(model, alpha.sqrt() * latent + (1 - alpha).sqrt() * noise, t, kinds) - noise
    weight = (MOST_WEIGHT * (1 - alpha) / alpha).clamp(max=1)
    return (weight * error.square()).mean()


@torch.no_grad()
def sample(model: nn.ModuleDict, kinds: Tensor, cells: int, steps: int = 25, seed: int = 0) -> Tensor:
    """DDIM samples (B, 4, cells, cells) of the given classes, guided."""
    x = torch.randn(len(kinds), 4, cells, cells, generator=torch.Generator().manual_seed(seed))
    clean, times = x, torch.linspace(999, 0, steps + 1).round().long()
    for t, following in zip(times[:-1], times[1:], strict=True):
        level = t.expand(len(kinds))
        anything = predict(model, x, level, torch.zeros_like(kinds))
        noise = anything + GUIDANCE * (predict(model, x, level, kinds) - anything)
        clean = (x - (1 - ALPHAS[t]).sqrt() * noise) / ALPHAS[t].sqrt()
        x = ALPHAS[following].sqrt() * clean + (1 - ALPHAS[following]).sqrt() * noise
    return clean


def save_samples(run: Run, cells: int, file: Path) -> None:
    """A sheet of samples under the averaged weights, one row a class."""
    kinds = torch.arange(1, len(CLASSES)).repeat_interleave(6)
    with run.averaged() as model:
        pictures = Autoencoder().decode(sample(model, kinds, cells))
    rows = [torch.cat(list(row), dim=2) for row in pictures.split(6)]
    to_image(torch.cat(rows, dim=1)).save(file)


def export(weights: dict[str, Tensor]) -> None:
    """Writes fp16 weights: the UNet under the host's own names, and the class tokens."""
    unet = {k.removeprefix("unet."): v.half().contiguous() for k, v in weights.items() if k.startswith("unet.")}
    tokens = weights["classes.weight"].view(len(CLASSES), TOKENS, CONTEXT).half()
    save_weights(unet | {"class_tokens": tokens}, UNET_FILE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("runs/unet"))
    parser.add_argument("--coarse-steps", type=int, default=3600, help="on 16x16 latents, 32 pictures each")
    parser.add_argument(
        "--steps", type=int, default=6000, help="all steps; the later ones on 32x32 latents, 8 pictures each"
    )
    parser.add_argument("--coarse-pictures", type=int, default=4608, help="of 128 pixels, as they are and mirrored")
    parser.add_argument("--pictures", type=int, default=2304, help="of 256 pixels, likewise")
    parser.add_argument("--seed", type=int, default=0, help="of the pictures: another shows others")
    parser.add_argument("--fresh", action="store_true", help="start from nothing, not from the weights that ship")
    parser.add_argument("--rate", type=float, default=5e-4, help="highest learning rate; 8e-4 for a fresh start")
    options = parser.parse_args()
    use_host()
    model = build()
    if not options.fresh:
        start_from_shipped(model)
    run = Run(model, options.run, options.steps, rate=options.rate)
    torch.manual_seed(run.step)

    @cache
    def scenes(cells: int) -> dict[str, Tensor]:
        count = options.coarse_pictures if cells == COARSE else options.pictures
        file = options.run / f"latents{cells}_{count}_{options.seed}.pt"
        return encoded_scenes(file, count, 8 * cells, options.seed + cells)

    def loss(step: int) -> Tensor:
        cells, batch = (COARSE, 32) if step < options.coarse_steps else (FINE, 8)
        return noise_loss(run.modules, scenes(cells), batch)

    def report() -> dict:
        if run.step % 1000 == 0 or run.step == options.steps:
            cells = COARSE if run.step <= options.coarse_steps else FINE
            save_samples(run, cells, options.run / f"samples_{run.step:05d}.png")
        return {}

    run.train(loss, report)
    export(run.average)


if __name__ == "__main__":
    main()
