"""Reads feature maps off a UNet while it runs."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from comfy.ldm.modules.diffusionmodules.openaimodel import UNetModel

from ..core.drag import Extent
from ..core.features import FeatureMap, guided
from ..core.latent_optimisation import Evaluation

POSITIVE, NEGATIVE = 0, 1  # as the host numbers them in cond_or_uncond


class AllSeen(BaseException):
    """Ends a run of the network whose remaining blocks are not needed."""


class FeatureTap:
    """An output block patch that keeps the outputs of decoder blocks; block -1 is the middle block.

    The host's patch sees a block's output where it enters the next block; that of the last enters the output layers.
    """

    def __init__(self, blocks: tuple[int, ...], cfg: float, grid: Extent):
        self.blocks, self.cfg, self.grid = blocks, cfg, grid
        self.kinds = (POSITIVE, NEGATIVE) if cfg > 1 else (POSITIVE,)
        self.seen: dict[tuple[int, int], torch.Tensor] = {}
        self.whole, self.options = True, {}

    def __call__(self, hidden: torch.Tensor, skipped: torch.Tensor, options: dict) -> tuple:
        self.options = options
        self.keep(options["block"][1] - 1, hidden)
        return hidden, skipped

    def keep(self, block: int, hidden: torch.Tensor) -> None:
        """Keeps the maps (C, h, w) of the first latent, of every kind of prompt in this run (chunks * B, C, h, w)."""
        if block not in self.blocks:
            return
        chunks = self.options["cond_or_uncond"]
        for kind, chunk in zip(chunks, hidden.chunk(len(chunks)), strict=True):
            self.seen.setdefault((kind, block), chunk[0])
        if not self.whole and all((kind, block) in self.seen for kind in self.kinds for block in self.blocks):
            raise AllSeen

    @contextmanager
    def last_block(self, unet: UNetModel) -> Iterator[None]:
        """Also sees what enters the output layers of the network that runs, as long as it lasts."""
        last = len(unet.output_blocks) - 1
        hook = unet.out.register_forward_pre_hook(lambda module, inputs: self.keep(last, inputs[0]))
        try:
            yield
        finally:
            hook.remove()

    def evaluate(
        self, denoise, latent: torch.Tensor, sigma: torch.Tensor, sigma_data: float, whole: bool
    ) -> Evaluation:
        """Runs denoise(state, sigma) on a latent in DDPM's terms; sigma in units of sigma_data."""
        self.seen, self.whole = {}, whole
        state = latent * (1 + sigma**2).sqrt()
        try:
            noise = (state - denoise(state, sigma * sigma_data)) / sigma
        except AllSeen:
            noise = None
        return Evaluation(self.features(), noise)

    def features(self) -> FeatureMap:
        maps = [
            FeatureMap(tuple(self.seen[kind, block] for block in self.blocks), self.grid)
            for kind in self.kinds
            if (kind, self.blocks[0]) in self.seen
        ]
        self.seen = {}
        return guided(maps[0], maps[1] if len(maps) > 1 else None, self.cfg)
