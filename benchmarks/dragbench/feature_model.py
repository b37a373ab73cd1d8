"""DIFT (Tang et al., NeurIPS 2023): features that a diffusion MODEL sees in a noisy picture, computed by the host.

The papers on dragging take Stable Diffusion 2.1, t = 261, up block 1, the mean over 8 noises. Which prediction a
model makes, noise or v, does not matter, as nothing is predicted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import comfy.samplers
import comfy.sd
import torch
from torch import Tensor

from ...core.invert.ddpm import unit_noise
from ...nodes.demo import DragDemoModel
from ...nodes.gradients.features import AllSeen
from ...nodes.host.models import noise_levels, require_unet
from ...tools.environment import SetupError

TIMESTEP, ENSEMBLE, SEED = 261, 8, 42
UP_BLOCK = 1
CELL = 8  # pixels of a latent's cell
DEMO = "demo"
DEMO_SIDE, PAPERS_SIDE = 256, 768


@dataclass(frozen=True)
class FeatureModel:
    """A MODEL that gives features, its VAE, and how it is told what a picture shows.

    square_side: the side to which pictures are brought for RegionDrag's distance.
    """

    name: str
    model: Any
    vae: Any
    condition: Callable[[str], list]
    square_side: int

    @torch.inference_mode()
    def features(self, picture: Tensor, text: str, stream: int) -> Tensor:
        """The mean features (C, h, w) of a picture (3, H, W) in 0..1; of SD1.x and SD2.x a sixteenth of its size.

        Other streams draw other noises, so that two pictures do not look alike by their noise. Sides are cut to whole
        cells at the right and at the bottom, which is what the papers' autoencoder does.
        """
        height, width = (side // CELL * CELL for side in picture.shape[1:])
        latent = self.vae.encode(picture[:, :height, :width].permute(1, 2, 0)[None])
        tap = BlockTap(last_output_block(self.model))
        patched = self.model.clone()
        patched.set_model_output_block_patch(tap)
        levels, _ = noise_levels(patched, "DIFT")
        sampler = NoisyLook(tap, unit_noise(SEED, stream))
        guider = comfy.samplers.CFGGuider(patched)
        guider.inner_set_conds({"positive": self.condition(text)})
        sigmas = torch.stack([levels[TIMESTEP], torch.zeros(())])
        guider.sample(torch.zeros_like(latent), latent, sampler, sigmas, disable_pbar=True, seed=SEED)
        return sampler.mean


def last_output_block(model) -> int:
    """The host's number of the last block of diffusers' up block 1.

    An up block is one level of the decoder: as many output blocks as its residual blocks and one more, the last of
    which also enlarges. Up block 1 ends with output block 5: 1280 channels at a sixteenth of the picture's size in
    SD1.x and SD2.x, 640 at an eighth in SDXL.
    """
    unet = require_unet(model, "DIFT")
    return sum(blocks + 1 for blocks in unet.num_res_blocks[::-1][: UP_BLOCK + 1]) - 1


class BlockTap:
    """An output block patch that takes what a block hands to the next, and ends the run there."""

    def __init__(self, block: int) -> None:
        self.block, self.seen = block, torch.empty(0)

    def __call__(self, hidden: Tensor, skipped: Tensor, options: dict) -> tuple[Tensor, Tensor]:
        if options["block"] == ("output", self.block + 1):
            self.seen = hidden[0].float()  # (C, h, w)
            raise AllSeen
        return hidden, skipped


class NoisyLook(comfy.samplers.Sampler):
    """Shows the network a latent under several noises, and keeps the mean of what the tap sees."""

    def __init__(self, tap: BlockTap, noise: Callable[[Tensor], Tensor]) -> None:
        self.tap, self.noise = tap, noise
        self.mean = torch.empty(0)

    def sample(  # pyright: ignore[reportIncompatibleMethodOverride]  # the host has no types here
        self,
        model_wrap,
        sigmas,
        extra_args,
        callback,
        noise,
        latent_image: Any = None,
        denoise_mask=None,
        disable_pbar=False,
    ):
        total: Any = 0
        for _ in range(ENSEMBLE):
            try:
                model_wrap(latent_image + sigmas[0] * self.noise(latent_image), sigmas[:1], **extra_args)
            except AllSeen:
                total = total + self.tap.seen
        self.mean = total / ENSEMBLE
        return latent_image


def load_feature_model(name: str) -> FeatureModel:
    """The model of a checkpoint file, or the bundled one."""
    if name == DEMO:
        model, positive, _, vae = DragDemoModel.execute("anything").args
        return FeatureModel(DEMO, model, vae, lambda text: positive, DEMO_SIDE)
    file = Path(name).expanduser()
    if not file.is_file():
        raise SetupError(f"There is no checkpoint {name}; give the path of a .safetensors file, or {DEMO}.")
    model, clip, vae = comfy.sd.load_checkpoint_guess_config(str(file), output_vae=True, output_clip=True)[:3]
    if clip is None or vae is None:
        missing = "text encoder" if clip is None else "VAE"
        raise SetupError(f"{file.name} has no {missing}; give a whole checkpoint, such as v2-1_768-ema-pruned.")
    return FeatureModel(file.stem, model, vae, text_condition(clip), PAPERS_SIDE)


def text_condition(clip) -> Callable[[str], list]:
    return lambda text: clip.encode_from_tokens_scheduled(clip.tokenize(text))
