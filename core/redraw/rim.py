"""The rim of a moved region: a thick line along its outline, as the reference's polylines are drawn."""

import numpy as np

from ..grid.cells import steps

LONGEST_PIECE = 8
MOST_CELLS = 1 << 21


def draw_rim(canvas: np.ndarray, outlines: list[np.ndarray], thickness: int) -> None:
    """Draw the closed lines through cells (V, 2) xy int64 each on a canvas (h, w) bool, in place.

    thickness: odd. The cells may lie outside the canvas. A side is a rectangle that reaches half a cell further than
    its thickness and is drawn with its outline, a corner a disc (reference behaviour).
    """
    radius = (thickness + 1) // 2
    if not outlines:
        return
    starts, ends = np.concatenate(outlines), np.concatenate([np.roll(line, -1, axis=0) for line in outlines])  # (V, 2)
    set_cells(canvas, edge_cells(starts, ends, radius))
    first, last = cut_pieces(starts, ends, radius, canvas.shape)
    at_once = MOST_CELLS // window(radius).size ** 2 + 1
    for begin in range(0, len(first), at_once):
        set_cells(canvas, band_cells(first[begin : begin + at_once], last[begin : begin + at_once], radius))


def set_cells(canvas: np.ndarray, cells: np.ndarray) -> None:
    """Set cells (N, 2) xy int64, leaving out those outside the canvas."""
    x, y = cells[((cells >= 0) & (cells < canvas.shape[::-1])).all(1)].T
    canvas[y, x] = True


def window(radius: int) -> np.ndarray:
    """Offsets (K,) from the middle of a piece that hold all its cells along one axis."""
    reach = radius + LONGEST_PIECE // 2 + 2
    return np.arange(-reach, reach + 1)


def cut_pieces(
    starts: np.ndarray, ends: np.ndarray, radius: int, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Cut segments (V, 2) into pieces of at most LONGEST_PIECE cells, those that reach the canvas, (P, 2) each."""
    counts = 1 + np.abs(ends - starts).max(1) // LONGEST_PIECE  # (V,)
    side, step = steps(counts)  # (P,) each
    along = (ends - starts)[side] / counts[side, None]  # (P, 2)
    first = starts[side] + step[:, None] * along
    reach = window(radius)[-1]
    near = ((first > -2 * reach) & (first < np.array(shape[::-1]) + 2 * reach)).all(1)  # (P,)
    return first[near], (first + along)[near]


def band_cells(starts: np.ndarray, ends: np.ndarray, radius: int) -> np.ndarray:
    """List the cells (N, 2) within a radius of segments (P, 2), beside them half a cell further along the rows."""
    offsets, middle = window(radius), np.floor((starts + ends) / 2)  # (K,), (P, 2)
    (x0, y0), (dx, dy) = (part.T[..., None, None] for part in (starts, ends - starts))  # (P, 1, 1) each
    x = middle[:, 0, None, None] + offsets - x0  # (P, 1, K)
    y = middle[:, 1, None, None] + offsets[:, None] - y0  # (P, K, 1)
    length = np.hypot(dx, dy)
    unit_x, unit_y = dx / length.clip(min=1e-9), dy / length.clip(min=1e-9)
    along, across = x * unit_x + y * unit_y, np.abs(x * unit_y - y * unit_x)  # (P, K, K) each
    beside = (along >= 0) & (along <= length) & (across <= radius + np.abs(unit_y) / 2) & (length > 0)
    piece, row, column = (beside | (x * x + y * y <= radius**2)).nonzero()
    return np.stack([middle[piece, 0] + offsets[column], middle[piece, 1] + offsets[row]], axis=1).astype(np.int64)


def edge_cells(starts: np.ndarray, ends: np.ndarray, radius: int) -> np.ndarray:
    """List the cells (N, 2) on the outlines of the rectangles around segments (V, 2), one per step from their ends."""
    moving = (starts != ends).any(1)
    starts, ends = starts[moving], ends[moving]
    sides = ends - starts
    normal = radius * sides[:, ::-1] * (1, -1) / np.hypot(*sides.T)[:, None]  # (V, 2)
    corners = np.stack([starts + normal, starts - normal, ends - normal, ends + normal], axis=1)  # (V, 4, 2)
    first, last = corners.reshape(-1, 2), np.roll(corners, -1, axis=1).reshape(-1, 2)  # (4 V, 2) each
    way = last - first
    steep = np.abs(way[:, 1]) > np.abs(way[:, 0])
    back = np.where(steep, way[:, 1], way[:, 0]) < 0
    first, way = np.where(back[:, None], last, first), np.where(back[:, None], -way, way)
    lengths = np.abs(way).max(1)
    edge, step = steps(1 + np.floor(lengths).astype(np.int64))
    cells = first[edge] + step[:, None] * (way / lengths[:, None])[edge]
    return np.floor(np.concatenate([cells, last]) + 0.5).astype(np.int64)
