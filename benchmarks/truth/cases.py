"""The fixed cases: keypoints of rendered scenes moved, with the true result and what a user would tell each method."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import count, islice
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ...demo.scenes import SCENES, Canvas, Parameters, Scene, ridge
from .outlines import AREAS, OUTLINES, Outline, swept

SIZE = 256
PICTURES = 12  # of every scene whose content moves
TURNING_PICTURES = 8  # of every scene that turns, opens, bends or grows
FIRST_SEED = 5000
DRAWS = 4000
TIGHT = 0.02
MARGINS = {"tight": TIGHT, "wide": 0.08, "none": None}
MASKS = ("tight", "wide", "tight", "wide", "none")
LENGTHS = ("short", "long")

Place = tuple[float, float]
CENTRE: tuple[Place, ...] = ((0, 0),)


class Reach(NamedTuple):
    """How far a keypoint may go in short and in long drags, as fractions of the side."""

    short: tuple[float, float]
    long: tuple[float, float]


class Pull(NamedTuple):
    """Handles on a keypoint's content, given relative to it; all move alike."""

    keypoint: str
    handles: tuple[Place, ...] = CENTRE


REACHES = {
    "ball": Reach((0.05, 0.12), (0.2, 0.4)),
    "face": Reach((0.03, 0.07), (0.08, 0.2)),
    "left mouth corner": Reach((0.03, 0.055), (0.06, 0.16)),
    "right mouth corner": Reach((0.03, 0.055), (0.06, 0.16)),
    "peak": Reach((0.05, 0.1), (0.14, 0.4)),
    "sun": Reach((0.05, 0.15), (0.16, 0.6)),
    "nose": Reach((0.04, 0.09), (0.12, 0.3)),
    "corner": Reach((0.03, 0.07), (0.1, 0.22)),
    "flower": Reach((0.04, 0.08), (0.1, 0.24)),
    "lower lip": Reach((0.03, 0.07), (0.1, 0.2)),
    "shade": Reach((0.06, 0.14), (0.2, 0.55)),
    "flower head": Reach((0.06, 0.14), (0.18, 0.5)),
}
LEFT, RIGHT = Pull("left mouth corner", ((0.01, 0),)), Pull("right mouth corner", ((-0.01, 0),))
PEAK, SUN = Pull("peak", ((0, 0.01),)), Pull("sun")
ROUND = ((0, 0), (-0.09, 0), (0.09, 0), (0, -0.09), (0, 0.09))
KINDS: dict[str, dict[str, tuple[Pull, ...]]] = {
    "ball": {
        "ball, one handle": (Pull("ball"),),
        "ball, two handles": (Pull("ball", ROUND[1:3]),),
        "ball, five handles": (Pull("ball", ROUND),),
    },
    "face": {
        "mouth corner": (RIGHT,),
        "both mouth corners": (LEFT, RIGHT),
        "whole face, three handles": (Pull("face", ((0, 0.06), (-0.13, -0.04), (0.13, -0.04))),),
    },
    "mountain": {"peak": (PEAK,), "sun": (SUN,), "peak and sun": (PEAK, SUN)},
    "head": {"head turns": (Pull("nose"),)},
    "box": {"box turns": (Pull("corner", ((0, 0.012),)),)},
    "vase": {"vase turns": (Pull("flower"),)},
    "monster": {"mouth opens": (Pull("lower lip"),)},
    "lamp": {"lamp bends": (Pull("shade"),)},
    "flower": {"flower grows": (Pull("flower head"),)},
}
MOVING = ("ball", "face", "mountain")


@dataclass(frozen=True)
class Case:
    """One edit of one picture; lengths are fractions of the side."""

    scene: str
    seed: int
    kind: str
    length: str
    mask: str
    shifts: tuple[Place, ...]

    @property
    def name(self) -> str:
        return f"{self.picture_name} {self.kind}, {self.length}"

    @property
    def picture_name(self) -> str:
        return f"{self.scene} {self.seed}"

    @property
    def pulls(self) -> tuple[Pull, ...]:
        return KINDS[self.scene][self.kind]

    @cached_property
    def before(self) -> Parameters:
        return picture_parameters(SCENES[self.scene], self.seed)

    @cached_property
    def after(self) -> Parameters:
        return moved(SCENES[self.scene], self.before, self.pulls, self.shifts)

    @cached_property
    def picture(self) -> Tensor:
        """(3, SIZE, SIZE) in 0..1."""
        return SCENES[self.scene].render(self.before, SIZE)[0]

    @cached_property
    def truth(self) -> Tensor:
        """(3, SIZE, SIZE) in 0..1."""
        return SCENES[self.scene].render(self.after, SIZE)[0]

    def outlines(self) -> Iterator[tuple[Outline, Outline]]:
        """Before and after, of every content that moves; both corners of a mouth are one content."""
        return self._ends(OUTLINES)

    def _ends(self, kind: dict[str, Callable[[Parameters], Outline]]) -> Iterator[tuple[Outline, Outline]]:
        outlines = dict.fromkeys(kind[pull.keypoint] for pull in self.pulls)
        return ((outline(self.before), outline(self.after)) for outline in outlines)

    def points(self) -> dict[str, Any]:
        """The instruction in handles and targets, with the area that may change."""
        margin = MARGINS[self.mask]
        around = [] if margin is None else [{"polygon": pixels(swept(*ends, margin))} for ends in self._ends(AREAS)]
        return {**header(), "drags": self.drags(), "mask": around}

    def things(self) -> dict[str, Any]:
        """The instruction in handles and targets, with what they pull for a mask."""
        held = [{"polygon": pixels(swept(before, before, TIGHT))} for before, _ in self._ends(AREAS)]
        return {**header(), "drags": self.drags(), "mask": held}

    def drags(self) -> list[dict[str, Any]]:
        """The handles and their targets."""
        drags = []
        for pull, shift in zip(self.pulls, self.shifts, strict=True):
            place = SCENES[self.scene].place(self.before, pull.keypoint)[0]
            for handle in pull.handles:
                start = place + torch.tensor(handle)
                drags.append({"handle": pixels(start), "target": pixels(start + torch.tensor(shift))})
        return drags

    def regions(self) -> dict[str, Any]:
        """The instruction in regions: every content's outline before and after."""
        polygons = [[{"polygon": pixels(outline)} for outline in ends] for ends in self.outlines()]
        return {**header(), "regions": [{"source": a, "target": b} for a, b in polygons]}


def header() -> dict[str, Any]:
    return {"version": 1, "size": [SIZE, SIZE]}


def pixels(points: Tensor) -> list:
    return (points * SIZE * 10).round().div(10).tolist()


def moved(scene: Scene, parameters: Parameters, pulls: tuple[Pull, ...], shifts: tuple[Place, ...]) -> Parameters:
    for pull, shift in zip(pulls, shifts, strict=True):
        parameters = scene.moved(parameters, pull.keypoint, shift)
    return parameters


def picture_parameters(scene: Scene, seed: int) -> Parameters:
    """The picture's parameters, drawn again until all of its content can be seen."""
    generator = torch.Generator().manual_seed(seed)
    while not visible(scene, parameters := scene.sample(1, generator)):
        pass
    return parameters


def visible(scene: Scene, parameters: Parameters) -> bool:
    """Tells whether all content lies within the picture and no mountain hides the sun."""
    outlines = (OUTLINES[keypoint](parameters) for keypoint in scene.keypoints if keypoint != "peak")
    within = all(((outline > -0.02) & (outline < 1.02)).all() for outline in outlines)
    return within and (scene.name != "mountain" or sun_is_free(parameters))


def sun_is_free(p: Parameters) -> bool:
    canvas = Canvas(1, SIZE)
    x, y, size = p["sun_x"], p["sun_y"], p["sun_size"]
    under = ((canvas.x - x).abs() < 1.3 * size)[0, 0]
    ridges = (("far_x", "far_y", 1.2), ("peak_x", "peak_y", 1.0))
    heights = (ridge(canvas, p[a], p[b], p["base"], p["width"] * wide)[0][0, 0] for a, b, wide in ridges)
    return all((height[under] > y + 1.3 * size).all() for height in heights)


def same_light(scene: Scene, before: Parameters, after: Parameters) -> bool:
    """Tells whether the sun stays on its side of the peak, whose flanks would change their shading otherwise."""
    if scene.name != "mountain":
        return True
    return bool((before["sun_x"] > before["peak_x"]) == (after["sun_x"] > after["peak_x"]))


def draw_shifts(
    scene: Scene, before: Parameters, pulls: tuple[Pull, ...], length: str, generator: torch.Generator
) -> tuple[Place, ...] | None:
    """Shifts to places that the scene knows, of the wanted length and with a result that can be seen, or none."""
    drawn = scene.sample(DRAWS, generator)  # (DRAWS,) each
    fits = torch.ones(DRAWS, dtype=torch.bool)
    changes = []
    for pull in pulls:
        names = [axis[-1] for axis in scene.keypoints[pull.keypoint]]
        changes.append(torch.stack([drawn[name] - before[name] for name in names], dim=-1))  # (DRAWS, 2)
        low, high = getattr(REACHES[pull.keypoint], length)
        fits &= (changes[-1].norm(dim=-1) >= low) & (changes[-1].norm(dim=-1) <= high)
    for draw in fits.nonzero()[:, 0].tolist():
        shifts = tuple(tuple(round(d, 4) for d in change[draw].tolist()) for change in changes)
        after = moved(scene, before, pulls, shifts)
        if visible(scene, after) and same_light(scene, before, after):
            return shifts
    return None


def picture_shifts(scene: Scene, seed: int) -> dict[tuple[str, str], tuple[Place, ...]] | None:
    """The shifts of every kind and length on one picture, or none where one of them cannot be had."""
    generator = torch.Generator().manual_seed(seed)
    before = picture_parameters(scene, seed)
    shifts = {
        (kind, length): draw_shifts(scene, before, pulls, length, generator)
        for kind, pulls in KINDS[scene.name].items()
        for length in LENGTHS
    }
    found = {which: places for which, places in shifts.items() if places}
    return found if len(found) == len(shifts) else None


@cache
def all_cases() -> tuple[Case, ...]:
    """Every kind, short and long, on every picture of every scene, picture by picture."""
    cases: list[Case] = []
    for scene in (SCENES[name] for name in KINDS):
        seeds = count(FIRST_SEED)
        found = ((seed, shifts) for seed in seeds if (shifts := picture_shifts(scene, seed)))
        for seed, by_kind in islice(found, PICTURES if scene.name in MOVING else TURNING_PICTURES):
            for (kind, length), shifts in by_kind.items():
                cases.append(Case(scene.name, seed, kind, length, MASKS[len(cases) % len(MASKS)], shifts))
    return tuple(cases)
