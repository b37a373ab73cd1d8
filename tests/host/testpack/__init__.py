"""Nodes that only the tests on a real server need."""

import hashlib

import torch
from comfy_api.latest import ComfyExtension, io

from . import companions, faults
from .models import CONFIGS, CONTEXT, DTYPES, POOLED, build, load
from .words import RandomWords

Inversion = io.Custom("INVERSION")


class RandomModel(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="TestRandomModel",
            inputs=[
                io.Combo.Input("kind", options=list(CONFIGS)),
                io.Combo.Input("dtype", options=list(DTYPES), default="fp32"),
                io.Int.Input("seed", default=0),
                io.Boolean.Input("streamed", default=False, optional=True),
            ],
            outputs=[io.Model.Output(), io.Conditioning.Output(), io.Conditioning.Output()],
        )

    @classmethod
    def execute(cls, kind: str, dtype: str, seed: int, streamed: bool = False) -> io.NodeOutput:
        generator = torch.Generator().manual_seed(seed)
        prompts = [
            [
                [
                    torch.randn(1, 8, CONTEXT, generator=generator),
                    {"pooled_output": torch.randn(1, POOLED, generator=generator)},
                ]
            ]
            for _ in range(2)
        ]
        return io.NodeOutput((load if streamed else build)(kind, dtype, seed), *prompts)


class EmptyBatch(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(node_id="TestEmptyBatch", inputs=[], outputs=[io.Image.Output(), io.Latent.Output()])

    @classmethod
    def execute(cls) -> io.NodeOutput:
        return io.NodeOutput(torch.zeros(0, 256, 256, 3), {"samples": torch.zeros(0, 4, 16, 16)})


class RandomLatent(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        sizes = {"width": 16, "height": 16, "batch": 1, "seed": 0}
        return io.Schema(
            node_id="TestRandomLatent",
            inputs=[
                *(io.Int.Input(name, default=value) for name, value in sizes.items()),
                io.Boolean.Input("broken", default=False, optional=True),
                io.Int.Input("channels", default=4, optional=True),
            ],
            outputs=[io.Latent.Output()],
        )

    @classmethod
    def execute(
        cls, width: int, height: int, batch: int, seed: int, broken: bool = False, channels: int = 4
    ) -> io.NodeOutput:
        generator = torch.Generator().manual_seed(seed)
        coarse = torch.randn(batch, channels, 4, 4, generator=generator) / (float("nan") if broken else 0.18215)
        return io.NodeOutput({"samples": torch.nn.functional.interpolate(coarse, (height, width), mode="bilinear")})


class CompareLatents(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="TestCompareLatents",
            inputs=[io.Latent.Input("a"), io.Latent.Input("b")],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, a: dict, b: dict) -> io.NodeOutput:
        x, y = a["samples"].float(), b["samples"].float()
        same_shape = x.shape == y.shape
        report = {
            "shape": list(x.shape),
            "finite": bool(x.isfinite().all()),
            "relative": (((x - y).square().mean() / y.square().mean()).sqrt().item() if same_shape else None),
            "per_item": ((x - y).flatten(1).abs().amax(1).tolist() if same_shape else None),
        }
        return io.NodeOutput(ui={"report": [report]})


class InspectInversion(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(node_id="TestInspectInversion", inputs=[Inversion.Input("inversion")], is_output_node=True)

    @classmethod
    def execute(cls, inversion) -> io.NodeOutput:
        states = [state for level in inversion.states for state in level.hidden]
        tensors = [t for state in states for t in (state if isinstance(state, tuple) else (state,))]
        report = {
            "sigmas": inversion.sigmas.tolist(),
            "path": [list(state.shape) for state in inversion.path],
            "levels": [level.sigma for level in inversion.states],
            "layers": [[list(layer) for layer in level.layers] for level in inversion.states],
            "shapes": [list(t.shape) for t in tensors],
            "dtypes": sorted({str(t.dtype) for t in tensors}),
        }
        return io.NodeOutput(ui={"report": [report]})


class Picture(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="TestPicture",
            inputs=[
                io.Int.Input("channels", default=3),
                io.Combo.Input("dtype", options=list(DTYPES), default="fp32"),
                io.Int.Input("batch", default=1),
            ],
            outputs=[io.Image.Output()],
        )

    @classmethod
    def execute(cls, channels: int, dtype: str, batch: int) -> io.NodeOutput:
        return io.NodeOutput(torch.full((batch, 64, 96, channels), 0.5, dtype=DTYPES[dtype]))


class PassThrough(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="TestPassThrough",
            inputs=[io.AnyType.Input("value"), io.AnyType.Input("after", optional=True)],
            outputs=[io.AnyType.Output()],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, value, after=None) -> io.NodeOutput:
        state = hashlib.sha256(bytes(torch.get_rng_state().tolist())).hexdigest()
        return io.NodeOutput(value, ui={"report": [{"random_state": state}]})


class TestPack(ComfyExtension):
    async def on_load(self) -> None:
        companions.write_preview_network()

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        return [
            RandomModel,
            RandomLatent,
            EmptyBatch,
            CompareLatents,
            InspectInversion,
            Picture,
            PassThrough,
            RandomWords,
            *companions.NODES,
            *faults.NODES,
        ]


async def comfy_entrypoint() -> TestPack:
    return TestPack()
