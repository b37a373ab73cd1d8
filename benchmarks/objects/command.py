"""The object tool: outlines found from one stroke, and edits told by one stroke and its pulls.

Scenes are rendered; photographs are given as a folder, with the things in them drawn by hand in photos.json. Edits run
as those of the truth benchmark do, and on the same cases.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw

from ...bulk.cluster import joined
from ...demo.scenes import SCENES
from ...tools import graphs
from ..report import RESULTS, Report
from ..truth.arms import DRAGWARP, REGIONDRAG, Arm
from ..truth.cases import MOVING, all_cases, picture_parameters
from ..truth.command import KEPT
from ..truth.runs import Archive, run_arms
from ..truth.strokes import STROKES, seen
from .hand import Hand, Taken, open_hand
from .strokes_and_pulls import WIDTH, byte_picture, instructions

PHOTOS = Path(__file__).with_name("photos.json")
FOLDER = Path(__file__).parents[1] / "runs" / "one_stroke"
SIZE, PICTURES = 1024, 6
PHOTO_WIDTH = 0.012
NEAR = 8  # pixels of a 256 x 256 picture, one latent cell
SCENES_CAPTION = (
    "Outlines of rendered things from one stroke inside, 1024x1024: intersection over union with the true mask."
)
PHOTOS_CAPTION = (
    "Outlines of things in photographs from one stroke inside, against masks drawn by hand; what a photograph's name "
    "is and where its thing was stroked over stands in benchmarks/objects/photos.json."
)
EDITS_CAPTION = (
    "One stroke on the content and the pulls that a case asks for, made an instruction by the page's own modules: the "
    "share of cases whose content comes within 8 pixels, one latent cell, of its target. A pull in the middle of a "
    "thing moves it, one at an end is one of that side of its frame; a mountain goes along the ground, then up. A "
    "mouth is bent by its ends; a ball is told by a line around it with its shadow and a stroke over that."
)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="dragkit.py benchmark objects", description=__doc__)
    parser.add_argument("--scenes", action="store_true", help="outlines on rendered scenes")
    parser.add_argument("--photos", type=Path, metavar="FOLDER", help="outlines on photographs, found below a folder")
    parser.add_argument("--edits", type=int, metavar="CASES", help="edits on one in so many of the 216 cases")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where results of edits are kept")
    options = parser.parse_args(arguments)
    report = Report("objects", "The object tool")
    if options.scenes or options.photos:
        with open_hand() as hand:
            if options.scenes:
                report.put("scenes", SCENES_CAPTION, summary(scene_outlines(hand)), stroke="one")
            if options.photos:
                report.put("photographs", PHOTOS_CAPTION, photo_outlines(hand, options.photos), stroke="one")
    if options.edits:
        report.put("edits", EDITS_CAPTION, edits(options), network="the bundled model", picture="256x256")
    return 0


def scene_outlines(hand: Hand) -> Iterator[tuple[str, float, Taken]]:
    for scene in (SCENES[name] for name in MOVING):
        for keypoint in (name for name in scene.keypoints if "corner" not in name and name in STROKES):
            for seed in range(PICTURES):
                p = picture_parameters(scene, seed)
                points = (STROKES[keypoint](p) * SIZE).tolist()
                taken = hand.take(byte_picture(scene.render(p, SIZE)[0]), points, WIDTH * SIZE)
                yield keypoint, likeness(taken.area, seen(keypoint, p, SIZE).numpy()), taken


def likeness(found: np.ndarray, true: np.ndarray) -> float:
    """Intersection over union of two masks (H, W)."""
    return float((found & true).sum() / max((found | true).sum(), 1))


def summary(outlines: Iterator[tuple[str, float, Taken]]) -> list[dict[str, Any]]:
    """A row for each kind of thing, and one for all."""
    all_outlines = list(outlines)
    kinds = list(dict.fromkeys(kind for kind, _, _ in all_outlines))
    return [row(kind, [each for each in all_outlines if kind in (each[0], "all")]) for kind in [*kinds, "all"]]


def row(kind: str, outlines: Sequence[tuple[str, float, Taken]]) -> dict[str, Any]:
    scores, taken = [score for _, score, _ in outlines], [each for _, _, each in outlines]
    return {
        "thing": kind,
        "outlines": len(scores),
        "IoU, median": float(np.median(scores)),
        "least": min(scores),
        "bytes, median": int(np.median([each.bytes for each in taken])),
        "picture looked at, ms": float(np.median([each.looking for each in taken])),
        "stroke answered, ms": float(np.median([each.finding for each in taken])),
    }


def photo_outlines(hand: Hand, folder: Path) -> list[dict[str, Any]]:
    """A row for each photograph, and one with the medians."""
    rows = []
    for name, drawn in json.loads(PHOTOS.read_text(encoding="utf-8")).items():
        picture = Image.open(next(folder.glob(f"**/{name}/original_image.png"))).convert("RGB")
        taken = hand.take(np.asarray(picture), drawn["stroke"], PHOTO_WIDTH * max(picture.size))
        rows.append(
            {"photograph": name, **row(drawn["thing"], [("", likeness(taken.area, by_hand(drawn, picture)), taken)])}
        )
    numbers = [key for key, value in rows[0].items() if not isinstance(value, str)]
    return [
        *rows,
        {"photograph": "median", "thing": "all"} | {key: float(np.median([r[key] for r in rows])) for key in numbers},
    ]


def by_hand(drawn: dict[str, Any], picture: Image.Image) -> np.ndarray:
    """The mask (H, W) of what was drawn around a thing."""
    mask = Image.new("1", picture.size)
    for outline in drawn["outlines"]:
        ImageDraw.Draw(mask).polygon([tuple(point) for point in outline], fill=1)
    return np.asarray(mask)


def edits(options: argparse.Namespace) -> list[dict[str, Any]]:
    """A row for each method, told by strokes, and one for what the truth benchmark stored of it, told true outlines."""
    torch.set_num_threads(1)
    moving = [case for case in all_cases() if case.scene in MOVING]
    cases = Arm("", graphs.dragwarp, every=options.edits).takes(moving)
    told = instructions(cases)
    archive, methods = Archive(options.folder), {DRAGWARP: graphs.dragwarp, REGIONDRAG: graphs.regiondrag}
    arms = [Arm(name, graph, lambda case: told[case.name]) for name, graph in methods.items()]
    with joined(None, 1) as share:
        run_arms(share, arms, cases, archive, lambda line: print(line, flush=True), KEPT)
    names, stored = [case.name for case in cases], stored_distances()
    rows = []
    for arm in methods:
        done = [archive.records[arm, name]["distance"] for name in names]
        rows.append(edit_row(arm, "one stroke, and pulled", done))
        rows.append(edit_row(arm, "true outlines", [stored[arm, name] for name in names]))
    return rows


def stored_distances() -> dict[tuple[str, str], float]:
    """How near each method came in the truth benchmark, by method and case."""
    with (RESULTS / "truth_scores.csv").open(newline="", encoding="utf-8") as lines:
        return {(line["arm"], line["case"]): float(line["distance"]) for line in csv.DictReader(lines)}


def edit_row(method: str, told: str, distances: Sequence[float]) -> dict[str, Any]:
    return {
        "method": method,
        "told": told,
        "cases": len(distances),
        "within 8 px, %": 100 * float(np.mean(np.array(distances) <= NEAR)),
        "distance, median px": float(np.median(distances)),
        "farthest": max(distances),
    }
