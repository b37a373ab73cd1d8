"""Writes the blueprints, and the example workflows that are described in `tools/examples`.

`COMFYUI_PATH=... python benchmarks/write_examples.py` asks a server of that ComfyUI for the definitions of its nodes.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import _pack

_pack.register()

from dragkit.tools.examples.blueprint import blueprint_form, compact_form  # noqa: E402
from dragkit.tools.examples.catalogue import EXAMPLES, groups_of  # noqa: E402
from dragkit.tools.examples.compact import COMPACT  # noqa: E402
from dragkit.tools.examples.known import known_nodes, pack_version  # noqa: E402
from dragkit.tools.examples.methods import BLUEPRINTS  # noqa: E402
from dragkit.tools.examples.page_form import page_form  # noqa: E402
from dragkit.tools.server import ComfyServer  # noqa: E402

WORKFLOWS, SUBGRAPHS = _pack.ROOT / "example_workflows", _pack.ROOT / "subgraphs"


def main() -> None:
    if "COMFYUI_PATH" not in os.environ:
        sys.exit("Set COMFYUI_PATH to the folder that holds ComfyUI's main.py.")
    with ComfyServer(Path(os.environ["COMFYUI_PATH"])) as server:
        known = known_nodes(server.get("/object_info"))
    pack = "dragkit", pack_version()
    for name in EXAMPLES:
        write(WORKFLOWS / f"{name}.json", page_form(groups_of(name), known, *pack))
    for name, example in COMPACT.items():
        blueprints = [example.blueprint] if example.blueprint else []
        write(WORKFLOWS / f"{name}.json", compact_form(example.groups(name), blueprints, known, pack))
    SUBGRAPHS.mkdir(exist_ok=True)
    for name, blueprint in BLUEPRINTS.items():
        write(SUBGRAPHS / f"{name}.json", blueprint_form(blueprint, known, pack))


def write(file: Path, form: dict[str, Any]) -> None:
    file.write_text(json.dumps(form, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
