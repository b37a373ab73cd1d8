"""The README's figure: every demo edit by pixel warp, without and with injected attention, beside the true result.

`COMFYUI_PATH=... python benchmarks/fastdrag_figure.py [--output FILE]` runs them on a headless server and prints how
far each result is from the truth.
"""

import argparse
import os
import sys
from pathlib import Path

import _pack
import torch
from PIL import Image

_pack.register()

from dragkit.core.drag_json import read_drag  # noqa: E402
from dragkit.core.fill import FillMode, fill_null  # noqa: E402
from dragkit.core.masks import editable_mask  # noqa: E402
from dragkit.core.warpage import warp_latent  # noqa: E402
from dragkit.demo.client import ComfyClient  # noqa: E402
from dragkit.demo.edit import run, side_by_side  # noqa: E402
from dragkit.demo.edits import EDITS, Edit  # noqa: E402
from dragkit.demo.pictures import psnr, to_image, to_tensor  # noqa: E402
from dragkit.demo.server import ComfyServer  # noqa: E402

ROW_GAP = 10


def pixel_warp(edit: Edit) -> torch.Tensor:
    """FastDrag's warp and fill on the pixels themselves, (3, H, W)."""
    spec = read_drag(edit.drag_json())
    handles, targets = (torch.tensor(ends) for ends in zip(*spec.drags, strict=True))
    warped, null = warp_latent(edit.picture[None], handles, targets, editable_mask(spec, spec.size))
    return fill_null(warped, null, FillMode.SIMULTANEOUS)[0]


def row(client: ComfyClient, edit: Edit) -> dict[str, Image.Image]:
    """One edit: the drag, three ways to follow it, and the truth."""
    full, bare = run(client, edit), run(client, edit, inject=False)
    return {
        "drag": full["drag"],
        "pixels warped": to_image(pixel_warp(edit)),
        "FastDrag, no K/V": bare["after"],
        "FastDrag": full["after"],
        "true result": to_image(edit.truth),
    }


def describe(edit: Edit, pictures: dict[str, Image.Image]) -> str:
    """PSNR against the true result, of the picture before and of every way to follow the drag."""
    ways = {"no edit": edit.picture} | {
        name: to_tensor(picture) for name, picture in pictures.items() if name not in ("drag", "true result")
    }
    return f"{edit.scene}: " + ", ".join(f"{name} {psnr(result, edit.truth):.1f} dB" for name, result in ways.items())


def stacked(sheets: list[Image.Image]) -> Image.Image:
    height = sum(s.height + ROW_GAP for s in sheets) - ROW_GAP
    page = Image.new("RGB", (max(s.width for s in sheets), height), "white")
    top = 0
    for sheet in sheets:
        page.paste(sheet, (0, top))
        top += sheet.height + ROW_GAP
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=_pack.ROOT / "docs" / "images" / "fastdrag.png")
    options = parser.parse_args()
    if "COMFYUI_PATH" not in os.environ:
        sys.exit("Set COMFYUI_PATH to the folder that holds ComfyUI's main.py.")
    with ComfyServer(Path(os.environ["COMFYUI_PATH"])) as server:
        rows = {edit: row(server, edit) for edit in EDITS.values()}
    for edit, pictures in rows.items():
        print(describe(edit, pictures))
    options.output.parent.mkdir(parents=True, exist_ok=True)
    stacked([side_by_side(pictures) for pictures in rows.values()]).save(options.output)


if __name__ == "__main__":
    main()
