"""Vector shapes to boolean rasters: a pixel belongs to a shape where its centre does."""

from collections.abc import Iterable
from itertools import chain, groupby

import numpy as np
import torch
from torch import Tensor

from ..instruction.geometry import Extent
from ..instruction.spec import Brush, DragSpec, Outlines, Polygon, Shape, Stroke
from .spans import Spans, outline_spans, stroke_spans


def editable_mask(spec: DragSpec, size: Extent) -> Tensor | None:
    """The editable area (H, W) of an instruction on an image of the given size, or None for the whole image."""
    spec = spec.scaled_to(size)
    if not spec.has_mask:
        return None
    canvas = np.zeros((size.height, size.width), dtype=bool)
    if spec.base is not None:
        canvas |= resize_nearest(spec.base, size).cpu().numpy()
    paint(canvas, spec.mask)
    return torch.from_numpy(canvas)


def rasterise(shape: Shape, size: Extent) -> Tensor:
    """The pixels (H, W) of one shape on an image of the given size.

    >>> from ..instruction.geometry import Point
    >>> triangle = Polygon((Point(0, 0), Point(4, 0), Point(0, 4)))
    >>> rasterise(triangle, Extent(5, 4)).int()
    tensor([[1, 1, 1, 0, 0],
            [1, 1, 0, 0, 0],
            [1, 0, 0, 0, 0],
            [0, 0, 0, 0, 0]], dtype=torch.int32)
    """
    canvas = np.zeros((size.height, size.width), dtype=bool)
    paint(canvas, [shape])
    return torch.from_numpy(canvas)


def resize_nearest(mask: Tensor, size: Extent) -> Tensor:
    """A boolean raster (h, w) sampled at the pixel centres of another size, (H, W).

    >>> resize_nearest(torch.tensor([[True, False]]), Extent(5, 1)).int()
    tensor([[1, 1, 0, 0, 0]], dtype=torch.int32)
    """
    if mask.shape == (size.height, size.width):
        return mask
    rows = ((torch.arange(size.height) + 0.5) * mask.shape[0] / size.height).long()
    columns = ((torch.arange(size.width) + 0.5) * mask.shape[1] / size.width).long()
    return mask[rows.to(mask.device)][:, columns.to(mask.device)]


def paint(canvas: np.ndarray, shapes: Iterable[Shape]) -> None:
    """Paints shapes in their order on a boolean canvas (H, W) in place; erasing shapes and strokes clear."""
    marks = chain.from_iterable(s.strokes if isinstance(s, Brush) else [s] for s in shapes)
    for erase, alike in groupby(marks, key=lambda mark: mark.erase):
        paint_alike(canvas, list(alike), not erase)


def paint_alike(canvas: np.ndarray, marks: list[Polygon | Outlines | Stroke], value: bool) -> None:
    """Sets every pixel of some outlines and strokes, among which no order counts."""
    outlined = [mark for mark in marks if not isinstance(mark, Stroke)]
    strokes = [mark for mark in marks if isinstance(mark, Stroke)]
    height, width = canvas.shape
    by_kind = [
        outline_spans(outlined, height, width) if outlined and canvas.size else (),
        stroke_spans(strokes, height, width) if strokes and canvas.size else (),
    ]
    for spans in chain(*by_kind):
        fill(canvas.reshape(-1), spans, value)


def fill(pixels: np.ndarray, spans: Spans, value: bool) -> None:
    """Sets the spans of a flattened raster, those that meet as one."""
    if not len(spans.start):
        return
    start, stop = np.sort(spans.start), np.sort(spans.stop)  # of spans that meet, only the first and the last count
    gap = np.flatnonzero(start[1:] > stop[:-1])
    starts, stops = np.concatenate([start[:1], start[gap + 1]]), np.concatenate([stop[gap], stop[-1:]])
    for first, end in zip(starts.tolist(), stops.tolist(), strict=True):
        pixels[first:end] = value
