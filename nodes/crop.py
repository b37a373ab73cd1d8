"""DragCrop and DragStitch: the surroundings of an instruction at a model's size, and back into the picture."""

from enum import Enum

import torch
from comfy_api.latest import io

from ..core.crop.crop import cut_out, moved_into, with_connected
from ..core.crop.drift import Take
from ..core.crop.framing import Aspect, Wanted
from ..core.crop.stitch import Stitch, put_back
from ..core.crop.touched import Inside
from ..core.instruction.geometry import Extent
from ..core.instruction.spec import DragSpec
from .host.kept_results import KEPT
from .host.latents import between_nodes, place_on_image, refusals_of
from .host.types import CATEGORY, DragType, StitchType, choice
from .host.words import log_notes

CROP, STITCH = "DragCrop", "DragStitch"


class Size(Enum):
    SD15 = "512"
    SDXL = "1024"
    GIVEN = "given"

    def extent(self, width: int, height: int) -> Extent:
        return Extent(width, height) if self is Size.GIVEN else Extent(int(self.value), int(self.value))


class Parts(Enum):
    TOGETHER = "one crop around all"
    APART = "one crop each"


class DragCrop(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id=CROP,
            display_name="Drag Crop",
            category=CATEGORY,
            description="Cuts the surroundings of a drag out of a picture of any size and brings them to the size a "
            "model works at, the drag and the mask with them. Drag Stitch puts the edit back at full size and leaves "
            "everything outside of the mask as it was, bit for bit.",
            search_aliases=["crop and stitch", "inpaint crop", "large photo", "zoom in", "detailer", "resize"],
            inputs=[
                io.Image.Input("image", tooltip="A picture of any size, or a batch of them."),
                DragType.Input("drag", tooltip="Drags, regions or a mask; what lies around them is cut out."),
                io.Float.Input(
                    "context",
                    default=0.5,
                    min=0.0,
                    max=10.0,
                    step=0.05,
                    tooltip="How much of the surroundings the model sees on every side, as a share of the longer side "
                    "of what is drawn; 10 takes in nearly any whole picture.",
                ),
                choice(
                    "size",
                    Size.SD15,
                    "About how many pixels a side the crop gets: 512 for SD1.5, 1024 for SDXL and newer models, or "
                    "width and height as given.",
                ),
                side("width"),
                side("height"),
                io.Int.Input(
                    "multiple",
                    default=8,
                    min=8,
                    max=64,
                    step=8,
                    tooltip="What the sides of the crop are multiples of: 8 for SD1.5 and SDXL, 16 or 32 for "
                    "transformers.",
                ),
                choice(
                    "aspect",
                    Aspect.SIZE,
                    "The shape of the crop. Of the size: more is taken in until the part has it. Of the part: width "
                    "and height follow the part, with as many pixels. Stretched: the part is distorted to the size.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="The area that may change, from a half (0.5) up; without one the drag's own mask counts. "
                    "One that is full everywhere limits nothing. As many masks as pictures serve one each.",
                ),
                choice(
                    "parts",
                    Parts.TOGETHER,
                    "Parts of the drawing that lie far from each other: in one crop, or in one each, which the nodes "
                    "behind work on in turn.",
                    optional=True,
                    advanced=True,
                ),
            ],
            outputs=[
                io.Image.Output(display_name="image", tooltip="The crop, for VAE Encode.", is_output_list=True),
                DragType.Output(display_name="drag", tooltip="The drag on the crop.", is_output_list=True),
                io.Mask.Output(
                    display_name="mask",
                    tooltip="What of the crop may change; without a mask the regions with a rim, for drags alone all.",
                    is_output_list=True,
                ),
                StitchType.Output(display_name="stitch", tooltip="For Drag Stitch: the picture, and what was cut."),
            ],
            hidden=[io.Hidden.prompt],
        )

    @classmethod
    def execute(
        cls,
        image: torch.Tensor,
        drag: DragSpec,
        context: float,
        size: str,
        width: int,
        height: int,
        multiple: int,
        aspect: str,
        mask: torch.Tensor | None = None,
        parts: str = Parts.TOGETHER.value,
    ) -> io.NodeOutput:
        placed = place_on_image(drag, image, mask, CROP, moves=False)
        wanted = Wanted(context, Size(size).extent(width, height), multiple, Aspect(aspect))
        with refusals_of(CROP):
            cuts = cut_out(placed, wanted, apart=Parts(parts) is Parts.APART)
        log_notes((note for cut in cuts for note in cut.notes), CROP)
        KEPT.note_cut(cls.hidden and cls.hidden.prompt, image, repr([(cut.part, cut.size) for cut in cuts]))
        pictures = [cut.taken_from(image) for cut in cuts]
        masks = [between_nodes(cut.masks().float()) for cut in cuts]
        whole = placed.whole if mask is None else with_connected(placed)
        drags = moved_into(cuts, whole)
        boxes = [[cut.part.left, cut.part.top, *cut.part.size] for cut in cuts]
        stitch = Stitch(image, tuple(cuts), tuple(pictures))
        return io.NodeOutput(pictures, drags, masks, stitch, ui={"dragkit_parts": boxes})


def side(name: str) -> io.Int.Input:
    tooltip = f"The {name} of the crop where size is given."
    return io.Int.Input(name, default=768, min=64, max=8192, step=8, tooltip=tooltip)


class DragStitch(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id=STITCH,
            display_name="Drag Stitch",
            category=CATEGORY,
            description="Puts an edited crop back into its picture at full size: a soft seam inside of the mask, and "
            "outside of it every pixel as it was. A slight shift or tint that the model gave the whole crop is "
            "measured outside of the mask and taken back first.",
            search_aliases=["crop and stitch", "paste back", "uncrop", "composite", "colour match", "drift"],
            is_input_list=True,
            inputs=[
                StitchType.Input("stitch", tooltip="From Drag Crop."),
                io.Image.Input(
                    "image", tooltip="The edited crop, of any size in the crop's shape; or variants of it as a batch."
                ),
                io.Float.Input(
                    "feather",
                    default=8.0,
                    min=0.0,
                    max=256.0,
                    step=0.5,
                    tooltip="Width of the seam in pixels of the crop, inside of the mask; in small parts of it half of "
                    "what there is. 0 for a hard edge.",
                ),
                choice(
                    "drift",
                    Take.BOTH,
                    "What to take back of a change that the model made to the whole crop, found where nothing was to "
                    "change: its shift, its colours, both or nothing.",
                ),
                io.Image.Input(
                    "original",
                    optional=True,
                    tooltip="Another version of the picture to put the crop into, of the same size, as one that has "
                    "been edited in another place meanwhile. Left open, the picture that was cut.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="What of the crop has changed, where that is not the mask of Drag Crop: the changed_mask "
                    "of the node that moves things, whose content lands outside of the mask.",
                ),
                choice(
                    "inside",
                    Inside.ALL,
                    "What counts within the mask: all of the edit; or only what differs from the crop by more than the "
                    "model's redrawing does where nothing was to change, and every other pixel stays as it was.",
                    optional=True,
                ),
            ],
            outputs=[
                io.Image.Output(display_name="image", tooltip="The whole picture with the edit in it."),
                io.String.Output(display_name="report", tooltip="What drift was found, and what was taken back."),
            ],
        )

    @classmethod
    def execute(
        cls,
        stitch: list[Stitch],
        image: list[torch.Tensor],
        feather: list[float],
        drift: list[str],
        original: list[torch.Tensor] | None = None,
        mask: list[torch.Tensor] | None = None,
        inside: list[str] | None = None,
    ) -> io.NodeOutput:
        kind = Inside(inside[0]) if inside else Inside.ALL
        under = original[0] if original else None
        with refusals_of(STITCH):
            done = put_back(stitch[0], image, feather[0], Take(drift[0]), under, mask or (), kind)
        log_notes(done.notes, STITCH)
        return io.NodeOutput(between_nodes(done.image), "\n".join([*done.notes, *done.report]))
