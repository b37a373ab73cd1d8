"""Where the transformer starts: a network that copies its reference, so that the training is spent on all else.

The first block's picture stream attends by place and lays the nearest of the reference beside the token's own latent;
the last layer takes their difference and divides it by the time, which is the velocity. These parts stay as they are:
the blocks between, which add nothing at first, learn to correct what was laid there. Two constant channels outweigh
the rest, so that the layer norms hardly bend what passes through.
"""

from typing import Any

import torch
from torch import nn

from demo.network import TRANSFORMER

CHANNELS, WIDTH = TRANSFORMER["in_channels"], TRANSFORMER["hidden_size"]
CONSTANT = 20.0
# of a token's channels, for latents of unit size, before and after the reference's are laid beside them
FIRST, LAST = (((2 * CONSTANT**2 + latents * CHANNELS) / WIDTH) ** 0.5 for latents in (1, 2))
FAST, SLOW = 5, 4  # how many frequencies of an axis say where a token is, the fastest ones and, faintly, slower ones
SHARP = 3.2  # what the norms of queries and keys multiply by, where attention starts out by place
EARLIEST = 0.25  # the least time that is divided by: before it the reference's own error would grow too large
BY_PLACE = (1, 3)  # single blocks that attend so too, once they add something


@torch.no_grad()
def start_as_copy(net: Any) -> None:
    """Sets the weights of a fresh Flux."""
    own, other = range(CHANNELS), range(CHANNELS, 2 * CHANNELS)
    for name, weight in net.named_parameters():
        if "_mod.lin" in name or "modulation.lin" in name or name.startswith(("img_in", "final_layer")):
            nn.init.zeros_(weight)
    net.img_in.weight[own, own] = 1
    net.img_in.bias[-2:] = torch.tensor([CONSTANT, -CONSTANT])
    block = net.double_blocks[0]
    attend_by_place(block.img_attn.qkv, block.img_attn.norm)
    values = block.img_attn.qkv.weight[2 * WIDTH :]
    values[:CHANNELS] = 0
    values[own, own] = FIRST
    block.img_attn.qkv.bias[2 * WIDTH :] = 0
    nn.init.zeros_(block.img_attn.proj.weight)
    nn.init.zeros_(block.img_attn.proj.bias)
    block.img_attn.proj.weight[other, own] = 1
    block.img_mod.lin.bias[2 * WIDTH : 3 * WIDTH] = 1  # the gate of attention
    for number in BY_PLACE:
        attend_by_place(net.single_blocks[number].linear1, net.single_blocks[number].norm)
    net.final_layer.linear.weight[own, own] = LAST
    net.final_layer.linear.weight[own, other] = -LAST
    divide_by_time(net)


@torch.no_grad()
def attend_by_place(qkv: nn.Module, norm: nn.Module) -> None:
    """Gives queries and keys constant parts whose product is largest where the places agree.

    Rows and columns are to be the same and the key's index, that of the reference, one more.
    """
    start, *sides = TRANSFORMER["axes_dim"]
    weight, bias = qkv.get_parameter("weight"), qkv.get_parameter("bias")
    weight[: 2 * WIDTH], bias[: 2 * WIDTH] = 0, 0
    query, key = bias[:WIDTH], bias[WIDTH : 2 * WIDTH]
    between = torch.tensor(0.5 + torch.pi / 2)  # tells the reference's index from the picture's own as well as can be
    query[0], key[:2] = 3, 3 * torch.stack([between.cos(), -between.sin()])
    for side in sides:
        for part in (query, key):
            part[start : start + 2 * FAST : 2] = 1
            part[start + 2 * FAST : start + 2 * (FAST + SLOW) : 2] = 0.5
        start += side
    for part in ("query_norm", "key_norm"):
        nn.init.constant_(norm.get_submodule(part).get_parameter("weight"), SHARP)


@torch.no_grad()
def divide_by_time(net: Any) -> None:
    """Fits the last layer's scale to one by the time."""
    from comfy.ldm.flux.layers import timestep_embedding

    steps = torch.tensor([1.0, 0.75, 0.5, 0.25])  # of a short run count most
    times = torch.cat([torch.linspace(0.01, 1, 400), steps.repeat(100)])
    features = nn.functional.silu(net.time_in(timestep_embedding(times, 256)))  # (800, WIDTH)
    features = torch.cat([features, torch.ones(len(times), 1)], dim=1).double()
    wanted = (1 / times.clamp_min(EARLIEST) - 1).double()
    small = 1e-6 * torch.eye(WIDTH + 1).double()
    fitted = torch.linalg.solve(features.T @ features + small, features.T @ wanted).float()
    layer = net.final_layer.adaLN_modulation[1]
    scale = slice(WIDTH, WIDTH + 2 * CHANNELS)  # shift comes first
    layer.weight[scale], layer.bias[scale] = fitted[:-1], fitted[-1]


def keep_copying(net: Any) -> None:
    """Keeps what copies out of the training."""
    block = net.double_blocks[0]
    for part in (net.img_in, net.time_in, block.img_attn, block.img_mod, net.final_layer):
        part.requires_grad_(False)
