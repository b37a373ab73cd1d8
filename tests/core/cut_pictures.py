"""A small photo and its parts cut out, for tests of what is put back."""

import torch
from dragkit.core.crop.crop import Cut, cut_out, resized
from dragkit.core.crop.framing import Wanted
from dragkit.core.crop.stitch import Stitch
from dragkit.core.grid.placed import place
from dragkit.core.instruction.geometry import Extent, Point
from dragkit.core.instruction.spec import Drag, DragSpec, Polygon

PICTURE = Extent(320, 240)
CORNERS = ((100, 80), (180, 80), (180, 150), (100, 150))
SPEC = DragSpec((Drag(Point(120, 110), Point(150, 110)),), (), (Polygon(tuple(Point(*c) for c in CORNERS)),), PICTURE)


def photo(count: int = 1, size: Extent = PICTURE) -> torch.Tensor:
    """Smooth clouds with some grain, (B, H, W, 3)."""
    generator = torch.Generator().manual_seed(5)
    coarse = torch.rand(count, size.height // 20, size.width // 20, 3, generator=generator)
    grain = torch.rand(count, size.height, size.width, 3, generator=generator)
    return 0.15 + 0.6 * resized(coarse, size) + 0.1 * grain


def stitched(picture: torch.Tensor, spec: DragSpec = SPEC, size: int = 96, context: float = 0.5, mask=None):
    placed = place(spec, PICTURE, mask, len(picture))
    return stitch_of(picture, cut_out(placed, Wanted(context, Extent(size, size), 8)))


def stitch_of(picture: torch.Tensor, cuts: list[Cut]) -> Stitch:
    return Stitch(picture, tuple(cuts), tuple(cut.taken_from(picture) for cut in cuts))


def outside(stitch: Stitch) -> torch.Tensor:
    """What may not change, (H, W) bool."""
    (cut,) = stitch.cuts
    kept = torch.ones(PICTURE.height, PICTURE.width, dtype=torch.bool)
    cut.window(kept[None, ..., None])[0, ..., 0] &= ~cut.areas[0]
    return kept
