"""What is drawn in the examples, by its name."""

import json
from pathlib import Path
from typing import Any

DRAWINGS: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
