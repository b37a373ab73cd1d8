"""Mean distance: where the content of a handle is found in an edited picture, by the cosine of features.

Feature maps are (C, h, w), of a picture of W x H; points are (x, y) of whole pixels. Maps are compared as if they had
been enlarged to the picture, without enlarging them whole: 1280 channels at 512 x 512 would take 1.3 GB.
"""

from __future__ import annotations

from enum import Enum

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ...core.instruction.spec import Extent
from ...core.optimise.features import interpolated_at, neighbours
from .samples import Pairs

ROWS_AT_ONCE = 16
SMALLEST_RADIUS = 5.0  # pixels, of RegionDrag's discs


class Enlarging(Enum):
    """How a feature map is enlarged to its picture."""

    BILINEAR = "bilinear"
    NEAREST = "nearest"


class Features:
    """A feature map, and its values and lengths at the pixels of its picture."""

    def __init__(self, values: Tensor, picture: Extent, enlarging: Enlarging) -> None:
        self.values, self.picture, self.enlarging = values.float(), picture, enlarging

    def at(self, x: int, y: int) -> Tensor:
        """The feature (C,) of a pixel; of the nearest one for a point outside the picture."""
        column, row = min(max(x, 0), self.picture.width - 1), min(max(y, 0), self.picture.height - 1)
        if self.enlarging is Enlarging.NEAREST:
            height, width = self.values.shape[1:]
            return self.values[:, row * height // self.picture.height, column * width // self.picture.width]
        return self.bilinear(torch.tensor([row]), torch.tensor([column]))[:, 0, 0]

    def bilinear(self, rows: Tensor, columns: Tensor) -> Tensor:
        """The features (C, R, K) at rows and columns of pixels."""
        height, width = self.values.shape[1:]
        down, across = neighbours(rows, height, self.picture.height), neighbours(columns, width, self.picture.width)
        return interpolated_at(self.values, down, across)

    def lengths(self) -> Tensor:
        """The length of the feature of every pixel, (H, W)."""
        if self.enlarging is Enlarging.NEAREST:
            return self.enlarged(self.values.norm(dim=0))
        columns = torch.arange(self.picture.width)
        rows = torch.arange(self.picture.height).split(ROWS_AT_ONCE)
        return torch.cat([self.bilinear(part, columns).norm(dim=0) for part in rows])

    def cosines(self, feature: Tensor, lengths: Tensor) -> Tensor:
        """The cosine of a feature (C,) with that of every pixel, (H, W); enlarging and summing can be swapped."""
        products = self.enlarged(torch.einsum("c,chw->hw", feature, self.values))
        return products / (lengths * feature.norm()).clamp_min(1e-12)

    def enlarged(self, plane: Tensor) -> Tensor:
        """A plane (h, w) at the picture's size, (H, W)."""
        size = (self.picture.height, self.picture.width)
        options = {"align_corners": False} if self.enlarging is Enlarging.BILINEAR else {}
        return F.interpolate(plane[None, None], size, mode=self.enlarging.value, **options)[0, 0]


def found_places(source: Features, edited: Features, points: Pairs, areas: list[Tensor | None]) -> list[np.ndarray]:
    """Where in its area (H, W) the content of every handle is found, (P, 2) xy for every list of areas.

    areas: one for all handles, (H, W), or one for each, (P, H, W), or none for the whole picture.
    """
    lengths, found = edited.lengths(), []
    for number, (x, y) in enumerate(points.handles.tolist()):
        cosines = edited.cosines(source.at(x, y), lengths)
        found.append([best_place(cosines, area_of(area, number)) for area in areas])
    return list(np.array(found, dtype=np.int64).reshape(-1, len(areas), 2).swapaxes(0, 1))


def area_of(areas: Tensor | None, number: int) -> Tensor | None:
    return areas[number] if areas is not None and areas.ndim == 3 else areas


def best_place(cosines: Tensor, area: Tensor | None) -> tuple[int, int]:
    """The pixel (x, y) of an area with the greatest cosine, the first of equals, which a GPU would not tell."""
    cosines = cosines.cpu()
    if area is not None:
        cosines = cosines.masked_fill(~area, -torch.inf)
    row, column = divmod(int(cosines.argmax()), cosines.shape[1])
    return column, row


def discs(points: Pairs, picture: Extent) -> Tensor:
    """RegionDrag's search areas (P, H, W): discs around handle and target of radius max(distance / sqrt 2, 5)."""
    y, x = torch.meshgrid(torch.arange(picture.height), torch.arange(picture.width), indexing="ij")
    areas = []
    for handle, target in zip(points.handles, points.targets, strict=True):
        radius = max(float(np.linalg.norm(target - handle)) / 2**0.5, SMALLEST_RADIUS)
        near = [(x - centre[0]) ** 2 + (y - centre[1]) ** 2 <= radius**2 for centre in (handle, target)]
        areas.append(near[0] | near[1])
    return torch.stack(areas)


def distances(found: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """How far found places (P, 2) are from their targets, in pixels (P,)."""
    return np.linalg.norm(found - targets, axis=1)


def relative_distances(found: np.ndarray, targets: np.ndarray, picture: Extent) -> np.ndarray:
    """How far found places (P, 2) are from their targets, in shares of the picture's sides (P,)."""
    return np.linalg.norm((found - targets) / np.array(picture), axis=1)
