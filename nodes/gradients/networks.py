"""What a graph through networks of the host asks of them: their weights, their attention, and blocks that run twice."""

import math
import traceback
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import comfy.ldm.modules.attention
import comfy.samplers
import comfy.utils
import torch
from comfy.ldm.modules.attention import SpatialTransformer
from comfy.ldm.modules.diffusionmodules.openaimodel import Downsample, ResBlock, UNetModel, Upsample
from torch import nn
from torch.utils.checkpoint import checkpoint

from .places import middle_blocks

RECOMPUTED = (ResBlock, comfy.ldm.modules.attention.BasicTransformerBlock)
KEPT_BY_RESIDUALS = 160  # numbers a cell of the latent, for each channel of the UNet's outermost blocks
KEPT_BY_TRANSFORMERS = 26  # numbers a token, for each channel of a transformer block
KEPT_WITH_CHECKPOINTS = 0.5


def networks_at_work(guider: comfy.samplers.CFGGuider) -> list[nn.Module]:
    """The network that is sampled, and those that a graph also goes through: loaded with it, or kept by controls."""
    loaded = [patcher.model for patcher in guider.loaded_models if not streams(patcher)]
    kept = [part for control in controls(entries_of(guider.conds)) for part in parts_of(control)]
    return list(dict.fromkeys([guider.inner_model.diffusion_model, *loaded, *kept]))


def entries_of(prompts: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [entry for entries in prompts.values() for entry in entries]


def controls(entries: Iterable[dict[str, Any]]) -> list[Any]:
    """The ControlNets and adapters of the entries of prompts, with those that are chained behind them."""
    return [control for entry in entries for control in with_previous(entry.get("control"))]


def with_previous(control: Any) -> list[Any]:
    return [] if control is None else [control, *with_previous(control.previous_controlnet)]


def parts_of(control: Any) -> list[nn.Module]:
    """The networks of a control that a graph goes through."""
    return [] if is_streamed(control) else [part for part in vars(control).values() if isinstance(part, nn.Module)]


def is_streamed(control: Any) -> bool:
    return any(map(streams, vars(control).values()))


def streams(item: Any) -> bool:
    """Whether something is a model whose weights come and go while it runs (dynamic VRAM)."""
    return getattr(item, "is_dynamic", lambda: False)()


@contextmanager
def streamed_controls_as_constants(entries: Iterable[dict[str, Any]]) -> Generator[None]:
    """Controls whose weights come and go add what they add without a gradient, as long as it lasts."""
    with ExitStack() as stack:
        for control in dict.fromkeys(filter(is_streamed, controls(entries))):
            control.get_control = torch.no_grad()(control.get_control)
            stack.callback(vars(control).pop, "get_control")
        yield


def bytes_of_graph(model, shape: Sequence[int], checkpointing: bool) -> float:
    """What a graph through a UNet keeps for latents (B, C, h, w): what SD1.5 and SDXL were seen to, and a third."""
    unet = model.model.diffusion_model
    numbers = KEPT_BY_RESIDUALS * unet.model_channels + KEPT_BY_TRANSFORMERS * transformer_channels(unet)
    kind = model.get_model_object("manual_cast_dtype") or model.model.get_dtype()
    share = KEPT_WITH_CHECKPOINTS if checkpointing else 1.0
    return share * shape[0] * math.prod(shape[2:]) * numbers * kind.itemsize


def transformer_channels(unet: UNetModel) -> float:
    """The channels of all transformer blocks, each weighted by its share of the latent's cells."""
    area, total = 1.0, 0.0
    blocks = (*unet.input_blocks, *middle_blocks(unet), *unet.output_blocks)
    for part in (part for block in blocks for part in block.children()):
        if isinstance(part, SpatialTransformer):
            total += area * part.in_channels * len(part.transformer_blocks)
        area *= 0.25 if isinstance(part, Downsample) else 4 if isinstance(part, Upsample) else 1
    return total


@contextmanager
def in_a_graph(networks: Iterable[nn.Module]) -> Generator[None]:
    """Networks whose weights and attention may take part in a graph, as long as it lasts."""
    with ExitStack() as stack:
        for network in networks:
            stack.enter_context(ordinary_weights(network))
            stack.enter_context(attention_of(network))
        yield


@contextmanager
def ordinary_weights(network: nn.Module) -> Generator[None]:
    """Weights that may take part in a graph and ask for no gradient themselves.

    Those made in inference mode are replaced by ordinary ones of the same values, for good.
    """
    asking = {name for name, parameter in network.named_parameters() if parameter.requires_grad}
    for name, parameter in list(network.named_parameters()):
        if parameter.is_inference():
            comfy.utils.set_attr_param(network, name, parameter.clone())
    for module in network.modules():
        make_buffers_ordinary(module)
    network.requires_grad_(False)
    try:
        yield
    finally:
        for name, parameter in network.named_parameters():
            parameter.requires_grad_(name in asking)


def make_buffers_ordinary(module: nn.Module) -> None:
    """Replaces a module's own buffers that were made in inference mode."""
    for name, buffer in list(module.named_buffers(recurse=False)):
        if buffer.is_inference():
            setattr(module, name, buffer.clone())


@contextmanager
def attention_of(network: nn.Module) -> Generator[None]:
    """Attention that has a gradient also in networks that the sampler's options do not reach."""
    with forwards_replaced(network, (comfy.ldm.modules.attention.CrossAttention,), attending):
        yield


def attending(forward: Callable) -> Callable:
    def attend(*args: Any, transformer_options: dict[str, Any] | None = None, **kwargs: Any) -> torch.Tensor:
        options = {**(transformer_options or {}), "optimized_attention_override": attention_with_gradient}
        return forward(*args, transformer_options=options, **kwargs)

    return attend


def attention_with_gradient(attention: Callable, *args: Any, **kwargs: Any) -> torch.Tensor:
    """PyTorch's attention in place of one without a backward pass (sage, flash)."""
    return comfy.ldm.modules.attention.attention_pytorch(*args, **kwargs)


@contextmanager
def recomputation(network: nn.Module) -> Generator[None]:
    """Gradient checkpointing: residual and transformer blocks are run again in the backward pass, not remembered."""
    with forwards_replaced(network, RECOMPUTED, recomputed):
        yield


@contextmanager
def forwards_replaced(
    network: nn.Module, kinds: tuple[type, ...], change: Callable[[Callable], Callable]
) -> Generator[None]:
    """Modules of some kinds with another forward, as long as it lasts."""
    with ExitStack() as stack:
        for module in network.modules():
            if isinstance(module, kinds):
                given = module.__dict__.get("forward")  # of another node
                if given:
                    stack.callback(setattr, module, "forward", given)
                else:
                    stack.callback(delattr, module, "forward")
                module.forward = change(module.forward)
        yield


def recomputed(forward: Callable) -> Callable:
    """A block's forward that sees, when run again, the options of its first run: the UNet rewrites them all along."""

    def again(*args: Any, **kwargs: Any):
        args, kwargs = copied(args), copied(kwargs)
        try:
            return checkpoint(
                lambda *a, **k: forward(*copied(a), **copied(k)),
                *args,
                use_reentrant=False,
                preserve_rng_state=False,
                **kwargs,
            )
        except BaseException as error:
            traceback.clear_frames(error.__traceback__)  # a checkpoint's hooks on tensors last as long as its frame
            raise

    return again


def copied(values: Any) -> Any:
    """Arguments with every dictionary among them copied."""
    if isinstance(values, dict):
        return {k: dict(v) if isinstance(v, dict) else v for k, v in values.items()}
    return tuple(dict(v) if isinstance(v, dict) else v for v in values)
