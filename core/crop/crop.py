"""The surroundings of an instruction cut out of a picture and brought to a model's size, the instruction with them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from scipy import ndimage
from torch import Tensor

from ..grid.given_mask import fitted
from ..grid.latent_grid import CELL_SIZE, Part
from ..grid.outlines import Parts
from ..grid.placed import Placed
from ..grid.raster import rasterise
from ..instruction.geometry import Bounds, Extent, Point
from ..instruction.part import in_part
from ..instruction.spec import Drag, DragSpec
from .framing import Wanted, framed, with_context

MUCH = 4  # times smaller
REGION_RIM = 2 * CELL_SIZE  # pixels of the crop around regions: a cell that changes with them, and the seam
NOTHING = (
    "the instruction is empty. Draw a drag, a region or a mask on the picture, so that it is known which part to cut "
    "out."
)
OUTSIDE = "the whole instruction lies outside the {}x{} picture. Draw it on the picture that is connected here."
FAR_APART = (
    "the instruction has {} parts that lie far from each other, and one crop around all of them shows each smaller. "
    'Set parts to "one crop each" to have each at full size.'
)


@dataclass(frozen=True)
class Cut:
    """A part of a picture, the size it was brought to, and where of it something may change."""

    part: Part
    size: Extent  # of the crop
    areas: tuple[Tensor, ...]  # (H', W') bool of the part: one for a whole batch, or one for each of its pictures
    borders: tuple[bool, bool, bool, bool]  # whether its left, top, right, bottom is the picture's own
    notes: tuple[str, ...] = ()

    @property
    def scale(self) -> tuple[float, float]:
        """Pixels of the picture in a pixel of the crop, across and down."""
        return self.part.size.width / self.size.width, self.part.size.height / self.size.height

    def window(self, picture: Tensor) -> Tensor:
        """The part of pictures (B, H, W, C), a view (B, H', W', C)."""
        (left, top, (width, height)) = self.part
        return picture[:, top : top + height, left : left + width]

    def taken_from(self, picture: Tensor) -> Tensor:
        """The crop (B, h, w, C) of pictures (B, H, W, C)."""
        return resized(self.window(picture), self.size).contiguous()

    def masks(self) -> Tensor:
        """Where the crop may change, (n, h, w) bool; a mask with something in it keeps something."""
        return torch.stack([fitted(area, self.size) for area in self.areas])

    @property
    def box(self) -> Bounds:
        """The part, in pixels of the picture."""
        left, top, (width, height) = self.part
        return Bounds(left, top, left + width, top + height)

    def moved(self, spec: DragSpec) -> DragSpec:
        """An instruction in pixels of the picture as one in pixels of the crop."""
        return in_part(spec, self.box, self.size)

    def own(self, spec: DragSpec) -> DragSpec:
        """Of an instruction the drags and regions that begin in the part."""
        drags = tuple(drag for drag in spec.drags if holds(self.box, drag.handle))
        return replace(spec, drags=drags, regions=tuple(r for r in spec.regions if meet(self.box, r.source.bounds)))


def moved_into(cuts: Sequence[Cut], spec: DragSpec) -> list[DragSpec]:
    """An instruction in pixels of each crop; of several every crop has what begins in it."""
    return [cut.moved(cut.own(spec) if len(cuts) > 1 else spec) for cut in cuts]


def cut_out(placed: Placed, wanted: Wanted, apart: bool = False) -> list[Cut]:
    """Where to cut a picture for an instruction on it: one crop around all, or one for each part far from the others.

    A part is a drag, a region at both ends or a connected piece of the mask; parts whose surroundings overlap belong
    together. Raises ValueError where there is nothing to cut out.
    """
    picture, areas = placed.whole.picture, limited(placed)
    boxes = list(kept_within(drawn_boxes(placed.whole, areas), picture))
    if not boxes:
        empty = not (placed.whole.drags or placed.whole.regions or areas)
        raise ValueError(NOTHING if empty else OUTSIDE.format(*picture))
    groups = clusters(boxes, wanted.context)
    cuts = [cut_around(box, placed.whole, areas, wanted) for box in (groups if apart else [Bounds.union(boxes)])]
    if len(groups) > 1 and not apart:
        return [replace(cuts[0], notes=(FAR_APART.format(len(groups)), *cuts[0].notes))]
    return cuts


def limited(placed: Placed) -> tuple[Tensor, ...]:
    """The areas (H, W) that limit what may change; none where they are everything."""
    return placed.areas if placed.is_masked and not all(bool(area.all()) for area in placed.areas) else ()


def with_connected(placed: Placed) -> DragSpec:
    """The instruction with the areas of a connected mask, joined, in place of its own mask."""
    areas = limited(placed)
    return replace(placed.whole, mask=(), base=torch.stack(areas).any(0) if areas else None)


def drawn_boxes(spec: DragSpec, areas: Iterable[Tensor]) -> Iterator[Bounds]:
    """The boxes of drags, of regions at both ends, and of the connected pieces of masks (H, W), drags with them."""
    for drag in spec.drags:
        yield Bounds.around(drag)
    for region in spec.regions:
        yield Bounds.union([region.source.bounds, region.target_shape().bounds])
    for area in areas:
        parts = Parts.of(area.numpy())
        for rows, columns in ndimage.find_objects(parts.numbers):
            left, top = parts.left + columns.start, parts.top + rows.start
            box = Bounds(left, top, parts.left + columns.stop, parts.top + rows.stop)
            yield Bounds.union([box, *(shifted_box(box, drag) for drag in spec.drags if holds(box, drag.handle))])


def holds(box: Bounds, point: Point) -> bool:
    return box.left <= point.x <= box.right and box.top <= point.y <= box.bottom


def shifted_box(box: Bounds, drag: Drag) -> Bounds:
    """A box where a drag moves it."""
    across, down = drag.target.x - drag.handle.x, drag.target.y - drag.handle.y
    return Bounds(box.left + across, box.top + down, box.right + across, box.bottom + down)


def kept_within(boxes: Iterable[Bounds], picture: Extent) -> Iterator[Bounds]:
    """What of boxes lies in a picture; those that lie outside are left out."""
    for left, top, right, bottom in boxes:
        if right >= 0 and bottom >= 0 and left <= picture.width and top <= picture.height:
            yield Bounds(max(left, 0), max(top, 0), min(right, picture.width), min(bottom, picture.height))


def clusters(boxes: Iterable[Bounds], context: float) -> list[Bounds]:
    """Boxes that meet once each has its surroundings, joined; in the order of the first of each."""
    joined: list[Bounds] = []
    for box in boxes:
        merged = True
        while merged:  # a box that has grown may meet others
            near = [other for other in joined if meet(with_context(box, context), with_context(other, context))]
            joined = [other for other in joined if other not in near]
            box, merged = Bounds.union([box, *near]), bool(near)
        joined.append(box)
    return joined


def meet(a: Bounds, b: Bounds) -> bool:
    return a.left < b.right and b.left < a.right and a.top < b.bottom and b.top < a.bottom


def cut_around(box: Bounds, whole: DragSpec, areas: tuple[Tensor, ...], wanted: Wanted) -> Cut:
    """The crop around a box of a picture, and what of it may change."""
    picture = whole.picture
    part, size, notes = framed(box, picture, wanted)
    left, top, (width, height) = part
    borders = left == 0, top == 0, left + width == picture.width, top + height == picture.height
    cut = Cut(part, size, (), borders, notes)
    shown = tuple(cut.window(area[None, ..., None])[0, ..., 0].clone() for area in areas)
    return replace(cut, areas=shown or (changing(cut.moved(cut.own(whole)), cut),))


def changing(spec: DragSpec, cut: Cut) -> Tensor:
    """What may change of a part without a mask, (H', W') bool: regions with a rim, and all of it for drags alone."""
    if spec.drags or not spec.regions:
        return torch.ones(cut.part.size.height, cut.part.size.width, dtype=torch.bool)
    ends = [rasterise(s, cut.size) for r in spec.regions for s in (r.source, r.target_shape())]  # (h, w) each
    around = F.max_pool2d(torch.stack(ends).any(0)[None].float(), 2 * REGION_RIM + 1, 1, REGION_RIM)[0] > 0
    return fitted(around, cut.part.size)


def resized(pictures: Tensor, size: Extent) -> Tensor:
    """Pictures (B, h, w, C) at another size, (B, H, W, C), free of aliasing and within their range."""
    if (pictures.shape[2], pictures.shape[1]) == size:
        return pictures
    planes = pictures.movedim(-1, 1).to(torch.promote_types(pictures.dtype, torch.float32))  # (B, C, h, w)
    for side in (2, 3):  # much smaller: plain means first, which are quick, to twice the size
        if planes.shape[side] > MUCH * size[::-1][side - 2]:
            shape = list(planes.shape[2:])
            shape[side - 2] = 2 * size[::-1][side - 2]
            planes = F.interpolate(planes, shape, mode="area")
    scaled = F.interpolate(planes.contiguous(), size[::-1], mode="bicubic", antialias=True, align_corners=False)
    return scaled.clamp_(*planes.aminmax()).movedim(1, -1).to(pictures.dtype)
