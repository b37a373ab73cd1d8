"""Runs a benchmark: `python dragkit.py benchmark NAME [...]`."""

import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import _pack

_pack.register()

if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    sys.exit(importlib.import_module(f"dragkit.benchmarks.{name}.command").main(arguments))
