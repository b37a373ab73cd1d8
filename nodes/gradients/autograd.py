"""Gradients through a MODEL from inside a node, which the host runs in inference mode."""

import inspect
import math
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import comfy.model_management
import comfy.samplers
import torch
from comfy.patcher_extension import WrapperExecutor, WrappersMP

from ..host.models import require_unet
from ..host.patches import apart_from_graph, make_bare
from ..host.tiling import refuse_tiling
from ..host.words import log_notes
from .networks import (
    attention_with_gradient,
    bytes_of_graph,
    controls,
    entries_of,
    in_a_graph,
    is_streamed,
    networks_at_work,
    recomputation,
    streamed_controls_as_constants,
    streams,
)

MEMORY_ADVICE = "Switch checkpointing on, use a smaller picture, or load the model in bf16 or fp16."


class GradientSampler(comfy.samplers.Sampler):
    """Runs work(model_wrap, extra_args, state, sigmas, callback) where the host runs a sampler, with gradients."""

    def __init__(self, work: Callable[..., torch.Tensor], checkpointing: bool):
        self.work, self.checkpointing = work, checkpointing

    def sample(
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
        network = model_wrap.inner_model.diffusion_model
        apart_from_graph(extra_args["model_options"]["transformer_options"])
        shown = callback and torch.inference_mode()(callback)  # a preview may run a network of its own
        with (
            in_a_graph(networks_at_work(model_wrap)),
            streamed_controls_as_constants(entries_of(model_wrap.conds)),
            recomputation(network) if self.checkpointing else nullcontext(),
        ):
            return self.work(model_wrap, extra_args, latent_image.detach().clone(), sigmas, shown)


def run_with_gradients(
    model,
    conditioning: dict[str, list],
    latent: torch.Tensor,
    sigmas: torch.Tensor,
    work: Callable[..., torch.Tensor],
    *,
    node: str,
    cfg: float = 1.0,
    callback: Callable | None = None,
    checkpointing: bool = False,
    seed: int = 0,
) -> torch.Tensor:
    """Runs work inside the host's sampling set-up; the MODEL comes from `differentiable` and is good for one run.

    conditioning: by the names "positive" and "negative"; latent: (B, C, h, w) as a LATENT has it.
    """
    check_conditioning(conditioning, node)
    if any("control" in options for entries in conditioning.values() for _, options in entries):
        model.set_model_input_block_patch_after_skip(separate)
    model.add_wrapper_with_key(WrappersMP.PREPARE_SAMPLING, "dragkit", load_for_graph(checkpointing))
    with autograd():
        guider = comfy.samplers.CFGGuider(model)
        guider.inner_set_conds(ordinary(conditioning))
        guider.set_cfg(cfg)
        sampler, start = GradientSampler(work, checkpointing), ordinary(latent)
        levels = ordinary(sigmas)
        result = guider.sample(
            torch.zeros_like(start), start, sampler, levels, callback=callback, disable_pbar=True, seed=seed
        )
    return result.detach().to(comfy.model_management.intermediate_device())


@contextmanager
def autograd() -> Generator[None]:
    """Leaves inference mode, and tells the host so."""
    before = getattr(comfy.model_management, "in_training", False)
    with torch.inference_mode(False), torch.enable_grad():
        comfy.model_management.in_training = True
        try:
            yield
        finally:
            comfy.model_management.in_training = before


def differentiable(model, node: str, guided: bool = False):
    """A clone of a MODEL that is loaded whole and whose attention has a gradient; refuses one that cannot be.

    guided: whether it runs with a negative prompt.
    """
    require_unet(model, node)
    refuse_tiling(model.model_options, node)
    clone = plain_clone(model, node)
    make_bare(clone, node, guided)
    options = clone.model_options.setdefault("transformer_options", {})
    options["optimized_attention_override"] = attention_with_gradient
    clone.remove_wrappers_with_key(WrappersMP.APPLY_MODEL, "torch.compile")
    clone.additional_models.pop("multigpu", None)  # copies on other devices, which the host runs without gradients
    return clone


def separate(hidden: torch.Tensor, options: dict) -> torch.Tensor:
    """Gives the next block a copy of its own where a control will be added, in place, to what the decoder sees."""
    return hidden.clone()


def plain_clone(model, node: str):
    """A clone whose weights stay where they are between forward and backward."""
    if not streams(model):
        return model.clone()
    if getattr(model, "cached_patcher_init", None) is None:
        raise ValueError(
            f"{node}: this MODEL streams its weights (dynamic VRAM) and was not loaded from a file, so it can give no "
            "gradients. Load it by Load Checkpoint, or start ComfyUI with --disable-dynamic-vram."
        )
    loaded = first_of(model)
    if not hasattr(loaded, "get_non_dynamic_delegate"):
        return model.clone(disable_dynamic=True)
    return model.clone(
        disable_dynamic=True, model_override=loaded.get_non_dynamic_delegate().get_clone_model_override()
    )


def first_of(model):
    """The patcher that a loader gave, which a MODEL was cloned from; it keeps the plain network for the next time."""
    while getattr(model.parent, "cached_patcher_init", None) is not None:
        model = model.parent
    return model


def check_conditioning(conditioning: dict[str, list], node: str) -> None:
    """Says where a model that the conditioning carries streams its weights; refuses one that a graph goes through."""
    entries = [options for given in conditioning.values() for _, options in given]
    models = [m for options in entries for m in (*options.get("gligen", ()), *options.get("additional_models", ()))]
    if any(map(streams, models)):
        raise ValueError(
            f"{node}: a model that the conditioning carries (such as GLIGEN) streams its weights (dynamic VRAM), so it "
            "can give no gradients. Start ComfyUI with --disable-dynamic-vram, or connect a prompt without it."
        )
    if any(map(is_streamed, controls(entries))):
        streamed = "the ControlNet streams its weights (dynamic VRAM), so no gradient goes through it"
        remedy = "Start ComfyUI with --disable-dynamic-vram for the exact gradient."
        log_notes([f"{streamed}; what it adds is taken as given. {remedy}"], node)


def load_for_graph(checkpointing: bool) -> Callable:
    """A wrapper that loads all weights, and has the host free the memory that a graph takes beside them.

    Of an offloaded weight every use would keep a copy until the backward pass.
    """

    def load(executor: WrapperExecutor, model, noise_shape: Sequence[int], conds: dict, *args: Any, **kwargs: Any):
        if "force_full_load" in inspect.signature(executor.original).parameters:
            kwargs["force_full_load"] = True
        batch, *size = noise_shape
        single = model.model.memory_required([batch, *size])
        entries = entries_of(conds)
        parts = len(entries) + len(controls(entries)) / 2  # a ControlNet is half a network
        needed = parts * bytes_of_graph(model, noise_shape, checkpointing)
        room = math.ceil(batch * max(1, needed / (2 * single)))  # the host reckons with two of a batch
        return executor(model, [room, *size], conds, *args, **kwargs)

    return load


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
def memory_advice(node: str, advice: str) -> Generator[None]:
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
def divergence_advice(node: str, advice: str) -> Generator[None]:
    """Says what to do where a descent has come apart."""
    try:
        yield
    except FloatingPointError as error:
        raise ValueError(f"{node}: {error}. {advice}") from error
