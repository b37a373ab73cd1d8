"""Pictures, drags and a graph without a model, for tables of jobs."""

import json
from pathlib import Path

from dragkit.tools.graphs import node
from PIL import Image

DRAG = {"version": 1, "size": [64, 48], "drags": [{"handle": [10, 10], "target": [40, 30]}]}
DRAWN = {
    "picture": node("LoadImage", image="example.png"),
    "drag": node("DragFromJSON", json="{}", image=["picture", 0]),
    "draw": node("DragPreview", image=["picture", 0], drag=["drag", 0]),
    "save": node("SaveImage", images=["draw", 0], filename_prefix="bulk"),
}


def picture(file: Path, colour: str = "teal", size: tuple[int, int] = (64, 48)) -> str:
    """Saves a picture of one colour; returns its name."""
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(file)
    return file.name


def drawing(folder: Path) -> str:
    """A graph that draws the instruction on the picture."""
    file = folder / "drawing.json"
    file.write_text(json.dumps(DRAWN), encoding="utf-8")
    return str(file)


def lines(file: Path, *rows: dict) -> Path:
    """A table of JSON lines."""
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file
