"""Registers the repository root as the package `dragkit`, without putting it on `sys.path`."""

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def register() -> None:
    """Make `import dragkit` work, whatever the repository's folder is called."""
    if "dragkit" in sys.modules:
        return
    spec = importlib.util.spec_from_file_location(
        "dragkit", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"There is no package in {ROOT}.")
    package = importlib.util.module_from_spec(spec)
    sys.modules["dragkit"] = package
    spec.loader.exec_module(package)
