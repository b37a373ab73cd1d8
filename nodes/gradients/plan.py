"""A checked instruction on the supervision grid, and what is said of it once it was carried out."""

from dataclasses import replace
from typing import NamedTuple

import torch

from ...core.grid.latent_grid import half_size_points, nearest_latent_mask
from ...core.grid.placed import Placed
from ...core.instruction.spec import Drag, DragSpec, Extent, Point
from ...core.optimise.latent import Dragged
from ...core.optimise.motion import REACH, distances, grid_extent
from ...core.show.preview import as_colours, draw_paths
from ..checks.instructions import require_ways
from ..host.latents import between_nodes, image_extent, place_on_latent
from ..host.models import require_unet
from ..host.words import log_notes
from .places import last_enlarging_block

MIDDLE = -1


class Plan(NamedTuple):
    """A checked instruction on the supervision grid."""

    placed: Placed
    handles: torch.Tensor  # (P, 2) xy
    targets: torch.Tensor  # (P, 2) xy
    fixed: torch.Tensor | None  # (h, w)

    @property
    def grid(self) -> Extent:
        return grid_extent(self.placed.part.size)

    @property
    def scale(self) -> torch.Tensor:
        """Pixels of the picture to a place of the grid, (2,) xy."""
        return torch.tensor(self.placed.part.size) / torch.tensor(self.grid)

    def in_picture(self, places: torch.Tensor) -> torch.Tensor:
        """Places of the grid (..., 2) xy in pixels of the picture."""
        return places * self.scale + torch.tensor([self.placed.part.left, self.placed.part.top])

    def remaining(self, dragged: Dragged) -> DragSpec:
        """The instruction that is left: every handle where it ended."""
        ends = [Point(*place) for place in self.in_picture(dragged.history[-1]).tolist()]
        stayed = (dragged.history[-1] == self.handles).all(1).tolist()
        drags = zip(self.placed.whole.drags, ends, stayed, strict=True)
        return replace(
            self.placed.whole, drags=tuple(Drag(d.handle if still else e, d.target) for d, e, still in drags)
        )

    def report(self, dragged: Dragged, node: str) -> str:
        """A line on every handle; warns of those that did not arrive."""
        away = distances(dragged.history[-1] * self.scale, self.targets * self.scale).tolist()
        late = [i for i, d in enumerate(distances(dragged.history[-1], self.targets), 1) if d >= REACH]
        if late:
            remedy = "Give it more steps or a higher learning_rate, or drag in stages"
            number = ", ".join(map(str, late))
            log_notes(
                [f"handle {number} did not arrive. {remedy}: connect the drag of this node to another one."], node
            )
        return "\n".join(
            f"handle {i}: {d:.1f} px from its target after {dragged.updates} steps"
            + (", not there yet" if i in late else "")
            for i, d in enumerate(away, 1)
        )

    def draw(self, dragged: Dragged, image: torch.Tensor) -> torch.Tensor:
        """The first image (1, H, W, C) with the instruction and the paths that its handles took."""
        size, whole = image_extent(image), self.placed.whole
        ways = self.in_picture(torch.stack(dragged.history, 1)) * (torch.tensor(size) / torch.tensor(whole.picture))
        paths = [[Point(*place) for place in way] for way in ways.tolist()]  # of (P, N, 2)
        drawn = draw_paths(as_colours(image[:1])[0].numpy(), whole.scaled_to(size), paths)
        return between_nodes(torch.from_numpy(drawn)[None])


def make_plan(drag: DragSpec, top: torch.Tensor, mask: torch.Tensor | None, node: str) -> Plan:
    """Puts an instruction on the grid; refuses one without a drag, and a batch of pictures."""
    if len(top) != 1:
        raise ValueError(
            f"{node}: the inversion is of {len(top)} pictures; this node drags one. Take one by Latent From Batch "
            "before Invert Latent."
        )
    placed = place_on_latent(drag, top, mask, node)
    require_ways(placed.spec, node)
    size = placed.part.size
    handles, targets = (half_size_points(points, size) for points in (placed.handles, placed.targets))
    limit = torch.tensor(grid_extent(size)) - 1.0
    fixed = ~placed.cells(nearest_latent_mask)[0]
    return Plan(placed, handles.clamp_min(0).minimum(limit), targets, fixed if fixed.any() else None)


def read_blocks(text: str, model, node: str) -> tuple[int, ...]:
    """The numbers of output blocks in a list like "5, 8"; "auto" is the paper's place, "middle" is -1."""
    unet = require_unet(model, node)
    count, named = len(unet.output_blocks), {"auto": last_enlarging_block(unet)}
    if unet.middle_block is not None:
        named["middle"] = MIDDLE
    words = [word.strip().lower() for word in str(text).split(",")]
    blocks = tuple(int(word) if word.isdecimal() and len(word) < 4 else named.get(word, count) for word in words)
    if not all(MIDDLE <= block < count for block in blocks):
        middle = ', or "middle"' if "middle" in named else ""
        raise ValueError(
            f'{node}: feature_block is "{text}". Give "auto", the number of an output block of this model, 0 to '
            f"{count - 1}, several with commas between them{middle}."
        )
    return tuple(dict.fromkeys(blocks))
