"""Which part of a picture a crop around a box shows, and the size it is brought to."""

import math
from enum import Enum
from typing import NamedTuple

from ..grid.latent_grid import CELL_SIZE, Part
from ..instruction.geometry import Bounds, Extent

ENLARGED = "the crop of {}x{} is larger than the {}x{} picture and shows it enlarged."
OTHER_SHAPE = (
    "a part of {:.2f}:1 that holds the whole instruction does not fit into the {}x{} picture; the crop is {}x{}, "
    "in the shape of the part, and nothing is distorted."
)


class Aspect(Enum):
    """Which shape a crop gets."""

    SIZE = "of the size"
    PART = "of the part"
    STRETCHED = "of the size, stretched"


class Wanted(NamedTuple):
    """What a crop is asked to be: share of context on every side, in pixels the size and what its sides divide by."""

    context: float
    size: Extent
    multiple: int
    aspect: Aspect = Aspect.SIZE


def framed(box: Bounds, picture: Extent, wanted: Wanted) -> tuple[Part, Extent, tuple[str, ...]]:
    """The part of a picture around a box, the size it is brought to, and what is to be said of it."""
    size, wide = multiples(wanted.size, wanted.multiple), with_context(box, wanted.context)
    sides, notes = Extent(*(min(math.ceil(s), most) for s, most in zip(sides_of(wide), picture, strict=True))), []
    if wanted.aspect is Aspect.SIZE:
        shaped = of_shape(sides, size.width / size.height, picture)
        if all(has >= needs for has, needs in zip(shaped, sides_of(box), strict=True)):
            sides = shaped
        else:
            ratio, size = size.width / size.height, in_shape(size, sides, wanted.multiple)
            notes = [OTHER_SHAPE.format(ratio, *picture, *size)]
    elif wanted.aspect is Aspect.PART:
        size = in_shape(size, sides, wanted.multiple)
    if size.width > picture.width and size.height > picture.height:
        notes.append(ENLARGED.format(*size, *picture))
    left, top = (placed_within(*axis) for axis in zip(box.centre, sides, picture, strict=True))
    return Part(left, top, sides), size, tuple(notes)


def sides_of(box: Bounds) -> tuple[float, float]:
    return box.right - box.left, box.bottom - box.top


def multiples(size: Extent, multiple: int) -> Extent:
    """The nearest size whose sides are multiples of a number.

    >>> multiples(Extent(500, 300), 16)
    Extent(width=496, height=304)
    """
    return Extent(*(max(1, round(side / multiple)) * multiple for side in size))


def of_shape(sides: Extent, ratio: float, picture: Extent) -> Extent:
    """The smallest rectangle of a shape (width / height) around one, and at most the largest that a picture holds.

    >>> of_shape(Extent(100, 60), 1.0, Extent(640, 480)), of_shape(Extent(600, 60), 1.0, Extent(640, 480))
    (Extent(width=100, height=100), Extent(width=480, height=480))
    """
    height = min(max(sides.height, sides.width / ratio), picture.height, picture.width / ratio)
    return Extent(max(1, round(height * ratio)), max(1, round(height)))


def in_shape(size: Extent, sides: Extent, multiple: int) -> Extent:
    """A size of about as many pixels in the shape of a rectangle, its sides multiples of a number.

    >>> in_shape(Extent(512, 512), Extent(300, 200), 8)
    Extent(width=624, height=416)
    """
    across = math.sqrt(size.width * size.height * sides.width / sides.height)
    return multiples(Extent(round(across), round(across * sides.height / sides.width)), multiple)


def placed_within(centre: float, side: int, whole: int) -> int:
    """Where a side around a centre begins so that it lies within the whole."""
    return min(max(round(centre - side / 2), 0), whole - side)


def with_context(box: Bounds, context: float) -> Bounds:
    """A box with a share of its longer side added all around, at least a cell."""
    margin = max(context * max(box.right - box.left, box.bottom - box.top), CELL_SIZE)
    return Bounds(box.left - margin, box.top - margin, box.right + margin, box.bottom + margin)
