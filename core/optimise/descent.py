"""Gradient descent that stops where it has come apart, with the loss scaled for half precision."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor


class LossScale:
    """What a loss is multiplied by, so that small gradients survive float16: half as much after an overflow.

    It doubles after 2000 steps in a row without one. Source: Micikevicius et al. 2018, section 3.2.

    >>> scale = LossScale(2.0**16)
    >>> scale.update(overflow=True)
    >>> scale.value
    32768.0
    """

    def __init__(self, value: float):
        self.value, self.since = value, 0

    def update(self, overflow: bool) -> None:
        self.since = 0 if overflow else (self.since + 1) % 2000
        if overflow:
            self.value /= 2
        elif self.since == 0:
            self.value *= 2


class Descent:
    """An optimiser's steps on losses.

    changed: what the optimiser changes, in a word; scaling: scale the losses, for a network that computes in float16;
    leaves: where losses come from, views of the optimiser's parameters and their gradients, if not these themselves.
    """

    def __init__(
        self, optimiser: torch.optim.Optimizer, changed: str, scaling: bool, leaves: Sequence[Tensor] | None = None
    ):
        self.optimiser, self.changed = optimiser, changed
        self.parameters = [p for group in optimiser.param_groups for p in group["params"]]
        self.leaves = self.parameters if leaves is None else leaves
        self.scale = LossScale(2.0**16) if scaling else None
        self.losses: list[float] = []

    def step(self, loss: Tensor) -> None:
        """Descends once; raises FloatingPointError where the loss or, at any scale, its gradient is not finite."""
        steepest = self.backward(loss) if loss.requires_grad else torch.zeros_like(loss)
        value, steepest = torch.stack([loss.detach(), steepest]).tolist()  # the only wait for the device
        self.losses.append(value)
        if not math.isfinite(value):
            raise FloatingPointError(f"the loss of step {len(self.losses)} is {value}")
        if loss.requires_grad and math.isfinite(steepest):
            self.optimiser.step()
        if loss.requires_grad and self.scale:
            self.scale.update(not math.isfinite(steepest))
            if self.scale.value < 1:
                raise FloatingPointError(f"the gradient of step {len(self.losses)} is not finite")

    def backward(self, loss: Tensor) -> Tensor:
        """Computes the gradients; where they were scaled, returns the largest entry of all, finite if they all are."""
        self.optimiser.zero_grad(set_to_none=self.leaves is self.parameters)
        if not self.scale:
            loss.backward(inputs=self.leaves)
            return torch.zeros_like(loss)
        (self.scale.value * loss).backward(inputs=self.leaves)
        found = [p for p in self.parameters if p.grad is not None]
        for parameter in found:
            parameter.grad /= self.scale.value
        return torch.nn.utils.clip_grad_norm_(found, math.inf, math.inf)

    def check(self) -> None:
        """Raises FloatingPointError where the last step has spoilt what it changed."""
        if not all(p.isfinite().all() for p in self.parameters):
            raise FloatingPointError(f"the {self.changed} after step {len(self.losses)} is not finite")
