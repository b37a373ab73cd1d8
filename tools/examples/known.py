"""The definitions of nodes: those of a server, and of newer hosts as their own templates use them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..environment import ROOT

NEWER = Path(__file__).with_name("newer_nodes.json")


def newer_nodes() -> dict[str, Any]:
    """Nodes that the pinned host lacks; read off `comfyui-workflow-templates-json` 0.1.123 and the frontend 1.58.1."""
    return json.loads(NEWER.read_text(encoding="utf-8"))


def known_nodes(server: Mapping[str, Any]) -> dict[str, Any]:
    """A server's nodes, as its /object_info tells, and newer ones that it lacks."""
    return {**newer_nodes(), **server}


def pack_version() -> str:
    found = re.search(r'(?m)^version = "(.+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return found[1] if found else ""
