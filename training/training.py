"""What both training scripts share: fresh layers, data rendering, resumable runs with averaged weights."""

import json
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from demo.scenes import SCENES


def load_weights(file: Path) -> dict[str, Tensor]:
    """A network's weights, in float32."""
    return {name: value.float() for name, value in load_file(file).items()}


def save_weights(weights: dict[str, Tensor], file: Path) -> None:
    """Writes a network's weights."""
    save_file(weights, file, metadata={"format": "pt"})


def initialise(module: nn.Module, seed: int) -> None:
    """Gives every layer PyTorch's default start; the host's layers leave theirs uninitialised."""
    torch.manual_seed(seed)
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.Conv2d.reset_parameters(layer)
        elif isinstance(layer, nn.Linear):
            nn.Linear.reset_parameters(layer)
        elif isinstance(layer, nn.GroupNorm):
            nn.GroupNorm.reset_parameters(layer)
        elif isinstance(layer, nn.LayerNorm):
            nn.LayerNorm.reset_parameters(layer)


def autocast(device: torch.device) -> torch.autocast:
    """bfloat16 where the device computes in it; processors without it are many times slower so than in float32."""
    quick = device.type != "cpu" or bool(torch.cpu.get_capabilities().get("avx512_bf16"))
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=quick)


def render_scenes(
    count: int, size: int, seed: int, names: Sequence[str], chunk: int = 8
) -> Iterator[tuple[int, Tensor]]:
    """Numbers of scenes (from 1) and uint8 pictures (chunk, 3, size, size), the scenes in turn."""
    generator = torch.Generator().manual_seed(seed)
    for start in range(0, count, chunk):
        kind = (start // chunk) % len(names)
        scene = SCENES[names[kind]]
        parameters = scene.sample(min(chunk, count - start), generator)
        yield kind + 1, (scene.render(parameters, size) * 255).round().byte()


@dataclass
class Run:
    """A resumable training run: optimiser, learning-rate curve, averaged weights, a log of losses."""

    modules: nn.ModuleDict
    folder: Path
    steps: int
    rate: float
    decay: float = 0.999
    warmup: int = 100
    step: int = 0
    log: list[dict] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.optimiser = torch.optim.AdamW(
            self.modules.parameters(), lr=self.rate, betas=(0.9, 0.99), weight_decay=1e-4
        )
        self.average = {k: v.detach().clone() for k, v in self.modules.state_dict().items()}
        if self.checkpoint.exists():
            self.resume()

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.pt"

    def resume(self) -> None:
        state = torch.load(self.checkpoint, weights_only=False)
        self.modules.load_state_dict(state["modules"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.average, self.step, self.log = state["average"], state["step"], state["log"]

    def save(self) -> None:
        names = ("average", "step", "log")
        state = {name: getattr(self, name) for name in names}
        state |= {"modules": self.modules.state_dict(), "optimiser": self.optimiser.state_dict()}
        partial = self.checkpoint.with_suffix(".part")
        torch.save(state, partial)
        partial.replace(self.checkpoint)
        (self.folder / "log.json").write_text(json.dumps(self.log, indent=1))

    def learning_rate(self) -> float:
        """Linear warm-up, then half a cosine down to a hundredth."""
        progress = torch.tensor(self.step / self.steps)
        cosine = 0.01 + 0.99 * 0.5 * (1 + torch.cos(torch.pi * progress)).item()
        return self.rate * min(1.0, (self.step + 1) / self.warmup) * cosine

    def update(self, loss: Tensor) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = self.learning_rate()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.modules.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        decay = min(self.decay, (1 + self.step) / (10 + self.step))
        for name, value in self.modules.state_dict().items():
            self.average[name].lerp_(value, 1 - decay)

    @contextmanager
    def averaged(self) -> Generator[nn.ModuleDict]:
        """The modules with their averaged weights, for as long as they are looked at."""
        live = {k: v.clone() for k, v in self.modules.state_dict().items()}
        self.modules.load_state_dict(self.average)
        try:
            yield self.modules
        finally:
            self.modules.load_state_dict(live)

    def train(self, loss: Callable[[int], Tensor], report: Callable[[], dict] | None = None, every: int = 250) -> None:
        """Runs `loss(step)` to the last step; saves, reports and prints at every `every` steps."""
        started, losses = time.time(), []
        while self.step < self.steps:
            value = loss(self.step)
            self.update(value)
            losses.append(value.item())
            if self.step % every == 0 or self.step == self.steps:
                mean, seconds = sum(losses) / len(losses), round(time.time() - started, 1)
                entry = {"step": self.step, "loss": mean, "seconds": seconds}
                self.log.append(entry | (report() if report else {}))
                print(self.log[-1], flush=True)
                losses = []
                self.save()
