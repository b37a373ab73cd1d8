"""Tells networks apart by a few of their weights, wherever these are and whatever precision they have."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

WEIGHTS, VALUES = 24, 32  # so many weights, so many values of each
COMPILED = "_orig_mod."  # put into names by torch.compile


class Fingerprint(NamedTuple):
    """layout: a digest of all weights' names and shapes; values: by name, some of a weight's, (VALUES,), in float32.

    precision: by name, that of the weight.
    """

    layout: str
    values: Mapping[str, Tensor]
    precision: Mapping[str, torch.dtype]


def fingerprint(weights: Mapping[str, Tensor]) -> Fingerprint:
    """The fingerprint of a network's weights by name; reads some 800 values, once for each device they are on."""
    named = {name.replace(COMPILED, ""): weight for name, weight in weights.items()}
    layout = repr([(name, tuple(weight.shape)) for name, weight in named.items()])
    plain = {name: weight for name, weight in named.items() if is_plain(weight)}
    chosen = list(plain)[:: max(len(plain) // WEIGHTS, 1)][:WEIGHTS]
    values = dict(zip(chosen, on_host([sampled(plain[name]) for name in chosen]), strict=True))
    return Fingerprint(
        hashlib.sha256(layout.encode()).hexdigest(), values, {name: plain[name].dtype for name in chosen}
    )


def is_plain(weight: Tensor) -> bool:
    """Whether a weight is a matrix or kernel of numbers that are read as they are, not a packed one."""
    kinds = (Tensor, torch.nn.Parameter)
    return weight.ndim > 1 and weight.numel() >= VALUES and weight.is_floating_point() and type(weight) in kinds


def sampled(weight: Tensor) -> Tensor:
    """Values (VALUES,) from all over a weight."""
    return weight.detach().flatten()[:: weight.numel() // VALUES][:VALUES].float()


def on_host(rows: Iterable[Tensor]) -> list[Tensor]:
    """Rows (VALUES,) in RAM, brought there together from each device."""
    found, rows = {}, list(rows)
    for device in {row.device for row in rows}:
        numbers = [number for number, row in enumerate(rows) if row.device == device]
        found |= zip(numbers, torch.stack([rows[number] for number in numbers]).cpu(), strict=True)
    return [found[number] for number in range(len(rows))]


def same_network(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether two fingerprints are of one network, if perhaps in different precisions."""
    common = a.values.keys() & b.values.keys()
    return a.layout == b.layout and all(same_values(name, a, b) for name in common)


def same_values(name: str, a: Fingerprint, b: Fingerprint) -> bool:
    """Whether the values of a weight agree: exactly, or as far as the coarser of two precisions tells."""
    kinds = {a.precision[name], b.precision[name]}
    if len(kinds) == 1:
        return torch.equal(a.values[name], b.values[name])
    coarse = max((torch.finfo(kind) for kind in kinds), key=lambda info: info.eps)
    return torch.allclose(a.values[name], b.values[name], rtol=coarse.eps, atol=coarse.smallest_normal * coarse.eps)
