"""A text encoder without a text model: every text has numbers of its own."""

import zlib

import torch
from comfy_api.latest import io


class Words:
    """What the encoding nodes ask of a CLIP."""

    def __init__(self, width: int, pooled: int) -> None:
        self.width, self.pooled = width, pooled

    def tokenize(self, text: str, **_: object) -> str:
        return text

    def encode_from_tokens_scheduled(self, text: str) -> list:
        generator = torch.Generator().manual_seed(zlib.crc32(text.encode()))
        drawn = torch.randn(1, 8, self.width, generator=generator)
        return [[drawn, {"pooled_output": torch.randn(1, self.pooled, generator=generator)}]]


class RandomWords(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="TestRandomWords",
            inputs=[io.Int.Input("width", default=64), io.Int.Input("pooled", default=32)],
            outputs=[io.Clip.Output()],
        )

    @classmethod
    def execute(cls, width: int, pooled: int) -> io.NodeOutput:
        return io.NodeOutput(Words(width, pooled))
