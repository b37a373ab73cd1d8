"""The example workflows that are written from descriptions: their groups, from left to right."""

from __future__ import annotations

from . import models, things
from .bundled import BUNDLED
from .few_steps import FEW_STEPS
from .layout import Column, Group, Out, node, note
from .models import Family
from .parts import PICTURE, PURPLE, TURN, YELLOW, cropping, drawing, picture, result, warping
from .words import FILLED, LAZY_TIPS, MOVED, OPEN, OUTLINE, REFERENCE_TIPS, WARP_TIPS

MODEL = Out("unet", "MODEL")


def dragwarp(name: str, family: Family, inpaints: bool = False) -> list[Group]:
    """Warped pixels whose seams and uncovered places a model mends."""
    start = (
        f"# Drag, and {family.name} mends\n\nDownload the files if the page offers them ({family.size}), then press "
        "**Run**. The girl raises her arm: its pixels move first, at once and without a model. The model then "
        "sees the part around it and paints the place that the arm left and the seam around it; nothing else of its "
        "picture is taken.\n\nFollow the numbers."
    )
    warped = Out("warp", "image")
    moving = [
        Column(320, warping("none" if inpaints else "neighbours", OPEN if inpaints else FILLED)),
        Column(320, cropping(warped, family.multiple, mask=Out("warp", "inpaint_mask"))),
    ]
    return [
        picture(family.loading, start, "Start here"),
        drawing(),
        Group("Warp the pixels, cut out the part", YELLOW, moving),
        Group(f"{family.name} {'paints what is left' if inpaints else 'mends'}", PURPLE, family.sampling(MODEL)),
        result(name, WARP_TIPS),
    ]


def objects_sam3(name: str, family: Family) -> list[Group]:
    """Things that SAM 3 finds by a word, pulled; a model mends what that leaves."""
    start = (
        f"# Say what, and pull it\n\nDownload the files if the page offers them ({family.size}, and 2 GB for SAM 3), "
        "then press **Run**. SAM 3 finds the girl, who moves to the right; "
        f"{family.name} paints the place that she left. Then pull her elsewhere.\n\nFollow the numbers."
    )
    groups = dragwarp(name, family)
    return [things.picture(list(family.loading), start, "Start here"), things.drawing(), *groups[2:]]


def dragreference(name: str, family: Family) -> list[Group]:
    """An edit model whose reference moves."""
    start = (
        f"# Drag in {family.name}'s reference\n\nDownload the files if the page offers them ({family.size}), then "
        "press **Run**. The girl raises her arm: the model is told that the arm it sees lies higher, draws it there, "
        "and fills the place that it left. As fast as any edit with this model.\n\nFollow the numbers."
    )
    moved = node("moved", "DragReference", 200, model=MODEL, drag=Out("crop", "drag"), reference=1)
    telling = [
        Column(320, [*cropping(PICTURE, family.multiple)]),
        Column(300, [moved, note("about", 260, "How", MOVED)]),
    ]
    return [
        picture(family.loading, start, "Start here"),
        drawing(TURN, OUTLINE),
        Group("Cut out the part, move the reference", YELLOW, telling),
        Group(f"{family.name} draws it there", PURPLE, family.sampling(Out("moved", "model"))),
        result(name, REFERENCE_TIPS),
    ]


def lazydrag(name: str, family: Family) -> list[Group]:
    """A model of pictures from text, whose source runs beside the edit."""
    start = (
        f"# Drag with {family.name}\n\nDownload the files if the page offers them ({family.size}), then press **Run**. "
        "The girl raises her arm: the part around it is carried up to noise, its content moves there, and on the way "
        "back the model looks at the source that runs beside it.\n\nFollow the numbers."
    )
    return [
        picture(family.loading, start, "Start here"),
        drawing(TURN, OUTLINE),
        Group("Cut out the part", YELLOW, [Column(320, cropping(PICTURE, family.multiple))]),
        Group("To noise, move, and back", PURPLE, family.sampling(MODEL)),
        result(name, LAZY_TIPS),
    ]


WARPED = {
    "dragwarp_klein": models.KLEIN,
    "dragwarp_qwen21": models.QWEN21,
    "dragwarp_kontext": models.KONTEXT,
    "dragwarp_flux_fill": models.FILL,
}
FOUND = {"dragwarp_objects_sam3": models.KLEIN}
MOVED_REFERENCES = {
    "dragreference_klein": models.KLEIN,
    "dragreference_qwen21": models.QWEN21,
    "dragreference_kontext": models.KONTEXT,
    "dragreference_qwen_edit": models.QWEN_EDIT,
}
BESIDE = {"lazydrag_flux": models.KREA}
FAMILIES = WARPED | FOUND | MOVED_REFERENCES | BESIDE
EXAMPLES = (*FAMILIES, *BUNDLED, *FEW_STEPS)
NEEDS = {name: f"{family.name} · {family.size}" for name, family in FAMILIES.items()}


def groups_of(name: str) -> list[Group]:
    """The groups of an example."""
    if name in BUNDLED:
        return BUNDLED[name](name)
    if name in FEW_STEPS:
        return FEW_STEPS[name](name)
    family = FAMILIES[name]
    if name in MOVED_REFERENCES:
        return dragreference(name, family)
    if name in FOUND:
        return objects_sam3(name, family)
    if name in BESIDE:
        return lazydrag(name, family)
    return dragwarp(name, family, inpaints=family is models.FILL)
