"""Where and how recorded self-attention states are kept, and how they come back to where they are used."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

STEPS = 127  # of a value in 8 bits, to each side of 0


class Packed(NamedTuple):
    """States (B, T, C) in 8 bits: whole steps, int8, of a size of its own for every token, (B, T, 1) float32."""

    steps: Tensor
    size: Tensor


State = Tensor | Packed
Keep = Callable[[Tensor], State]


class Layer(NamedTuple):
    """A self-attention layer: "input", "middle" or "output", number of the block, place within the block."""

    block: str
    number: int
    place: int


Place = tuple[float, Layer]  # noise level and layer


class LevelStates(NamedTuple):
    """The inputs (B, T, C) of the key and value projections at one noise level."""

    sigma: float
    layers: tuple[Layer, ...]
    hidden: tuple[State, ...]


def pack(states: Tensor) -> Packed:
    """States (B, T, C) in 8 bits, the largest value of a token being the last step.

    >>> states = torch.tensor([[[1.0, -0.5, 0.25]]])
    >>> pack(states).steps
    tensor([[[127, -64,  32]]], dtype=torch.int8)
    >>> unpack(pack(states), torch.float32)
    tensor([[[ 1.0000, -0.5039,  0.2520]]])
    """
    size = states.abs().amax(-1, keepdim=True).float().clamp_min(torch.finfo(torch.float32).tiny) / STEPS
    return Packed((states / size).round().to(torch.int8), size)


def unpack(state: State, dtype: torch.dtype) -> Tensor:
    """States (B, T, C) in a precision to compute with."""
    return state.steps.to(dtype) * state.size.to(dtype) if isinstance(state, Packed) else state.to(dtype)


def parts(state: State) -> Sequence[Tensor]:
    return state if isinstance(state, Packed) else (state,)


def moved(state: State, move: Callable[[Tensor], Tensor]) -> State:
    """A state whose tensors went through a function."""
    return Packed(*map(move, state)) if isinstance(state, Packed) else move(state)


def size_in_bytes(state: State) -> int:
    return sum(part.numel() * part.element_size() for part in parts(state))


def stored_bytes(states: Sequence[LevelStates]) -> int:
    return sum(size_in_bytes(state) for level in states for state in level.hidden)


def keep_here(tensor: Tensor) -> Tensor:
    """A copy on the same device, free of the buffer that the tensor is a view of."""
    return tensor.detach().clone()


def keep_in_ram(tensor: Tensor, pinned: bool = False) -> Tensor:
    """A copy in RAM; in pinned memory the device does not wait for it, and may still be writing it."""
    there = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=pinned)
    return there.copy_(tensor.detach(), non_blocking=pinned)


class Sent(NamedTuple):
    """A state that is on its way to a device; `arrival` is none where there is nothing to wait for."""

    state: State
    arrival: torch.cuda.Event | None

    def received(self) -> State:
        """The state, for what the current stream is given from now on."""
        if self.arrival is not None:
            stream = torch.cuda.current_stream(parts(self.state)[0].device)
            stream.wait_event(self.arrival)
            for part in parts(self.state):
                part.record_stream(stream)
        return self.state


@cache
def copy_stream(device: torch.device) -> torch.cuda.Stream:
    """The stream of copies to a GPU, beside that of its work."""
    return torch.cuda.Stream(device)


def send(state: State, device: torch.device) -> Sent:
    """Starts a copy to a device; where the state is there already it is none."""
    if device.type != "cuda" or parts(state)[0].device == device:
        return Sent(moved(state, lambda t: t.to(device)), None)
    stream = copy_stream(device)
    with torch.cuda.stream(stream):
        there, arrival = moved(state, lambda t: t.to(device, non_blocking=True)), torch.cuda.Event()
        arrival.record(stream)
        return Sent(there, arrival)


class Ahead:
    """Hands out stored states on a device, each sent there while the one before it is in use."""

    def __init__(self, stored: Mapping[Place, State]):
        """stored: in the order of use."""
        self.stored = stored
        self.following = dict(zip(stored, [*list(stored)[1:], None], strict=True))
        self.sent: dict[tuple[Place, torch.device], Sent] = {}

    def __call__(self, key: Place, device: torch.device) -> State:
        sent = self.sent.pop((key, device), None) or send(self.stored[key], device)
        following = self.following[key]
        self.sent = {} if following is None else {(following, device): send(self.stored[following], device)}
        return sent.received()

    def forget(self) -> None:
        """Drops what was sent in vain."""
        self.sent = {}
