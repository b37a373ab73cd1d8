"""The host's nodes inside this process, on the CPU or on the pretended device, run as its executor would."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest
import torch
from torch.utils._pytree import tree_map

from .pretended import Ledger, make_known, pretended

ROOM = 64e9  # bytes of memory that every device says it has


class Arrangement(NamedTuple):
    """Where a host has what: the model's device, that of what nodes hand on, and the precision of both."""

    device: str
    between: str
    weights: str = "fp32"
    values: torch.dtype = torch.float32

    def __str__(self) -> str:
        place = "all" if self.between == "far:0" else "model"
        return f"{place}-{self.weights}" if self.device != "cpu" else "no-device"


NO_DEVICE = Arrangement("cpu", "cpu")
ARRANGEMENTS = [
    Arrangement("far:0", between, weights, torch.float16 if (weights, between) == ("fp16", "far:0") else torch.float32)
    for between in ("cpu", "far:0")
    for weights in ("fp32", "fp16", "bf16")
]


class Workshop:
    """Runs API prompts node by node; `used` are the ids of the nodes that ran."""

    def __init__(self, how: Arrangement, ledger: Ledger | None) -> None:
        import comfy_extras.nodes_custom_sampler as custom
        import comfy_extras.nodes_edit_model as edit_model
        import comfy_extras.nodes_images as images
        import comfy_extras.nodes_mask as masks
        import comfy_extras.nodes_wanmove as wanmove
        import dragkit.nodes
        from dragkit.tests.host import testpack

        import nodes

        theirs = [custom.KSamplerSelect, custom.SamplerCustom, custom.BasicScheduler, edit_model.ReferenceLatent]
        theirs += [masks.SolidMask, testpack.RandomModel, testpack.RandomLatent]
        theirs += [images.BoundingBox, wanmove.GenerateTracks]
        self.kinds = {kind.define_schema().node_id: kind for kind in dragkit.nodes.NODES + theirs}
        self.kinds |= {name: nodes.NODE_CLASS_MAPPINGS[name] for name in ("ImageBatch",)}
        self.how, self.ledger, self.used = how, ledger, set()

    def run(self, graph: dict[str, dict], wanted: list[tuple[str, int]]) -> list[Any]:
        """The wanted outputs, by names of nodes and numbers."""
        made: dict[str, tuple] = {}
        with torch.inference_mode():
            return [self.outputs(graph, name, made)[number] for name, number in wanted]

    def outputs(self, graph: dict[str, dict], name: str, made: dict[str, tuple]) -> tuple:
        if name not in made:
            part = graph[name]
            given = {key: self.value(graph, value, made) for key, value in part["inputs"].items()}
            made[name] = self.call(part["class_type"], given)
        return made[name]

    def value(self, graph: dict[str, dict], value: Any, made: dict[str, tuple]) -> Any:
        is_link = isinstance(value, list) and len(value) == 2 and value[0] in graph
        return self.outputs(graph, value[0], made)[value[1]] if is_link else value

    def call(self, kind: str, given: dict[str, Any]) -> tuple:
        self.used.add(kind)
        if kind == "TestRandomModel":
            given["dtype"] = self.how.weights
        node = self.kinds[kind]
        if hasattr(node, "define_schema"):
            result = executed(node, given)
        else:
            result = getattr(node(), node.FUNCTION)(**given)
        if kind == "TestRandomLatent":  # where the host's own loaders put theirs
            return tree_map(lambda t: t.to(self.how.between, self.how.values), result)
        return result


def executed(node: type, given: dict[str, Any]) -> tuple:
    """What a node gives, where each input and output that is a list holds one."""
    schema = node.GET_SCHEMA()
    if schema.is_input_list:
        given = {name: [value] for name, value in given.items()}
    results = node.execute(**given).args
    return tuple(r[0] if o.is_output_list else r for r, o in zip(results, schema.outputs, strict=True))


@contextmanager
def workshop(how: Arrangement, host: Path, pack: Path) -> Iterator[Workshop]:
    """A host that believes in an arrangement, as long as it lasts."""
    from dragkit.tools.in_process import use_host

    use_host()
    make_known()
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        arrange(how, patch)
        patch.setattr("folder_paths.temp_directory", stack.enter_context(TemporaryDirectory()))  # previews
        ledger = stack.enter_context(pretended(pack, host)) if how.device != "cpu" else None
        yield Workshop(how, ledger)
        forget_models()


def arrange(how: Arrangement, patch: pytest.MonkeyPatch) -> None:
    import comfy.model_management as host
    from comfy.cli_args import args

    device, on_cpu = torch.device(how.device), how.device == "cpu"
    state = "DISABLED" if on_cpu else "HIGH_VRAM" if how.between == how.device else "NORMAL_VRAM"
    weights = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}[how.weights]
    patch.setattr(args, "gpu_only", how.between != "cpu")
    patch.setattr(host, "cpu_state", host.CPUState.CPU if on_cpu else host.CPUState.GPU)
    patch.setattr(host, "vram_state", host.VRAMState[state])
    answers = {
        "is_nvidia": lambda: False,
        "is_amd": lambda: False,
        "soft_empty_cache": lambda force=False: None,
        "get_torch_device": lambda: device,
        "get_free_memory": lambda dev=None, torch_free_too=False: (ROOM, ROOM) if torch_free_too else ROOM,
        "get_total_memory": lambda dev=None, torch_total_too=False: (ROOM, ROOM) if torch_total_too else ROOM,
        "intermediate_dtype": lambda: how.values,
        "should_use_fp16": lambda *given, **options: weights == torch.float16,
        "should_use_bf16": lambda *given, **options: weights == torch.bfloat16,
        "unet_dtype": lambda *given, **options: weights,
        "unet_manual_cast": lambda *given, **options: None,
    }
    for name, answer in answers.items():
        patch.setattr(host, name, answer)


def forget_models() -> None:
    import comfy.model_management

    comfy.model_management.current_loaded_models.clear()
