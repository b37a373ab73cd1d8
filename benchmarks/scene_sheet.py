"""The scenes whose drag changes the view or the state: before, halfway, after, from one long case of each kind.

`python benchmarks/scene_sheet.py [--output docs/images/scenes.jpg]`
"""

import argparse
from pathlib import Path

import _pack
import torch
from PIL import Image, ImageDraw

_pack.register()

from dragkit.benchmarks.truth.cases import MOVING, SIZE, Case, all_cases  # noqa: E402
from dragkit.demo.scenes import SCENES  # noqa: E402
from dragkit.tools.pictures import to_image  # noqa: E402

GAP = 6
RING = 5


def states(case: Case) -> list[Image.Image]:
    """The picture with the drag drawn on it, and the scene halfway and at its end."""
    scene, pull, (x, y) = SCENES[case.scene], case.pulls[0], case.shifts[0]
    halfway = scene.render(scene.moved(case.before, pull.keypoint, (x / 2, y / 2)), SIZE)[0]
    first = to_image(case.picture)
    drawn = ImageDraw.Draw(first)
    for drag in case.points()["drags"]:
        (hx, hy), (tx, ty) = drag["handle"], drag["target"]
        drawn.line([hx, hy, tx, ty], fill="white", width=3)
        for px, py, colour in ((hx, hy, "red"), (tx, ty, "blue")):
            drawn.ellipse([px - RING, py - RING, px + RING, py + RING], fill=colour, outline="white", width=2)
    return [first, to_image(halfway), to_image(case.truth)]


def longest(scene: str) -> Case:
    """The case of a scene that goes farthest."""
    cases = [case for case in all_cases() if case.scene == scene]
    return max(cases, key=lambda case: torch.tensor(case.shifts).norm().item())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=_pack.ROOT / "docs" / "images" / "scenes.jpg")
    options = parser.parse_args()
    columns = [states(longest(name)) for name in SCENES if name not in MOVING]
    step = SIZE + GAP
    sheet = Image.new("RGB", (len(columns) * step - GAP, 3 * step - GAP), "white")
    for number, column in enumerate(columns):
        for row, picture in enumerate(column):
            sheet.paste(picture, (number * step, row * step))
    sheet.save(options.output, quality=90)


if __name__ == "__main__":
    main()
