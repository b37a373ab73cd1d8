"""Drags by gradients: features, motion supervision, tracking, latents and LoRAs."""
