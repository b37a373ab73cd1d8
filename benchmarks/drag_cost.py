"""What a step of latent optimisation, or of the LoRA before it, costs above the bare gradient it cannot avoid.

`COMFYUI_PATH=... python benchmarks/drag_cost.py [--rounds 3] [--cells 64] [--memory]` builds a full-size SD1.5 UNet
with random weights in bfloat16 and alternates one bare forward and backward to the latent with one step of every kind;
with --memory it measures instead, in a process each, the peak above the loaded model.
"""

import argparse
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import _pack
import torch
from edit_cost import CONTEXT, random_model, synchronise

_pack.register()

from dragkit.core.drag_json import read_drag  # noqa: E402
from dragkit.core.inversion import Inversion  # noqa: E402
from dragkit.core.latent_optimisation import DragSettings  # noqa: E402
from dragkit.demo.in_process import use_host  # noqa: E402

PAGE = 4096
SIGMAS = [0.0292, 1.9, 2.0]
CORNERS = [[128, 128], [384, 128], [384, 384], [128, 384]]
DRAG = {"version": 1, "size": [512, 512], "drags": [{"handle": [200, 256], "target": [300, 256]}]}
MASKED = DRAG | {"mask": [{"polygon": CORNERS}]}
DRAGS = {"masked": (MASKED, False), "unmasked": (DRAG, False), "checkpointed": (MASKED, True)}


def start(model, cells: int) -> tuple[list, Inversion]:
    """A prompt and an inversion of two levels."""
    generator = torch.Generator().manual_seed(0)
    positive = [[torch.randn(1, 77, CONTEXT, generator=generator), {"pooled_output": None}]]
    state = 2 * torch.randn(1, 4, cells, cells, generator=generator)
    return positive, Inversion(torch.tensor(SIGMAS), (state,) * 3, (), (), 3, lambda: model.model, positive)


def bare(model, positive, inversion: Inversion, checkpointing: bool = False) -> float:
    """Seconds of one forward and backward of the network alone, to the latent."""
    from dragkit.nodes.gradients import autograd, ordinary, ordinary_weights, recomputation

    network, device = model.model.diffusion_model, model.load_device
    with autograd(), ordinary_weights(network), recomputation(network) if checkpointing else nullcontext():
        latent = ordinary(inversion.path[-1]).to(device).requires_grad_()
        context, sigma = ordinary(positive[0][0]).to(device), torch.tensor(SIGMAS[-1:], device=device)
        begin = time.perf_counter()
        model.model.apply_model(latent, sigma, c_crossattn=context, transformer_options={}).sum().backward()
        synchronise()
        return time.perf_counter() - begin


class Stamps(list[float]):
    """When every step ended."""

    def __call__(self, *_: object) -> None:
        synchronise()
        self.append(time.perf_counter())

    @property
    def seconds(self) -> float:
        """From one step to the next, median."""
        return statistics.median(b - a for a, b in zip(self, self[1:], strict=False))


def drag_step(model, positive, inversion: Inversion, drag: dict, checkpointing: bool, steps: int = 2) -> float:
    """Seconds from one update of the latent to the next."""
    from dragkit.nodes.drag_run import DragRun, Schedule, make_plan

    stamps = Stamps()

    class TimedRun(DragRun):
        def work(self, model_wrap, extra_args, state, sigmas, callback):
            return super().work(model_wrap, extra_args, state, sigmas, stamps)

    plan = make_plan(read_drag(drag), inversion.path[-1], None, "benchmark")
    run = TimedRun(model, inversion, plan, DragSettings(steps), Schedule.AT_ONCE, (8,))
    run({"positive": positive}, 1.0, checkpointing)
    return stamps.seconds


def lora_step(model, positive, inversion: Inversion, steps: int = 2) -> float:
    """Seconds from one update of the identity LoRA to the next, batch 1."""
    from dragkit.nodes.lora import Training, whole_pictures

    stamps = Stamps()

    class TimedTraining(Training):
        def work(self, model_wrap, extra_args, state, sigmas, callback):
            return super().work(model_wrap, extra_args, state, sigmas, stamps)

    generator = torch.Generator().manual_seed(0)
    latents = model.model.process_latent_out(inversion.path[0])
    pictures = whole_pictures(latents, steps, 1, generator)
    TimedTraining(model, 16, 5e-4, generator).run(positive, pictures, checkpointing=False)
    return stamps.seconds


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def peak_above(work: Callable[[], object]) -> float:
    """Megabytes that work needs at its peak above what is in use before."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        work()
        return (torch.cuda.max_memory_allocated() - before) / 1e6
    before, highest, done = resident(), [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.005):
            highest[0] = max(highest[0], resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    work()
    done.set()
    watcher.join()
    return (highest[0] - before) / 1e6


def measure(kind: str, cells: int) -> None:
    """Prints the peak of one kind of step, in this process alone."""
    use_host()
    with torch.inference_mode():
        model = random_model()
        positive, inversion = start(model, cells)
        bare(model, positive, start(model, 8)[1])
        works = {"bare": bare, **steps_by_kind(steps=3)}
        print(f"{peak_above(lambda: works[kind](model, positive, inversion)):.0f}")


def steps_by_kind(steps: int = 2) -> dict[str, Callable]:
    """Every kind of step, to be called with model, positive and inversion."""
    drags = {kind: partial(drag_step, drag=d, checkpointing=c, steps=steps) for kind, (d, c) in DRAGS.items()}
    return drags | {"LoRA": partial(lora_step, steps=steps)}


def memory(cells: int) -> None:
    peaks = {}
    for kind in ("bare", *steps_by_kind()):
        command = [sys.executable, __file__, "--kind", kind, "--cells", str(cells)]
        peaks[kind] = float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()[-1])
        print(f"{kind:13} {peaks[kind]:7.0f} MB   ratio {peaks[kind] / peaks['bare']:.2f}", flush=True)


def times(cells: int, rounds: int) -> None:
    use_host()
    with torch.inference_mode():
        model = random_model()
        positive, inversion = start(model, cells)
        bare(model, positive, inversion)
        works = steps_by_kind()
        ratios: dict[str, list[float]] = {kind: [] for kind in works}
        for _ in range(rounds):
            for kind, work in works.items():
                alone, whole = bare(model, positive, inversion), work(model, positive, inversion)
                ratios[kind].append(whole / alone)
                print(f"{kind:13} bare {alone:6.2f} s   step {whole:6.2f} s   {whole / alone:.3f}", flush=True)
    for kind, found in ratios.items():
        print(f"{kind:13} median ratio {statistics.median(found):.3f}")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cells", type=int, default=64, help="side of the latent")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--kind", choices=["bare", *steps_by_kind()], help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.kind:
        measure(options.kind, options.cells)
    elif options.memory:
        memory(options.cells)
    else:
        times(options.cells, options.rounds)


if __name__ == "__main__":
    main()
