"""A region that flows with the points set in it, inverted to a part of a pixel (Inpaint4Drag's bidirectional warp)."""

import numpy as np

from .contours import contour_corners, filled_components
from .region_cells import Match, cells_xy, covers, number_cells, steps, touched_cells
from .region_points import INPAINT4DRAG_EPS, shifted, spread
from .region_polygon import affine_maps, apply_affine

FINEST_MESH = 1
MOST_MESHES = 1200
LARGEST_CORRECTION = 3
FLATTEST = 1e-6
FOLDED_SHARE = 0.01
MOST_CELLS = 1 << 20


def flow_by_points(region: np.ndarray, handles: np.ndarray, targets: np.ndarray) -> list[Match]:
    """Move every connected part of a region by all drags whose handle lies in it (Inpaint4Drag, Eq. 6 and 7).

    region: (h, w) bool; handles, targets: (P, 2) xy, any points of the picture. As in the paper a pixel follows all
    handles of its part; their weights fall faster than the paper's inverse distance, with which a region folds at every
    handle whose drag differs much from the others. Holes are filled, parts without a handle stay out of it. Returns one
    match per moved part, in raster order.
    """
    matches = []
    for part in filled_components(region):
        held = covers(part, np.floor(handles).astype(np.int64))  # (P,)
        if held.any():
            matches.append(Flow(handles[held], targets[held]).match(part))
    return matches


class Flow:
    """The displacement of every point by the drags of one part."""

    def __init__(self, handles: np.ndarray, targets: np.ndarray):
        chosen = spread(len(handles))
        self.handles, self.moves = handles[chosen], (targets - handles)[chosen]  # (R, 2) each

    def landed(self, points: np.ndarray) -> np.ndarray:
        """Where points (N, 2) go."""
        settings = {"neighbours": len(self.handles), "eps": INPAINT4DRAG_EPS, "level": True}
        return shifted(points, self.handles, self.moves, **settings)

    def match(self, part: np.ndarray) -> Match:
        """Find where the content of every target pixel comes from: by a mesh that flows, then more closely.

        part: (h, w) bool, connected. Where the flow folds, the content nearest to a handle is on top.
        """
        start = self.ordered(mesh(part))  # (T, 3, 2)
        end = self.landed(start.reshape(-1, 2)).reshape(start.shape)
        areas = signed_areas(end)  # (T,)
        wide = np.abs(areas) > FLATTEST
        owner, target = covered_pixels(end[wide], part.shape)  # (N,), (N, 2)
        matrices = affine_maps(end[wide], start[wide])[owner]  # (N, 2, 3)
        exact = self.closer(apply_affine(matrices, target + 0.5), target + 0.5, matrices)  # (N, 2)
        source = np.floor(exact).astype(np.int64)
        kept = covers(part, source).nonzero()[0]
        kept = kept[last_of_each(target[kept])]
        outline = np.floor(self.landed(contour_corners(part) + 0.5)).astype(np.int64)  # (V, 2)
        return Match(source[kept], target[kept], part, exact[kept], outline, folded=folds(areas))

    def closer(self, points: np.ndarray, goals: np.ndarray, matrices: np.ndarray) -> np.ndarray:
        """Correct points (N, 2) so that they land nearer to their goals, by the slope of the mesh around them."""
        missed = goals - self.landed(points)  # (N, 2)
        step = matrices[..., 0] * missed[:, :1] + matrices[..., 1] * missed[:, 1:]
        return points + step.clip(-LARGEST_CORRECTION, LARGEST_CORRECTION)

    def ordered(self, triangles: np.ndarray) -> np.ndarray:
        """Triangles (T, 3, 2) with those nearest to a handle last."""
        to_handles = triangles.mean(1)[:, None] - self.handles  # (T, R, 2)
        return triangles[np.argsort(-np.hypot(*to_handles.T).min(0), kind="stable")]


def mesh(part: np.ndarray) -> np.ndarray:
    """Cover a part (h, w) bool with triangles (T, 3, 2) of equal size, two to a square."""
    cells = cells_xy(part)
    low, high = cells.min(0), cells.max(0) + 1  # (2,) each
    side = max(FINEST_MESH, int(np.ceil(np.sqrt((high - low).prod() / MOST_MESHES))))
    (left, top), (width, height) = low, -(-(high - low) // side) * side
    window = np.zeros((height, width), dtype=bool)
    covered = part[top : top + height, left : left + width]
    window[: covered.shape[0], : covered.shape[1]] = covered
    corners = low + side * cells_xy(touched_cells(window, side))  # (Q, 2)
    square = side * np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    return (corners[:, None, None] + square[[[0, 1, 2], [0, 2, 3]]]).reshape(-1, 3, 2).astype(float)


def signed_areas(triangles: np.ndarray) -> np.ndarray:
    """Twice the areas (T,) of triangles (T, 3, 2), positive where they turn clockwise on screen."""
    (ax, ay), (bx, by) = (triangles[:, 1] - triangles[:, 0]).T, (triangles[:, 2] - triangles[:, 0]).T
    return ax * by - ay * bx


def folds(areas: np.ndarray) -> bool:
    """Tell whether a mesh whose triangles have these signed areas is turned over in one place and not in another."""
    turned, straight = -areas[areas < 0].sum(), areas[areas > 0].sum()
    return bool(min(turned, straight) > FOLDED_SHARE * (turned + straight))


def covered_pixels(triangles: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """List the pixels of a grid (h, w) whose centres triangles (T, 3, 2) hold, triangle by triangle.

    Returns the number of the triangle (N,) and the pixel (N, 2) xy int64. A pixel may be held by several.
    """
    limit = np.array(shape[::-1])
    low = np.ceil(triangles.min(1) - 0.5).clip(0, limit).astype(np.int64)  # (T, 2)
    size = (np.floor(triangles.max(1) + 0.5).clip(0, limit).astype(np.int64) - low).clip(min=0)  # (T, 2)
    counts = size.prod(1)  # (T,)
    bounds = np.searchsorted(counts.cumsum(), np.arange(MOST_CELLS, counts.sum(), MOST_CELLS))
    owners, pixels = [], []
    for some in np.split(np.arange(len(triangles)), np.unique(bounds)):
        which, step = steps(counts[some])  # (N,) each
        which = some[which]
        row, column = np.divmod(step, size[which, 0])
        x, y = low[which, 0] + column, low[which, 1] + row
        inside = holds(triangles, which, x + 0.5, y + 0.5)
        owners.append(which[inside])
        pixels.append(np.stack([x[inside], y[inside]], axis=1))
    return np.concatenate(owners), np.concatenate(pixels)


def last_of_each(cells: np.ndarray) -> np.ndarray:
    """Of cells (N, 2) listed once or more find the last of each: indices in raster order."""
    number = number_cells(cells)
    return number[number >= 0]


def holds(triangles: np.ndarray, which: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Tell for points (N,) whether the triangle (T, 3, 2) of the given number holds them, its sides included."""
    clockwise = np.sign(signed_areas(triangles))[:, None]  # (T, 1)
    side = np.roll(triangles, -1, axis=1) - triangles  # (T, 3, 2)
    across, down = -clockwise * side[..., 1], clockwise * side[..., 0]  # (T, 3) each
    offset = -(across * triangles[..., 0] + down * triangles[..., 1])
    slack = FLATTEST * np.abs(side).max((1, 2))  # (T,)
    inside = np.ones(len(which), dtype=bool)
    for k in range(3):
        inside &= across[which, k] * x + down[which, k] * y + offset[which, k] >= -slack[which]
    return inside
