"""Makes the pack importable as `dragkit`, as a host would, with its folder never on Python's path."""

import importlib.util
import sys
from pathlib import Path

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
