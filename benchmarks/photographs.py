"""Photographs pulled by Drag Warp alone, before and after, for the README: no model, nothing painted.

`python benchmarks/photographs.py` fetches scikit-image's package from the index for two of its pictures (CC0), pulls
them, and writes docs/images/photographs.jpg.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import _pack
import numpy as np
import torch
from PIL import Image

_pack.register()

from dragkit.core.grid.placed import place  # noqa: E402
from dragkit.core.instruction.form import read_drag  # noqa: E402
from dragkit.core.instruction.geometry import Extent  # noqa: E402
from dragkit.core.maps.flow import warp_map  # noqa: E402
from dragkit.core.redraw.pixels import warp  # noqa: E402
from dragkit.core.show.preview import draw_drag  # noqa: E402

PACKAGE = "scikit-image==0.26.0"
OUTPUT = _pack.ROOT / "docs" / "images" / "photographs.jpg"
HEIGHT, GAP = 300, 4

Pulls = list[tuple[tuple[float, float], tuple[float, float]]]


class Photograph(NamedTuple):
    """A picture of the package and what is pulled in it, handles and targets; the same place twice holds it."""

    file: str
    pulls: Pulls

    @property
    def drag(self) -> dict[str, Any]:
        return {"version": 1, "drags": [{"handle": [*start], "target": [*end]} for start, end in self.pulls]}


PHOTOGRAPHS = (
    Photograph(
        "chelsea.png",  # Stéfan van der Walt, CC0
        [((172, 88), (170, 66)), ((318, 112), (322, 92)), ((210, 250), (184, 226)), ((310, 250), (334, 226))],
    ),
    Photograph(
        "coffee.png",  # Rachel Michetti, CC0
        [((216, 296), (150, 318)), ((252, 236), (252, 236)), ((300, 262), (300, 262)), ((236, 190), (236, 190))],
    ),
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        fetch(Path(folder))
        rows = [shown(Path(folder, "skimage", "data", each.file), each) for each in PHOTOGRAPHS]
    page = Image.new("RGB", (sum(row.width for row in rows) + GAP * (len(rows) - 1), HEIGHT), "white")
    left = 0
    for row in rows:
        page.paste(row, (left, 0))
        left += row.width + GAP
    page.save(OUTPUT, quality=88)


def fetch(folder: Path) -> None:
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), PACKAGE]
    subprocess.run(command, check=True)


def shown(file: Path, photograph: Photograph) -> Image.Image:
    """The drags on a photograph, and what Drag Warp makes of them, side by side."""
    picture = np.asarray(Image.open(file).convert("RGB"), dtype=np.float32) / 255  # (H, W, 3)
    size = Extent(picture.shape[1], picture.shape[0])
    spec = read_drag(photograph.drag).scaled_to(size)
    after = warp(torch.from_numpy(picture)[None], warp_map(place(spec, size))).image[0].numpy()
    both = [Image.fromarray((part * 255).round().astype(np.uint8)) for part in (draw_drag(picture, spec), after)]
    width = round(size.width * HEIGHT / size.height)
    row = Image.new("RGB", (2 * width + GAP, HEIGHT), "white")
    for number, part in enumerate(both):
        row.paste(part.resize((width, HEIGHT), Image.Resampling.LANCZOS), (number * (width + GAP), 0))
    return row


if __name__ == "__main__":
    main()
