"""Motion supervision on the supervision grid (Shi et al. 2024, DragDiffusion, section 3.2).

Handles and targets are (P, 2) xy, float32 on the CPU, in places of the grid.
"""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

import torch
from torch import Tensor

from ..instruction.spec import Extent
from .features import FeatureMap, Window

REACH = 2.0  # grid places within which a handle has arrived


class Supervision(Enum):
    """What the features one step ahead of a handle shall become."""

    CURRENT = "current"  # those at the handle now (DragDiffusion)
    SOURCE = "source"  # those of the source picture at the first handle (GoodDrag)
    SOURCE_NEAR = "source, near"  # the same, by DragDiffusion's weight (DragLoRA)

    def weight(self, radius: int) -> int:
        return (2 * radius) ** 2 if self is Supervision.SOURCE else (2 * radius + 1) ** 2


class SourceFeatures(NamedTuple):
    """What supervision and tracking need of the source's evaluation; nothing else of its features is kept.

    templates: (C,) for each handle; patches: (C, 2r + 1, 2r + 1) for each handle; previous: its latent one step
    further, (1, C, h, w), where it was computed.
    """

    templates: tuple[Tensor, ...]
    patches: tuple[Tensor, ...]
    previous: Tensor | None

    @staticmethod
    def of(features: FeatureMap, handles: Tensor, radius: int, previous: Tensor | None) -> "SourceFeatures":
        return SourceFeatures(
            tuple(features.read(Window.around(handle, 0))[:, 0, 0].detach() for handle in handles),
            tuple(features.read(Window.around(handle, radius)).detach() for handle in handles),
            None if previous is None else previous.detach(),
        )


def distances(handles: Tensor, targets: Tensor) -> Tensor:
    """How far each handle is from its target, (P,) in grid places."""
    return (targets - handles).norm(dim=1)


def motion_supervision(
    features: FeatureMap,
    handles: Tensor,
    targets: Tensor,
    radius: int,
    supervision: Supervision = Supervision.CURRENT,
    patches: Sequence[Tensor] = (),
    longest_step: float = 1.0,
) -> Tensor:
    """The loss that pulls the features around every handle one step towards its target, those arrived left out.

    radius: of the patches, r_m (r_1 in the paper); patches: the source's, where they are wanted; longest_step: how many
    grid places ahead (GoodDrag's beta). The edges of the map are replicated where a patch leaves it. The mean's factor
    goes on the features, so that opposite pulls on a cell cancel exactly; Adam would blow up what rounding leaves of
    them. Source: eq. 3; GoodDrag (Zhang et al. 2025), eq. 6.

    >>> ramp = torch.arange(8.0).expand(1, 8, 8)  # a feature that grows by one to the right
    >>> handle, target = torch.tensor([[2.0, 4.0]]), torch.tensor([[6.0, 4.0]])
    >>> motion_supervision(FeatureMap((ramp,), Extent(8, 8)), handle, target, radius=1)
    tensor(9.)
    """
    loss = torch.zeros((), device=features.maps[0].device)
    for index in (distances(handles, targets) >= REACH).nonzero()[:, 0].tolist():
        handle, way = handles[index], targets[index] - handles[index]
        length = way.norm()
        shift = way / length * length.clamp_max(longest_step)
        if supervision is Supervision.CURRENT:
            window = Window.around(handle, radius, features.grid)
            wanted = features.read(window).detach()
        else:
            window, wanted = Window.around(handle, radius), patches[index]
        share = supervision.weight(radius) / wanted.numel()
        ahead = features.times(share).read_shifted(window, shift)
        loss = loss + (share * wanted - ahead).abs().sum()
    return loss


def drift(latent: Tensor, source: Tensor, fixed: Tensor) -> Tensor:
    """How much a latent (1, C, h, w) differs from the source's where `fixed` (h, w) is true: the mask term of eq. 3."""
    return ((latent - source) * fixed).abs().sum()


def grid_extent(picture: Extent) -> Extent:
    """The supervision grid of a picture: half its size."""
    return Extent(picture.width // 2, picture.height // 2)
