"""Reads feature maps off a UNet while it runs."""

from collections.abc import Generator
from contextlib import contextmanager

import torch

from ...core.attention.states import Ranks, first_prompt
from ...core.instruction.spec import Extent
from ...core.invert.schedule import variance_exploding
from ...core.optimise.features import FeatureMap, guided
from ...core.optimise.latent import Evaluation
from ..host.conditioning import ranks

POSITIVE, NEGATIVE = "positive", "negative"


class AllSeen(BaseException):
    """Ends a run of the network whose remaining blocks are not needed."""


class FeatureTap:
    """An output block patch that keeps the outputs of decoder blocks; block -1 is the middle block.

    The host's patch sees a block's output where it enters the next block; that of the last enters the output layers.
    """

    def __init__(self, blocks: tuple[int, ...], cfg: float, grid: Extent):
        self.blocks, self.cfg, self.grid = blocks, cfg, grid
        self.kinds = (POSITIVE, NEGATIVE) if cfg > 1 else (POSITIVE,)
        self.ranks: dict[str, Ranks] = {}
        self.seen: dict[tuple[str, int], torch.Tensor] = {}
        self.rank: dict[tuple[str, int], int] = {}
        self.whole, self.options = True, {}

    def __call__(self, hidden: torch.Tensor, skipped: torch.Tensor, options: dict) -> tuple:
        self.options = options
        self.keep(options["block"][1] - 1, hidden)
        return hidden, skipped

    def keep(self, block: int, hidden: torch.Tensor) -> None:
        """Keeps the maps (C, h, w) of the first latent and the first prompt of each kind, of (chunks * B, C, h, w)."""
        if block not in self.blocks:
            return
        chunks = hidden.chunk(len(self.options["uuids"]))
        for kind in self.kinds:
            first = first_prompt(self.ranks[kind], self.options)
            if first is not None and first[0] < self.rank.get((kind, block), first[0] + 1):
                self.rank[kind, block], chunk = first
                self.seen[kind, block] = chunks[chunk][0]
        if not self.whole and all(self.rank.get((kind, block)) == 0 for kind in self.kinds for block in self.blocks):
            raise AllSeen

    @contextmanager
    def watching(self, guider) -> Generator[None]:
        """Knows the prompts of a guider that runs, and sees what enters its network's output layers, while it lasts."""
        unet = guider.inner_model.diffusion_model
        self.ranks = {kind: ranks(guider, kind) for kind in self.kinds}
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
        self.seen, self.rank, self.whole = {}, {}, whole
        state = variance_exploding(latent, sigma)
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
