"""The demo: one picture edited by FastDrag through a headless server, saved as before, drag and after."""

from __future__ import annotations

import argparse
import io
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from .client import ComfyClient
from .edits import EDITS, Edit
from .environment import say
from .graphs import fastdrag
from .pictures import to_image
from .server import ComfyServer

CAPTION = 28
GAP = 8


def main(arguments: Sequence[str]) -> int:
    """Edits a picture and prints where the result lies."""
    parser = argparse.ArgumentParser(prog="dragkit.py demo", description=__doc__)
    parser.add_argument("--scene", choices=list(EDITS), default="ball", help="what to edit (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=Path("dragkit_demo.png"), help="default: %(default)s")
    options = parser.parse_args(arguments)
    say("Starting ComfyUI ...")
    with ComfyServer(Path(os.environ["COMFYUI_PATH"])) as server:
        say(f"Editing the {options.scene} by FastDrag ...")
        pictures = run(server, EDITS[options.scene])
    side_by_side(pictures).save(options.output)
    say(f"Before, drag and after: {options.output.resolve()}")
    return 0


def run(client: ComfyClient, edit: Edit, *, inject: bool = True) -> dict[str, Image.Image]:
    """The pictures an edit saves, by name; optionally without injected attention."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"{edit.scene}.png")
        to_image(edit.picture).save(file)
        picture = client.upload(file)
    outputs = client.prompt(fastdrag(picture, edit.drag_json(), edit.scene, inject=inject)).outputs
    names = {"before": "before", "drag": "drawn", "after": "after"}
    return {name: fetch(client, outputs[node]) for name, node in names.items()}


def fetch(client: ComfyClient, output: dict) -> Image.Image:
    return Image.open(io.BytesIO(client.view(output["images"][0]))).convert("RGB")


def side_by_side(pictures: dict[str, Image.Image]) -> Image.Image:
    """Captioned pictures of one height in a row."""
    width = sum(p.width + GAP for p in pictures.values()) - GAP
    height = max(p.height for p in pictures.values())
    sheet = Image.new("RGB", (width, height + CAPTION), "white")
    draw, font, left = ImageDraw.Draw(sheet), ImageFont.load_default(size=18), 0
    for name, picture in pictures.items():
        sheet.paste(picture, (left, CAPTION))
        draw.text((left + picture.width / 2, CAPTION / 2), name, fill="black", anchor="mm", font=font)
        left += picture.width + GAP
    return sheet
