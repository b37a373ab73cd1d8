"""DragReference: content moves in an edit model's reference, which the model then draws in its new place."""

import torch
from comfy_api.latest import io

from ..core.instruction.spec import DragSpec
from ..core.maps.flow import flow_map
from ..core.maps.regions import Move, whole_map
from ..core.reference.tokens import Vacated
from .host.types import CATEGORY, DragType, choice, move_input
from .references.known import family_of

NODE = "DragReference"
MOST = 10


class DragReference(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id=NODE,
            display_name="Drag Reference (ContextDrag)",
            category=CATEGORY,
            description="Drags with an edit model (FLUX.2, Kontext, Qwen-Image, LongCat): the content of its "
            "reference picture is told to lie elsewhere, and the model draws it there and fills the place it left. No "
            "inversion, no training, as fast as the edit alone.",
            search_aliases=[
                "ContextDrag",
                "drag edit model",
                "move reference",
                "Kontext",
                "klein",
                "FLUX.2",
                "Qwen-Image-Edit",
                "transformer drag",
            ],
            inputs=[
                io.Model.Input("model", tooltip="An edit model. Its prompt must come with the picture as a reference."),
                DragType.Input(
                    "drag",
                    tooltip="Regions with their targets, or drags that start in the mask, on the picture that is the "
                    "reference.",
                ),
                io.Int.Input(
                    "reference",
                    default=1,
                    min=1,
                    max=MOST,
                    tooltip="Which of the prompt's references moves, where it has several. One more of these nodes "
                    "moves another.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="What moves, from a half (0.5) up: each part of it flows with the drags that start in it. "
                    "With regions, the area that may change. Without one the drag's own mask counts.",
                ),
                move_input("let it flow with them"),
                choice(
                    "vacated",
                    Vacated.NOTHING,
                    "What the model is told of the place that content left: nothing, so that it invents what lies "
                    "behind; or what is beside it, for plain backgrounds and models that draw the thing again there.",
                    optional=True,
                ),
            ],
            outputs=[io.Model.Output(display_name="model", tooltip="The edit model with its reference moved.")],
        )

    @classmethod
    def execute(
        cls,
        model,
        drag: DragSpec,
        reference: int,
        mask: torch.Tensor | None = None,
        move: str = Move.METHOD.value,
        vacated: str = Vacated.NOTHING.value,
    ) -> io.NodeOutput:
        family, moved_reference = family_of(model, NODE)
        if not drag.drags and not drag.regions:
            raise ValueError(
                f"{NODE}: the instruction has neither a drag nor a region. Draw a region and its target, or a mask "
                "with a drag that starts in it."
            )
        patched = model.clone()
        cell = patched.get_model_object("latent_format").spacial_downscale_ratio
        map_of = whole_map if Move(move) is Move.WHOLE else flow_map
        moved_reference(NODE, family, cell, drag, mask, reference, map_of, Vacated(vacated)).put_on(patched)
        return io.NodeOutput(patched)
