"""A chart of the losses of a training."""

import math
from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..instruction.spec import Extent

SIZE = Extent(640, 400)
SUPERSAMPLING = 2
LEFT, RIGHT, TOP, BOTTOM = 64, 18, 40, 48
PAPER, INK, GRID = "white", (45, 45, 48), (226, 228, 232)
EACH, MEAN = (150, 176, 214), (200, 62, 42)


def draw_losses(losses: Sequence[float]) -> np.ndarray:
    """A chart (H, W, 3), float 0..1, of the loss of every step and of its mean over the last steps."""
    picture = Image.new("RGB", (SIZE.width * SUPERSAMPLING, SIZE.height * SUPERSAMPLING), PAPER)
    chart = Chart(ImageDraw.Draw(picture), ticks(1, max(len(losses), 2), 8, whole=True), ticks(0, max(losses), 5))
    window = mean_window(len(losses))
    chart.axes()
    means = running_mean(losses, window)
    chart.curve(losses, EACH, 1.2)
    chart.curve(means, MEAN, 2.6)
    chart.legend([("each step", EACH, 1.2), (f"mean of {window} steps, ends at {means[-1]:.3g}", MEAN, 2.6)])
    return np.asarray(picture.resize(SIZE, Image.Resampling.BOX), dtype=np.float32) / 255


def mean_window(steps: int) -> int:
    """An eighth of the training, at least two steps."""
    return max(2, round(steps / 8))


def running_mean(values: Sequence[float], window: int) -> list[float]:
    """The mean of every value and those before it, `window` together at most."""
    sums = [0.0, *accumulate(values)]
    starts = [max(0, end - window) for end in range(1, len(sums))]
    return [(sums[end] - sums[start]) / (end - start) for end, start in enumerate(starts, 1)]


def ticks(low: float, high: float, count: int, whole: bool = False) -> list[float]:
    """Round numbers that reach from `low` to `high` or beyond, `count` of them at most, and at least two."""
    high = max(high, low + 1e-9)
    span = high - low
    unit = 10.0 ** math.floor(math.log10(span / count))
    step = next(unit * m for m in (1, 2, 5, 10, 20) if span / (unit * m) <= count - 1)
    step = max(step, 1.0) if whole else step
    first = math.floor(low / step)
    return [first * step + number * step for number in range(math.ceil(high / step - 1e-9) - first + 1)]


class Chart:
    """Axes between their first and last ticks, drawn enlarged."""

    def __init__(self, draw: ImageDraw.ImageDraw, steps: list[float], losses: list[float]):
        self.draw, self.steps, self.losses = draw, steps, losses
        self.font = ImageFont.load_default(size=13 * SUPERSAMPLING)

    def x(self, step: float) -> float:
        return LEFT + (SIZE.width - LEFT - RIGHT) * share_of_axis(step, self.steps)

    def y(self, loss: float) -> float:
        return SIZE.height - BOTTOM - (SIZE.height - TOP - BOTTOM) * share_of_axis(loss, self.losses)

    def axes(self) -> None:
        """Lines and numbers at the ticks, and what the axes mean."""
        right, bottom = SIZE.width - RIGHT, SIZE.height - BOTTOM
        for loss in self.losses:
            self.line([(LEFT, self.y(loss)), (right, self.y(loss))], GRID, 1)
            self.text(LEFT - 8, self.y(loss), f"{loss:.4g}", "rm")
        for step in self.steps:
            self.line([(self.x(step), bottom), (self.x(step), bottom + 5)], INK, 1)
            self.text(self.x(step), bottom + 8, f"{step:.0f}", "ma")
        self.line([(LEFT, TOP), (LEFT, bottom), (right, bottom)], INK, 1.2)
        self.text((LEFT + right) / 2, SIZE.height - 6, "step", "ms")
        self.text(8, 12, "training loss", "la")

    def curve(self, losses: Sequence[float], colour: tuple[int, int, int], width: float) -> None:
        """A line through the losses of the steps 1, 2, ...; a short bar where there is only one."""
        points = [(self.x(step), self.y(loss)) for step, loss in enumerate(losses, 1)]
        points += [(points[0][0] + 20, points[0][1])] if len(points) == 1 else []
        self.line(points, colour, width)

    def legend(self, curves: list[tuple[str, tuple[int, int, int], float]]) -> None:
        """The curves' names, each after a piece of its line, up to the right edge."""
        right = SIZE.width - RIGHT
        for name, colour, width in reversed(curves):
            left = right - self.font.getlength(name) / SUPERSAMPLING
            self.text(right, 12, name, "ra")
            self.line([(left - 26, 20), (left - 6, 20)], colour, width)
            right = left - 52

    def line(self, points: list[tuple[float, float]], colour: str | tuple[int, int, int], width: float) -> None:
        self.draw.line(enlarged(points), fill=colour, width=round(width * SUPERSAMPLING), joint="curve")

    def text(self, x: float, y: float, words: str, anchor: str) -> None:
        self.draw.text(enlarged([(x, y)])[0], words, font=self.font, fill=INK, anchor=anchor)


def share_of_axis(value: float, axis: list[float]) -> float:
    return (value - axis[0]) / (axis[-1] - axis[0])


def enlarged(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(x * SUPERSAMPLING, y * SUPERSAMPLING) for x, y in points]
