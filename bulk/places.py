"""Files wherever they lie: on this machine or in an object store, named by a path or a URI."""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pyarrow import ArrowException, fs

from ..tools.environment import SetupError

FULL = (errno.ENOSPC, errno.EDQUOT)
Result = TypeVar("Result")


@dataclass(frozen=True)
class Place:
    """A file or folder by its path, or by a URI such as s3://bucket/folder; it may travel between processes."""

    uri: str

    @classmethod
    def of(cls, uri: str | os.PathLike[str], beside: Place | None = None) -> Place:
        """The place that a path or URI names; a relative path starts beside another place, else in this folder."""
        text = os.fspath(uri)
        if "://" in text:
            return cls(text)
        if beside is not None and not os.path.isabs(text):
            return beside / text
        return cls(str(Path(text).absolute()))

    def __truediv__(self, name: str) -> Place:
        head, mark, options = self.uri.partition("?")
        return Place(f"{head.rstrip('/')}/{name}{mark}{options}")

    @property
    def parent(self) -> Place:
        head, mark, options = self.uri.partition("?")
        return Place(f"{head.rstrip('/').rpartition('/')[0] or '/'}{mark}{options}")

    @property
    def name(self) -> str:
        return self.uri.partition("?")[0].rstrip("/").rpartition("/")[2]

    def within(self, folder: Place) -> str | None:
        """Its path from a folder on, empty for that folder itself; none where it does not lie in it."""
        own, other = (place.real.replace("\\", "/").rstrip("/") for place in (self, folder))
        return own[len(other) :].lstrip("/") if f"{own}/".startswith(f"{other}/") else None

    @property
    def real(self) -> str:
        """Where it truly lies, without links and detours of this machine, or a URI without its options."""
        return os.path.realpath(self.uri) if self.is_local else self.uri.partition("?")[0]

    @property
    def is_local(self) -> bool:
        return "://" not in self.uri

    def opened(self) -> tuple[fs.FileSystem, str]:
        """The file system and the path in it; raises SetupError for a kind of place that is not known."""
        if self.is_local:
            return fs.LocalFileSystem(), self.uri
        try:
            return fs.FileSystem.from_uri(self.uri)
        except ArrowException:
            return self._by_fsspec()

    def _by_fsspec(self) -> tuple[fs.FileSystem, str]:
        import fsspec

        kind = self.uri.partition("://")[0]
        try:
            system, path = fsspec.core.url_to_fs(self.uri)
        except (ValueError, ImportError) as error:
            raise SetupError(f"{self.uri} cannot be opened: {error}") from None
        return fs.PyFileSystem(fs.FSSpecHandler(system)), path.removeprefix(f"{kind}://")

    def read(self) -> bytes:
        """Its bytes; raises OSError where there is no such file."""
        system, path = self.opened()
        with system.open_input_stream(path) as stream:
            return stream.read()

    def write(self, content: bytes) -> None:
        """Writes a file as a whole or not at all: here under another name first; a store takes it as a whole."""
        system, path = self.opened()
        system.create_dir(path.rpartition("/")[0], recursive=True)
        part = f"{path}.{uuid.uuid4().hex[:8]}.part" if self.is_local else path
        with system.open_output_stream(part) as stream:
            stream.write(content)
        if part != path:
            os.replace(part, path)

    def files(self, recursive: bool = True) -> list[str]:
        """The paths of all files below a folder, from there and in order; none where it does not exist."""
        system, path = self.opened()
        found = system.get_file_info(fs.FileSelector(path, recursive=recursive, allow_not_found=True))
        head = len(path.rstrip("/")) + 1
        return sorted(info.path[head:] for info in found if info.type == fs.FileType.File)

    @property
    def is_folder(self) -> bool:
        system, path = self.opened()
        return system.get_file_info(path).type == fs.FileType.Directory

    def exists(self) -> bool:
        system, path = self.opened()
        return system.get_file_info(path).type != fs.FileType.NotFound


def reached(place: Place, work: Callable[[], Result]) -> Result:
    """What some work with a place gives; a place that cannot be reached or is full becomes one sentence."""
    try:
        return work()
    except (OSError, ArrowException) as error:
        raise SetupError(unreachable(place, error)) from None


def unreachable(place: Place, error: Exception) -> str:
    """Why a place cannot be used, and what to do."""
    if isinstance(error, OSError) and error.errno in FULL:
        return f"The disk of {place.uri} is full; make room there and run it again, what is done is kept."
    said = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return f"{place.uri} cannot be reached ({said}); check its name and your access, and run it again."
