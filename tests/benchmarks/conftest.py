"""A real ComfyUI server for the tests of this folder that ask for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dragkit.tools.server import ComfyServer


@pytest.fixture(scope="session")
def server(host: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyServer]:
    """A running server with the pack."""
    with ComfyServer(host, base=tmp_path_factory.mktemp("comfyui")) as server:
        yield server
