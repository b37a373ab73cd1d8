"""Gradients through a MODEL from inside a node, which the host runs in inference mode."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any

import comfy.ldm.modules.attention
import comfy.model_management
import comfy.samplers
import comfy.utils
import torch
from comfy.ldm.modules.diffusionmodules.openaimodel import ResBlock
from comfy.patcher_extension import WrappersMP
from torch.utils.checkpoint import checkpoint

from .models import require_unet

RECOMPUTED = (ResBlock, comfy.ldm.modules.attention.BasicTransformerBlock)


class GradientSampler(comfy.samplers.Sampler):
    """Runs work(model_wrap, extra_args, state, sigmas, callback) where the host runs a sampler, with gradients."""

    def __init__(self, work: Callable[..., torch.Tensor], checkpointing: bool):
        self.work, self.checkpointing = work, checkpointing

    def sample(
        self, model_wrap, sigmas, extra_args, callback, noise, latent_image=None, denoise_mask=None, disable_pbar=False
    ):
        network = model_wrap.inner_model.diffusion_model
        with ordinary_weights(network), recomputation(network) if self.checkpointing else nullcontext():
            return self.work(model_wrap, extra_args, latent_image.detach().clone(), sigmas, callback)


def run_with_gradients(
    model,
    conditioning: dict[str, list],
    latent: torch.Tensor,
    sigmas: torch.Tensor,
    work: Callable[..., torch.Tensor],
    *,
    cfg: float = 1.0,
    callback: Callable | None = None,
    checkpointing: bool = False,
    seed: int = 0,
) -> torch.Tensor:
    """Runs work inside the host's sampling set-up; the MODEL comes from `differentiable`.

    conditioning: by the names "positive" and "negative"; latent: (B, C, h, w) as a LATENT has it.
    """
    with autograd():
        guider = comfy.samplers.CFGGuider(model)
        guider.inner_set_conds(ordinary(conditioning))
        guider.set_cfg(cfg)
        sampler, start = GradientSampler(work, checkpointing), ordinary(latent)
        options = {"callback": callback, "disable_pbar": True, "seed": seed}
        result = guider.sample(torch.zeros_like(start), start, sampler, ordinary(sigmas), **options)
    return result.detach().to(comfy.model_management.intermediate_device())


@contextmanager
def autograd() -> Iterator[None]:
    """Leaves inference mode, and tells the host so."""
    before = getattr(comfy.model_management, "in_training", False)
    with torch.inference_mode(False), torch.enable_grad():
        comfy.model_management.in_training = True
        try:
            yield
        finally:
            comfy.model_management.in_training = before


def differentiable(model, node: str):
    """A clone of a MODEL that is loaded whole and whose attention has a gradient; refuses one that cannot be."""
    require_unet(model, node)
    clone = plain_clone(model, node)
    options = clone.model_options.setdefault("transformer_options", {})
    options["optimized_attention_override"] = attention_with_gradient
    clone.add_wrapper_with_key(WrappersMP.PREPARE_SAMPLING, "dragkit", load_whole)
    clone.remove_wrappers_with_key(WrappersMP.APPLY_MODEL, "torch.compile")
    return clone


def plain_clone(model, node: str):
    """A clone whose weights stay where they are between forward and backward."""
    if not getattr(model, "is_dynamic", lambda: False)():
        return model.clone()
    if getattr(model, "cached_patcher_init", None) is None:
        raise ValueError(
            f"{node}: this MODEL streams its weights (dynamic VRAM) and was not loaded from a file, so it can give no "
            "gradients. Load it by Load Checkpoint, or start ComfyUI with --disable-dynamic-vram."
        )
    return model.clone(disable_dynamic=True)


def attention_with_gradient(attention: Callable, *args: Any, **kwargs: Any) -> torch.Tensor:
    """PyTorch's attention in place of one without a backward pass (sage, flash)."""
    return comfy.ldm.modules.attention.attention_pytorch(*args, **kwargs)


def load_whole(executor, *args: Any, **kwargs: Any):
    """Loads all weights: of an offloaded one, every use would keep a copy until the backward pass."""
    if "force_full_load" in inspect.signature(executor.original).parameters:
        kwargs["force_full_load"] = True
    return executor(*args, **kwargs)


@contextmanager
def ordinary_weights(network: torch.nn.Module) -> Iterator[None]:
    """Weights that may take part in a graph and ask for no gradient themselves.

    Those made in inference mode are replaced by ordinary ones of the same values, for good.
    """
    asking = {name for name, parameter in network.named_parameters() if parameter.requires_grad}
    for name, parameter in list(network.named_parameters()):
        if parameter.is_inference():
            comfy.utils.set_attr_param(network, name, parameter.clone())
    network.requires_grad_(False)
    try:
        yield
    finally:
        for name, parameter in network.named_parameters():
            parameter.requires_grad_(name in asking)


@contextmanager
def recomputation(network: torch.nn.Module) -> Iterator[None]:
    """Gradient checkpointing: residual and transformer blocks are run again in the backward pass, not remembered."""
    with ExitStack() as stack:
        for module in network.modules():
            if isinstance(module, RECOMPUTED):
                module.forward = recomputed(module.forward)
                stack.callback(module.__dict__.pop, "forward")
        yield


def recomputed(forward: Callable) -> Callable:
    """A block's forward that sees, when run again, the options of its first run: the UNet rewrites them all along."""

    def again(*args: Any, **kwargs: Any):
        args, kwargs = copied(args), copied(kwargs)
        return checkpoint(
            lambda *a, **k: forward(*copied(a), **copied(k)),
            *args,
            use_reentrant=False,
            preserve_rng_state=False,
            **kwargs,
        )

    return again


def copied(values: Any) -> Any:
    """Arguments with every dictionary among them copied."""
    if isinstance(values, dict):
        return {k: dict(v) if isinstance(v, dict) else v for k, v in values.items()}
    return tuple(dict(v) if isinstance(v, dict) else v for v in values)


def ordinary(value: Any) -> Any:
    """Copies, made outside of inference mode, of the tensors in nested lists and dictionaries."""
    if torch.is_tensor(value):
        return value.detach().clone()
    if isinstance(value, dict):
        return {k: ordinary(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(ordinary(v) for v in value)
    return value


def computes_in_half(model) -> bool:
    """Whether a MODEL computes in float16, whose gradients need a scaled loss."""
    cast = model.get_model_object("manual_cast_dtype")
    return (cast or model.model.get_dtype()) == torch.float16


@contextmanager
def memory_advice(node: str, advice: str) -> Iterator[None]:
    """Says what to lower where the memory does not suffice."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        full = isinstance(error, torch.cuda.OutOfMemoryError | MemoryError)
        phrases = ("out of memory", "not enough memory", "can't allocate memory")
        if not full and not any(phrase in str(error).lower() for phrase in phrases):
            raise
        raise type(error)(f"{node}: the memory does not suffice. {advice} ({error})") from error


@contextmanager
def divergence_advice(node: str, advice: str) -> Iterator[None]:
    """Says what to do where a descent has come apart."""
    try:
        yield
    except FloatingPointError as error:
        raise ValueError(f"{node}: {error}. {advice}") from error
