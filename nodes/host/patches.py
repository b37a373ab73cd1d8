"""What other nodes have put on a MODEL, where the pack runs it itself: inversions and gradients."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.autograd.graph import saved_tensors_hooks
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_map

from .words import log_notes

PACK = __name__.rpartition("nodes.")[0]
OWN = (f"{PACK}nodes.", f"{PACK}core.")
CFG_FUNCTIONS = ("sampler_cfg_function", "sampler_pre_cfg_function", "sampler_post_cfg_function")


def make_bare(clone, node: str, guided: bool = False) -> None:
    """Has a clone of a MODEL run its network at every call, without guidance where there is none; says what it lacks.

    It is not cloned again: where a run fails, the host goes back from what it loaded to what that was cloned from.
    guided: whether it runs with a negative prompt.
    """
    leave_out(take_off_step_caches(clone), "skips evaluations of the network, and every one is needed here", node)
    if not guided:
        leave_out(take_off_guidance(clone), "is guidance, and there is none here", node)
    keep_hooks_from_guidance(clone.model_options)


def leave_out(names: Iterable[str], why: str, node: str) -> None:
    left = "it is left out in this node and counts in the sampler."
    log_notes((f"{name} on the MODEL {why}; {left}" for name in dict.fromkeys(names)), node)


def take_off_step_caches(model) -> list[str]:
    """Removes what answers with an earlier evaluation (EasyCache, LazyCache, TeaCache ...), and names it."""
    wrappers = [(kind, key, functions) for kind, found in model.wrappers.items() for key, functions in found.items()]
    caches = [(kind, key) for kind, key, functions in wrappers if any(map(is_step_cache, (key, *functions)))]
    for kind, key in caches:
        model.remove_wrappers_with_key(kind, key)
    found = [step_cache_name(model, key) for _, key in caches]
    if is_step_cache(model.model_options.get("model_function_wrapper")):
        found.append(name_of(model.model_options.pop("model_function_wrapper")))
    return found


def is_step_cache(item: Any) -> bool:
    words = item if isinstance(item, str) else f"{origin(item)} {name_of(item)}"
    return "cache" in words.lower()


def step_cache_name(model, key: str) -> str:
    """What the host's own call themselves where they keep their state, or the key they came by."""
    names = [str(getattr(item, "name", "")) for item in model.model_options.get("transformer_options", {}).values()]
    return next((name for name in names if name.lower() == key.lower()), key)


def take_off_guidance(model) -> list[str]:
    """Removes guidance functions where one of them wants the negative prompt even without guidance, and names them."""
    options = model.model_options
    if not options.pop("disable_cfg1_optimization", False):
        return []
    found = [options.pop(name) for name in CFG_FUNCTIONS if name in options]
    return [name_of(function) for item in found for function in (item if isinstance(item, list) else [item])]


def keep_hooks_from_guidance(options: dict[str, Any]) -> None:
    """Lets guidance functions that run the network themselves (PAG) run it without the pack's own hooks."""
    for name in CFG_FUNCTIONS[1:]:
        if name in options:
            options[name] = [unhooked(function) for function in options[name]]


def unhooked(function: Callable) -> Callable:
    def call(arguments: dict[str, Any]) -> Any:
        return function(arguments | {"model_options": without_own_hooks(arguments["model_options"])})

    return call


def without_own_hooks(options: dict[str, Any]) -> dict[str, Any]:
    inner = options.get("transformer_options", {})
    patches = {kind: [p for p in patches if not is_own(p)] for kind, patches in inner.get("patches", {}).items()}
    return options | {"transformer_options": inner | {"patches": patches}}


def is_own(patch: Any) -> bool:
    return getattr(patch, "__module__", "").startswith(OWN)


def origin(item: Any) -> str:
    """The module something comes from, without the folders above."""
    return (getattr(item, "__module__", None) or "").rpartition("custom_nodes")[2].rpartition("/")[2]


def name_of(function: Any) -> str:
    """What a user knows a function by: its node's class."""
    return getattr(function, "__qualname__", type(function).__name__).partition(".")[0]


def apart_from_graph(options: dict[str, Any]) -> None:
    """Changes processed transformer options so that the patches of other nodes do a graph no harm."""
    patches = options.get("patches", {})
    options["patches"] = {k: [p if is_own(p) else apart(p, copied=True) for p in found] for k, found in patches.items()}
    replaced = options.get("patches_replace", {})
    options["patches_replace"] = {k: {at: apart(p) for at, p in found.items()} for k, found in replaced.items()}


def apart(patch: Callable, copied: bool = False) -> Callable:
    """A patch that may hold tensors of inference mode and, on copies, write in place."""

    def call(*args: Any, **kwargs: Any) -> Any:
        if not torch.is_grad_enabled():
            return patch(*args, **kwargs)
        with OrdinaryTensors():
            if not copied:
                return patch(*args, **kwargs)
            with saved_tensors_hooks(lambda tensor: tensor.detach().clone(), lambda tensor: tensor):
                return patch(*copies(args), **kwargs)

    return call


def copies(values: tuple) -> tuple:
    """Arguments with their tensors copied, each once."""
    made = {id(value): value.clone() for value in values if torch.is_tensor(value)}
    return tuple(made.get(id(value), value) for value in values)


class OrdinaryTensors(TorchFunctionMode):
    """Has operations take copies of tensors that were made in inference mode, which no graph may hold."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        args, kwargs = tree_map(ordinary_copy, (args, kwargs or {}))
        return function(*args, **kwargs)


def ordinary_copy(value: Any) -> Any:
    return value.clone() if torch.is_tensor(value) and value.is_inference() else value
