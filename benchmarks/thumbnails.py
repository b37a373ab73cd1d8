"""The thumbnails of the example workflows: what each needs, under its picture; for large models the picture too.

`COMFYUI_PATH=... python benchmarks/thumbnails.py [NAME ...]` shows examples for large models, which are not run here,
by their drag and the pixels that it moves, with what is left to the model hatched.
"""

import argparse
import io
import json
import os
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import _pack
import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

_pack.register()

from dragkit.demo.scenes import SCENES  # noqa: E402
from dragkit.tools.client import ComfyClient  # noqa: E402
from dragkit.tools.examples.bundled import BALL, BUNDLED  # noqa: E402
from dragkit.tools.examples.catalogue import NEEDS  # noqa: E402
from dragkit.tools.graphs import Graph, node, save  # noqa: E402
from dragkit.tools.pictures import to_image  # noqa: E402
from dragkit.tools.server import ComfyServer  # noqa: E402
from dragkit.tools.transformer_graphs import dragevidence, dragreference  # noqa: E402

EXAMPLES = _pack.ROOT / "example_workflows"
SIDE, GAP, BAR, MARGIN, DOT = 256, 4, 40, 14, 16
LARGE, SMALL = 22, 17
GROUND, WORDS, FREE, TO_FETCH = "#1b1b1b", "#f0f0f0", "#4caf50", "#ff9800"
NOT_RUN = "shown: moved pixels; the model paints what is hatched"
REDRAWN = "shown: where it goes; the model draws it there"
EDITS = {
    "dragreference": partial(dragreference, vacated="its surroundings"),
    "dragevidence": dragevidence,
}
WARPED = "shown: moved pixels, filled without a model"
FIRST = "first_pull"  # needs no model
SHIPPED = "shown: a run with the model that ships in the pack"


def panels(client: ComfyClient, name: str) -> Image.Image:
    """The drag, and the moved pixels with what is left to paint hatched; no model runs."""
    file = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    held = {n["type"]: n["widgets_values"] for n in file["nodes"]}
    expand, fill = (held.get("DragWarp") or [9, "neighbours"])[:2]
    scene = dict(zip(("scene", "seed", "size"), held.get("DragDemoPicture", ()), strict=False))
    graph: Graph = {
        "picture": node("DragDemoPicture", **scene) if scene else node("LoadImage", image="example.png"),
        "drag": node("DragFromJSON", json=held["DragCanvas"][0], image=["picture", 0]),
        "show": node("DragPreview", image=["picture", 0], drag=["drag", 0]),
        "warp": node("DragWarp", image=["picture", 0], drag=["drag", 0], mask_expand=expand, fill=fill),
        "seam": node("MaskPreview", mask=["warp", 1]),
        "drawn": save("show"),
        "warped": save("warp"),
    }
    result = client.prompt(graph)
    drawn, warped, seam = (fetched(client, result.outputs[key]) for key in ("drawn", "warped", "seam"))
    moved = hatched(warped, seam) if name in NEEDS else warped.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    return beside(drawn.resize((SIDE, SIDE), Image.Resampling.LANCZOS), moved)


def edited(client: ComfyClient, name: str) -> Image.Image:
    """The drag, and what the bundled transformer makes of it."""
    scene = SCENES["ball"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "ball.png")
        to_image(scene.render(scene.sample(1, torch.Generator().manual_seed(0)), SIDE)[0]).save(file)
        outputs = client.prompt(EDITS[name](client.upload(file), BALL, "ball")).outputs
    return beside(fetched(client, outputs["drawn"]), fetched(client, outputs["after"]))


def beside(drawn: Image.Image, after: Image.Image) -> Image.Image:
    both = Image.new("RGB", (2 * SIDE + GAP, SIDE), "white")
    both.paste(drawn)
    both.paste(after, (SIDE + GAP, 0))
    return both


def fetched(client: ComfyClient, output: dict[str, Any]) -> Image.Image:
    return Image.open(io.BytesIO(client.view(output["images"][0]))).convert("RGB")


def hatched(picture: Image.Image, mask: Image.Image) -> Image.Image:
    """A picture, small, with a mask of it hatched."""
    small = np.array(picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS))  # (SIDE, SIDE, 3)
    inside = np.array(mask.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)) > 127
    y, x = np.indices((SIDE, SIDE))
    small[inside & ((x + y) % 6 < 3)] = (255, 0, 144)
    return Image.fromarray(small)


def marked(picture: Image.Image, needs: str | None, shown: str | None) -> Image.Image:
    """A thumbnail with a bar under it: what has to be fetched first, and what the picture shows if not that."""
    lines = [(f"needs {needs}" if needs else "no download", LARGE)] + ([(shown, SMALL)] if shown else [])
    page = Image.new("RGB", (picture.width, SIDE + BAR * len(lines)), GROUND)
    page.paste(picture.crop((0, 0, picture.width, SIDE)))
    draw = ImageDraw.Draw(page)
    for number, (text, size) in enumerate(lines):
        middle = SIDE + BAR * number + BAR // 2
        if number == 0:
            colour = TO_FETCH if needs else FREE
            draw.ellipse((MARGIN, middle - DOT // 2, MARGIN + DOT, middle + DOT // 2), fill=colour)
        place = (2 * MARGIN + DOT, middle)
        draw.text(place, text, fill=WORDS, font=ImageFont.load_default(size), anchor="lm")
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="default: all")
    names = parser.parse_args().names or sorted(file.stem for file in EXAMPLES.glob("*.json"))
    if "COMFYUI_PATH" not in os.environ:
        sys.exit("Set COMFYUI_PATH to the folder that holds ComfyUI's main.py.")
    with ComfyServer(Path(os.environ["COMFYUI_PATH"])) as server:
        for name in names:
            marked(shown(server, name), *wording(name)).save(EXAMPLES / f"{name}.jpg", quality=90)


def shown(client: ComfyClient, name: str) -> Image.Image:
    """What a thumbnail shows: a run, moved pixels, or the picture that is there."""
    if name in BUNDLED:
        return edited(client, name)
    return panels(client, name) if name in {*NEEDS, FIRST} else Image.open(EXAMPLES / f"{name}.jpg").convert("RGB")


def wording(name: str) -> tuple[str | None, str | None]:
    """What an example needs, if anything, and what its picture shows where it is not that model's work."""
    if name in NEEDS:
        return NEEDS[name], NOT_RUN if name.startswith("dragwarp") else REDRAWN
    plain = name.removesuffix("_explained")
    kinds = {"sd15_inpaint": "an SD1.5 inpainting checkpoint", "sd15": "an SD1.5 checkpoint"}
    needs = next((f"{words} · 2 GB" for ending, words in kinds.items() if plain.endswith(ending)), None)
    return needs, (WARPED if name.startswith("dragwarp") else SHIPPED) if needs else None


if __name__ == "__main__":
    main()
