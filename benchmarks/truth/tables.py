"""The tables of all scores: the methods side by side, where they differ, and what every choice changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import mean, median
from typing import Any

from .arms import DRAGDIFFUSION, DRAGWARP, ENDINGS, FASTDRAG, METHODS, NO_EDIT, OPTIMISED, REGIONDRAG, STAGES, Arm
from .cases import KINDS, LENGTHS, MARGINS, MOVING, Case
from .statistics import Estimate, Values, bootstrap, differences

NEAR = 8.0  # pixels, one cell of the latent
SHOWN, DECIDING = 0.95, 0.99

Record = Mapping[str, Any]
Records = Mapping[tuple[str, str], Record]  # by arm and case
MEASURES = {  # what it is called, which sign is better, how many decimals, its factor
    "distance": ("distance, px", -1, 1, 1),
    "lpips_inside": ("LPIPS x100 inside", -1, 1, 100),
    "lpips_outside": ("LPIPS x100 outside", -1, 2, 100),
    "psnr_inside": ("PSNR inside, dB", 1, 2, 1),
    "psnr_outside": ("PSNR outside, dB", 1, 2, 1),
}


class Scores:
    """The scores of all arms on all cases."""

    def __init__(self, records: Records, cases: Sequence[Case]) -> None:
        self.records = records
        self.cases = {case.name: case for case in cases}
        self.pictures = {case.name: case.picture_name for case in cases}

    def of(self, arm: str, measure: str, only: Iterable[str] | None = None) -> dict[str, float]:
        """A measure of an arm by case."""
        wanted = self.cases if only is None else only
        return {case: self.records[arm, case][measure] for case in wanted if (arm, case) in self.records}

    def count(self, arm: str) -> int:
        return len(self.of(arm, "distance"))

    def estimate(self, values: Values, confidence: float = SHOWN) -> Estimate:
        return bootstrap(values, self.pictures, confidence)


def methods_table(scores: Scores, arms: Sequence[Arm] = (*METHODS, *OPTIMISED)) -> list[dict[str, Any]]:
    """Every method with its defaults, and the baselines."""
    return [method_row(scores, arm.name) for arm in arms if scores.count(arm.name)]


def contents_table(scores: Scores, arms: Sequence[Arm]) -> list[dict[str, Any]]:
    """The same, apart for content that moves, and for content that turns, opens, bends or grows."""
    return [
        {"way to edit": arm.name, "content": part} | method_row(scores, arm.name, only)
        for arm in arms
        for part, only in contents(scores).items()
        if scores.of(arm.name, "distance", only)
    ]


def contents(scores: Scores) -> dict[str, set[str]]:
    """The cases by what a drag does to the content."""
    moves = {name for name, case in scores.cases.items() if case.scene in MOVING}
    return {"moves": moves, "turns, opens, grows": scores.cases.keys() - moves}


def beside_table(scores: Scores, base: str, arms: Sequence[Arm]) -> list[dict[str, Any]]:
    """What ways to edit change against another one on the same cases, by content, with intervals of 99 percent."""
    return [
        {"way to edit": arm.name, "content": part, "cases": len(scores.of(arm.name, "distance", only))}
        | changed(scores, arm.name, base, only)
        for arm in arms
        for part, only in contents(scores).items()
        if arm.name != base and scores.of(arm.name, "distance", only)
    ]


def method_row(scores: Scores, arm: str, only: Iterable[str] | None = None) -> dict[str, Any]:
    distances = scores.of(arm, "distance", only)
    row = {
        "way to edit": arm,
        "cases": len(distances),
        "distance, px (95 %)": scores.estimate(distances).text(),
        "median": round(median(distances.values()), 1),
        f"within {NEAR:.0f} px": f"{100 * mean(d <= NEAR for d in distances.values()):.0f} %",
        "of its way": f"{100 * median(scores.of(arm, 'way', only).values()):.0f} %",
    }
    for measure in ("psnr_inside", "psnr_outside", "lpips_inside", "lpips_outside"):
        name, _, decimals, factor = MEASURES[measure]
        row[name] = round(factor * mean(scores.of(arm, measure, only).values()), min(decimals, 1))
    return row


def summary_table(scores: Scores) -> list[dict[str, Any]]:
    """The methods in few figures."""
    drawn = {
        NO_EDIT: "nothing",
        FASTDRAG: "points",
        DRAGDIFFUSION: "points",
        REGIONDRAG: "regions",
        DRAGWARP: "regions",
    }
    rows = []
    for arm in (arm for arm in drawn if scores.count(arm)):
        distances = scores.of(arm, "distance").values()
        rows.append(
            {
                "method": arm,
                "you draw": drawn[arm],
                "content ends from its target": f"{median(distances):.1f} px",
                f"within {NEAR:.0f} px": f"{100 * mean(d <= NEAR for d in distances):.0f} %",
                "unlike the true picture (LPIPS x100)": round(100 * mean(scores.of(arm, "lpips_inside").values()), 1),
            }
        )
    return rows


def outside_table(scores: Scores) -> list[dict[str, Any]]:
    """What is left of the picture outside of the edit, as decoded and as put back, on the same cases."""
    names = [name for name in (FASTDRAG, REGIONDRAG, DRAGDIFFUSION) if scores.count(f"{name}, put back")]
    return [row for name in names for row in outside_rows(scores, name)]


def outside_rows(scores: Scores, name: str) -> Iterator[dict[str, Any]]:
    """A row for all that a method was told alike: with and without a mask it may change different parts."""
    arms = {end: f"{name}, {end}" for end in ENDINGS}
    common = set(scores.of(arms["as decoded"], "distance")) & set(scores.of(arms["put back"], "distance"))
    masked = {case for case in common if scores.cases[case].mask != "none"}
    told = {"regions": common} if name == REGIONDRAG else {"points, a mask": masked, "points alone": common - masked}
    for what, cases in told.items():
        if cases:
            yield outside_row(scores, arms, cases) | {"method": name, "told": what, "cases": len(cases)}


def outside_row(scores: Scores, arms: Mapping[str, str], cases: Iterable[str]) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(("method", "told", "cases"))
    shown = {"psnr_outside": "PSNR outside, dB", "psnr_inside": "PSNR inside, dB", "distance": "distance, px"}
    for measure, title in shown.items():
        for end, arm in arms.items():
            row[f"{title}, {end}"] = round(mean(scores.of(arm, measure, cases).values()), 1)
    return row


def breakdown_table(scores: Scores) -> list[dict[str, Any]]:
    """Median distance by what is dragged, how far, and how it is masked."""
    parts: dict[str, list[str]] = {}
    for case in scores.cases.values():
        for part in (case.kind, f"{case.length} drags", f"mask {case.mask}"):
            parts.setdefault(part, []).append(case.name)
    arms = [arm.name for arm in (*METHODS, *OPTIMISED) if scores.count(arm.name)]
    order = (
        [k for kinds in KINDS.values() for k in kinds]
        + [f"{x} drags" for x in LENGTHS]
        + [f"mask {m}" for m in MARGINS]
    )
    return [
        {"cases": part, "number": len(parts[part])}
        | {
            arm: round(median(values), 1) if (values := scores.of(arm, "distance", parts[part]).values()) else None
            for arm in arms
        }
        for part in order
        if part in parts
    ]


def choices_table(scores: Scores, stage: str) -> list[dict[str, Any]]:
    """What every choice changes against the default on the same cases, with intervals of 99 percent."""
    rows = []
    for arm in STAGES[stage]:
        base, name = arm.name.split(": ", 1)
        if not scores.count(arm.name):
            continue
        row: dict[str, Any] = {base: name, "cases": scores.count(arm.name)}
        rows.append(row | changed(scores, arm.name, base))
    return rows


def changed(scores: Scores, arm: str, base: str, only: Iterable[str] | None = None) -> dict[str, str]:
    """What an arm changes against another: every measure's mean difference with its interval, and the verdict."""
    row, verdicts = {}, []
    for measure in ("distance", "lpips_inside", "psnr_inside", "lpips_outside"):
        title, better, decimals, factor = MEASURES[measure]
        change = differences(scores.of(arm, measure, only), scores.of(base, measure))
        estimate = scores.estimate({case: factor * value for case, value in change.items()}, DECIDING)
        row[title] = estimate.text(decimals, "+")
        verdicts.append(estimate.direction * better)
    return row | {"clearly": verdict(verdicts)}


def verdict(directions: Sequence[int]) -> str:
    """Better where nothing is clearly worse, worse where nothing is clearly better."""
    if not any(directions):
        return "no difference"
    if min(directions) >= 0:
        return "better"
    return "worse" if max(directions) <= 0 else "mixed"
