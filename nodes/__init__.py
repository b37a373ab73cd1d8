"""The pack's nodes: schemas and glue between the host and `core`."""

from comfy_api.latest import ComfyExtension, io

from .attention import KVInjectAttention
from .canvas import DragCanvas
from .demo import DragDemoModel, DragDemoPicture
from .drags import DragFromJSON, DragPreview
from .fastdrag import BNNIFill, LatentWarpage
from .inversion import InvertLatent
from .regiondrag import RegionCopyPaste

NODES: list[type[io.ComfyNode]] = [
    DragCanvas,
    DragFromJSON,
    DragPreview,
    InvertLatent,
    LatentWarpage,
    BNNIFill,
    KVInjectAttention,
    RegionCopyPaste,
    DragDemoModel,
    DragDemoPicture,
]


class DragKitExtension(ComfyExtension):
    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        return NODES
