"""Makes the pack importable as `dragkit`, as a host would, with its folder never on Python's path; finds the host."""

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from dragkit.tools.server import ComfyServer

ROOT = Path(__file__).resolve().parent.parent


def load_pack() -> None:
    """Loads the pack's folder as the package `dragkit`."""
    spec = importlib.util.spec_from_file_location(
        "dragkit", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    pack = importlib.util.module_from_spec(spec)
    sys.modules["dragkit"] = pack
    spec.loader.exec_module(pack)


load_pack()

SHORT = ROOT / "tests" / "core"
NEED_A_SERVER = [ROOT / "tests" / "host", ROOT / "tests" / "page"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-costs", action="store_true", help="write tests/device/costs.json anew")
    parser.addoption("--device", default="cpu", help="where tests/core/test_on_device.py computes: cpu, cuda, mps")
    parser.addoption("--dtype", choices=["fp32", "fp16", "bf16"], help="in what precision it does (default: each)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what needs a server; the many short files come last, so that several processes end at the same time."""
    items.sort(key=lambda item: SHORT in item.path.parents)
    for item in items:
        if not set(NEED_A_SERVER).isdisjoint(item.path.parents):
            item.add_marker("host")


@pytest.fixture(scope="session")
def host() -> Path:
    """The ComfyUI tree that COMFYUI_PATH names."""
    from dragkit.tools.comfyui import configured_host

    if "COMFYUI_PATH" not in os.environ:
        pytest.fail("COMFYUI_PATH is not set; run `python dragkit.py test`, which sets it", pytrace=False)
    return configured_host()


@pytest.fixture(scope="session")
def server(host: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator["ComfyServer"]:
    """A running server with the pack, the same for all folders that do not ask for one of their own."""
    from dragkit.tools.server import ComfyServer

    with ComfyServer(host, base=tmp_path_factory.mktemp("comfyui")) as server:
        yield server
