"""Pictures between tensors and files."""

import io

import torch
from PIL import Image
from torch import Tensor


def to_image(picture: Tensor) -> Image.Image:
    """A picture (3, H, W) in 0..1 as an 8-bit image."""
    return Image.fromarray((picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).contiguous().numpy())


def to_tensor(image: Image.Image) -> Tensor:
    """An image as (3, H, W) in 0..1."""
    rgb = image.convert("RGB")
    pixels = torch.frombuffer(bytearray(rgb.tobytes()), dtype=torch.uint8)
    return pixels.view(rgb.height, rgb.width, 3).permute(2, 0, 1).float() / 255


def png(image: Image.Image) -> bytes:
    """An image as PNG bytes."""
    pixels = io.BytesIO()
    image.save(pixels, "PNG", compress_level=1)
    return pixels.getvalue()


def psnr(a: Tensor, b: Tensor) -> float:
    """Peak signal-to-noise ratio of two pictures in 0..1, in decibels."""
    return -10 * (a - b).square().mean().log10().item()
