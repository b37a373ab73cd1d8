"""One real ComfyUI server for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dragkit.tools.server import ComfyServer

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def server(host: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyServer]:
    """A running server with the pack and the nodes of the test pack."""
    packs = {"dragkit_testpack": HERE / "testpack"}
    with ComfyServer(host, base=tmp_path_factory.mktemp("comfyui"), packs=packs) as server:
        yield server
