"""Faults planted in the pack itself, and a checkpoint file of random weights, for the check of a machine."""

import json
import struct
import sys
from pathlib import Path

import comfy.ldm.modules.diffusionmodules.openaimodel
import comfy.ops
import comfy.taesd.taesd
import torch
from comfy_api.latest import io

from .companions import filled
from .models import UNET

FAULTS = {"nothing": None, "KV injection": "Injector", "reference": "ReferenceLender"}
whole = {}


def as_it_came(patch, hidden, context, value, options):
    return hidden, context, value


def crash(patch, *args):
    raise RuntimeError("aten::planted is not there for this device\nwith more to read")


class PlantedFault(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="TestPlantedFault",
            inputs=[io.Combo.Input("fault", options=list(FAULTS)), io.Boolean.Input("crashes", default=False)],
            is_output_node=True,
        )

    @classmethod
    def fingerprint_inputs(cls, **inputs) -> float:
        return float("nan")

    @classmethod
    def execute(cls, fault: str, crashes: bool) -> io.NodeOutput:
        for kind, method in whole.items():
            kind.__call__ = method
        if FAULTS[fault]:
            (states,) = (module for name, module in sys.modules.items() if name.endswith("core.attention.states"))
            kind = getattr(states, FAULTS[fault])
            whole.setdefault(kind, kind.__call__)
            kind.__call__ = crash if crashes else as_it_came
        return io.NodeOutput()


def text_encoder() -> dict[str, tuple[int, ...]]:
    """The shapes of SD1.5's text encoder."""
    layer = {f"self_attn.{name}_proj": (768, 768) for name in "qkv"} | {"self_attn.out_proj": (768, 768)}
    layer |= {"mlp.fc1": (3072, 768), "mlp.fc2": (768, 3072), "layer_norm1": (768,), "layer_norm2": (768,)}
    layers = {f"encoder.layers.{n}.{name}": shape for n in range(12) for name, shape in layer.items()}
    layers["final_layer_norm"] = (768,)
    shapes = {f"{name}.weight": shape for name, shape in layers.items()}
    shapes |= {f"{name}.bias": shape[:1] for name, shape in layers.items()}
    return shapes | {
        "embeddings.token_embedding.weight": (49408, 768),
        "embeddings.position_embedding.weight": (77, 768),
    }


def random_checkpoint(file: Path) -> None:
    """Writes SD1.5's shape with two levels of one block each; the text encoder is zeros, a hole in the file."""
    config = UNET | {"model_channels": 320, "channel_mult": [1, 1], "context_dim": 768, "num_heads": 8}
    unet = comfy.ldm.modules.diffusionmodules.openaimodel.UNetModel(
        **config, operations=comfy.ops.disable_weight_init, dtype=torch.float32
    )
    vae = comfy.taesd.taesd.TAESD(latent_channels=4)
    tensors = {f"model.diffusion_model.{name}": weight for name, weight in filled(unet).state_dict().items()}
    tensors |= {f"first_stage_model.{name}": weight for name, weight in filled(vae).state_dict().items()}
    shapes = {name: tuple(weight.shape) for name, weight in tensors.items()}
    shapes |= {f"cond_stage_model.transformer.text_model.{name}": shape for name, shape in text_encoder().items()}
    header, offset = {}, 0
    for name, shape in shapes.items():
        end = offset + 2 * torch.Size(shape).numel()
        header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [offset, end]}
        offset = end
    described = json.dumps(header).encode()
    with file.open("wb") as target:
        target.write(struct.pack("<Q", len(described)) + described)
        for weight in tensors.values():
            target.write(weight.detach().half().contiguous().numpy().tobytes())
        target.truncate(8 + len(described) + offset)


class RandomCheckpoint(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="TestRandomCheckpoint", inputs=[io.String.Input("file")], outputs=[], is_output_node=True
        )

    @classmethod
    def execute(cls, file: str) -> io.NodeOutput:
        random_checkpoint(Path(file))
        return io.NodeOutput()


NODES = [PlantedFault, RandomCheckpoint]
