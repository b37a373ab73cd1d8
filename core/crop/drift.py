"""How an edited picture as a whole has slipped and changed its colours, measured where nothing was to change.

A model that redraws a crop often moves all of it by a fraction of a pixel and tints it. Both are found together by
weighted least squares (Lucas and Kanade, 1981, with a gain and an offset for every channel), from coarse to fine.
"""

from dataclasses import dataclass, replace
from enum import Enum

import torch
import torch.nn.functional as F
from torch import Tensor

LEVELS = 3  # halvings, so that slips of several pixels are found
ROUNDS = 12
LEAST_PIXELS = 64  # of what stays, for a measurement
STILL, NEAR = 1e-3, 1e-2  # pixels, a round's step from which on it has arrived, at full size and before
SLIGHT_SHIFT = 0.05  # pixels; less is not taken back, as reading between pixels costs more than it gives
SLIGHT_COLOUR = 0.5 / 255
LARGEST_SHIFT = 16.0  # pixels
GAINS = (0.5, 2.0)
BETTER = 0.95  # of the error before, at most, for a drift to be believed
OTHER = 0.08  # root mean square, from which on it is another picture
OUTLIER = 2.5  # times the median rest
EXPLAINED = 1.0  # pixels of a slip by which edges may differ
NOISE = 1e-4
RARE, SAMPLES = 0.01, 100_000
WHOLE = 0.999  # of a reduced pixel that stays
USUAL_SHIFT, USUAL_COLOUR = 2.0, 0.05  # pixels, and of a channel's range: what models do to a whole crop
ALIKE = 30  # pixels whose errors are alike and tell no more than one
DAMPING = 1e-6


class Take(Enum):
    """What of a drift is taken back."""

    BOTH = "shift and colour"
    SHIFT = "shift"
    COLOUR = "colour"
    NOTHING = "nothing"

    @property
    def shift(self) -> bool:
        return self in (Take.BOTH, Take.SHIFT)

    @property
    def colour(self) -> bool:
        return self in (Take.BOTH, Take.COLOUR)


@dataclass(frozen=True)
class Drift:
    """An edit at (x, y) + shift shows gain * original at (x, y) + offset."""

    shift: tuple[float, float]  # pixels, right and down
    gain: Tensor  # (C,)
    offset: Tensor  # (C,)
    range: Tensor  # (2, C) the values of the edit that this was measured on, from and to
    before: float  # root mean square of the difference on what stays
    after: float  # of what is left of it

    @property
    def is_slight(self) -> bool:
        """Whether it is not worth taking back, or nothing to be believed."""
        moved = max(map(abs, self.shift)) >= SLIGHT_SHIFT
        tinted = bool(((self.gain - 1).abs() + self.offset.abs()).max() >= SLIGHT_COLOUR)
        return not (moved or tinted) or self.after > min(BETTER * self.before, OTHER)

    def scaled(self, across: float, down: float) -> "Drift":
        """The same of a resized picture."""
        return replace(self, shift=(self.shift[0] * across, self.shift[1] * down))

    def taken_back(self, edited: Tensor) -> Tensor:
        """An edited picture (C, h, w) without it; values stay within 0 and 1 where they were.

        Values beyond those that it was measured on change as the nearest of them do.
        """
        moved = moved_by(edited, self.shift) if max(map(abs, self.shift)) >= SLIGHT_SHIFT else edited
        gain, offset, low, high = (each[:, None, None] for each in (self.gain, self.offset, *self.range))
        known = torch.minimum(torch.maximum(moved, low), high)
        return (moved - known + (known - offset) / gain).clamp(*bounds(edited))

    def text(self) -> str:
        """What was found, in words."""
        x, y = self.shift
        gain, offset = (", ".join(f"{v:+.1f}" for v in values) for values in (100 * (self.gain - 1), 255 * self.offset))
        rest = f"what stays differed by {255 * self.before:.2f} of 255 and differs by {255 * self.after:.2f}"
        return f"shift {x:+.2f}, {y:+.2f} px; gain {gain} %; offset {offset} of 255; {rest}"


def bounds(picture: Tensor) -> tuple[float, float]:
    """The range of a picture, at least 0 to 1."""
    low, high = picture.aminmax()
    return min(float(low), 0.0), max(float(high), 1.0)


def measured(original: Tensor, edited: Tensor, stays: Tensor, take: Take = Take.BOTH) -> Drift | None:
    """The drift of an edited picture (C, h, w) against its original, where nothing was to change, (h, w) bool.

    All are on the CPU. None where too little stays to be measured. What differs far more than the rest, being edited
    after all, does not count.
    """
    if int(stays.sum()) < LEAST_PIXELS:
        return None
    shift = torch.zeros(2)
    colour = torch.stack([torch.ones(len(original)), torch.zeros(len(original))])  # (2, C) gain, offset
    weights = stays.to(original)
    before = error(edited - original, weights)
    for level in reversed(range(LEVELS if take.shift else 1)):
        before_it, after_it, inside = (halved(planes, level) for planes in (original, edited, weights[None]))
        if float((inside > WHOLE).sum()) >= LEAST_PIXELS:
            still = NEAR if level else STILL
            shift, colour = refined(before_it, after_it, inside, shift / 2**level, colour, take, still)
            shift = shift * 2**level
    if float(shift.abs().max()) > LARGEST_SHIFT or not bool(((colour[0] > GAINS[0]) & (colour[0] < GAINS[1])).all()):
        nothing = torch.ones(len(original)), torch.zeros(len(original))
        return Drift((0.0, 0.0), *nothing, bounds_of(edited, stays), before, before)
    found = Drift((float(shift[0]), float(shift[1])), colour[0], colour[1], bounds_of(edited, stays), before, before)
    return replace(found, after=error(found.taken_back(edited) - original, weights))


def bounds_of(picture: Tensor, where: Tensor) -> Tensor:
    """From and to which value a picture (C, h, w) goes where (h, w) bool, but for the rarest: (2, C)."""
    values = picture[:, where]  # (C, n)
    some = values[:, :: max(1, values.shape[1] // SAMPLES)]
    return some.quantile(torch.tensor([RARE, 1 - RARE]), dim=1)


def refined(
    original: Tensor, edited: Tensor, weights: Tensor, shift: Tensor, colour: Tensor, take: Take, still: float
) -> tuple[Tensor, Tensor]:
    """Shift (2,) and colour (2, C) after rounds of Gauss and Newton at one size; pictures (C, h, w), weights (1, h, w).

    still: the least step after which another round is made.

    The original is moved and tinted, not the edit, whose noise would be smoothed by reading between its pixels.
    """
    inner = (weights[0] > WHOLE).float()
    for _ in range(ROUNDS):
        moved = moved_by(original, (-float(shift[0]), -float(shift[1])))
        rest = edited - colour[0, :, None, None] * moved - colour[1, :, None, None]  # (C, h, w)
        step = solve(moved, rest, shift, colour, inner * trusted(rest, moved, inner), take)
        shift, colour = shift + step[:2], colour + step[2:].view(2, -1)
        if float(step.abs().max()) < still:
            break
    return shift, colour


def solve(moved: Tensor, rest: Tensor, shift: Tensor, colour: Tensor, weights: Tensor, take: Take) -> Tensor:
    """The step (2 + 2 C,) of shift, gains and offsets that makes the weighted rest (C, h, w) least, to first order.

    Where nothing tells what they are, as across a plain sky, they stay near none.
    """
    channels, some, gain = len(moved), weights.flatten() > 0, colour[0][:, None]
    across, down, content, wrong = (planes.flatten(1)[:, some] for planes in (*gradients(moved), moved, rest))  # (C, n)
    design = torch.stack([-gain * across, -gain * down, content, torch.ones_like(content)], 1).double()  # (C, 4, n)
    design *= torch.tensor([take.shift] * 2 + [take.colour] * 2)[:, None]
    weighted = design * weights.flatten()[some]
    each = torch.arange(channels)
    place = torch.stack([0 * each, 0 * each + 1, 2 + each, 2 + channels + each], 1)  # (C, 4) among all unknowns
    matrix = design.new_zeros(2 + 2 * channels, 2 + 2 * channels)
    matrix.index_put_((place[:, :, None], place[:, None]), weighted @ design.mT, accumulate=True)
    right = design.new_zeros(2 + 2 * channels)
    right.index_put_((place,), torch.linalg.vecdot(weighted, wrong.double()[:, None]), accumulate=True)
    found = torch.cat([shift, colour[0] - 1, colour[1]]).double()
    usual = torch.tensor([USUAL_SHIFT] * 2 + [USUAL_COLOUR] * 2 * channels).double()
    noise = float((wrong.square().mean(0) * weights.flatten()[some]).sum() / weights.sum())
    pull = ALIKE * noise / usual.square() + DAMPING
    return torch.linalg.solve(matrix + pull.diag(), right - pull * found).float()


def trusted(rest: Tensor, moved: Tensor, inner: Tensor) -> Tensor:
    """How far a pixel counts (h, w): less the more its rest (C, h, w) is than noise and a slip explain (Huber)."""
    size, slope = (planes.square().sum(0).sqrt() for planes in (rest, torch.cat(gradients(moved))))  # (h, w)
    usual = OUTLIER * float(size[inner > 0].median().clamp_min(NOISE)) + EXPLAINED * slope
    return (usual / torch.maximum(size, usual)).square()


def gradients(picture: Tensor) -> tuple[Tensor, Tensor]:
    """Its central differences across and down, (C, h, w) each."""
    beyond = F.pad(picture[None], (1, 1, 1, 1), mode="replicate")[0]
    return (beyond[:, 1:-1, 2:] - beyond[:, 1:-1, :-2]) / 2, (beyond[:, 2:, 1:-1] - beyond[:, :-2, 1:-1]) / 2


def moved_by(picture: Tensor, shift: tuple[float, float]) -> Tensor:
    """A picture (C, h, w) read at every place plus a shift, bicubic."""
    height, width = picture.shape[1:]
    x = (2 * (torch.arange(width) + 0.5 + shift[0]) / width - 1).to(picture)
    y = (2 * (torch.arange(height) + 0.5 + shift[1]) / height - 1).to(picture)
    grid = torch.stack(torch.meshgrid(y, x, indexing="ij")[::-1], dim=-1)[None]  # (1, h, w, 2)
    return F.grid_sample(picture[None], grid, mode="bicubic", padding_mode="border", align_corners=False)[0]


def halved(planes: Tensor, times: int) -> Tensor:
    """Planes (C, h, w) at half their size, so many times."""
    for _ in range(times):
        planes = F.avg_pool2d(planes[None], 2)[0]
    return planes


def error(difference: Tensor, weights: Tensor) -> float:
    """The root mean square of a difference (C, h, w) where weights (h, w) say."""
    return float(((difference.square().mean(0) * weights).sum() / weights.sum()).sqrt())
