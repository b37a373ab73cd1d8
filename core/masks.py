"""Vector shapes to boolean rasters: a pixel belongs to a shape where its centre does."""

import numpy as np
import torch
from torch import Tensor

from .drag import DragSpec, Extent, Point, Polygon, Shape, Stroke


def editable_mask(spec: DragSpec, size: Extent) -> Tensor | None:
    """The editable area (H, W) of an instruction on an image of the given size, or None for the whole image."""
    spec = spec.scaled_to(size)
    if not spec.has_mask:
        return None
    canvas = np.zeros((size.height, size.width), dtype=bool)
    if spec.base is not None:
        canvas |= resize_nearest(spec.base, size).cpu().numpy()
    for shape in spec.mask:
        paint(canvas, shape)
    return torch.from_numpy(canvas)


def rasterise(shape: Shape, size: Extent) -> Tensor:
    """The pixels (H, W) of one shape on an image of the given size."""
    canvas = np.zeros((size.height, size.width), dtype=bool)
    paint(canvas, shape)
    return torch.from_numpy(canvas)


def resize_nearest(mask: Tensor, size: Extent) -> Tensor:
    """A boolean raster (h, w) sampled at the pixel centres of another size, (H, W)."""
    if mask.shape == (size.height, size.width):
        return mask
    rows = ((torch.arange(size.height) + 0.5) * mask.shape[0] / size.height).long()
    columns = ((torch.arange(size.width) + 0.5) * mask.shape[1] / size.width).long()
    return mask[rows.to(mask.device)][:, columns.to(mask.device)]


def paint(canvas: np.ndarray, shape: Shape) -> None:
    """Paints a shape on a boolean canvas (H, W) in place; erasing shapes and strokes clear."""
    if isinstance(shape, Polygon):
        canvas[polygon_pixels(shape.points, canvas.shape)] = not shape.erase
        return
    for stroke in shape.strokes:
        paint_stroke(canvas, stroke)


def polygon_pixels(points: tuple[Point, ...], shape: tuple[int, int]) -> np.ndarray:
    """Pixel centres (H, W) with an odd number of polygon edges to their right."""
    height, width = shape
    vertices = np.asarray(points, dtype=np.float64)  # (V, 2) xy
    (x0, y0), (x1, y1) = vertices.T, np.roll(vertices, -1, axis=0).T  # (V,) each
    centres = np.arange(height) + 0.5
    inside = np.zeros(shape, dtype=bool)
    for row in np.flatnonzero((centres > y0.min()) & (centres < y0.max())):
        crossed = (y0 <= centres[row]) != (y1 <= centres[row])  # (V,)
        share = (centres[row] - y0[crossed]) / (y1 - y0)[crossed]
        crossings = x0[crossed] + share * (x1 - x0)[crossed]
        first_right_of = np.clip(np.ceil(crossings - 0.5), 0, width).astype(int)  # first centre at or past a crossing
        flips = np.bincount(first_right_of, minlength=width + 1)[:width]
        inside[row] = np.cumsum(flips) % 2
    return inside


def paint_stroke(canvas: np.ndarray, stroke: Stroke) -> None:
    """Sets (or clears) every pixel whose centre is within the radius of the stroke's polyline."""
    height, width = canvas.shape
    for start, end in zip(stroke.points, stroke.points[1:] or stroke.points, strict=False):
        left, right = sorted((start.x, end.x))
        top, bottom = sorted((start.y, end.y))
        columns = slice(*clip_range(left - stroke.radius, right + stroke.radius, width))
        rows = slice(*clip_range(top - stroke.radius, bottom + stroke.radius, height))
        y, x = np.ogrid[rows, columns]
        near = segment_distance_squared(x + 0.5, y + 0.5, start, end) <= stroke.radius**2
        canvas[rows, columns][near] = not stroke.erase


def clip_range(low: float, high: float, limit: int) -> tuple[int, int]:
    return min(max(int(low), 0), limit), min(max(int(high) + 1, 0), limit)


def segment_distance_squared(x: np.ndarray, y: np.ndarray, start: Point, end: Point) -> np.ndarray:
    """Squared distance of points to a segment, broadcast over x (1, W) and y (H, 1)."""
    dx, dy = end.x - start.x, end.y - start.y
    length = dx * dx + dy * dy
    along = ((x - start.x) * dx + (y - start.y) * dy) / length if length else np.zeros(np.broadcast(x, y).shape)
    along = np.clip(along, 0, 1)
    return (x - start.x - along * dx) ** 2 + (y - start.y - along * dy) ** 2
