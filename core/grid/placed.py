"""An instruction laid on one picture: points and regions in its pixels, what may change as rasters, and remarks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import torch
from torch import Tensor

from ..instruction.geometry import Bounds, Extent
from ..instruction.part import in_part
from ..instruction.spec import Drag, DragSpec
from .given_mask import allowed_areas, differ_in_shape
from .latent_grid import CELL_SIZE, Part, cells_of, latent_mask, latent_points

PADDING = "put Drag Pad in front of VAE Encode"


@dataclass(frozen=True, eq=False)
class Placed:
    """An instruction on a picture, or on the part of it that a latent shows, and on one grid of square cells."""

    whole: DragSpec  # in pixels of the picture
    part: Part  # what of the picture is worked on
    areas: tuple[Tensor, ...]  # (H, W) bool of the part: one for a whole batch, or one for each of its items
    is_masked: bool  # whether anything limits the area
    notes: tuple[str, ...]  # sentences on what is probably not meant
    astray: tuple[str, ...] = ()  # and on handles outside of the areas, which matter to those who carry the drags out
    cell_size: int = 1  # pixels of the picture to a side of a cell

    @property
    def picture(self) -> Extent:
        """The size of the part in pixels."""
        return self.part.size

    @property
    def grid(self) -> Extent:
        """The size of the part in cells."""
        return Extent(self.picture.width // self.cell_size, self.picture.height // self.cell_size)

    @cached_property
    def spec(self) -> DragSpec:
        """The instruction in pixels of the part, the first area being its only mask."""
        moved = on_part(self.whole, self.part)
        return replace(moved, mask=(), base=self.areas[0] if self.is_masked else None)

    @property
    def bends(self) -> bool:
        """Whether drags have nothing to move but what surrounds them: neither a mask nor a region."""
        return bool(self.whole.drags) and not self.is_masked and not self.whole.regions

    @property
    def frames(self) -> "list[Placed]":
        """The same for each area alone."""
        return [replace(self, areas=(area,)) for area in self.areas]

    def by_cells(self, cell_size: int) -> "Placed":
        """The same on a grid of other cells."""
        return replace(self, cell_size=cell_size)

    @property
    def mask(self) -> np.ndarray | None:
        """The first area (H, W), None where nothing limits it."""
        return self.areas[0].numpy() if self.is_masked else None

    @property
    def handles(self) -> Tensor:
        """The handles in pixels of the part, (P, 2) xy."""
        return torch.tensor([drag.handle for drag in self.spec.drags]).reshape(-1, 2)

    @property
    def targets(self) -> Tensor:
        """The targets in pixels of the part, (P, 2) xy."""
        return torch.tensor([drag.target for drag in self.spec.drags]).reshape(-1, 2)

    def on_grid(self, points: Tensor) -> Tensor:
        """Points (P, 2) xy in cells: on a latent's as the papers round them, where cell j lies at j."""
        return points if self.cell_size == 1 else latent_points(points, self.picture, self.cell_size)

    def cells(self, sampled: Callable[[Tensor], Tensor] | None = None) -> list[Tensor]:
        """The areas on the grid, (h, w) bool each, as a method samples them and without loss of small parts.

        sampled: the rule, of an area (H, W) to its cells; None is FastDrag's (`latent_mask`).
        """
        if self.cell_size == 1:
            return list(self.areas)
        rule = sampled or partial(latent_mask, cell_size=self.cell_size)
        return [cells_of(area, self.handles, rule, self.cell_size) for area in self.areas]

    def pulled(self, drags: Sequence[Drag]) -> "Placed":
        """The same with other drags, in pixels of the part."""
        return replace(
            self, whole=replace(on_part(self.whole, self.part), drags=tuple(drags)), part=Part(0, 0, self.picture)
        )


def place(
    instruction: DragSpec, picture: Extent, mask: Tensor | None = None, batch: int = 1, cell_size: int = 1
) -> Placed:
    """Lay an instruction on a picture, with a connected MASK (..., H, W) or its own mask, for a batch of such pictures.

    A connected mask counts before the instruction's own; without either the whole picture may change. cell_size: of the
    grid to map it on, whose cells fill the picture. Raises ValueError for a mask with nothing in it.
    """
    return laid_on(instruction, Part(0, 0, picture), picture, mask, batch, cell_size)


def place_on_grid(
    instruction: DragSpec,
    grid: Extent,
    mask: Tensor | None = None,
    batch: int = 1,
    cell_size: int = CELL_SIZE,
    multiple: int = 1,
) -> Placed:
    """Lay an instruction on the picture that a latent of (width, height) cells was encoded from; otherwise as `place`.

    cell_size: pixels per cell; multiple: of cells, to which a network fills up the grid to the right and below. Where
    the instruction's picture has other sides than whole cells, all of it is shifted to the part that was encoded.
    """
    own = instruction.size
    part = encoded_part(own, grid, cell_size) if own else None
    size = Extent(*(side * cell_size for side in grid))
    filled = Extent(*(-(-side // multiple) * multiple * cell_size for side in grid))
    picture, left, top = (own, part.left, part.top) if own and part else (size, 0, 0)
    return laid_on(instruction, Part(left, top, filled), picture, mask, batch, cell_size)


def encoded_part(picture: Extent, grid: Extent, cell_size: int = CELL_SIZE) -> Part | None:
    """The part of a picture under a grid of cells, where the picture itself was encoded; None where some other was.

    An encoder that needs whole cells cuts the middle out of a picture of other sides. A grid that is larger than the
    picture by less than a cell is that of the picture padded to the right and down.

    >>> encoded_part(Extent(515, 512), Extent(64, 64))
    Part(left=1, top=0, size=Extent(width=512, height=512))
    >>> encoded_part(Extent(515, 512), Extent(65, 64))
    Part(left=0, top=0, size=Extent(width=520, height=512))
    """
    size = Extent(grid.width * cell_size, grid.height * cell_size)
    if all(0 <= side - whole < cell_size for side, whole in zip(picture, size, strict=True)):
        return Part((picture.width - size.width) // 2, (picture.height - size.height) // 2, size)
    if all(0 <= whole - side < cell_size for side, whole in zip(picture, size, strict=True)):
        return Part(0, 0, size)
    return None


def laid_on(
    instruction: DragSpec, part: Part, picture: Extent, mask: Tensor | None, batch: int, cell_size: int
) -> Placed:
    """Lay an instruction on a part of a picture."""
    notes = [*stretched_drag(instruction.size, picture), *cut_off(picture, part)]
    whole = instruction.scaled_to(picture)
    notes += whole.warnings()
    allowed = allowed_areas(whole, picture, mask, batch)
    areas = tuple(part.taken_from(area.float()) > 0 for area in allowed.areas)
    if not any(bool(area.any()) for area in areas):
        raise ValueError(f"the mask lies wholly in the rim that the VAE cut off. Paint further inside, or {PADDING}.")
    return Placed(whole, part, areas, allowed.limits, (*notes, *allowed.notes), allowed.astray, cell_size)


def on_part(spec: DragSpec, part: Part) -> DragSpec:
    """The instruction in pixels of a part of the picture."""
    if part == (0, 0, spec.size):
        return spec
    left, top, size = part
    return in_part(spec, Bounds(left, top, left + size.width, top + size.height), size)


def stretched_drag(size: Extent | None, picture: Extent) -> list[str]:
    """Say that an instruction of one size meets a picture of another shape."""
    if size is None or not differ_in_shape(size, picture):
        return []
    belongs = f"the drag belongs to a {size.width}x{size.height} image"
    return [f"{belongs} and is stretched to one of {picture.width}x{picture.height}."]


def cut_off(picture: Extent, part: Part) -> list[str]:
    """Say that a latent shows only the middle of a picture."""
    width, height = part.size
    if width >= picture.width and height >= picture.height:
        return []
    shows = f"the latent shows {width}x{height} of the {picture.width}x{picture.height} picture"
    return [f"{shows}; the VAE cut the rest off all around. To keep all of it, {PADDING}."]


def cut_by_encoder(picture: Extent, cell_size: int) -> list[str]:
    """Say what an encoder that needs whole cells makes of a picture of other sides, or nothing."""
    left, top = (side % cell_size // 2 for side in picture)
    width, height = (side // cell_size * cell_size for side in picture)
    if (width, height) == picture:
        return []
    return [
        f"the sides of the picture, {picture.width}x{picture.height}, are no multiples of {cell_size}. A VAE gives "
        f"back its middle, {width}x{height}, which belongs {left} px to the right and {top} px down; with Drag Pad "
        "behind this node all of it comes back in its place."
    ]
