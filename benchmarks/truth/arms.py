"""The ways to edit that are compared: every method with its defaults, baselines, and one choice changed at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...tools import graphs, transformer_graphs
from ...tools.graphs import Graph, node, save
from .cases import Case

POINTS, REGIONS = Case.points, Case.regions


@dataclass(frozen=True)
class Arm:
    """A way to edit: a graph, the instruction it takes, and inputs that are changed, as `node.input`.

    `shown` is the node whose saved picture is the result; `every` runs only one in so many cases, `masked` only those
    with a mask.
    """

    name: str
    graph: Callable[[str, dict, str], Graph]
    instruction: Callable[[Case], dict[str, Any]] = POINTS
    changes: dict[str, Any] = field(default_factory=dict, hash=False)
    shown: str = "after"
    every: int = 1
    masked: bool = False

    def prompt(self, case: Case, picture: str) -> Graph:
        """The API prompt for a case on an uploaded picture, which saves the result alone."""
        graph = self.graph(picture, self.instruction(case), case.scene)
        for place, value in self.changes.items():
            name, key = place.split(".")
            graph[name]["inputs"][key] = value
        kept = {self.shown: graph[self.shown]}
        return {n: part for n, part in graph.items() if part["class_type"] not in ("SaveImage", "PreviewAny")} | kept

    def takes(self, cases: Sequence[Case]) -> list[Case]:
        """Its cases: all, or one in `every`, another kind on every picture."""
        kinds = len(cases) // len({case.picture_name for case in cases})
        taken = [case for i, case in enumerate(cases) if (i + i // kinds) % self.every == 0]
        return [case for case in taken if case.mask != "none" or not self.masked]


def latent_warp(picture: str, drag: dict[str, Any], scene: str) -> Graph:
    """The clean latent warped and filled as FastDrag does it to the noisy one, and decoded."""
    graph = graphs.fastdrag(picture, drag, scene)
    graph["warp"]["inputs"]["latent"] = ["encode", 0]
    graph["decode"] = node("VAEDecode", samples=["fill", 0], vae=["model", 3])
    names = ("model", "picture", "drag", "crop", "encode", "warp", "fill", "decode", "stitch", "after")
    return {name: graph[name] for name in names}


def encoded(picture: str, drag: dict[str, Any], scene: str) -> Graph:
    """The picture through the autoencoder and back."""
    graph = graphs.source(picture, drag, scene)
    decoded = node("VAEDecode", samples=["encode", 0], vae=["model", 3])
    return {n: graph[n] for n in ("model", "picture", "drag", "crop", "encode")} | {
        "decode": decoded,
        "after": save("decode"),
    }


def online_lora(picture: str, drag: dict[str, Any], scene: str) -> Graph:
    """DragDiffusion with a LoRA that learns the drag (DragLoRA) in place of the latent's optimisation."""
    graph = graphs.dragdiffusion(picture, drag, scene)
    given = graph["optimize"]["inputs"]
    del given["feature_block"]
    learning = {"learning_rate": 1e-4, "dds_weight": 50.0, "rank": 16, "seed": 0}
    graph["optimize"] = node("DragOnlineLoRA", **(given | learning))
    graph["reference"]["inputs"]["model"] = ["optimize", 0]
    graph["sample"]["inputs"] |= {"latent_image": ["optimize", 1], "sigmas": ["invert", 1]}
    return graph


EIGHTEENTH = 18  # of the cases, with all kinds and masks

WARPED = "Drag Warp alone"
NO_EDIT, PIXEL_WARP, TRUTH_ENCODED = "no edit", "pixel warp only", "true picture, encoded"
FASTDRAG, REGIONDRAG, DRAGDIFFUSION, DRAGWARP = "FastDrag", "RegionDrag", "DragDiffusion", "Drag Warp, inpainted"
HERE = (NO_EDIT, PIXEL_WARP)

METHODS = (
    Arm(NO_EDIT, encoded),
    Arm(PIXEL_WARP, encoded),
    Arm(TRUTH_ENCODED, encoded, every=6),
    Arm("clean latent warped", latent_warp),
    Arm(FASTDRAG, graphs.fastdrag),
    Arm(REGIONDRAG, graphs.regiondrag, REGIONS),
    Arm(WARPED, graphs.dragwarp, REGIONS, shown="warped"),
    Arm(DRAGWARP, graphs.dragwarp, REGIONS),
    Arm("Drag Warp, FastDrag's inversion", graphs.dragwarp_fastdrag, REGIONS),
)
REFERENCE, LAZYDRAG, EVIDENCE = "Drag Reference", "Lazy Drag", "Drag Evidence"
AS_A_WHOLE, LAZY_WHOLE = {"moved.move": "as a whole"}, {"lazy.move": "as a whole"}
TRANSFORMERS = (
    Arm(REFERENCE, transformer_graphs.dragreference, REGIONS, every=6),
    Arm(f"{REFERENCE}: points", transformer_graphs.dragreference, every=6, masked=True),
    Arm(f"{REFERENCE}: points, as a whole", transformer_graphs.dragreference, POINTS, AS_A_WHOLE, every=6, masked=True),
    Arm(EVIDENCE, transformer_graphs.dragevidence, REGIONS, every=6),
    Arm(LAZYDRAG, transformer_graphs.lazydrag, REGIONS, every=6),
    Arm(f"{LAZYDRAG}: points", transformer_graphs.lazydrag, every=6, masked=True),
    Arm(f"{LAZYDRAG}: points, as a whole", transformer_graphs.lazydrag, POINTS, LAZY_WHOLE, every=6, masked=True),
)
THINGS = Case.things
WARP_WHOLE, PASTE_WHOLE = {"warp.move": "as a whole"}, {"paste.move": "as a whole"}
NEAREST, OWNED = {"warp.priority": "nearest handle"}, {"warp.blend": "nearest handle"}
NOISE = {"fill.mode": "noise"}
WAY, THING, WHOLE = "its way masked", "the thing masked", "the thing masked, as a whole"
POINT_METHODS = tuple(
    Arm(name, graph, instruction, changes, every=6, masked=True)
    for name, graph, instruction, changes in (
        (f"{FASTDRAG}, {WAY}", graphs.fastdrag, POINTS, {}),
        (f"{FASTDRAG}, {WAY}, nearest handle, noise", graphs.fastdrag, POINTS, NEAREST | OWNED | NOISE),
        (f"{FASTDRAG}, {THING}", graphs.fastdrag, THINGS, {}),
        (f"{FASTDRAG}, {WHOLE}", graphs.fastdrag, THINGS, WARP_WHOLE),
        (f"{FASTDRAG}, {WHOLE}, noise", graphs.fastdrag, THINGS, WARP_WHOLE | NOISE),
        (f"{REGIONDRAG}, {WHOLE}", graphs.regiondrag, THINGS, PASTE_WHOLE),
        (f"{DRAGWARP}, {WHOLE}", graphs.dragwarp, THINGS, WARP_WHOLE),
    )
)
OPTIMISED = (Arm(DRAGDIFFUSION, graphs.dragdiffusion, every=3),)


def variants(base: str, graph: Callable, instruction: Callable, every: int, **changed: dict[str, Any]) -> list[Arm]:
    """One arm a variant, named after what is changed."""
    return [Arm(f"{base}: {name}", graph, instruction, changes, every=every) for name, changes in changed.items()]


BARE = {"sample.model": ["model", 0]}
GOODDRAG = {"optimize.schedule": "alternating, GoodDrag's settings", "invert.strength": 0.75}

FASTDRAG_CHOICES = variants(
    FASTDRAG,
    graphs.fastdrag,
    POINTS,
    6,
    **{
        "priority nearest handle": NEAREST,
        "blend nearest handle": OWNED,
        "priority and blend nearest handle": NEAREST | OWNED,
        "handle's cell stays": {"warp.handle_cell": "stays (reference)"},
        "fill simultaneous": {"fill.mode": "simultaneous"},
        "fill noise": NOISE,
        "no injection": BARE,
        "injection in the decoder half": {"inject.blocks": "decoder half"},
        "injection from all blocks": {"invert.capture": "all blocks"},
        "injection in the first half": {"inject.end_percent": 0.65},
        "injection in the second half": {"inject.start_percent": 0.65},
        "steps 5": {"invert.steps": 5},
        "steps 20": {"invert.steps": 20},
        "strength 0.5": {"invert.strength": 0.5},
        "strength 0.6": {"invert.strength": 0.6},
        "strength 0.8": {"invert.strength": 0.8},
        "strength 0.9": {"invert.strength": 0.9},
        "refine 1": {"invert.refine": 1},
    },
)
REGIONDRAG_CHOICES = variants(
    REGIONDRAG,
    graphs.regiondrag,
    REGIONS,
    6,
    **{
        "rounding truncated": {"paste.rounding": "truncated (reference)"},
        "noise 0": {"paste.noise_scale": 0.0},
        "noise 0.5": {"paste.noise_scale": 0.5},
        "noise on mapped points": {"paste.noise_region": "mapped points"},
        "pasted once": {"paste.end_percent": 0.52},
        "pasted to 0.65": {"paste.end_percent": 0.65},
        "pasted to the end": {"paste.end_percent": 1.0},
        "no injection": BARE,
        "injection in the decoder half": {"inject.blocks": "decoder half"},
        "steps 10": {"invert.steps": 10},
        "steps 40": {"invert.steps": 40},
        "strength 0.35": {"invert.strength": 0.35},
        "strength 0.7": {"invert.strength": 0.7},
    },
)
DRAGWARP_CHOICES = variants(
    DRAGWARP,
    graphs.dragwarp,
    REGIONS,
    6,
    **{
        "denoise 0.3": {"sample.denoise": 0.3},
        "denoise 0.7": {"sample.denoise": 0.7},
        "denoise 1": {"sample.denoise": 1.0},
        "mask expand 0": {"warp.mask_expand": 0},
        "mask expand 10": {"warp.mask_expand": 10},
        "fill none": {"warp.fill": "none"},
        "sampling nearest": {"warp.sampling": "nearest (reference)"},
    },
) + [Arm(f"{DRAGWARP}: points, the mask moved", graphs.dragwarp, every=6, masked=True)]
DRAGDIFFUSION_CHOICES = variants(
    DRAGDIFFUSION,
    graphs.dragdiffusion,
    POINTS,
    EIGHTEENTH,
    **{
        "no LoRA": {"invert.model": ["model", 0], "optimize.model": ["model", 0], "reference.model": ["model", 0]},
        "no reference control": {"reference.start_percent": 1.0},
        "GoodDrag's turns": GOODDRAG,
        "LoRA steps 40": {"lora.steps": 40},
        "LoRA steps 160": {"lora.steps": 160},
        "steps 40": {"optimize.steps": 40},
        "steps 160": {"optimize.steps": 160},
        "strength 0.6": {"invert.strength": 0.6},
        "strength 0.8": {"invert.strength": 0.8},
        "mask weight 0": {"optimize.mask_weight": 0.0},
        "mask weight 1": {"optimize.mask_weight": 1.0},
        "feature block 5": {"optimize.feature_block": "5"},
        "feature block 11": {"optimize.feature_block": "11"},
    },
) + [Arm(f"{DRAGDIFFUSION}: DragLoRA", online_lora, every=EIGHTEENTH)]

REFERENCE_CHOICES = variants(
    REFERENCE,
    transformer_graphs.dragreference,
    REGIONS,
    6,
    **{
        "surroundings in the place left": {"moved.vacated": "its surroundings"},
        "steps 2": {"sample.steps": 2},
        "steps 8": {"sample.steps": 8},
    },
)
ENDINGS = {"as decoded": "bare", "put back": "after"}


def both_endings(name: str, graph: Callable[..., Graph], instruction: Callable, every: int) -> list[Arm]:
    """A method as its pictures are decoded, and as Drag Stitch puts them back."""

    def with_bare(*given: Any) -> Graph:
        return graph(*given) | {"bare": save("decode")}

    return [Arm(f"{name}, {end}", with_bare, instruction, shown=shown, every=every) for end, shown in ENDINGS.items()]


OUTSIDE = (
    *both_endings(FASTDRAG, graphs.fastdrag, POINTS, EIGHTEENTH),
    *both_endings(REGIONDRAG, graphs.regiondrag, REGIONS, EIGHTEENTH),
)
OUTSIDE_OPTIMISED = both_endings(DRAGDIFFUSION, graphs.dragdiffusion, POINTS, EIGHTEENTH)

STAGES: dict[str, Sequence[Arm]] = {
    "methods": METHODS,
    "outside": OUTSIDE,
    "dragdiffusion outside": OUTSIDE_OPTIMISED,
    "dragdiffusion": OPTIMISED,
    "transformers": TRANSFORMERS,
    "points": POINT_METHODS,
    "reference choices": REFERENCE_CHOICES,
    "fastdrag choices": FASTDRAG_CHOICES,
    "regiondrag choices": REGIONDRAG_CHOICES,
    "dragwarp choices": DRAGWARP_CHOICES,
    "dragdiffusion choices": DRAGDIFFUSION_CHOICES,
}
