"""Trains the demonstration transformer (Flux's class, flow matching) to redraw a scene from a reference.

It learns on windows of 96 pixels, drawn anew all the time and kept for a while: the reference's tokens carry the
place where their content belongs, parts of it are hidden, and now and then there is none, so that it paints from
noise and a class alone. Whole pictures without a reference are mixed in. It starts out as a copy (see copying.py).
"""

import argparse
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from demo.network import CLASSES, CONTEXT, FINE_VAE_FILE, TOKENS, TRANSFORMER, TRANSFORMER_FILE
from demo.scenes import SCENES
from tools.in_process import use_host
from tools.pictures import psnr, to_image

from .autoencoder import Autoencoder
from .copying import keep_copying, start_as_copy
from .edit_examples import Examples, draw, gathered, grid, labelled
from .flux_blocks import train_out_of_place
from .training import Run, autocast, initialise, save_weights

WINDOW, WHOLE = 12, 32  # cells
DROPOUT = 0.15  # of classes
LAST_OF_FOUR = 0.25  # time of the last of four steps


def build() -> nn.ModuleDict:
    """The network with its class embedding, untrained but for what `start_as_copy` gives it."""
    from comfy.ldm.flux.model import Flux
    from comfy.ops import disable_weight_init

    shape = {name: value for name, value in TRANSFORMER.items() if name != "image_model"}
    net = Flux(**shape, dtype=torch.float32, operations=disable_weight_init)
    initialise(net, seed=0)
    for name, weight in net.named_parameters():
        if "query_norm" in name or "key_norm" in name:
            nn.init.ones_(weight)
    start_as_copy(net)
    return nn.ModuleDict({"net": net, "classes": nn.Embedding(len(CLASSES), TOKENS * CONTEXT)})


def velocity(
    model: nn.ModuleDict, x: Tensor, t: Tensor, kind: Tensor, places: Tensor, tokens: Tensor, token_places: Tensor
) -> Tensor:
    """Noise minus picture at x (B, L, C) with its places (B, L, 2), given reference tokens (B, K, C) and theirs."""
    text = model["classes"](kind).view(-1, TOKENS, CONTEXT)
    ids = torch.cat([with_index(places, 0), with_index(token_places, 1)], dim=1)
    net: Any = model["net"]
    with autocast(x.device):
        out = net.forward_orig(torch.cat([x, tokens], dim=1), ids, text, torch.zeros(len(x), TOKENS, 3), t, None)
    return out[:, : x.shape[1]].float()


def with_index(places: Tensor, index: int) -> Tensor:
    return torch.cat([torch.full_like(places[..., :1], index), places], dim=-1)


def as_tokens(latents: Tensor) -> Tensor:
    """(B, C, h, w) to (B, h * w, C)."""
    return latents.float().flatten(2).transpose(1, 2)


def no_tokens(x: Tensor) -> tuple[Tensor, Tensor]:
    return x[:, :0], x.new_zeros(len(x), 0, 2)


def flow_loss(model: nn.ModuleDict, examples: Examples, refer: bool) -> Tensor:
    """Mean squared error of the velocity, at the times of four steps and at random ones.

    Before the last of four steps an error of the picture is an error of the velocity many times as large; it is
    weighed down there, or the least noisy examples would be nearly all that is learnt from.
    """
    x0 = as_tokens(examples.target)
    count, cells = len(x0), examples.target.shape[-1]
    kind = examples.kind * (torch.rand(count) >= DROPOUT)
    t = torch.where(torch.rand(count) < 0.6, torch.randint(1, 5, (count,)) / 4, 0.04 + 0.96 * torch.rand(count))
    noise = torch.randn_like(x0)
    x = torch.lerp(x0, noise, t.view(-1, 1, 1))
    reference = no_tokens(x0)
    if refer:
        reference = gathered(as_tokens(examples.reference), *labelled(examples, hidden=0.5))
    v = velocity(model, x, t, kind, grid(examples.origin, cells), *reference)
    weight = (t / LAST_OF_FOUR).clamp(max=1).square()
    return (weight * (v - (noise - x0)).square().mean(dim=(1, 2))).mean()


class Pool:
    """Examples that are drawn in turn from all scenes, the newest kept."""

    def __init__(self, file: Path, cells: int, keep: int, autoencoder: Autoencoder) -> None:
        self.file, self.cells, self.keep, self.autoencoder = file, cells, keep, autoencoder
        self.drawn = 1
        self.examples = torch.load(file, weights_only=False) if file.exists() else draw(1, 4, cells, autoencoder)

    def grow(self, count: int) -> None:
        self.drawn += 1
        fresh = draw(1 + self.drawn % len(SCENES), count, self.cells, self.autoencoder)
        self.examples: Examples = self.examples.joined(fresh, self.keep)

    def batch(self, count: int) -> Examples:
        return self.examples.take(torch.randint(len(self.examples.kind), (count,)))

    def save(self) -> None:
        torch.save(self.examples, self.file)


@torch.no_grad()
def sample(
    model: nn.ModuleDict, kind: Tensor, cells: int, reference: tuple[Tensor, Tensor] | None, steps: int, seed: int = 0
) -> Tensor:
    """Latents (B, C, cells, cells) by Euler's steps; reference tokens and their places where there are some."""
    channels = TRANSFORMER["in_channels"]
    x = torch.randn(len(kind), cells * cells, channels, generator=torch.Generator().manual_seed(seed))
    places = grid(torch.zeros(len(kind), 2), cells)
    times = torch.linspace(1, 0, steps + 1)
    for t, following in zip(times[:-1], times[1:], strict=True):
        v = velocity(model, x, t.expand(len(kind)), kind, places, *(reference or no_tokens(x)))
        x = x + (following - t) * v
    return x.transpose(1, 2).unflatten(2, (cells, cells))


def looked_at(run: Run, autoencoder: Autoencoder, file: Path) -> dict:
    """Copies of held-out pictures in four steps against the autoencoder's own, and a sheet with free samples."""
    kinds = torch.arange(1, len(CLASSES))
    scenes = list(SCENES.values())
    pictures = torch.cat([s.render(s.sample(1, torch.Generator().manual_seed(990))) for s in scenes])
    latents = autoencoder.encode(pictures)
    reference = as_tokens(latents), grid(torch.zeros(len(kinds), 2), WHOLE)
    with run.averaged() as model:
        copied = sample(model, kinds, WHOLE, reference, steps=4)
        free = sample(model, kinds, WHOLE, None, steps=12)
    shown, copies = autoencoder.decode(latents), autoencoder.decode(copied)
    rows = [torch.cat(list(row), dim=2) for row in (pictures, shown, copies, autoencoder.decode(free))]
    to_image(torch.cat(rows, dim=1)).save(file)
    ceiling = [psnr(a, b) for a, b in zip(shown, pictures, strict=True)]
    reached = [psnr(a, b) for a, b in zip(copies, pictures, strict=True)]
    return {"ceiling_db": mean(ceiling), "copy_db": mean(reached)}


def mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 2)


def host_name(name: str) -> str:
    """A weight's name in files of Flux, which call the norms' weights scales."""
    return name.removeprefix("net.").replace("_norm.weight", "_norm.scale")


def export(weights: dict[str, Tensor]) -> None:
    """Writes bf16 weights: the transformer under Flux's own names, and the class tokens."""
    net = {host_name(k): v.bfloat16().contiguous() for k, v in weights.items() if k.startswith("net.")}
    tokens = weights["classes.weight"].view(len(CLASSES), TOKENS, CONTEXT).bfloat16()
    save_weights(net | {"class_tokens": tokens}, TRANSFORMER_FILE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("runs/transformer"))
    parser.add_argument("--steps", type=int, default=20000)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--keep", type=int, default=4096, help="windows kept to learn from")
    parser.add_argument("--every", type=int, default=250, help="steps between reports")
    parser.add_argument("--look", type=int, default=1000, help="steps between copies and samples that are looked at")
    options = parser.parse_args()
    use_host()
    import comfy.model_management

    comfy.model_management.in_training = True
    train_out_of_place()
    autoencoder = Autoencoder(FINE_VAE_FILE)
    model = build()
    keep_copying(model["net"])
    run = Run(model, options.run, options.steps, rate=1e-3, decay=0.995, warmup=50)
    torch.manual_seed(run.step)
    windows = Pool(options.run / "windows.pt", WINDOW, options.keep, autoencoder)
    wholes = Pool(options.run / "wholes.pt", WHOLE, options.keep // 8, autoencoder)
    while len(windows.examples.kind) < 8 * len(SCENES):
        windows.grow(8)

    def loss(step: int) -> Tensor:
        if step % 6 == 0:
            windows.grow(8)
        if step % 60 == 0:
            wholes.grow(4)
        if step % 10 == 9:
            return flow_loss(run.modules, wholes.batch(options.batch // 6), refer=step % 20 == 9)
        return flow_loss(run.modules, windows.batch(options.batch), refer=step % 5 != 4)

    def report() -> dict:
        windows.save()
        wholes.save()
        export(run.average)
        if run.step % options.look and run.step != options.steps:
            return {}
        return looked_at(run, autoencoder, options.run / f"samples_{run.step:06d}.png")

    run.train(loss, report, every=options.every)


if __name__ == "__main__":
    main()
