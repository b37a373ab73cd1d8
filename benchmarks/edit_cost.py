"""What a whole edit costs above the bare network evaluations it cannot avoid.

`COMFYUI_PATH=... python benchmarks/edit_cost.py [--method fastdrag|regiondrag] [--rounds 3] [--cells 64]` builds a
full-size SD1.5 UNet with random weights in bfloat16, alternates whole edits with as many bare evaluations, and prints
both, their ratio, and the size of the attention store.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import _pack
import torch
from _host import inject, invert, sample

_pack.register()

from dragkit.demo.in_process import use_host  # noqa: E402
from dragkit.demo.network import UNET  # noqa: E402

DRAG = {"version": 1, "size": [512, 512], "drags": [{"handle": [200, 256], "target": [300, 256]}]}
SQUARE = [[100, 150], [250, 150], [250, 300], [100, 300]]
REGION = {
    "version": 1,
    "size": [512, 512],
    "regions": [{"source": {"polygon": SQUARE}, "affine": {"move": [200, 40], "rotate": 10}}],
}
CONTEXT = 768
SD15 = UNET | {"model_channels": 320, "channel_mult": [1, 2, 4, 4], "context_dim": CONTEXT}


def random_model():
    """A MODEL of SD1.5's full shape with small random weights, in bfloat16."""
    import comfy.model_management
    import comfy.model_patcher
    import comfy.supported_models

    config = comfy.supported_models.SD15(SD15)
    config.set_inference_dtype(torch.bfloat16, None)
    model = config.get_model({}, "", device=comfy.model_management.unet_offload_device())
    for parameter in model.diffusion_model.parameters():
        torch.nn.init.normal_(parameter.data, std=0.02)
    return comfy.model_patcher.ModelPatcher(
        model,
        load_device=comfy.model_management.get_torch_device(),
        offload_device=comfy.model_management.unet_offload_device(),
    )


def fastdrag(model, positive, latent: dict):
    """One FastDrag edit by the pack's nodes and the core sampler; returns the inversion."""
    from dragkit.core.drag_json import read_drag
    from dragkit.nodes.fastdrag import BNNIFill, LatentWarpage

    noisy, sigmas, inversion = invert(model, positive, latent)
    warped, null = LatentWarpage.execute(noisy, read_drag(DRAG), "raster", "weighted").args
    (filled,) = BNNIFill.execute(warped, "sequential", 42, null).args
    sample(inject(model, inversion), positive, filled, sigmas)
    return inversion


def regiondrag(model, positive, latent: dict):
    """One RegionDrag edit by the pack's nodes and the core sampling; returns the inversion."""
    from dragkit.core.drag_json import read_drag
    from dragkit.nodes.regiondrag import RegionCopyPaste

    settings = {"steps": 20, "strength": 0.5, "method": "ddpm", "spacing": "linspace", "capture": "all blocks"}
    _, sigmas, inversion = invert(model, positive, latent, **settings)
    start, sampler, _ = RegionCopyPaste.execute(inversion, read_drag(REGION), 1.0, 0.8, "whole source", 42).args
    sample(inject(model, inversion), positive, start, sigmas, sampler)
    return inversion


METHODS = {"fastdrag": fastdrag, "regiondrag": regiondrag}


def bare_evaluations(model, positive, latent: dict, sigmas: torch.Tensor) -> None:
    """The network alone, once for every level on the way up and on the way down."""
    device = model.load_device
    x, context = latent["samples"].to(device), positive[0][0].to(device)
    for sigma in [*sigmas[1:], *sigmas[1:].flip(0)]:
        model.model.apply_model(x, sigma.view(1).to(device), c_crossattn=context, transformer_options={})


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    synchronise()
    return time.perf_counter() - start


def synchronise() -> None:
    """Waits for the GPU, where there is one."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def store_share(inversion, model) -> tuple[float, float]:
    """Megabytes stored, and those of the keys and values that they stand for."""
    from dragkit.core.attention import stored_bytes

    stored = stored_bytes(inversion.states)
    unet = model.model.diffusion_model
    both = 0
    for level in inversion.states:
        for layer, hidden in zip(level.layers, level.hidden, strict=True):
            both += 2 * hidden.shape[:2].numel() * keys(unet, layer).out_features * hidden.element_size()
    return stored / 1e6, both / 1e6


def keys(unet, layer):
    """The key projection of a self-attention layer."""
    blocks = {"input": unet.input_blocks, "middle": [unet.middle_block], "output": unet.output_blocks}
    return blocks[layer.block][layer.number][1].transformer_blocks[layer.index].attn1.to_k


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--method", choices=list(METHODS), default="fastdrag")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cells", type=int, default=64, help="side of the latent")
    options = parser.parse_args()
    use_host()
    edit = METHODS[options.method]
    with torch.inference_mode():
        model = random_model()
        positive = [[torch.randn(1, 77, CONTEXT), {"pooled_output": None}]]
        latent = {"samples": torch.randn(1, 4, options.cells, options.cells)}
        inversion = edit(model, positive, latent)
        rounds = []
        for _ in range(options.rounds):
            bare = timed(lambda: bare_evaluations(model, positive, latent, inversion.sigmas))
            whole = timed(lambda: edit(model, positive, latent))
            rounds.append((bare, whole))
            count = 2 * (len(inversion.sigmas) - 1)
            print(
                f"{count} evaluations {bare:6.2f} s   whole edit {whole:6.2f} s   ratio {whole / bare:.3f}", flush=True
            )
    print(f"median ratio {statistics.median(whole / bare for bare, whole in rounds):.3f}")
    stored, both = store_share(inversion, model)
    print(f"attention store {stored:.1f} MB, keys and values would be {both:.1f} MB, share {stored / both:.3f}")


if __name__ == "__main__":
    main()
