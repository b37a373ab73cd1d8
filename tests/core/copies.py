"""Counts what is sent to a device."""

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class Copies(TorchDispatchMode):
    """Counts what is copied to the device that holds nothing."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, function, types, arguments=(), options=None):
        options = options or {}
        self.count += function is torch.ops.aten._to_copy.default and options.get("device") == torch.device("meta")
        return function(*arguments, **options)
