"""Ray on this machine and a real ComfyUI server, once for the tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dragkit.bulk.cluster import Share, joined
from dragkit.tools.server import ComfyServer


@pytest.fixture(scope="session")
def server(host: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyServer]:
    """A running server with the pack."""
    with ComfyServer(host, base=tmp_path_factory.mktemp("comfyui")) as server:
        yield server


@pytest.fixture(scope="session")
def ray_here() -> Iterator[Share]:
    with joined(None, 1) as share:
        yield share
