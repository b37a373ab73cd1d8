"""Flux's blocks as the training runs them: nothing is added in place, so that gradients can flow back."""

from typing import Any

import torch
from torch import Tensor, nn


def double_forward(self: Any, img: Tensor, txt: Tensor, vec: Tensor, pe: Tensor, **_: Any) -> tuple[Tensor, Tensor]:
    """Two streams that attend to each other: (B, L, C) pictures and (B, T, C) text."""
    streams, rows = [], []
    for x, kind in ((txt, "txt"), (img, "img")):
        first, second = getattr(self, f"{kind}_mod")(vec)
        attn = getattr(self, f"{kind}_attn")
        q, k, v = heads(attn.qkv(modulated(getattr(self, f"{kind}_norm1")(x), first)), self.num_heads)
        rows.append((*attn.norm(q, k, v), v))
        streams.append((x, kind, first, second))
    q, k, v = (torch.cat(parts, dim=2) for parts in zip(*rows, strict=True))
    attended = attention(q, k, v, pe)
    out = []
    for (x, kind, first, second), part in zip(streams, attended.split([txt.shape[1], img.shape[1]], 1), strict=True):
        x = x + first.gate * getattr(self, f"{kind}_attn").proj(part)
        mlp = getattr(self, f"{kind}_mlp")
        out.append(x + second.gate * mlp(modulated(getattr(self, f"{kind}_norm2")(x), second)))
    return out[1], out[0]


def single_forward(self: Any, x: Tensor, vec: Tensor, pe: Tensor, **_: Any) -> Tensor:
    """One stream, attention and MLP side by side."""
    mod, _ = self.modulation(vec)
    both = self.linear1(modulated(self.pre_norm(x), mod))
    qkv, mlp = both.split([3 * self.hidden_size, self.mlp_hidden_dim], dim=-1)
    q, k, v = heads(qkv, self.num_heads)
    q, k = self.norm(q, k, v)
    return x + mod.gate * self.linear2(torch.cat([attention(q, k, v, pe), self.mlp_act(mlp)], dim=2))


def modulated(x: Tensor, mod: Any) -> Tensor:
    return x * (1 + mod.scale) + mod.shift


def heads(qkv: Tensor, number: int) -> Tensor:
    """(B, L, 3 C) to q, k, v, (3, B, number, L, C / number)."""
    return qkv.unflatten(-1, (3, number, -1)).permute(2, 0, 3, 1, 4)


def attention(q: Tensor, k: Tensor, v: Tensor, pe: Tensor) -> Tensor:
    attended = nn.functional.scaled_dot_product_attention(rotated(q, pe), rotated(k, pe), v)
    return attended.transpose(1, 2).flatten(2)


def rotated(x: Tensor, pe: Tensor) -> Tensor:
    """Pairs of channels turned by the angles of their places: (B, heads, L, D) by (B, 1, L, D / 2, 2, 2)."""
    pairs = x.unflatten(-1, (-1, 1, 2))
    return (pe[..., 0] * pairs[..., 0] + pe[..., 1] * pairs[..., 1]).flatten(-2)


def train_out_of_place() -> None:
    """Gives the host's blocks these forwards in this process."""
    from comfy.ldm.flux.layers import DoubleStreamBlock, SingleStreamBlock

    DoubleStreamBlock.forward = double_forward  # pyright: ignore[reportAttributeAccessIssue]
    SingleStreamBlock.forward = single_forward  # pyright: ignore[reportAttributeAccessIssue]
