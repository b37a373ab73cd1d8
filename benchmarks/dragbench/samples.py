"""The samples of DragBench and of its relatives, in the layouts they are published in.

A sample is a folder with `original_image.png` and what shall happen to it: `meta_data.pkl` (DragBench, -SR, -DR), or
`drag_instruction.json` with `mask.png`; -SR and -DR add `meta_data_region.pkl`, Inpaint4Drag's release
`meta_data_i4p.pkl`. Points are (x, y) of whole pixels, handles and targets in turn.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..plain_pickle import read_plain

PICTURE = "original_image.png"
POINTS = "meta_data.pkl"
POINTS_JSON = "drag_instruction.json"
MASK_PICTURE = "mask.png"


class Instruction(Enum):
    """Which of a sample's instructions a graph is given; distances are measured at its sparse points all the same."""

    POINTS = "points"
    REGIONS = "regions"
    INPAINT4DRAG = "i4p"

    @property
    def file(self) -> str | None:
        """The file that adds it to a sample."""
        return {Instruction.REGIONS: "meta_data_region.pkl", Instruction.INPAINT4DRAG: "meta_data_i4p.pkl"}.get(self)


class SampleError(ValueError):
    """A sample that cannot be read, with the sentence on why."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name, self.reason = name, reason


@dataclass(frozen=True, eq=False)
class Pairs:
    """Handles and targets, (P, 2) xy each."""

    handles: np.ndarray
    targets: np.ndarray

    def scaled(self, sx: float, sy: float) -> Pairs:
        """The same pairs on a resized picture, as whole pixels."""
        return Pairs(*(np.floor(points * (sx, sy)).astype(np.int64) for points in (self.handles, self.targets)))


@dataclass(frozen=True, eq=False)
class Sample:
    """One edit to be made and measured.

    `points` are the sparse pairs, and `mask` (H, W) bool or none is the area, that distances are measured by. `given`
    and `editable` are the pairs and the area that the graph is told; `given` holds regions' cells where `dense` is set.
    """

    name: str
    picture: Path
    prompt: str
    points: Pairs
    mask: np.ndarray | None
    given: Pairs
    editable: np.ndarray | None
    dense: bool = False
    longer_side: int | None = None

    @cached_property
    def original_size(self) -> tuple[int, int]:
        with Image.open(self.picture) as picture:
            return picture.size

    @property
    def size(self) -> tuple[int, int]:
        """Width and height that the sample is run and measured at."""
        width, height = self.original_size
        factor = self.longer_side / max(width, height) if self.longer_side else 1
        return round(width * factor), round(height * factor)

    def image(self) -> Image.Image:
        """The picture at the sample's size."""
        with Image.open(self.picture) as picture:
            picture = picture.convert("RGB")
        return picture if picture.size == self.size else picture.resize(self.size, Image.Resampling.LANCZOS)

    def with_longer_side(self, longer_side: int) -> Sample:
        """The sample resized, with its points and mask."""
        resized = replace(self, longer_side=longer_side)
        sx, sy = (new / old for new, old in zip(resized.size, self.original_size, strict=True))
        return replace(
            resized,
            points=self.points.scaled(sx, sy),
            given=self.given.scaled(sx, sy),
            mask=resized_mask(self.mask, resized.size),
            editable=resized_mask(self.editable, resized.size),
        )


def resized_mask(mask: np.ndarray | None, size: tuple[int, int]) -> np.ndarray | None:
    return None if mask is None else np.array(Image.fromarray(mask).resize(size, Image.Resampling.NEAREST))


def find_samples(root: Path) -> dict[str, Path]:
    """The folders of all samples under a folder, by their path in it; -SR has no folders of categories."""
    folders = {}
    for folder, below, files in os.walk(root):
        below.sort()
        if {PICTURE, POINTS, POINTS_JSON} & set(files):
            folders[Path(folder).relative_to(root).as_posix()] = Path(folder)
    return folders


def read_sample(name: str, folder: Path, instruction: Instruction = Instruction.POINTS) -> Sample:
    """Reads a sample, or raises SampleError."""
    try:
        return parse_sample(name, folder, instruction)
    except (ValueError, OSError) as error:
        raise SampleError(name, str(error)) from error


def parse_sample(name: str, folder: Path, instruction: Instruction) -> Sample:
    require(folder / PICTURE)
    sparse = read_instruction(folder)
    points, chosen = read_pairs(sparse), sparse
    if instruction.file:
        require(folder / instruction.file)
        chosen = read_plain(folder / instruction.file)
    dense = instruction is Instruction.REGIONS
    given = read_pairs(chosen, unpaired="left out") if dense else read_pairs(chosen)
    prompt = sparse.get("prompt", "")
    if not isinstance(prompt, str):
        raise ValueError(f"its prompt is {prompt!r}, which is no text.")
    with Image.open(folder / PICTURE) as picture:
        size = picture.size
    mask = read_mask(sparse.get("mask"), size)
    editable = read_mask(chosen["mask"], size) if "mask" in chosen else mask
    return Sample(name, folder / PICTURE, prompt.strip(), points, mask, given, editable, dense)


def require(file: Path) -> None:
    if not file.is_file():
        raise ValueError(f"there is no {file.name} in its folder.")


def read_instruction(folder: Path) -> Mapping[str, Any]:
    """Prompt, points and mask from either layout."""
    if (folder / POINTS).is_file():
        return read_plain(folder / POINTS)
    require(folder / POINTS_JSON)
    content = json.loads((folder / POINTS_JSON).read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise ValueError(f"{POINTS_JSON} holds no object with prompt and points.")
    if (folder / MASK_PICTURE).is_file():
        with Image.open(folder / MASK_PICTURE) as mask:
            content["mask"] = np.asarray(mask.convert("L")) > 127
    return content


def read_pairs(content: Mapping[str, Any], unpaired: str = "refused") -> Pairs:
    """The points of an instruction as pairs; -SR and -DR leave out a last one without a partner."""
    try:
        points = np.asarray(content.get("points"), dtype=np.float64)
    except (TypeError, ValueError):
        points = np.empty((0, 0))
    if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
        raise ValueError("its points are no list of [x, y].")
    if len(points) % 2 and unpaired == "refused":
        raise ValueError(f"it has {len(points)} points, an odd number; they must be handle and target in turn.")
    if len(points) < 2:
        raise ValueError("it has no pair of handle and target.")
    whole = np.floor(points[: len(points) // 2 * 2]).astype(np.int64)
    return Pairs(whole[0::2], whole[1::2])


def read_mask(mask: Any, size: tuple[int, int]) -> np.ndarray | None:
    """The editable area (H, W), none where nothing or nothing but zeros is given."""
    if mask is None:
        return None
    mask = np.squeeze(np.asarray(mask))
    width, height = size
    if mask.shape != (height, width):
        found = "x".join(str(side) for side in mask.shape[::-1])
        raise ValueError(f"its mask is {found or 'a single value'}, its picture {width}x{height}.")
    return mask.astype(bool) if mask.any() else None
