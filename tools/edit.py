"""The demo: one picture edited through a headless server, saved as before, drag and after."""

from __future__ import annotations

import argparse
import io
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from .client import ComfyClient
from .edits import DRAGDIFFUSION, DRAGWARP, FASTDRAG, REGIONDRAG, Edit
from .environment import say
from .graphs import Graph, dragdiffusion, dragwarp, fastdrag, regiondrag
from .pictures import to_image
from .server import ComfyServer
from .transformer_graphs import dragevidence, dragreference

CAPTION = 28
GAP = 8
METHODS = {
    "fastdrag": (FASTDRAG, fastdrag),
    "regiondrag": (REGIONDRAG, regiondrag),
    "dragdiffusion": (DRAGDIFFUSION, dragdiffusion),
    "dragwarp": (DRAGWARP, dragwarp),
    "dragreference": (REGIONDRAG, dragreference),
    "dragevidence": (REGIONDRAG, dragevidence),
}
SHOWN = {"before": "before", "drag": "drawn", "after": "after"}


def main(arguments: Sequence[str]) -> int:
    """Edits a picture and prints where the result lies."""
    parser = argparse.ArgumentParser(prog="dragkit.py demo", description=__doc__)
    parser.add_argument("--method", choices=list(METHODS), default="fastdrag", help="default: %(default)s")
    shown = "; ".join(f"{method}: {', '.join(edits)}" for method, (edits, _) in METHODS.items())
    parser.add_argument("--edit", default="ball", help=shown)
    parser.add_argument("--output", type=Path, default=Path("dragkit_demo.png"), help="default: %(default)s")
    options = parser.parse_args(arguments)
    edits, graph = METHODS[options.method]
    if options.edit not in edits:
        parser.error(f"{options.method} shows no edit {options.edit}; choose one of {', '.join(edits)}")
    say("Starting ComfyUI ...")
    with ComfyServer(Path(os.environ["COMFYUI_PATH"])) as server:
        say(f"Editing the {options.edit} by {options.method} ...")
        pictures = run(server, edits[options.edit], graph)
    side_by_side({name: pictures[node] for name, node in SHOWN.items()}).save(options.output)
    say(f"Before, drag and after: {options.output.resolve()}")
    return 0


def run(client: ComfyClient, edit: Edit, graph: Callable[..., Graph], **settings: Any) -> dict[str, Image.Image]:
    """The pictures that an edit's graph saves, by the name of the node; says the words that it shows."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"{edit.scene}.png")
        to_image(edit.picture).save(file)
        picture = client.upload(file)
    prompt = graph(picture, edit.drag_json(), edit.scene, **(edit.settings | settings))
    outputs = client.prompt(prompt, timeout=3600).outputs
    for output in outputs.values():
        for text in output.get("text", []):
            say(text)
    return {name: fetch(client, output) for name, output in outputs.items() if "images" in output}


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
