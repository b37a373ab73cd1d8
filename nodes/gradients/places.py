"""Where in a UNet the papers' settings lie, by their role: the numbers differ from one architecture to the next."""

from comfy.ldm.modules.attention import SpatialTransformer
from comfy.ldm.modules.diffusionmodules.openaimodel import UNetModel, Upsample
from torch import nn


def last_enlarging_block(unet: UNetModel) -> int:
    """The number of the output block whose features DragDiffusion follows: 8 of SD1.x and SD2.x, 5 of SDXL."""
    enlarging = [i for i, block in enumerate(unet.output_blocks) if enlarges(block)]
    return enlarging[-1] if enlarging else len(unet.output_blocks) - 1


def first_shared_layer(unet: UNetModel) -> int:
    """The number of the attention layer from which on DragDiffusion's edits look at the source, as layers run.

    It is the first behind the coarsest level of the decoder that has attention: 10 of SD1.x and SD2.x, 8 of SDXL.
    Where no finer level has any, it is the decoder's first.
    """
    coarsest, *finer = [count for count in decoder_layers(unet) if count] or [0]
    return sum(map(attention_layers, [unet.input_blocks, *middle_blocks(unet)])) + (coarsest if finer else 0)


def middle_blocks(unet: UNetModel) -> list[nn.Module]:
    """The middle block; none of a network that was made without, as small ones of SDXL's kind are."""
    return [] if unet.middle_block is None else [unet.middle_block]


def decoder_layers(unet: UNetModel) -> list[int]:
    """How many attention layers each level of the decoder has, from the coarsest; a level ends where it is enlarged."""
    counts = [0]
    for block in unet.output_blocks:
        counts[-1] += attention_layers(block)
        counts += [0] if enlarges(block) else []
    return counts


def enlarges(block: nn.Module) -> bool:
    """Whether a block of the decoder ends its level."""
    return any(isinstance(part, Upsample) for part in block.children())


def attention_layers(network: nn.Module) -> int:
    return sum(isinstance(module, SpatialTransformer) for module in network.modules())
