"""Reads the pickles that drag benchmarks come as: plain containers and numpy arrays, and nothing that runs code."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy


def latin_bytes(text: str, encoding: str) -> bytes:
    """What protocol 2 writes bytes as: text that is to be encoded again."""
    return text.encode("latin1")


def array_part(name: str) -> Callable[..., Any]:
    return getattr(import_module("numpy._core.multiarray"), name)


ARRAYS: dict[str, Callable[..., Any]] = {
    "_reconstruct": array_part("_reconstruct"),
    "scalar": array_part("scalar"),
    "_frombuffer": import_module("numpy._core.numeric")._frombuffer,
    "ndarray": numpy.ndarray,
    "dtype": numpy.dtype,
}
HOMES = {"numpy", *(f"numpy.{core}.{part}" for core in ("core", "_core") for part in ("multiarray", "numeric"))}


class PlainUnpickler(pickle.Unpickler):
    """An unpickler that knows arrays and their numbers, whatever numpy wrote them, and refuses all other classes."""

    def find_class(self, module: str, name: str) -> Any:
        if module in HOMES and name in ARRAYS:
            return ARRAYS[name]
        if (module, name) == ("_codecs", "encode"):
            return latin_bytes
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is no plain data")


def read_plain(file: Path) -> dict[str, Any]:
    """The mapping that a pickle holds; ValueError says why it holds none."""
    try:
        with file.open("rb") as stream:
            content = PlainUnpickler(stream).load()
    except Exception as error:
        raise ValueError(f"{file.name} cannot be read: {error}.") from error
    if not isinstance(content, dict):
        raise ValueError(f"{file.name} holds a {type(content).__name__}, not a mapping of prompt, points and mask.")
    return content
