"""What of an edited crop the edit has changed, told from what the model merely drew anew.

A model redraws all of a crop and loses some of it even where nothing is to change. How much is seen outside of the
mask; what differs no more within the mask was not edited either, and the picture's own pixels are the better ones.
"""

from enum import Enum

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

SMOOTHED = 2.0  # pixels, over which differences are averaged, so that grain does not count
RANKS = 4  # of roughness, each with a bound of its own: a model loses more of edges than of plain parts
USUAL = 0.95  # of what was to stay differs less than a bound
MARGIN = 1.5  # times a bound is the least that counts as edited
LEAST, MOST = 2 / 255, 0.1  # of a channel's range; a model that redraws more than that hides what it edits
GROWTH = 6  # pixels around what has changed that go with it
LEAST_PIXELS = 64  # of what was to stay, for bounds


class Inside(Enum):
    """What of an edit is taken within the mask."""

    ALL = "all of the edit"
    CHANGED = "only what the edit changed"


def touched_share(before: Tensor, edited: Tensor, kept: Tensor) -> tuple[Tensor | None, float]:
    """How much of an edit is to show, and the difference from which on it usually counts as one.

    before, edited: (h, w, C) of one size; kept: (h, w) bool, where nothing was to change. Returns a share (h, w) in
    0..1, exactly 0 away from all that has changed, or none where too little was kept to tell, or that little resembles
    what it was.
    """
    if int(kept.sum()) < LEAST_PIXELS:
        return None, 0.0
    original, after = (picture.float().cpu().numpy() for picture in (before, edited))
    apart = ndimage.gaussian_filter(np.abs(after - original).max(-1), SMOOTHED)  # (h, w)
    bounds = usual_differences(apart, roughness(original.mean(-1)), kept.cpu().numpy())
    usual = float(np.median(bounds))
    if usual > MOST:
        return None, usual
    around = ndimage.maximum_filter(apart > bounds, 2 * GROWTH + 1)
    return torch.from_numpy(ndimage.gaussian_filter(around.astype(np.float32), SMOOTHED, truncate=3.0)), usual


def roughness(grey: np.ndarray) -> np.ndarray:
    """How much a picture (h, w) changes from pixel to pixel, averaged as differences are."""
    return ndimage.gaussian_filter(np.hypot(ndimage.sobel(grey, 0), ndimage.sobel(grey, 1)), SMOOTHED)


def usual_differences(apart: np.ndarray, rough: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """The difference up to which a model merely redraws, (h, w), by what it did to as rough parts that were kept."""
    order = np.array_split(np.argsort(rough[kept], kind="stable"), RANKS)
    middles = [np.median(rough[kept][rank]) for rank in order]
    bounds = [MARGIN * np.quantile(apart[kept][rank], USUAL) for rank in order]
    return np.interp(rough, middles, bounds).clip(min=LEAST)
