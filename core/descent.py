"""Gradient descent that stops where it has come apart, with the loss scaled for half precision."""

import math

import torch
from torch import Tensor


class Descent:
    """An optimiser's steps on losses; `scaling` scales them, for a network that computes in float16."""

    def __init__(self, optimiser: torch.optim.Optimizer, scaling: bool):
        self.optimiser = optimiser
        self.parameters = [p for group in optimiser.param_groups for p in group["params"]]
        self.scaler = torch.amp.GradScaler(self.parameters[0].device.type, enabled=scaling)
        self.losses: list[float] = []

    def step(self, loss: Tensor) -> None:
        """Descends once; raises FloatingPointError where the loss or, at any scale, its gradient is not finite."""
        self.losses.append(loss.item())
        if not math.isfinite(self.losses[-1]):
            raise FloatingPointError(f"the loss of step {len(self.losses)} is {self.losses[-1]}")
        if not loss.requires_grad:
            return
        self.optimiser.zero_grad()
        self.scaler.scale(loss).backward(inputs=self.parameters)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        if self.scaler.is_enabled() and self.scaler.get_scale() < 1:
            raise FloatingPointError(f"the gradient of step {len(self.losses)} is not finite")
