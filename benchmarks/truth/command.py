"""Edits whose true result is known: drags on rendered scenes, by every method and by every choice it offers.

The edits run picture by picture on servers of this machine or on those given; results are kept in a folder, and a run
goes on where it was stopped. Then tables and pages of pictures are made from all that the folder holds.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

import torch

from ...bulk.cluster import joined
from ...bulk.servers import checked
from ..report import RESULTS, Report
from .arms import FASTDRAG, METHODS, OPTIMISED, POINT_METHODS, REFERENCE, STAGES, TRANSFORMERS, WARPED
from .cases import all_cases
from .pages import write_pages
from .runs import Archive, run_arms
from .scores import Score
from .tables import (
    Scores,
    beside_table,
    breakdown_table,
    choices_table,
    contents_table,
    methods_table,
    outside_table,
    summary_table,
)

FOLDER = Path(__file__).parents[1] / "runs" / "truth"
IMAGES = Path(__file__).parents[2] / "docs" / "images"
SUMMARY_CAPTION = (
    "{} drags with a known result, every method with its defaults, DragDiffusion on one in three; medians and means."
)
BESIDE_CAPTION = (
    "What diffusion changes against moved pixels alone (Drag Warp told regions), on the same cases, apart for content "
    "that moves and for content that turns, opens or grows: mean difference with its interval of 99 percent, drawn by "
    "picture. Clearly better: some interval lies on the better side of zero and none on the worse."
)
METHODS_CAPTION = (
    "Every method with its defaults against the true picture. Distance is that of the dragged content from its "
    "target, found by fitting the renderer; LPIPS is times 100; inside is where the true picture changes, with a rim "
    "of 8 pixels."
)
OUTSIDE_CAPTION = (
    "The same edits as the VAE decodes them, and as Drag Stitch puts them back. Outside is all but where the true "
    "picture changes, with a rim of 8 pixels; `dragkit.py benchmark truth --stage outside "
    '--stage "dragdiffusion outside"`.'
)
TRANSFORMERS_CAPTION = (
    "The ways to drag on transformers, on the one that ships, told regions where nothing else is said, else points and "
    "a mask; one in six of all cases, apart for content that moves and for content that turns, opens or grows. This "
    "network draws nothing where it has no reference, so what Lazy Drag uncovers stays noise; "
    "`dragkit.py benchmark truth --stage transformers`."
)
POINTS_CAPTION = (
    "Told handles, targets and a mask, on one in six of the cases with a mask, apart for content that moves and for "
    "content that turns, opens or grows. Masked is either the way, the area that content passes, or the thing, what is "
    "pulled; as a whole is that choice of the node, noise the fill of what is left; "
    "`dragkit.py benchmark truth --stage points`."
)
BREAKDOWN_CAPTION = "Median distance of the dragged content from its target in pixels, by kind of case."
CHOICES_CAPTION = (
    "What a choice changes against the default on the same cases: mean difference with its interval of 99 percent, "
    "drawn by picture. Clearly better: some interval lies on the better side of zero and none on the worse."
)
KEPT = ["--cache-lru", "40"]  # so that the cases of a picture share its LoRA and inversion


def say(line: str) -> None:
    print(line, flush=True)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="dragkit.py benchmark truth", description=__doc__)
    parser.add_argument("--stage", choices=list(STAGES), action="append", help="repeatable; default: all")
    parser.add_argument("--report", action="store_true", help="only make tables and pages of what is there")
    parser.add_argument(
        "--server", action="append", metavar="ADDRESS", help="a running ComfyUI with DragKit; repeatable"
    )
    parser.add_argument("--servers", type=int, default=1, help="how many to start where none is given (%(default)s)")
    parser.add_argument("--cases", type=int, help="only so many, for a try")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where results are kept")
    options = parser.parse_args(arguments)
    archive = Archive(options.folder)
    if not options.report:
        torch.set_num_threads(1)
        run_stages(options, archive)
    if options.cases is None:
        write_report(archive)
    return 0


def run_stages(options: argparse.Namespace, archive: Archive) -> None:
    cases = all_cases()[: options.cases]
    arms = [arm for stage in options.stage or STAGES for arm in STAGES[stage]]
    addresses = checked(options.server or [])
    with joined(None, len(addresses) or options.servers) as share:
        run_arms(share, arms, cases, archive, say, KEPT, addresses)


def write_report(archive: Archive) -> None:
    """Makes the tables, the list of all scores and the pages of pictures."""
    scores = Scores(archive.records, all_cases())
    report = Report("truth", "Edits whose true result is known")
    model = {"network": "the bundled model", "picture": "256x256"}
    if rows := outside_table(scores):
        report.put("outside", OUTSIDE_CAPTION, rows, **model)
    if scores.count(REFERENCE):
        report.put("transformers", TRANSFORMERS_CAPTION, contents_table(scores, TRANSFORMERS), **model)
    if scores.count(POINT_METHODS[0].name):
        report.put("points", POINTS_CAPTION, contents_table(scores, POINT_METHODS), **model)
    if not scores.count(FASTDRAG):
        return
    report.put("summary", SUMMARY_CAPTION.format(scores.count(FASTDRAG)), summary_table(scores), **model)
    report.put("methods", METHODS_CAPTION, methods_table(scores), **model)
    report.put("beside", BESIDE_CAPTION, beside_table(scores, WARPED, (*METHODS, *OPTIMISED)), **model)
    report.put("breakdown", BREAKDOWN_CAPTION, breakdown_table(scores), **model)
    for stage in (stage for stage in STAGES if stage.endswith("choices")):
        if rows := choices_table(scores, stage):
            report.put(stage, CHOICES_CAPTION, rows, **model)
    write_scores(archive, RESULTS / "truth_scores.csv")
    write_pages(archive, scores, IMAGES)


def write_scores(archive: Archive, file: Path) -> None:
    """Every score, a line each, so that other questions can be asked of them."""
    columns = ["arm", "case", *Score._fields, "seconds"]
    records = [archive.records[key] for key in sorted(archive.records)]
    with file.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)
