"""The pack's nodes: schemas and glue between the host and `core`."""

from comfy_api.latest import ComfyExtension, io

from .attention import KVInjectAttention
from .canvas import DragCanvas
from .check import DragCheck
from .checks.queue import watch_prompts
from .crop import DragCrop, DragStitch
from .demo import DragDemoModel, DragDemoPicture, add_scene_route
from .drag_reference import DragReference
from .drag_tools import DragIntoCrop, DragJoin, DragToJSON
from .dragdiffusion import DragOptimizeLatent
from .drags import DragFromJSON, DragPreview
from .evidence import DragEvidence
from .fastdrag import BNNIFill, LatentWarpage
from .generation import InversionFromLatent
from .host.loaded import add_route
from .host.prompts import read_lists_in_prompts
from .host.templates import order_templates
from .inversion import InvertLatent
from .keep_outside import KeepOutside
from .lazydrag import LazyDrag
from .lora import DragLoRATrain
from .online_lora import DragOnlineLoRA
from .pad import DragPad
from .reference import ReferenceAttention
from .regiondrag import RegionCopyPaste
from .things import DragFromBoxes, DragFromMask, DragFromTracks
from .warp import DragWarp

NODES: list[type[io.ComfyNode]] = [
    DragCanvas,
    DragFromJSON,
    DragFromMask,
    DragFromBoxes,
    DragFromTracks,
    DragJoin,
    DragIntoCrop,
    DragToJSON,
    DragPreview,
    InvertLatent,
    LatentWarpage,
    BNNIFill,
    KVInjectAttention,
    KeepOutside,
    RegionCopyPaste,
    LazyDrag,
    DragLoRATrain,
    DragOptimizeLatent,
    DragOnlineLoRA,
    ReferenceAttention,
    InversionFromLatent,
    DragWarp,
    DragPad,
    DragCrop,
    DragStitch,
    DragReference,
    DragEvidence,
    DragDemoModel,
    DragDemoPicture,
    DragCheck,
]


class DragKitExtension(ComfyExtension):
    async def on_load(self) -> None:
        add_route()
        add_scene_route()
        order_templates()
        read_lists_in_prompts()
        watch_prompts()

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        return NODES
