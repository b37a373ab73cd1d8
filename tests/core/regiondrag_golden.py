"""Reads results of the original RegionDrag program (tests/golden/regiondrag); coordinates are (x, y)."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from dragkit.core.instruction.spec import Extent

FOLDER = Path(__file__).parents[1] / "golden" / "regiondrag"
CELL_SIZES = {"px": 1, "lat": 8}


class Answer(NamedTuple):
    """What the original program mapped, N target cells in its order."""

    status: str  # ok, or what went wrong
    source: np.ndarray  # (N, 2) xy
    target: np.ndarray  # (N, 2) xy
    counts: tuple[int, ...]  # target cells of each pair
    pasted: np.ndarray | None  # (h, w) 1000 * y + x of the source cell, negative where nothing was pasted

    def pairs(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Source and target cells of each pair."""
        ends = np.cumsum(self.counts)[:-1]
        return list(zip(np.split(self.source, ends), np.split(self.target, ends), strict=True))


class RegionPoints(NamedTuple):
    """A region with points in it, and what the original program mapped."""

    mask: np.ndarray  # (H, W) bool
    handles: np.ndarray  # (P, 2) xy, pixels
    targets: np.ndarray  # (P, 2) xy, pixels
    source: np.ndarray  # (N, 2) xy
    target: np.ndarray  # (N, 2) xy


def case_ids(family: str) -> list[str]:
    """List the golden cases of a family: brush, poly, regionpoints or pipe."""
    return [file.stem for file in sorted(FOLDER.glob(f"{family}_*.npz"))]


@cache
def arrays(case: str) -> dict[str, np.ndarray]:
    """Load all arrays of one golden case."""
    with np.load(FOLDER / f"{case}.npz") as archive:
        return dict(archive)


def load_answer(case: str, scale: str) -> Answer:
    """Load the result of a brush or poly case, at pixel scale (px) or latent scale (lat)."""
    fields = arrays(case)
    status = str(fields[f"status_{scale}"])
    if status.startswith("error"):
        return Answer(status, np.zeros((0, 2)), np.zeros((0, 2)), (), None)
    names = (f"{name}_{scale}" for name in ("src", "trg", "npts"))
    source, target, counts = (fields[name].astype(np.int64) for name in names)
    return Answer(status, source, target, tuple(counts), fields.get("cp_lat") if scale == "lat" else None)


def mask_pairs(case: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Load the source and target masks (H, W) of a brush case; a last one without partner is left out."""
    fields = arrays(case)
    masks = [fields[f"mask{i}"] for i in range(int(fields["n_masks"]))]
    return list(zip(masks[::2], masks[1::2], strict=False))


def polygon_pairs(case: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Load the corners (V, 2) in pixels of source and target of a poly case."""
    fields = arrays(case)
    return [(fields[f"src_poly{i}"], fields[f"trg_poly{i}"]) for i in range(int(fields["n_pairs"]))]


def load_region_points(case: str, scale: str) -> RegionPoints:
    """Load a region with points, and its result at pixel scale (px) or latent scale (lat)."""
    fields = arrays(case)
    points = fields["points"].astype(np.float64)
    source, target = (fields[f"rd_{name}_{scale}"].astype(np.int64) for name in ("src", "trg"))
    return RegionPoints(fields["mask"], points[::2], points[1::2], source, target)


def grid_of(case: str, scale: str) -> Extent:
    """The grid of a poly case."""
    fields = arrays(case)
    return Extent(int(fields["W"]) // CELL_SIZES[scale], int(fields["H"]) // CELL_SIZES[scale])


def compare_by_target(
    source: np.ndarray, target: np.ndarray, expected_source: np.ndarray, expected_target: np.ndarray
) -> tuple[np.ndarray, int]:
    """Compare two maps: how far their sources differ on each common target, and how many targets only one has."""
    found = {tuple(cell): origin for cell, origin in zip(target.tolist(), source, strict=True)}
    expected = {tuple(cell): origin for cell, origin in zip(expected_target.tolist(), expected_source, strict=True)}
    common = found.keys() & expected.keys()
    distances = np.array([np.abs(found[cell] - expected[cell]).max() for cell in common])
    return distances, len(found.keys() ^ expected.keys())
