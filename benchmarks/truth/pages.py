"""Pages of pictures: one case of every kind by all methods, and the best and worst cases of each method."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont

from ...core.instruction.form import read_drag
from ...core.show.preview import draw_drag
from ...tools.pictures import to_image
from .arms import DRAGDIFFUSION, DRAGWARP, FASTDRAG, NO_EDIT, PIXEL_WARP, REGIONDRAG
from .cases import KINDS, Case
from .runs import Archive
from .tables import Scores

SIDE, GAP, CAPTION = 160, 4, 18
METHODS = (PIXEL_WARP, FASTDRAG, REGIONDRAG, DRAGDIFFUSION, DRAGWARP)
JUDGED = (FASTDRAG, REGIONDRAG, DRAGDIFFUSION, DRAGWARP)
EACH = 3  # best and worst cases shown of a method

Column = tuple[str, Image.Image]


def drawn(case: Case) -> Image.Image:
    """The picture with handles, targets and what may change."""
    picture = case.picture.permute(1, 2, 0).numpy()  # (H, W, 3)
    return to_image(torch.from_numpy(draw_drag(picture, read_drag(case.points()))).permute(2, 0, 1))


def tile(caption: str, picture: Image.Image) -> Image.Image:
    """A captioned picture."""
    made = Image.new("RGB", (SIDE, SIDE + CAPTION), "white")
    made.paste(picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS), (0, CAPTION))
    font = ImageFont.load_default(size=11)
    ImageDraw.Draw(made).text((SIDE / 2, CAPTION / 2), caption, fill="black", anchor="mm", font=font)
    return made


def page(rows: Sequence[Sequence[Column]]) -> Image.Image:
    """Rows of captioned pictures."""
    width = max(len(row) for row in rows) * (SIDE + GAP) - GAP
    made = Image.new("RGB", (width, len(rows) * (SIDE + CAPTION + GAP) - GAP), "white")
    for y, row in enumerate(rows):
        for x, column in enumerate(row):
            made.paste(tile(*column), (x * (SIDE + GAP), y * (SIDE + CAPTION + GAP)))
    return made


def result(archive: Archive, arm: str, case: Case) -> Column:
    """What an arm made of a case, captioned with how far its content is from the target."""
    distance = archive.records[arm, case.name]["distance"]
    return f"{arm}, {distance:.1f} px", Image.open(archive.picture_file(arm, case))


def by_all_methods(archive: Archive, scores: Scores) -> Image.Image:
    """The long drag of every kind whose picture FastDrag handles as well as in the median."""
    rows = []
    for kind in (kind for kinds in KINDS.values() for kind in kinds):
        cases = [case for case in scores.cases.values() if case.kind == kind and case.length == "long"]
        ranked = sorted(cases, key=lambda case: archive.records[FASTDRAG, case.name]["lpips_inside"])
        case = ranked[len(ranked) // 2]
        results = [result(archive, arm, case) for arm in METHODS if (arm, case.name) in archive.records]
        rows.append([(kind, drawn(case)), *results, ("true result", to_image(case.truth))])
    return page(rows)


def best_and_worst(archive: Archive, scores: Scores) -> Image.Image:
    """For every method the long drags that came closest to the truth and farthest from it, against no edit."""
    rows = []
    for arm in JUDGED:
        likeness = scores.of(arm, "lpips_inside")
        undone = scores.of(NO_EDIT, "lpips_inside")
        long = [name for name in likeness if scores.cases[name].length == "long"]
        ranked = sorted(long, key=lambda name: likeness[name] / undone[name])
        for label, names in (("best", ranked[:EACH]), ("worst", ranked[-EACH:])):
            cases = [scores.cases[name] for name in names]
            shown = [
                (
                    (f"{label}: {case.kind}", drawn(case)),
                    result(archive, arm, case),
                    ("true result", to_image(case.truth)),
                )
                for case in cases
            ]
            rows.append([column for columns in shown for column in columns])
    return page(rows)


def write_pages(archive: Archive, scores: Scores, folder: Path) -> None:
    """Makes both pages once every method has done every case."""
    if any(scores.count(arm) < len(scores.cases) for arm in {*METHODS, *JUDGED, NO_EDIT}):
        return
    by_all_methods(archive, scores).save(folder / "truth_methods.jpg", quality=90)
    best_and_worst(archive, scores).save(folder / "truth_best_and_worst.jpg", quality=90)
