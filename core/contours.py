"""The outer outlines of a mask, traced cell by cell."""

import numpy as np
from scipy import ndimage

from .region_cells import bounding_box, cells_xy

EIGHT_NEIGHBOURS = np.ones((3, 3))


def filled_components(mask: np.ndarray) -> list[np.ndarray]:
    """Split a mask (h, w) into parts that touch at sides or corners, their holes filled, as (h, w) bool each."""
    box = bounding_box(mask)
    labels, count = ndimage.label(ndimage.binary_fill_holes(mask[box]), EIGHT_NEIGHBOURS)
    parts = [np.zeros_like(mask) for _ in range(count)]
    for number, part in enumerate(parts, 1):
        part[box] = labels == number
    return parts


def contour_corners(component: np.ndarray) -> np.ndarray:
    """Walk clockwise around a connected mask (h, w) and list the cells where the way bends, (V, 2) xy int64.

    The walk begins at the first cell in raster order and passes thin parts on both sides, as findContours of the
    reference does.
    """
    if component.sum() == 1:
        return cells_xy(component)
    inside = np.pad(component, 1)
    stride = inside.shape[1]
    compass = (1, stride + 1, stride, stride - 1, -1, -stride - 1, -stride, -stride + 1)  # clockwise from the right
    cells = inside.tobytes()
    here, search = cells.find(1), 0
    path, ways = [], []
    while True:
        way = next(k % 8 for k in range(search, search + 8) if cells[here + compass[k % 8]])
        if path and (here, way) == (path[0], ways[0]):
            break
        path.append(here)
        ways.append(way)
        here, search = here + compass[way], way + 5
    bends = np.array(path)[np.array(ways) != np.roll(ways, 1)]  # (V,)
    return np.stack([bends % stride, bends // stride], axis=1) - 1
