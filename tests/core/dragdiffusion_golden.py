"""Results of the original DragDiffusion: its problems as the pack states them, and the stub network behind them."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from dragkit.core.instruction.spec import Extent
from dragkit.core.optimise.features import FeatureMap, guided
from dragkit.core.optimise.latent import DragSettings, Evaluation
from dragkit.core.optimise.motion import grid_extent
from torch import Tensor

FOLDER = Path(__file__).parents[1] / "golden" / "dragdiffusion"
ALPHAS = torch.from_numpy(np.load(FOLDER / "ddim.npz")["alphas_cumprod"])
SIGMAS = ((1 - ALPHAS.double()) / ALPHAS.double()).sqrt()


def drag_cases() -> list[str]:
    return sorted(file.stem for file in (FOLDER / "drag").glob("*.npz"))


def xy(row_column: np.ndarray) -> Tensor:
    """The goldens' (row, column) pairs as (x, y)."""
    return torch.from_numpy(row_column).flip(-1)


class StubNetwork:
    """Three convolutions whose hidden layers are the features; reads timesteps off the noise levels."""

    def __init__(self, data: Any, layers: list[int], grid: Extent, cfg: float = 1.0):
        self.weights = {key[4:]: torch.from_numpy(data[key]) for key in data.files if key.startswith("net_")}
        self.layers, self.grid, self.cfg = layers, grid, cfg
        self.text = [torch.from_numpy(data[key]) for key in ("text_emb", "neg_emb") if key in data.files]

    def noise(self, latent: Tensor, timestep: int, text: Tensor) -> tuple[Tensor, FeatureMap]:
        w = self.weights
        time, words = (timestep / 1000) * w["tb"], text.mean(1) @ w["wc"]
        hidden = F.conv2d(latent, w["c1w"], w["c1b"], padding=1) + time[None, :, None, None] + words[:, :, None, None]
        first = F.silu(hidden)
        second = F.silu(F.conv2d(first, w["c2w"], w["c2b"], padding=1))
        maps = tuple((first, second)[layer][0] for layer in self.layers)
        return F.conv2d(second, w["c3w"], w["c3b"], padding=1), FeatureMap(maps, self.grid)

    def __call__(self, latent: Tensor, sigma: Tensor, whole: bool) -> Evaluation:
        timestep = int((SIGMAS - sigma).abs().argmin())
        noise, features = self.noise(latent, timestep, self.text[0])
        if len(self.text) > 1 and self.cfg > 1:
            other, others = self.noise(latent, timestep, self.text[1])
            noise, features = other + self.cfg * (noise - other), guided(features, others, self.cfg)
        return Evaluation(features, noise if whole else None)

    def to(self, dtype: torch.dtype) -> "StubNetwork":
        self.weights = {name: weight.to(dtype) for name, weight in self.weights.items()}
        self.text = [text.to(dtype) for text in self.text]
        return self


class DragCase(NamedTuple):
    """A run of the original loop."""

    data: Any
    params: dict[str, Any]
    network: StubNetwork
    settings: DragSettings
    fixed: Tensor | None

    @staticmethod
    def load(name: str) -> "DragCase":
        data = np.load(FOLDER / "drag" / f"{name}.npz")
        p = json.loads(str(data["params"]))
        height, width = data["mask_full"].shape
        network = StubNetwork(data, p["layers"], grid_extent(Extent(width, height)), p.get("cfg", 1.0))
        settings = DragSettings(p["n"], p["lr"], p["r_m"], p["r_p"], p["lam"])
        inside = torch.from_numpy(data["interp_mask"])[0, 0] > 0
        return DragCase(data, p, network, settings, ~inside if inside.any() else None)
