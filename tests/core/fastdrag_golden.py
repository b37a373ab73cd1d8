"""Reads results of the original FastDrag program (tests/golden/fastdrag), turned to our (x, y) order."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

FOLDER = Path(__file__).parents[1] / "golden" / "fastdrag"
GEOMETRY_GROUPS = ("single", "multi", "edge", "shapes", "quirks", "nonsquare", "large128", "fp16")


class Problem(NamedTuple):
    """What the original program was given."""

    latent: Tensor  # (1, 4, h, w) float32 or float16
    image_mask: Tensor  # (H, W) uint8
    image_size: tuple[int, int]  # (W, H)
    handles: Tensor  # (P, 2) xy, image pixels
    targets: Tensor  # (P, 2) xy, image pixels


class Answer(NamedTuple):
    """What the original program made of it; N cells of the mask in raster order, P drags."""

    handles: Tensor  # (P, 2) xy, latent cells
    targets: Tensor  # (P, 2) xy, latent cells
    mask: Tensor  # (h, w) bool
    centre: Tensor  # (2,) xy
    radius: Tensor  # ()
    cells: Tensor  # (N, 2) xy
    stretch: Tensor  # (P, N)
    weights: Tensor  # (P, N)
    moves: Tensor  # (N, 2) xy, NaN where the cell was skipped
    destinations: Tensor  # (N, 2) xy, -1 where the cell was skipped
    accepted: Tensor  # (N,) bool
    source: Tensor  # (h, w) int64 flat index, -1 for null
    null: Tensor  # (h, w) bool, channel 0 == 0 after the warp
    null_after: Tensor  # (h, w) bool, channel 0 == 0 after BNNI
    warped: Tensor  # (1, 4, h, w)
    filled: Tensor  # (1, 4, h, w) after BNNI


@cache
def _arrays(group: str) -> dict[str, dict[str, np.ndarray]]:
    cases: dict[str, dict[str, np.ndarray]] = {}
    with np.load(FOLDER / f"{group}.npz") as archive:
        for key in archive.files:
            case, field = key.split("/")
            cases.setdefault(case, {})[field] = archive[key]
    return cases


@cache
def _latents() -> dict[str, np.ndarray]:
    with np.load(FOLDER / "latents.npz") as archive:
        return dict(archive)


def case_ids(groups: tuple[str, ...] = GEOMETRY_GROUPS) -> list[tuple[str, str]]:
    """List (group, case) of every golden case in the groups."""
    return [(group, case) for group in groups for case in _arrays(group)]


def load_problem(group: str, case: str) -> Problem:
    """Load the input of one golden case."""
    fields = _arrays(group)[case]
    height, width = (int(n) for n in fields["image_hw"])
    dtype = np.float16 if fields.get("is_half", False) else np.float32
    latent = _latents()[str(fields["latent_key"])].astype(dtype)
    for y, x in fields.get("latent_ch0_zeros_yx", ()):
        latent[0, 0, y, x] = 0
    image_mask = np.unpackbits(fields["mask_packed"], axis=1, count=width)
    points = (torch.from_numpy(fields[name]) for name in ("handle_xy", "target_xy"))
    return Problem(torch.from_numpy(latent), torch.from_numpy(image_mask), (width, height), *points)


def load_answer(group: str, case: str) -> Answer:
    """Load the results of one golden case of the geometry groups."""
    fields = {name: torch.from_numpy(array) for name, array in _arrays(group)[case].items() if array.dtype.kind != "U"}
    latent = load_problem(group, case).latent
    source, null = fields["src_index"].long(), fields["null"]
    warped = latent.flatten(2)[..., source.clamp(min=0)].masked_fill(source < 0, 0)
    filled = warped.clone()
    filled[0, :, null] = fields["after_null_vals"]
    return Answer(
        handles=fields["handle_lat"].flip(-1),
        targets=fields["target_lat"].flip(-1),
        mask=fields["mask_lat"] > 0,
        centre=fields["circle"][:2].flip(-1),
        radius=fields["circle"][2],
        cells=fields["cells"].flip(-1).float(),
        stretch=fields["scale"],
        weights=fields["weight"],
        moves=fields["move"].flip(-1),
        destinations=fields["dest"].flip(-1).long(),
        accepted=fields["accepted"],
        source=source,
        null=null,
        null_after=fields["null_after"],
        warped=warped,
        filled=filled,
    )


def load_fill_modes(case: str) -> dict[str, Tensor]:
    """Load the full outputs of the original fill modes 'ori', '0' and 'interpolation' for case 'a' or 'b'."""
    fields = _arrays("fillmodes")[case]
    return {mode: torch.from_numpy(fields[f"out_{mode}"]) for mode in ("ori", "0", "interpolation")}
