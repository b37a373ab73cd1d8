"""Writes the example workflows of transformers, from their descriptions in `tools/examples`.

`COMFYUI_PATH=... python benchmarks/write_examples.py` asks a server of that ComfyUI for the definitions of its nodes.
"""

import json
import os
import sys
from pathlib import Path

import _pack

_pack.register()

from dragkit.tools.examples.catalogue import EXAMPLES, groups_of  # noqa: E402
from dragkit.tools.examples.known import known_nodes, pack_version  # noqa: E402
from dragkit.tools.examples.page_form import page_form  # noqa: E402
from dragkit.tools.server import ComfyServer  # noqa: E402


def main() -> None:
    if "COMFYUI_PATH" not in os.environ:
        sys.exit("Set COMFYUI_PATH to the folder that holds ComfyUI's main.py.")
    with ComfyServer(Path(os.environ["COMFYUI_PATH"])) as server:
        known = known_nodes(server.get("/object_info"))
    for name in EXAMPLES:
        content = json.dumps(page_form(groups_of(name), known, "dragkit", pack_version()), indent=2, ensure_ascii=False)
        (_pack.ROOT / "example_workflows" / f"{name}.json").write_text(content + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
