"""Files as people have them on the canvas: shown as the server reads them, with the mask that the server uses.

What is asked here is what the canvas loads, which the renderer around it has no part in.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dragkit.tests.page.canvas import Canvas
from PIL import Image, ImageOps

pytestmark = pytest.mark.parametrize("editor", [False], ids=["classic"], indirect=True, scope="module")
WIDE, HIGH = 320, 192
LOOK = """() => {
  const { image, size } = canvasTest.editor().scene.picture, pen = new OffscreenCanvas(...size).getContext('2d')
  pen.drawImage(image, 0, 0)
  return { size, data: [...pen.getImageData(0, 0, ...size).data] }
}"""
MADE = "async () => { const made = await canvasTest.previewed(); return made }"


def coloured() -> Image.Image:
    quarters = np.array([[[220, 40, 40], [40, 180, 60]], [[50, 60, 200], [230, 210, 50]]], np.uint8)
    return Image.fromarray(quarters.repeat(HIGH // 2, 0).repeat(WIDE // 2, 1))


def half_transparent() -> Image.Image:
    alpha = np.full((HIGH, WIDE), 255, np.uint8)
    alpha[:, : WIDE // 2] = 0
    return Image.fromarray(alpha)


def rgba() -> Image.Image:
    picture = coloured().convert("RGBA")
    picture.putalpha(half_transparent())
    return picture


def turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def deep_grey() -> Image.Image:
    return Image.fromarray(np.asarray(coloured().convert("L")).astype(np.uint16) * 257)


FILES: dict[str, Callable[[Path], Any]] = {
    "turned.webp": lambda file: coloured().save(file, exif=turned(), lossless=True),
    "turned.png": lambda file: coloured().save(file, exif=turned()),
    "turned.jpg": lambda file: coloured().save(file, exif=turned(), quality=95),
    "page.tiff": lambda file: coloured().save(file),
    "deep_grey.png": lambda file: deep_grey().save(file),
    "alpha.webp": lambda file: rgba().save(file, lossless=True, exact=True),
    "grey_alpha.png": lambda file: Image.merge("LA", (coloured().convert("L"), half_transparent())).save(file),
    "palette.png": lambda file: coloured().quantize(16).save(file, transparency=0),
}
MASKED = ("alpha.webp", "grey_alpha.png", "palette.png")


@pytest.fixture(scope="module")
def files(canvas: Canvas) -> dict[str, Path]:
    """All the files, uploaded under their names."""
    for name, write in FILES.items():
        write(canvas.folder / name)
        canvas.server.upload(canvas.folder / name)
    return {name: canvas.folder / name for name in FILES}


def expected(name: str) -> np.ndarray:
    """A file's upright colours, (H, W, 3)."""
    upright = coloured().convert("L") if "grey" in name else coloured()
    if name.startswith("turned"):
        upright.getexif().update(turned())
        upright = ImageOps.exif_transpose(upright)
    return np.asarray(upright.convert("RGB"), dtype=int)


def looked_at(canvas: Canvas) -> np.ndarray:
    """The picture that the page shows, (H, W, 4)."""
    look = canvas.page.evaluate(LOOK)
    return np.array(look["data"]).reshape(look["size"][1], look["size"][0], 4)


@pytest.mark.parametrize("name", FILES)
def test_a_file_looks_as_the_server_reads_it(canvas: Canvas, files: dict, name: str):
    canvas.fresh(name)
    seen = looked_at(canvas)
    assert seen.shape[:2] == expected(name).shape[:2] and (seen[..., 3] == 255).all()
    assert np.abs(seen[::16, ::16, :3] - expected(name)[::16, ::16]).mean() < 4


@pytest.mark.parametrize("name", MASKED)
def test_its_mask_is_the_one_that_the_server_uses(canvas: Canvas, files: dict, name: str):
    canvas.fresh(name)
    canvas.ask("connectMask")
    canvas.wait(lambda state: state["under"])
    before = canvas.ask("mask")
    assert canvas.editor.ask("run") == "success"
    canvas.settled()
    made = np.array([*canvas.page.evaluate(MADE)]) == "1"
    assert canvas.shows(made.reshape(HIGH, WIDE)) and canvas.ask("mask") == before
    assert 0.2 < made.mean() < 0.6


def test_a_name_from_the_mask_editor(canvas: Canvas, files: dict):
    """Its file name ends in the folder that it lies in, and what is painted is transparent."""
    canvas.fresh()
    canvas.page.evaluate(
        """() => {
          const loader = canvasTest.add('LoadImage', [420, 200], 'alpha.webp')
          loader.connect(0, canvasTest.node(), 0)
          app.nodeOutputs[loader.id] = { images: [{ filename: 'alpha.webp [input]', subfolder: '', type: 'input' }] }
        }"""
    )
    canvas.wait(lambda state: state["picture"])
    assert (looked_at(canvas)[..., 3] == 255).all()
