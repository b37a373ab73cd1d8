"""Means with confidence intervals over cases that share pictures: the bootstrap draws pictures, not cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

DRAWS = 20_000
SEED = 0

Values = Mapping[str, float]  # by case


class Estimate(NamedTuple):
    """A mean with the ends of its interval."""

    mean: float
    low: float
    high: float

    def text(self, decimals: int = 1, sign: str = "") -> str:
        mean, low, high = (f"{number:{sign}.{decimals}f}" for number in self)
        return f"{mean} ({low} to {high})"

    @property
    def direction(self) -> int:
        """Which side of zero the whole interval lies on: -1, 1, or 0 for neither."""
        return (self.low > 0) - (self.high < 0)


def bootstrap(values: Values, pictures: Mapping[str, str], confidence: float) -> Estimate:
    """The mean of values by case, with the percentile interval of a bootstrap over the pictures of the cases.

    Source: Efron and Tibshirani 1993, section 13.3; clusters as Davison and Hinkley 1997, section 3.8.
    """
    names = sorted({pictures[case] for case in values})
    place = {name: number for number, name in enumerate(names)}
    sums, counts = np.zeros((2, len(names)))
    for case, value in values.items():
        sums[place[pictures[case]]] += value
        counts[place[pictures[case]]] += 1
    drawn = np.random.default_rng(SEED).multinomial(len(names), np.full(len(names), 1 / len(names)), DRAWS)
    means = (drawn @ sums) / (drawn @ counts)  # (DRAWS,)
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(float(sums.sum() / counts.sum()), float(low), float(high))


def differences(values: Values, base: Values) -> dict[str, float]:
    """How much larger the values are than those of the base, on the cases that both have."""
    return {case: value - base[case] for case, value in values.items() if case in base}
