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
USUAL = 0.9  # of what was to stay differs less than the bound
MARGIN = 1.5  # times that bound is the least that counts as edited
LEAST, MOST = 2 / 255, 0.1  # of a channel's range; a model that redraws more than that hides what it edits
GROWTH = 6  # pixels around what has changed that go with it
LEAST_PIXELS = 64  # of what was to stay, for a bound


class Inside(Enum):
    """What of an edit is taken within the mask."""

    ALL = "all of the edit"
    CHANGED = "only what the edit changed"


def touched_share(before: Tensor, edited: Tensor, kept: Tensor) -> tuple[Tensor | None, float]:
    """How much of an edit is to show, and the difference from which on it counts as one.

    before, edited: (h, w, C) of one size; kept: (h, w) bool, where nothing was to change. Returns a share (h, w) in
    0..1, exactly 0 away from all that has changed, or none where too little was kept to tell, or that little resembles
    what it was.
    """
    if int(kept.sum()) < LEAST_PIXELS:
        return None, 0.0
    apart = (edited.float().cpu() - before.float().cpu()).abs().amax(-1).numpy()  # (h, w)
    smooth = ndimage.gaussian_filter(apart, SMOOTHED)
    bound = max(MARGIN * float(np.quantile(smooth[kept.cpu().numpy()], USUAL)), LEAST)
    if bound > MOST:
        return None, bound
    around = ndimage.maximum_filter(smooth > bound, 2 * GROWTH + 1)
    return torch.from_numpy(ndimage.gaussian_filter(around.astype(np.float32), SMOOTHED, truncate=3.0)), bound
