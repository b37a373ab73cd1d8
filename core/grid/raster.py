"""Vector shapes to boolean rasters: a pixel belongs to a shape where its centre does."""

from collections.abc import Iterable, Iterator
from itertools import chain, groupby

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..instruction.geometry import Extent
from ..instruction.spec import Brush, DragSpec, Outlines, Polygon, Shape, Stroke
from .spans import corners_of, fill, outline_spans, rings_of, stroke_spans

LINE_RADIUS = 0.5  # which a line of single pixels has
THINNEST_RADIUS = 0.75  # from which on no dot is lost, wherever it lies
FLATNESS = 1e-6


def editable_mask(spec: DragSpec, size: Extent) -> Tensor | None:
    """The editable area (H, W) of an instruction on an image of the given size, or None for the whole image."""
    return own_mask(spec.scaled_to(size), size)


def own_mask(spec: DragSpec, size: Extent) -> Tensor | None:
    """The same of an instruction of that size."""
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


def shape_pixels(shape: Shape, picture: Extent, place: str) -> np.ndarray:
    """The pixels (H, W) of a shape on a picture of the given size, at least one.

    Raises ValueError, naming the place, for a shape that encloses nothing or lies wholly outside the picture.
    """
    for drawn in chain([shape], thickened(shape, place)):
        pixels = rasterise(drawn, picture).numpy()  # (H, W)
        if pixels.any():
            return pixels
    raise ValueError(nothing_covered(shape, picture, place))


def thickened(shape: Shape, place: str) -> Iterator[Brush]:
    """What to draw of a shape too thin to hold the centre of a pixel: lines of single pixels, or wider ones."""
    if isinstance(shape, Brush):
        yield Brush(tuple(Stroke(max(s.radius, THINNEST_RADIUS), s.points, s.erase) for s in shape.strokes))
        return
    rings = rings_of(shape)
    refuse_flat(np.concatenate([corners_of(ring) for ring in rings]), place)
    for radius in (LINE_RADIUS, THINNEST_RADIUS):
        yield Brush(tuple(Stroke(radius, (*ring, ring[0])) for ring in rings))


def refuse_flat(corners: np.ndarray, place: str) -> None:
    """Raise ValueError where the corners (V, 2) of a polygon lie on one line."""
    x, y = (corners - corners[0]).T  # (V,) each
    far = (x * x + y * y).argmax()
    if np.abs(x * y[far] - y * x[far]).max() <= FLATNESS * (x[far] ** 2 + y[far] ** 2):
        raise ValueError(f"{place}: its {len(corners)} points lie on one line and enclose nothing; move one off it.")


def nothing_covered(shape: Shape, picture: Extent, place: str) -> str:
    """Say that a shape covers no pixel, with its size and what to do."""
    left, top, right, bottom = shape.bounds
    return (
        f"{place}: the shape, {right - left:g} x {bottom - top:g} pixels at ({left:g}, {top:g}), covers nothing of the "
        f"{picture.width}x{picture.height} image. Move it into the image, or draw it again if it was erased."
    )


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


def pad_to_multiple(planes: Tensor, multiple: int) -> Tensor:
    """Continue the border of planes (..., H, W) to the right and down until both sides are multiples of a number.

    >>> import torch
    >>> pad_to_multiple(torch.tensor([[1, 2, 3]]).float(), 2)
    tensor([[1., 2., 3., 3.],
            [1., 2., 3., 3.]])
    """
    height, width = planes.shape[-2:]
    return pad_to(planes, Extent(width + -width % multiple, height + -height % multiple))


def pad_to(planes: Tensor, size: Extent) -> Tensor:
    """Continue the border of planes (..., H, W) to the right and down to a size that is at least theirs."""
    height, width = planes.shape[-2:]
    if (width, height) == size:
        return planes
    beyond = (0, size.width - width, 0, size.height - height)
    padded = F.pad(planes.reshape(1, -1, height, width), beyond, mode="replicate")
    return padded.reshape(*planes.shape[:-2], size.height, size.width)


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
