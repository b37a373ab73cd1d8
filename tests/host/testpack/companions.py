"""Small random networks that run beside a model: ControlNets, adapters, GLIGEN, and patches that hold tensors."""

from pathlib import Path

import comfy.cldm.cldm
import comfy.controlnet
import comfy.gligen
import comfy.model_management
import comfy.model_patcher
import comfy.ops
import comfy.taesd.taesd
import comfy.utils
import folder_paths
import torch
from comfy_api.latest import io
from torch import nn

from .models import CONFIGS, CONTEXT

PICTURE = torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(3))


def filled(network: nn.Module, seed: int = 7) -> nn.Module:
    """A network with seeded random weights."""
    generator = torch.Generator().manual_seed(seed)
    for parameter in network.parameters():
        fan = parameter[0].numel() if parameter.ndim > 1 else 1
        parameter.data.copy_(torch.randn(parameter.shape, generator=generator) * 0.7 / fan**0.5)
    return network


def control_net(kind: str = "sd15") -> comfy.controlnet.ControlNet:
    config_type, unet = CONFIGS[kind]
    config = {k: v for k, v in {**unet, **config_type.unet_extra_config}.items() if k != "out_channels"}
    operations = comfy.ops.disable_weight_init
    network = comfy.cldm.cldm.ControlNet(**config, hint_channels=3, operations=operations, dtype=torch.float32)
    control = comfy.controlnet.ControlNet(filled(network), load_device=comfy.model_management.get_torch_device())
    return control.set_cond_hint(PICTURE, 0.8)


class Features(nn.Module):
    """What an adapter adds to the four input blocks of a small UNet."""

    unshuffle_amount = 8

    def __init__(self) -> None:
        super().__init__()
        self.fine, self.coarse = nn.Conv2d(3, 32, 8, 8), nn.Conv2d(3, 64, 16, 16)

    def forward(self, hint: torch.Tensor) -> dict[str, list]:
        return {"input": [self.coarse(hint), None, self.fine(hint), None]}


def adapter() -> comfy.controlnet.T2IAdapter:
    return comfy.controlnet.T2IAdapter(filled(Features()), 3, 8, "nearest-exact").set_cond_hint(PICTURE, 0.8)


def gligen() -> tuple:
    widths = (32, 64, 64, 64, 64, 32, 32)  # of the transformers of a small UNet, as they run
    modules = [comfy.gligen.GatedSelfAttentionDense(width, CONTEXT, 4, width // 4) for width in widths]
    network = filled(comfy.gligen.Gligen(modules, comfy.gligen.PositionNet(CONTEXT, CONTEXT), CONTEXT))
    device = comfy.model_management.get_torch_device()
    patcher = comfy.model_patcher.ModelPatcher(network, device, comfy.model_management.unet_offload_device())
    return ("position", patcher, [(torch.ones(1, CONTEXT), 8, 8, 4, 4)])


def write_preview_network() -> None:
    """Gives the host a network of random weights for its previews of SD1.x latents."""
    weights = filled(comfy.taesd.taesd.TAESD().taesd_decoder).state_dict()
    folder = Path(folder_paths.get_folder_paths("vae_approx")[0])
    folder.mkdir(parents=True, exist_ok=True)
    comfy.utils.save_torch_file(weights, str(folder / "taesd_decoder.safetensors"))


COMPANIONS = {
    "ControlNet": lambda: {"control": control_net()},
    "two ControlNets": lambda: {"control": control_net().set_previous_controlnet(control_net())},
    "adapter": lambda: {"control": adapter()},
    "adapter, ControlNet": lambda: {"control": control_net().set_previous_controlnet(adapter())},
    "GLIGEN": lambda: {"gligen": gligen()},
}


class AccompaniedPrompt(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="TestAccompaniedPrompt",
            inputs=[
                io.Conditioning.Input("conditioning"),
                io.Combo.Input("companion", options=list(COMPANIONS)),
            ],
            outputs=[io.Conditioning.Output()],
        )

    @classmethod
    def execute(cls, conditioning: list, companion: str) -> io.NodeOutput:
        added = COMPANIONS[companion]()
        return io.NodeOutput([[text, {**options, **added}] for text, options in conditioning])


class PictureTokens:
    """Attends to tokens of a picture besides those of the prompt, as image adapters do."""

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(11)
        self.tokens = torch.randn(1, 4, CONTEXT, generator=generator)
        self.weight = torch.full((1,), 0.7)
        self.layers = nn.ModuleDict({str(width): filled(nn.Linear(CONTEXT, width, bias=False)) for width in (32, 64)})

    def to(self, target) -> "PictureTokens":
        self.tokens = self.tokens.to(target)
        self.layers.to(target)
        return self

    def __call__(self, q, k, v, options):
        lent = self.layers[str(q.shape[-1])](self.tokens).to(q).expand(len(q), -1, -1)
        gated = q * self.weight
        return gated + (gated @ lent.transpose(1, 2)).softmax(-1) @ lent


class PatchedModel(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(node_id="TestPatchedModel", inputs=[io.Model.Input("model")], outputs=[io.Model.Output()])

    @classmethod
    def execute(cls, model) -> io.NodeOutput:
        scale, patched, replacement = torch.full((1,), 1.1), model.clone(), PictureTokens()

        def brighter(out: torch.Tensor, options: dict) -> torch.Tensor:
            out *= scale
            return out * out

        patched.set_model_attn2_replace(replacement, "input", 1)
        patched.set_model_attn2_replace(replacement, "output", 2)
        patched.set_model_attn1_output_patch(brighter)
        return io.NodeOutput(patched)


def restless(apply_model, args: dict) -> torch.Tensor:
    """Another answer at every call."""
    answer = apply_model(args["input"], args["timestep"], **args["c"])
    return answer + torch.randn_like(answer) * answer.std()


class RestlessModel(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(node_id="TestRestlessModel", inputs=[io.Model.Input("model")], outputs=[io.Model.Output()])

    @classmethod
    def execute(cls, model) -> io.NodeOutput:
        patched = model.clone()
        patched.set_model_unet_function_wrapper(restless)
        return io.NodeOutput(patched)


NODES = [AccompaniedPrompt, PatchedModel, RestlessModel]
