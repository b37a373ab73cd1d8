"""A region under a transform: scaled, turned and moved as a whole, cell by cell."""

import numpy as np

from ..grid.areas import Area, within
from ..grid.cells import mask_cells, number_cells
from ..grid.placed import Placed
from ..grid.raster import nothing_covered, shape_pixels
from ..instruction.geometry import Affine, Point
from ..instruction.spec import Region
from .map import Match, lookup, whole_cells


def match_transformed(region: Region, placed: Placed, place: str) -> Match:
    """Map a region by its transform. Raises ValueError, naming the place, where nothing of it lands on the picture."""
    if not isinstance(region.target, Affine):
        raise ValueError(f"{place}: it goes to a shape; give it a transform.")
    pixels = shape_pixels(region.source, placed.picture, f"{place}.source")
    area, centre = mask_cells(pixels, placed.cell_size), region.source.bounds.centre
    match = match_affine(area, region.target, centre, placed.cell_size)
    if not match.landing.count:
        raise ValueError(nothing_covered(region.target_shape(), placed.picture, f"{place}.affine"))
    return match


def match_affine(area: np.ndarray, affine: Affine, centre: Point, cell_size: int) -> Match:
    """Map a transformed region back onto itself: a cell belongs to it where its centre comes from one of the region.

    area: (h, w) bool, the source region; centre: of the transform, in pixels. A region made so small that it holds no
    cell's centre keeps the cells on which its own centres fall. The match is empty where all of it leaves the grid.
    """
    linear, own = np.array(affine.linear()), Area.of(area)  # (2, 2)
    pivot, move = np.array(centre) / cell_size, np.array(affine.move) / cell_size  # (2,) each
    back = np.linalg.inv(linear).T

    def origin(cells: np.ndarray) -> np.ndarray:
        return (cells + 0.5 - pivot - move) @ back + pivot

    corners = (box_corners(own) - pivot) @ linear.T + pivot + move  # (4, 2)
    box = box_area(corners, area.shape)
    landing = box.where(lambda cells: own.holds(whole_cells(origin(cells))))
    if landing.count:
        return Match(own, landing, origin)
    centres = own.cells() + 0.5  # (M, 2)
    return match_centres(own, centres, (centres - pivot) @ linear.T + pivot + move, area.shape)


def match_centres(own: Area, centres: np.ndarray, images: np.ndarray, shape: tuple[int, int]) -> Match:
    """Map the cells of a grid (h, w) on which images (M, 2) of a region's centres (M, 2) fall, the last one on top."""
    cells = whole_cells(images)  # (M, 2)
    kept = within(cells, shape)
    number = number_cells(cells[kept])  # (h', w')
    landing = Area(number >= 0, *(cells[kept].min(0).tolist() if kept.any() else ()))
    return Match(own, landing, lookup(centres[kept][number], landing))


def box_corners(area: Area) -> np.ndarray:
    """The corners (4, 2) xy of the box around the cells of an area."""
    rows, columns = area.box
    return np.array([(x, y) for x in (columns.start, columns.stop) for y in (rows.start, rows.stop)], dtype=float)


def box_area(points: np.ndarray, shape: tuple[int, int]) -> Area:
    """All cells of a grid (h, w) in the upright box around points (M, 2)."""
    limit = np.array(shape[::-1])  # (2,)
    left, top = np.floor(points.min(0)).clip(0, limit).astype(int)
    right, bottom = np.ceil(points.max(0)).clip(0, limit).astype(int)
    return Area(np.ones((bottom - top, right - left), dtype=bool), int(left), int(top))
