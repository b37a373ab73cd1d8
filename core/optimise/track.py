"""Point tracking on the supervision grid: where the handles have gone (Shi et al. 2024, DragDiffusion, section 3.3).

Handles and targets are (P, 2) xy, float32 on the CPU, in places of the grid.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from .features import FeatureMap, Window
from .motion import REACH, distances


class Handles:
    """Handles on their way to their targets, and how many trackings in a row have moved none of them."""

    def __init__(self, start: Tensor, targets: Tensor):
        self.targets = targets
        self.history = [start]
        self.standstill = 0

    @property
    def now(self) -> Tensor:
        return self.history[-1]

    @property
    def near(self) -> Tensor:
        """Which ones have arrived, (P,)."""
        return distances(self.now, self.targets) < REACH

    @property
    def arrived(self) -> bool:
        """Whether all have."""
        return bool(self.near.all())

    def move(self, places: Tensor, counts: bool = True) -> None:
        """Puts the handles where they were found; whether that `counts` where a standstill is told."""
        if counts:
            self.standstill = self.standstill + 1 if torch.equal(places, self.now) else 0
        self.history.append(places)


class Found(NamedTuple):
    """Where handles were found, (P, 2), and how far their features are from the templates, (P,)."""

    places: Tensor
    distances: Tensor


def track(templates: Sequence[Tensor], features: FeatureMap, handles: Tensor, radius: int) -> Tensor:
    """Every handle moved to the place nearby whose features are most like its template (nearest neighbour, L1).

    radius: of the search window, r_p (r_2 in the paper). Returns (P, 2). Of equal places the first, row by row, wins.
    Source: eq. 5.

    >>> from ..instruction.spec import Extent
    >>> features = torch.zeros(1, 8, 8)
    >>> features[0, 4, 5] = 1  # what the template is like, now two places to the right
    >>> track([torch.ones(1)], FeatureMap((features,), Extent(8, 8)), torch.tensor([[3.0, 4.0]]), radius=3)
    tensor([[5., 4.]])
    """
    windows = [Window.around(handle, radius, features.grid) for handle in handles]
    with torch.no_grad():
        nearest = [
            (features.read(window) - template[:, None, None]).abs().sum(0).argmin()
            for template, window in zip(templates, windows, strict=True)
        ]
    places = [window.place(i) for window, i in zip(windows, torch.stack(nearest).tolist(), strict=True)]
    return torch.tensor(places)


def track_nearer(
    templates: Sequence[Tensor], features: FeatureMap, handles: Tensor, targets: Tensor, radius: int
) -> Found:
    """Finds every handle among the places nearby that are not farther from its target than it is now.

    templates: (C,) for each handle; radius: of the search window. Features are compared by the mean difference of their
    channels, rounded to two digits once the best place, the first of equal ones row by row, is chosen.
    """
    places, found = [], []
    for template, handle, target in zip(templates, handles, targets, strict=True):
        window = Window.around(handle, radius, features.grid)
        difference = (features.read(window).detach() - template[:, None, None]).abs().mean(0).cpu()  # (R, K)
        away = (window.columns - target[0]) ** 2 + (window.rows - target[1])[:, None] ** 2
        difference[away > (target - handle).square().sum()] = torch.inf
        places.append(window.place(int(difference.argmin())))
        found.append(difference.min())
    return Found(torch.tensor(places), torch.stack(found).round(decimals=2))
