"""One real ComfyUI server for all tests of this folder, and its modules for those that need no server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from dragkit.tools.in_process import use_host
from dragkit.tools.server import ComfyServer

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def server(host: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyServer]:
    """A running server with the pack and the nodes of the test pack."""
    packs = {"dragkit_testpack": HERE / "testpack"}
    with ComfyServer(host, base=tmp_path_factory.mktemp("comfyui"), packs=packs) as server:
        yield server


@pytest.fixture
def inference(host: Path) -> Iterator[None]:
    """The host's modules in this process, and no gradients."""
    use_host()
    with torch.inference_mode():
        yield
