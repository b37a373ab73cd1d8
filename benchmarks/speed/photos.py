"""What the size of a photo costs: an edit cut out, carried out by the bundled network, and put back."""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ...core.instruction.form import read_drag
from ...core.instruction.spec import DragSpec
from ...demo.scenes import SCENES
from ...nodes.crop import DragCrop, DragStitch
from ...nodes.demo import DragDemoModel
from ...nodes.fastdrag import BNNIFill, LatentWarpage
from ..report import Report, Row
from ..stages import inject, invert, sample
from .memory import apart, resident_peak
from .timing import device, seconds

SMALL, MIDDLE, LARGE = (1224, 816), (2448, 1632), (6000, 4000)  # 1, 4 and 24 megapixels, 3:2
SCENE, SEED = "ball", 0
CAPTION = (
    "A whole FastDrag edit of a thing in photos of several sizes, bundled network: Drag Crop to 256x256, encoding, "
    "inversion, sampling, decoding and Drag Stitch. The thing is as many pixels wide, or grows with the photo. Ratios "
    "are to the first row, by turns; memory is that at its peak above the loaded model and the photo."
)


class Case(NamedTuple):
    """A photo's size, and how wide the thing that is dragged in it is, mask included, in pixels."""

    sides: tuple[int, int]
    thing: int

    @property
    def drag(self) -> DragSpec:
        """The thing in the middle of the photo, dragged by a quarter of its width."""
        (x, y), size = (side / 2 for side in self.sides), self.thing
        shape = {"brush": [{"radius": size / 2, "points": [[x, y]]}]}
        pull = {"handle": [x - size / 8, y], "target": [x + size / 8, y]}
        return read_drag({"version": 1, "size": list(self.sides), "drags": [pull], "mask": [shape]})


CASES = (Case(SMALL, 400), Case(MIDDLE, 400), Case(LARGE, 400), Case(MIDDLE, 800), Case(LARGE, 1960))


def photo(width: int, height: int) -> Tensor:
    """A rendered scene at a photo's size, (1, H, W, 3)."""
    scene = SCENES[SCENE]
    rendered = scene.render(scene.sample(1, torch.Generator().manual_seed(SEED)), 512)  # (1, 3, 512, 512)
    return torch.nn.functional.interpolate(rendered, (height, width), mode="bicubic").clamp_(0, 1).movedim(1, -1)


class Edit:
    """The edit by the pack's nodes and the core sampling; `parts` are the seconds that cutting and stitching took."""

    def __init__(self) -> None:
        self.model, self.positive, _, self.vae = DragDemoModel.execute(SCENE).args
        self.parts: list[float] = []

    def __call__(self, image: Tensor, drag: DragSpec) -> Tensor:
        made: dict[str, Any] = {}

        def cut() -> None:
            given = DragCrop.execute(image, drag, 0.5, "given", 256, 256, 8, "of the size").args
            made["crop"], made["drag"], made["mask"], made["stitch"] = given

        def put_back() -> None:
            (made["image"], _) = DragStitch.execute([made["stitch"]], [made["edit"]], [8.0], ["shift and colour"]).args

        first = seconds(cut)
        made["edit"] = self.edited(made["crop"][0], made["drag"][0], made["mask"][0])
        self.parts.append(first + seconds(put_back))
        return made["image"]

    def edited(self, crop: Tensor, drag: DragSpec, mask: Tensor) -> Tensor:
        latent = {"samples": self.vae.encode(crop)}
        noisy, sigmas, inversion = invert(self.model, self.positive, latent, steps=10)
        warped, null, _ = LatentWarpage.execute(noisy, drag, "raster", "weighted", mask).args
        (filled,) = BNNIFill.execute(warped, "sequential", 42, null).args
        done = sample(inject(self.model, inversion), self.positive, filled, sigmas)
        return self.vae.decode(done["samples"])


def put_all(report: Report, rounds: int) -> None:
    """Writes the table."""
    edit, photos = Edit(), {sides: photo(*sides) for sides in (SMALL, MIDDLE, LARGE)}
    works = [partial(edit, photos[case.sides], case.drag) for case in CASES]
    for work in works:
        work()
    edit.parts.clear()
    times = [[seconds(work) for work in works] for _ in range(rounds)]  # rounds of cases
    own = [edit.parts[number :: len(works)] for number in range(len(works))]
    rows = [row(number, times, own[number]) for number in range(len(CASES))]
    report.put(f"photos {device()}", CAPTION, rows, rounds=rounds)


def row(number: int, times: list[list[float]], own: list[float]) -> Row:
    (width, height), thing = CASES[number]
    return {
        "photo": f"{width}x{height}",
        "megapixels": round(width * height / 1e6),
        "thing": f"{thing} px",
        "edit s": median(turn[number] for turn in times),
        "of it crop and stitch s": median(own),
        "ratio": median(turn[number] / turn[0] for turn in times),
        "RAM MB": apart(["--part", "photos", "--peak", str(number)])["RAM"],
    }


def peak(number: int) -> dict[str, float]:
    """The memory of a case's edit in this process, above the model and the photo, after the first case."""
    edit, case, first = Edit(), CASES[number], CASES[0]
    image = photo(*case.sides)
    edit(photo(*first.sides), first.drag)
    return {"RAM": resident_peak(lambda: edit(image, case.drag))}
