"""DragPad: a picture made up to whole cells of a latent, so that nothing is cut off and everything keeps its place."""

import torch
from comfy_api.latest import io
from comfy_execution.graph_utils import ExecutionBlocker

from ..core.grid.raster import pad_to_multiple
from .host.latents import image_extent, require_pictures
from .host.types import CATEGORY

NODE = "DragPad"
NO_MASK = f"{NODE}: there is no mask to hand on. Connect one to its mask input."


class DragPad(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id=NODE,
            display_name="Drag Pad",
            category=CATEGORY,
            description="Continues a picture to the right and down until its sides are multiples of 8. VAE Encode "
            "would cut the rim off; padded, everything keeps its place, and Image Composite Masked brings the result "
            "back to the picture's own size.",
            search_aliases=["pad to multiple", "multiple of 8", "odd size", "crop", "VAE size"],
            inputs=[
                io.Image.Input("image", tooltip="A picture of any size, in front of VAE Encode."),
                io.Mask.Input("mask", optional=True, tooltip="A mask of the picture, to be padded alike."),
                io.Int.Input(
                    "multiple",
                    default=8,
                    min=1,
                    max=256,
                    optional=True,
                    advanced=True,
                    tooltip="What the sides are to be multiples of: 8 for SD and SDXL.",
                ),
            ],
            outputs=[
                io.Image.Output(display_name="image", tooltip="The picture, continued to the right and down."),
                io.Mask.Output(display_name="mask", tooltip="The mask, continued alike."),
            ],
        )

    @classmethod
    def execute(cls, image: torch.Tensor, mask: torch.Tensor | None = None, multiple: int = 8) -> io.NodeOutput:
        require_pictures(image, NODE)
        padded = pad_to_multiple(image.movedim(-1, 1), multiple).movedim(1, -1).contiguous()  # (B, H, W, C)
        if mask is None:
            return io.NodeOutput(padded, ExecutionBlocker(NO_MASK))
        planes = mask.reshape(-1, 1, *mask.shape[-2:]).float()  # (N, 1, h, w)
        width, height = image_extent(image)
        if planes.shape[-2:] != (height, width):
            planes = torch.nn.functional.interpolate(planes, size=(height, width), mode="bilinear")
        return io.NodeOutput(padded, pad_to_multiple(planes[:, 0], multiple))
