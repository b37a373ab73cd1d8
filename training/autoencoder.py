"""A trained demonstration autoencoder, between pictures and the latents that its network sees."""

from pathlib import Path

import torch
from torch import Tensor

from demo.network import FINE_VAE_FILE, VAE_FILE

from .training import autocast, load_weights

HOST_FACTORS = {VAE_FILE.name: 0.18215, FINE_VAE_FILE.name: 0.3611}
"""What the host multiplies a LATENT by."""


class Autoencoder:
    """Encodes to latents of unit size and decodes them."""

    def __init__(self, file: Path = VAE_FILE) -> None:
        from comfy.taesd.taesd import TAESD

        weights = load_weights(file)
        self.model = TAESD(latent_channels=weights["taesd_decoder.1.weight"].shape[1]).eval()
        self.model.load_state_dict(weights)
        self.model.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  # not in PyTorch's stub
        self.scale = self.model.vae_scale.item() / HOST_FACTORS[file.name]

    @torch.no_grad()
    def encode(self, pictures: Tensor) -> Tensor:
        """(B, 3, 8h, 8w) in 0..1 or uint8 to (B, C, h, w)."""
        x = pictures if pictures.is_floating_point() else pictures.float() / 255
        x = x.contiguous(memory_format=torch.channels_last)
        with autocast(x.device):
            return self.model.taesd_encoder(x).float() / self.scale

    @torch.no_grad()
    def decode(self, latents: Tensor) -> Tensor:
        """(B, C, h, w) to pictures (B, 3, 8h, 8w) in 0..1."""
        return self.model.taesd_decoder(latents * self.scale).clamp(0, 1)
