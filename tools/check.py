"""The check: what the pack does on this machine, tried on a headless server and compared with stored results."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ..demo.network import EXPECTED_FILE
from .client import ComfyClient, PromptError
from .environment import SetupError, say
from .graphs import Graph, node
from .server import ComfyServer

EXACT_FLAGS = ["--cpu", "--force-fp32", "--use-pytorch-cross-attention"]


def main(arguments: Sequence[str]) -> int:
    """Prints the table; returns 1 where a line of it is not ok."""
    parser = argparse.ArgumentParser(prog="dragkit.py check", description=__doc__)
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help="a checkpoint of your own, to be tried as well")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report there, for a bug report")
    parser.add_argument("--store", action="store_true", help="make these results the stored ones (on the CPU, fp32)")
    options = parser.parse_args(arguments)
    if options.checkpoint and not options.checkpoint.is_file():
        raise SetupError(f"There is no checkpoint {options.checkpoint}; name its file.")
    if options.json and not options.json.absolute().parent.is_dir():
        raise SetupError(
            f"There is no folder {options.json.absolute().parent} for the report; make it, or name another."
        )
    with ExitStack() as stack:
        models = [models_folder(options.checkpoint, stack)] if options.checkpoint else []
        flags = EXACT_FLAGS if options.store else None
        say("Starting ComfyUI ...")
        server = stack.enter_context(ComfyServer(Path(os.environ["COMFYUI_PATH"]), models=models, flags=flags))
        say("Checking; this takes some seconds, with a checkpoint some minutes ...")
        table, report = run(server, options.checkpoint and options.checkpoint.name)
    say(table)
    if options.json:
        options.json.write_text(json.dumps(report, indent=1), encoding="utf-8")
    if options.store:
        store(report)
    return 0 if all(line["status"] == "ok" for line in report["lines"]) else 1


def models_folder(checkpoint: Path, stack: ExitStack) -> Path:
    """A folder laid out as ComfyUI's models folder, through which the host finds a checkpoint."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    (folder / "checkpoints").mkdir()
    place = folder / "checkpoints" / checkpoint.name
    try:
        place.symlink_to(checkpoint.resolve())
    except OSError:  # Windows without the right to make links
        os.link(checkpoint.resolve(), place)
    return folder


def run(client: ComfyClient, checkpoint: str | None = None) -> tuple[str, dict[str, Any]]:
    """The table and the report of Drag Check on a server; SetupError for a checkpoint that cannot be loaded."""
    try:
        shown = client.prompt(graph(checkpoint), tell, timeout=7200).outputs["check"]
    except PromptError as error:
        if checkpoint is None:
            raise
        raise SetupError(
            f"ComfyUI cannot try {checkpoint} ({error}); give a whole checkpoint as .safetensors or .ckpt."
        ) from None
    return shown["text"][0], shown["report"][0]


def tell(event: dict[str, Any]) -> None:
    """Says how far a check is, at every thing that was tried."""
    if event["type"] == "dragkit.tried":
        say("  {number} of {of}: {name}: {status}".format(**event["data"]))


def graph(checkpoint: str | None) -> Graph:
    """A prompt of Drag Check, with a checkpoint where one is named."""
    if checkpoint is None:
        return {"check": node("DragCheck")}
    loaded = {"model": ["checkpoint", 0], "clip": ["checkpoint", 1], "vae": ["checkpoint", 2]}
    return {"checkpoint": node("CheckpointLoaderSimple", ckpt_name=checkpoint), "check": node("DragCheck", **loaded)}


def store(report: dict[str, Any]) -> None:
    """Writes what later checks are compared with."""
    values = {line["name"]: line["details"]["values"] for line in report["lines"] if "values" in line["details"]}
    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(numbers)}" for name, numbers in values.items())
    EXPECTED_FILE.write_text(f"{{\n{rows}\n}}\n", encoding="utf-8")
    say(f"Stored in {EXPECTED_FILE}.")
