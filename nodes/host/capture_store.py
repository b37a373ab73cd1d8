"""Where Invert Latent keeps the states it records, and in which precision."""

from enum import Enum
from typing import cast

import comfy.cli_args
import comfy.model_management
import torch

from ...core.attention.store import Keep, State, keep_here, keep_in_ram, moved, pack, size_in_bytes

GPU_SHARE = 0.05  # of the GPU's memory at most, for automatic storage: the host can neither count nor free it
FREE_SHARE = 0.25  # of the GPU's memory, left free by automatic storage
PINNED_SHARE = 0.5  # of RAM, free of which memory is pinned


class Store(Enum):
    AUTO = "auto"
    GPU = "gpu"
    CPU = "cpu"


class Precision(Enum):
    COMPUTED = "as computed"
    EIGHT_BIT = "8 bit"


class Keeper:
    """Says at the beginning of every level how its states are kept."""

    def __init__(self, store: Store, precision: Precision, device: torch.device, evaluations: int = 1):
        """evaluations: how often a level is recorded, each time in place of the last."""
        self.store, self.precision, self.device, self.evaluations = store, precision, device, evaluations
        self.kept, self.levels = 0.0, 0  # bytes on the GPU, and of how many levels

    def __call__(self) -> Keep:
        here = self.store is Store.GPU or (self.store is Store.AUTO and self.has_room())
        if self.device.type == "cpu" or here:
            self.levels += 1
            return lambda states: self.counted(self.packed(states))
        pinned = pins(self.device)
        return lambda states: moved(self.packed(states), lambda part: keep_in_ram(part, pinned))

    def packed(self, states: torch.Tensor) -> State:
        return pack(states) if self.precision is Precision.EIGHT_BIT else states

    def counted(self, state: State) -> State:
        copy = keep_here(state) if isinstance(state, torch.Tensor) else state
        self.kept += size_in_bytes(copy) / self.evaluations
        return copy

    def has_room(self) -> bool:
        """Whether another level, as large as those before, is within the share and leaves enough free."""
        free, total = memory_of(self.device)
        level = self.kept / max(self.levels, 1)
        return self.kept + level <= GPU_SHARE * total and free - level > FREE_SHARE * total


def memory_of(device: torch.device) -> tuple[float, float]:
    """The free bytes of a device, and all."""
    free = comfy.model_management.get_free_memory(device)
    total = comfy.model_management.get_total_memory(device)
    return cast(float, free), cast(float, total)  # pairs only where PyTorch's own are asked for, too


def pins(device: torch.device) -> bool:
    """Whether to copy into pinned memory: on a GPU of its own, with RAM to spare, unless the user forbids it."""
    if device.type != "cuda" or getattr(comfy.cli_args.args, "disable_pinned_memory", False):
        return False
    free, total = memory_of(torch.device("cpu"))
    return free > PINNED_SHARE * total
