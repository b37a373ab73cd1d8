"""What every process of a cluster does first: it makes the pack's folder importable as `dragkit`.

It travels to the nodes by value, so it imports nothing of the pack.
"""


def register() -> None:
    """Makes the folder that DRAGKIT_ROOT names, or the one the pack was sent to, the package `dragkit`."""
    import importlib.util
    import os
    import sys
    from pathlib import Path

    root = Path(os.environ.get("DRAGKIT_ROOT") or os.getcwd())
    file = root / "__init__.py"
    if "dragkit" not in sys.modules and file.is_file():
        spec = importlib.util.spec_from_file_location("dragkit", file, submodule_search_locations=[str(root)])
        if spec is None or spec.loader is None:
            return
        pack = importlib.util.module_from_spec(spec)
        sys.modules["dragkit"] = pack
        spec.loader.exec_module(pack)
