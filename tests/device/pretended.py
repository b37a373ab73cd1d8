"""A second device without one: tensors that say they are on `far`, computed on the CPU.

They go through PyTorch's own dispatcher, so data that is mixed, read by NumPy or drawn by a generator of another device
is refused as on a GPU; moves between here and there, and waits of the host for the device, are counted by the line of
the pack that asked for them. Speed, memory, rounding and the limits of real kernels stay unseen.
"""

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch.utils import backend_registration
from torch.utils._python_dispatch import TorchDispatchMode

COPIES = {"_to_copy", "copy_", "copy"}
INDEXED = {"index", "index_put", "index_put_", "_index_put_impl_", "_unsafe_index", "_unsafe_index_put"}
WAITS = {
    *("_local_scalar_dense", "is_nonzero", "equal", "nonzero", "masked_select", "bincount", "repeat_interleave"),
    *("_unique2", "unique_dim", "unique_consecutive", "_linalg_solve_ex", "linalg_inv_ex"),
}
ONE_KERNEL = {"scaled_dot_product_attention"}  # made of others on paper only
MATRICES = {"mm", "addmm", "bmm", "convolution", "convolution_backward", "scaled_dot_product_attention"}
TAKE_NO_NUMBERS = MATRICES | {"cat", "stack", "gather", "scatter", "index_select", "embedding"}
POOR_IN_HALF = MATRICES | {"_upsample_bilinear2d_aa"}  # on CPUs: slow, or missing
ELSEWHERE = "Expected all tensors to be on the same device, but {name} was given {tensors}"


class Event(NamedTuple):
    """A wait, or bytes moved from or to the device, with the innermost line of the pack."""

    kind: str
    size: int
    line: str


@dataclass
class Ledger:
    """What the pack's own lines did; `pack` and `host` are the folders that tell whose a line is."""

    pack: Path
    host: Path
    events: list[Event] = field(default_factory=list)

    def add(self, kind: str, size: int = 0) -> None:
        frame, owner = sys._getframe(1), None
        while frame is not None and owner is None:
            owner, line = self.owner(frame.f_code.co_filename), frame.f_lineno
            frame = frame.f_back
        if owner:
            self.events.append(Event(kind, size, f"{owner}:{line}"))

    def owner(self, file: str) -> str | None:
        """The file of the pack that a line is in, by its name; "" for one of the host, None for any other."""
        return owner_of(file, self.pack, self.host)


@cache
def owner_of(file: str, pack: Path, host: Path) -> str | None:
    """The same for every line of a file, which are asked about by the hundred thousand."""
    path = Path(file)
    if host in path.parents:
        return ""
    inside = any(pack / room in path.parents for room in ("core", "nodes"))
    return path.relative_to(pack).as_posix() if inside else None


ledger = Ledger(Path(), Path())


class Backend(backend_registration._DummyBackendModule):
    def get_amp_supported_dtype(self) -> list[torch.dtype]:
        return [torch.float16, torch.bfloat16]


def make_known() -> None:
    """Makes `far` known to PyTorch, once in a process."""
    if torch._C._get_privateuse1_backend_name() != "far":
        backend_registration._setup_privateuseone_for_python_backend("far", backend_module=Backend())


@contextlib.contextmanager
def pretended(pack: Path, host: Path) -> Iterator[Ledger]:
    """The device at work; backward passes stay in the calling thread, where the pretence is."""
    make_known()
    ledger.pack, ledger.host, ledger.events = pack, host, []
    engine = torch.autograd._engine_run_backward
    lifting = torch._C._only_lift_cpu_tensors()

    def backward(*args: Any, **kwargs: Any) -> Any:
        with torch.autograd.set_multithreading_enabled(False):
            return engine(*args, **kwargs)

    torch.autograd._engine_run_backward = backward
    torch._C._set_only_lift_cpu_tensors(True)
    try:
        with Pretence():
            yield ledger
    finally:
        torch._C._set_only_lift_cpu_tensors(lifting)
        torch.autograd._engine_run_backward = engine


class FarTensor(torch.Tensor):
    """A tensor that says it is on the device; `here` is what it holds."""

    here: torch.Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, values: torch.Tensor, device: torch.device) -> "FarTensor":
        layout = {"strides": values.stride(), "storage_offset": values.storage_offset(), "dtype": values.dtype}
        with torch.inference_mode(values.is_inference()):
            tensor = torch.Tensor._make_wrapper_subclass(cls, values.size(), device=device, **layout)
        tensor.here = values
        return tensor

    @classmethod
    def __torch_dispatch__(cls, operation, types, args=(), kwargs=None):
        return carry_out(operation, args, kwargs or {})

    @property
    def data(self) -> "FarTensor":
        return self.detach()

    @data.setter
    def data(self, other: "FarTensor") -> None:
        torch.Tensor.data.__set__(self, other)
        self.here = other.here

    def numpy(self, *, force: bool = False) -> Any:
        if not force:
            raise TypeError(f"can't convert {self.device} device type tensor to numpy")
        return self.cpu().numpy()

    def tolist(self) -> Any:
        return self.cpu().tolist()

    def __repr__(self, *, tensor_contents=None) -> str:
        return f"far({self.here!r})"


class Pretence(TorchDispatchMode):
    """Also catches what makes a tensor on the device out of none."""

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        return carry_out(operation, args, kwargs or {})


def carry_out(operation, args: tuple, kwargs: dict[str, Any]) -> Any:
    """Carries out an operation on the values, and refuses or counts what the device would."""
    given = list(tensors_in((args, kwargs)))
    named = next((d for d in (kwargs.get("device"), *args) if isinstance(d, torch.device)), None)
    far = [t for t in given if isinstance(t, FarTensor)]
    if not far and (named is None or named.type != "far"):
        return operation(*args, **kwargs)
    name = operation.overloadpacket.__name__
    if name not in ONE_KERNEL and is_composite(operation):
        with Pretence():
            return operation.decompose(*args, **kwargs)
    there = named or (args[0].device if name in COPIES | INDEXED else far[0].device)
    if name in COPIES:
        count_copy(name, args, kwargs, there)
    elif name in INDEXED:
        count_indexing(name, args, there)
    else:
        check(name, given, kwargs.get("generator"), there, made_anew=named is not None)
    plain = {**kwargs, "device": torch.device("cpu")} if named else kwargs
    values = mapped(lambda t: t.here if isinstance(t, FarTensor) else t, (args, plain))
    result = (in_single if name in POOR_IN_HALF else apply)(operation, *values)
    known = (
        [] if named else [(t.here if isinstance(t, FarTensor) else t, t) for t in given]
    )  # what was changed in place is itself

    def dressed(result: torch.Tensor) -> torch.Tensor:
        itself = next((t for held, t in known if held is result), None)
        return itself if itself is not None else FarTensor(result, there) if there.type == "far" else result

    return mapped(dressed, result)


def tensors_in(value: Any) -> Iterator[torch.Tensor]:
    """The tensors in nested lists, tuples and dictionaries."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from tensors_in(part)


def mapped(change: Callable[[torch.Tensor], Any], value: Any) -> Any:
    """Nested lists, tuples and dictionaries with every tensor changed."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, dict):
        return {key: mapped(change, part) for key, part in value.items()}
    return type(value)(mapped(change, part) for part in value) if type(value) in (list, tuple) else value


@cache
def is_composite(operation) -> bool:
    return torch._C._dispatch_has_kernel_for_dispatch_key(operation.name(), "CompositeImplicitAutograd")


def apply(operation, args: tuple, kwargs: dict[str, Any]) -> Any:
    return operation(*args, **kwargs)


def in_single(operation, args: tuple, kwargs: dict[str, Any]) -> Any:
    """What CPUs are slow at in half precision, computed in single and rounded; refuses two precisions at once."""
    kinds = {t.dtype for t in tensors_in((args, kwargs)) if t.is_floating_point()}
    if len(kinds) > 1:
        raise RuntimeError(f"expected the same dtype of all tensors, but {operation} was given {kinds}")
    if kinds <= {torch.float32, torch.float64}:
        return operation(*args, **kwargs)
    args, kwargs = mapped(torch.Tensor.float, (args, kwargs))
    return mapped(lambda t: t.to(*kinds), operation(*args, **kwargs))


def check(name: str, given: list, generator: torch.Generator | None, there: torch.device, made_anew: bool) -> None:
    """Refuses tensors and generators of two devices, numbers in tensors of the host aside; counts waits."""
    strangers = [t for t in given if not isinstance(t, FarTensor) and (t.dim() or name in TAKE_NO_NUMBERS)]
    if strangers and not made_anew:
        shapes = ", ".join(f"{tuple(t.shape)} on {t.device}" for t in given)
        raise RuntimeError(ELSEWHERE.format(name=name, tensors=shapes))
    if generator is not None and generator.device.type != there.type:
        raise RuntimeError(f"Expected a '{there}' device type for generator but found '{generator.device}'")
    if name in WAITS:
        ledger.add("wait")


def count_copy(name: str, args: tuple, kwargs: dict[str, Any], there: torch.device) -> None:
    source = args[0] if name == "_to_copy" else args[1]
    if source.device.type != there.type:
        kind = kwargs.get("dtype") or (source if name == "_to_copy" else args[0]).dtype
        ledger.add("move", source.numel() * kind.itemsize)


def count_indexing(name: str, args: tuple, there: torch.device) -> None:
    """Indices may come from the host at the price of a move; masks on the device must be counted first."""
    indices = [index for index in args[1] if index is not None]
    value = args[2] if len(args) > 2 else None
    alien = [i for i in indices if isinstance(i, FarTensor) and there.type == "cpu"]
    if alien or value is not None and value.dim() and value.device != there:
        raise RuntimeError(ELSEWHERE.format(name=name, tensors=f"data on {there}, {[*indices, value]}"))
    for index in indices:
        if not isinstance(index, FarTensor) and there.type == "far":
            ledger.add("move", index.nbytes)
    masks = [i for i in indices if isinstance(i, FarTensor) and i.dtype in (torch.bool, torch.uint8)]
    fills = value is not None and value.numel() == 1 and len(masks) == len(indices)
    if masks and not fills:
        ledger.add("wait")
