"""The figures of the methods: every demo edit in several ways, beside the true result.

`COMFYUI_PATH=... python benchmarks/figures.py [--method METHOD] [--output FILE]`
runs them on a headless server and tells how far each result is from the truth, and how much of its way the content
has gone.
"""

import argparse
import os
import sys
from pathlib import Path

import _pack
from PIL import Image

_pack.register()

from dragkit.benchmarks.pixel_warp import pixel_warp  # noqa: E402
from dragkit.benchmarks.report import Report  # noqa: E402
from dragkit.tools.client import ComfyClient  # noqa: E402
from dragkit.tools.edit import run, side_by_side  # noqa: E402
from dragkit.tools.edits import DRAGDIFFUSION, DRAGWARP, FASTDRAG, REGIONDRAG, Edit  # noqa: E402
from dragkit.tools.graphs import dragdiffusion, dragwarp, dragwarp_fastdrag, fastdrag, regiondrag  # noqa: E402
from dragkit.tools.landmarks import progress  # noqa: E402
from dragkit.tools.pictures import psnr, to_image, to_tensor  # noqa: E402
from dragkit.tools.server import ComfyServer  # noqa: E402
from dragkit.tools.transformer_graphs import dragevidence, dragreference  # noqa: E402

ROW_GAP = 10
CAPTION = (
    "PSNR against the true picture, and how much of its way to the true place the content has gone, by its colour."
)
FIRST_STEP_ONLY = 0.46  # of the whole run; the first of RegionDrag's steps is at 0.45


def fastdrag_row(client: ComfyClient, edit: Edit) -> dict[str, Image.Image]:
    """Pixels warped, without and with injected attention."""
    full, bare = run(client, edit, fastdrag), run(client, edit, fastdrag, inject=False)
    return {
        "drag": full["drawn"],
        "pixels warped": to_image(pixel_warp(edit.picture, edit.drag_json())),
        "FastDrag, no K/V": bare["after"],
        "FastDrag": full["after"],
    }


def regiondrag_row(client: ComfyClient, edit: Edit) -> dict[str, Image.Image]:
    """Pixels pasted, latents pasted at the first step alone, and at every step of the interval."""
    full = run(client, edit, regiondrag)
    single = run(client, edit, regiondrag, end_percent=FIRST_STEP_ONLY)
    return {
        "regions": full["drawn"],
        "pixels pasted": full["preview"],
        "pasted once": single["after"],
        "RegionDrag": full["after"],
    }


def dragdiffusion_row(client: ComfyClient, edit: Edit) -> dict[str, Image.Image]:
    """Without and with its LoRA and its reference control, and by turns of dragging and denoising."""
    plain, reference, lora, full = (
        run(client, edit, dragdiffusion, lora=lora, reference=reference)
        for lora in (False, True)
        for reference in (False, True)
    )
    turns = run(client, edit, dragdiffusion, strength=0.75, schedule="alternating, GoodDrag's settings")
    return {
        "path of the handles": full["path"],
        "neither": plain["after"],
        "reference only": reference["after"],
        "LoRA only": lora["after"],
        "DragDiffusion": full["after"],
        "GoodDrag's turns": turns["after"],
    }


def dragwarp_row(client: ComfyClient, edit: Edit) -> dict[str, Image.Image]:
    """Pixels copied as by the paper's program, moved and filled here, and finished by a model in two ways."""
    full = run(client, edit, dragwarp)
    return {
        "drag": full["drawn"],
        "pixels copied": run(client, edit, dragwarp, sampling="nearest (reference)", fill="none")["warped"],
        "Drag Warp": full["warped"],
        "then inpainted": full["after"],
        "then FastDrag": run(client, edit, dragwarp_fastdrag)["after"],
    }


def transformers_row(client: ComfyClient, edit: Edit) -> dict[str, Image.Image]:
    """The reference moved, and the warped picture laid in while the bundled transformer draws."""
    moved = run(client, edit, dragreference, vacated="its surroundings")
    held = run(client, edit, dragevidence)
    return {
        "regions": moved["drawn"],
        "pixels moved": held["warped"],
        "Drag Reference": moved["after"],
        "Drag Evidence": held["after"],
    }


METHODS = {
    "fastdrag": (FASTDRAG, fastdrag_row),
    "regiondrag": (REGIONDRAG, regiondrag_row),
    "dragdiffusion": (DRAGDIFFUSION, dragdiffusion_row),
    "dragwarp": (DRAGWARP, dragwarp_row),
    "transformers": ({name: REGIONDRAG[name] for name in ("ball", "grown ball", "mountain")}, transformers_row),
}


def scores(edit: Edit, pictures: dict[str, Image.Image]) -> dict[str, str]:
    """PSNR against the truth and progress of the content, of the picture before and of every way to follow the drag."""
    results = list(pictures.items())[1:-1]
    row = {"what is dragged": edit.keypoint, "no edit": f"{psnr(edit.picture, edit.truth):.1f} dB"}
    for name, picture in results:
        result = to_tensor(picture)
        row[name] = f"{psnr(result, edit.truth):.1f} dB, {100 * progress(edit, result):.0f} %"
    return row


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
    parser.add_argument("--method", choices=list(METHODS), default="fastdrag")
    parser.add_argument("--output", type=Path, help="default: docs/images/METHOD.png")
    options = parser.parse_args()
    if "COMFYUI_PATH" not in os.environ:
        sys.exit("Set COMFYUI_PATH to the folder that holds ComfyUI's main.py.")
    output = options.output or _pack.ROOT / "docs" / "images" / f"{options.method}.png"
    edits, row = METHODS[options.method]
    sheets, rows = [], []
    with ComfyServer(Path(os.environ["COMFYUI_PATH"])) as server:
        for edit in edits.values():
            pictures = row(server, edit) | {"true result": to_image(edit.truth)}
            rows.append(scores(edit, pictures))
            sheets.append(side_by_side(pictures))
    output.parent.mkdir(parents=True, exist_ok=True)
    stacked(sheets).save(output)
    Report("figures", "The figures of the methods").put(options.method, CAPTION, rows, network="the bundled model")


if __name__ == "__main__":
    main()
