"""One real ComfyUI server for all tests of this folder."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from dragkit.demo.comfyui import configured_host
from dragkit.demo.server import ComfyServer

HERE = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("host")


@pytest.fixture(scope="session")
def host() -> Path:
    """The ComfyUI tree that COMFYUI_PATH names."""
    if "COMFYUI_PATH" not in os.environ:
        pytest.skip("COMFYUI_PATH is not set; `python dragkit.py test` sets it")
    return configured_host()


@pytest.fixture(scope="session")
def server(host: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyServer]:
    """A running server with the pack and the nodes of the test pack."""
    packs = {"dragkit_testpack": HERE / "testpack"}
    with ComfyServer(host, base=tmp_path_factory.mktemp("comfyui"), packs=packs) as server:
        yield server
