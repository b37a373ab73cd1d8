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
USUAL, MARGIN = (
    0.75,
    2.0,
)  # times this quantile of what was to stay; edits that reach past the mask lift it little
PEAK = 4.0  # times a bound counts in a single pixel, as of dots and thin lines
LEAST, MOST = 2 / 255, 0.06  # of a channel's range, for bounds; a model that redraws more hides what it edits
GROWTH = 6  # pixels around what has changed that go with it
LEAST_PIXELS = 64  # of what was to stay, for bounds


class Inside(Enum):
    """What of an edit is taken within the mask."""

    ALL = "all of the edit"
    CHANGED = "only what the edit changed"


def touched_share(before: Tensor, edited: Tensor, kept: Tensor) -> tuple[Tensor | None, float]:
    """How much of an edit is to show, and the largest difference that does not count as one.

    before, edited: (h, w, C) of one size; kept: (h, w) bool, where nothing was to change. Returns a share (h, w) in
    0..1, exactly 0 away from all that has changed, or none where too little was kept to tell, or that little resembles
    what it was.
    """
    if int(kept.sum()) < LEAST_PIXELS:
        return None, 0.0
    original, after = (np.nan_to_num(picture.float().cpu().numpy()) for picture in (before, edited))
    apart = np.abs(after - original).max(-1)  # (h, w)
    smooth = ndimage.gaussian_filter(apart, SMOOTHED)
    bounds = usual_differences(smooth, roughness(original.mean(-1)), kept.cpu().numpy())
    if np.median(bounds) > MOST:
        return None, float(np.median(bounds))
    bounds = bounds.clip(LEAST, MOST)
    around = ndimage.maximum_filter((smooth > bounds) | (apart > PEAK * bounds), 2 * GROWTH + 1)
    share = ndimage.gaussian_filter(around.astype(np.float32), SMOOTHED, truncate=3.0)
    return torch.from_numpy(share), float(bounds.max())


def roughness(grey: np.ndarray) -> np.ndarray:
    """How much a picture (h, w) changes from pixel to pixel, averaged as differences are."""
    return ndimage.gaussian_filter(np.hypot(ndimage.sobel(grey, 0), ndimage.sobel(grey, 1)), SMOOTHED)


def usual_differences(apart: np.ndarray, rough: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """The difference up to which a model merely redraws, (h, w), by what it did to as rough parts that were kept.

    Equally rough pixels, as of a plain ground, are spread over the ranks wherever they lie.
    """
    mixed = np.random.default_rng(0).permutation(int(kept.sum()))
    rough_kept, apart_kept = rough[kept][mixed], apart[kept][mixed]
    ranks = np.array_split(np.argsort(rough_kept, kind="stable"), RANKS)
    middles = [np.median(rough_kept[rank]) for rank in ranks]
    return np.interp(rough, middles, [MARGIN * np.quantile(apart_kept[rank], USUAL) for rank in ranks])
