"""What the attention store of a whole edit takes, beside the keys and values that it stands for."""

from __future__ import annotations

from typing import Any

from ...core.attention.states import Capture
from ...core.attention.store import LevelStates, parts, stored_bytes
from ..stages import invert
from .networks import Network


def level_states(network: Network, capture: Capture) -> LevelStates:
    """What an inversion of one level records."""
    settings: dict[str, Any] = {"steps": 1, "strength": 1.0, "capture": capture.value}
    _, _, inversion = invert(network.model, network.positive, network.latent, **settings)
    (level,) = inversion.states
    return level


def keys_and_values(network: Network, level: LevelStates) -> int:
    """Bytes of the keys and values of the recorded layers."""
    unet = network.model.model.diffusion_model
    blocks = {"input": unet.input_blocks, "middle": [unet.middle_block], "output": unet.output_blocks}
    found = 0
    for layer, hidden in zip(level.layers, level.hidden, strict=True):
        attention = blocks[layer.block][layer.number][1].transformer_blocks[layer.place].attn1
        (states,) = parts(hidden)  # as computed
        found += 2 * states.shape[:2].numel() * attention.to_k.out_features * states.element_size()
    return found


def store_row(network: Network, capture: Capture, levels: int) -> dict[str, Any]:
    """Megabytes of so many levels, all of them alike."""
    level = level_states(network, capture)
    kept, both = (levels * size / 1e6 for size in (stored_bytes([level]), keys_and_values(network, level)))
    return {"capture": capture.value, "levels": levels, "kept MB": kept, "keys and values MB": both}
