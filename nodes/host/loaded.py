"""What the host's loader makes of a file, for the page, whose browser turns, colours or refuses some otherwise."""

import asyncio
import io
import os

import folder_paths
import torch
from aiohttp import web
from PIL import Image
from server import PromptServer

from nodes import LoadImage

from ...core.grid.given_mask import counts, read_mask
from .latents import image_extent

ROUTE = "/dragkit/loaded"


def add_route() -> None:
    """Lets the page ask for `?filename=..&subfolder=..&type=..`, with `&mask` for what counts of its MASK."""
    PromptServer.instance.routes.get(ROUTE)(answer)


async def answer(request: web.Request) -> web.Response:
    query = request.rel_url.query
    name = annotated(query.get("filename", ""), query.get("subfolder", ""), query.get("type", "input"))
    if name is None:
        return web.Response(status=404)
    try:
        body = await asyncio.to_thread(mask_file if "mask" in query else picture_file, name)
    except (OSError, ValueError, RuntimeError):
        return web.Response(status=415)
    return web.Response(body=body, content_type="image/png") if body else web.Response(status=204)


def annotated(filename: str, subfolder: str, kind: str) -> str | None:
    """The name by which the loader knows a file within one of the host's folders, or None."""
    folder = folder_paths.get_directory_by_type(kind)
    if folder is None or not filename:
        return None
    name = os.path.join(subfolder, os.path.basename(filename))
    file, folder = os.path.realpath(os.path.join(folder, name)), os.path.realpath(folder)
    inside = file.startswith(folder + os.sep) and os.path.isfile(file)
    return f"{name} [{kind}]" if inside else None


def picture_file(name: str) -> bytes:
    """The loader's first IMAGE as a PNG without transparency."""
    image, _ = LoadImage().load_image(name)
    return png(image[0, ..., :3])


def mask_file(name: str) -> bytes:
    """What counts of the loader's MASK as a black and white PNG; nothing where it stands for no mask."""
    image, mask = LoadImage().load_image(name)
    if read_mask(mask, image_extent(image)) is None:
        return b""
    return png(counts(mask).any(0))


def png(picture: torch.Tensor) -> bytes:
    """A picture (H, W, 3) or mask (H, W) in 0..1 as a file."""
    file = io.BytesIO()
    Image.fromarray((picture.float() * 255).round().byte().cpu().numpy()).save(file, "PNG", compress_level=1)
    return file.getvalue()
