"""Results of the original GoodDrag: its problems as the pack states them, on the stub network of DragDiffusion's."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from dragkit.core.instruction.spec import Extent
from dragkit.core.optimise.latent import Alternation, DragSettings, LatentOptimisation
from dragkit.core.optimise.motion import grid_extent
from dragkit.tests.core.dragdiffusion_golden import SIGMAS, StubNetwork, xy
from torch import Tensor

FOLDER = Path(__file__).parents[1] / "golden" / "gooddrag"


def turn_cases(crash: bool = False) -> list[str]:
    """The recorded runs by name: those that came to an end, or those that the program broke off at a border."""
    return sorted(file.stem for file in FOLDER.glob("*.npz") if ("crash" in file.stem) == crash)


class TurnCase(NamedTuple):
    """A run of the original loop."""

    data: Any
    settings: DragSettings
    turns: Alternation
    sigmas: Tensor
    fixed: Tensor
    network: StubNetwork

    @staticmethod
    def load(name: str) -> "TurnCase":
        data = np.load(FOLDER / f"{name}.npz")
        p = json.loads(str(data["params"]))
        height, width = data["mask_full"].shape
        steps = p["levels"] * p["tracks"] * p["per_track"]
        return TurnCase(
            data,
            DragSettings(steps, p["lr"], p["r1"], p["r2"], p["lam"]),
            Alternation(p["levels"], p["per_track"], p["patience"], p["beta"]),
            SIGMAS[data["timesteps"]],
            torch.from_numpy(data["interp_mask"])[0, 0] == 0,
            StubNetwork(data, [p["feature"]], grid_extent(Extent(width, height))),
        )

    def optimisation(self, dtype: torch.dtype, **options: Any) -> tuple[LatentOptimisation, Tensor]:
        """The run as it is to be done again in a precision, and the latent that it starts from."""
        handles, targets = xy(self.data["handles0"]), xy(self.data["targets"])
        network = self.network.to(dtype)
        optimisation = LatentOptimisation(network, handles, targets, self.settings, self.fixed, **options)
        return optimisation, torch.from_numpy(self.data["latent0"]).to(dtype)
