"""Reads the cases of the warp's mapping (tests/golden/warp, written by benchmarks/warp_golden.py)."""

import json
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parents[1] / "golden" / "warp"


def case_names() -> list[str]:
    return [file.stem for file in sorted(FOLDER.glob("*.json"))]


def load_case(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def from_runs(runs: list[list[int]], width: int, height: int) -> np.ndarray:
    """The mask (H, W) of runs [row, first column, column after the last]."""
    mask = np.zeros((height, width), dtype=bool)
    for row, start, stop in runs:
        mask[row, start:stop] = True
    return mask
