"""The edits with a known result: the cases are fixed, the finder finds, the scores and tables say what is so."""

import hashlib
import json

import numpy as np
import pytest
import torch
from dragkit.benchmarks.pixel_warp import pixel_warp
from dragkit.benchmarks.truth import arms, tables
from dragkit.benchmarks.truth.arms import FASTDRAG, METHODS, NO_EDIT, STAGES, WARPED
from dragkit.benchmarks.truth.cases import KINDS, MOVING, SIZE, all_cases
from dragkit.benchmarks.truth.finding import found_shifts
from dragkit.benchmarks.truth.outlines import swept
from dragkit.benchmarks.truth.runs import Archive, Job
from dragkit.benchmarks.truth.scores import edited_area, psnr_where
from dragkit.benchmarks.truth.statistics import bootstrap, differences
from dragkit.core.instruction.form import read_drag
from dragkit.core.mesh.compatible import Outline, compatible_pieces
from dragkit.core.mesh.triangles import signed_areas
from dragkit.tests.core.placing import regions_on

CASES_SHA256 = "34cd88d41eb56b834363a1b17cb2626aef54b1cc7317c2c9ec716850886a7f6e"
SEEN = all_cases()[::13]


def length(case) -> float:
    return torch.tensor(case.shifts).norm(dim=-1).mean().item() * SIZE


def test_the_cases_are_those_that_the_results_are_about():
    moving = [case for case in all_cases() if case.scene in MOVING]
    told = json.dumps([[case.name, case.mask, case.shifts] for case in moving])
    assert hashlib.sha256(told.encode()).hexdigest() == CASES_SHA256
    assert list(all_cases()[: len(moving)]) == moving


def test_there_are_over_300_cases_of_every_kind_length_and_mask():
    cases = all_cases()
    assert len(cases) == len({case.name for case in cases}) == 216 + 96
    assert {(case.kind, case.length) for case in cases} == {
        (kind, length) for kinds in KINDS.values() for kind in kinds for length in ("short", "long")
    }
    assert {case.mask for case in cases} == {"tight", "wide", "none"}


@pytest.mark.parametrize("case", SEEN, ids=lambda case: case.name)
def test_both_instructions_can_be_carried_out(case):
    points, regions = read_drag(case.points()), read_drag(case.regions())
    assert len(points.drags) == sum(len(pull.handles) for pull in case.pulls)
    assert regions_on(regions, regions.picture, cell_size=1).moved.any()


def test_no_outline_folds_on_its_way():
    for case in all_cases():
        for source, target in read_drag(case.regions()).regions:
            ends = [np.array(shape.points) for shape in (source, target)]
            turned = signed_areas(compatible_pieces(*ends).source) * Outline.of(ends[0]).area
            assert len(turned) == len(ends[0]) - 2 and (turned > 0).all()


@pytest.mark.parametrize("case", SEEN, ids=lambda case: case.name)
def test_content_is_found_where_it_is(case):
    noisy = (case.truth + 0.03 * torch.randn(case.truth.shape, generator=torch.Generator().manual_seed(0))).clamp(0, 1)
    wanted = torch.tensor(case.shifts)
    assert ((found_shifts(case, noisy) - wanted).norm(dim=-1) * SIZE).max() < 0.5
    assert (found_shifts(case, case.picture).norm(dim=-1) * SIZE).max() < 0.5


def test_content_is_found_halfway_where_it_went_halfway():
    case = next(case for case in all_cases() if case.kind == "ball, one handle" and case.length == "long")
    from dragkit.demo.scenes import SCENES

    half = tuple((x / 2, y / 2) for x, y in case.shifts)
    parameters = SCENES[case.scene].moved(case.before, "ball", half[0])
    found = found_shifts(case, SCENES[case.scene].render(parameters, SIZE)[0])
    assert torch.allclose(found, torch.tensor(half), atol=0.5 / SIZE)


@pytest.mark.parametrize("case", SEEN[4:12], ids=lambda case: case.name)
def test_lost_content_is_not_looked_for_beyond_the_window(case):
    wiped = torch.full_like(case.picture, 0.5)
    found, wanted = found_shifts(case, wiped), torch.tensor(case.shifts)
    assert (found >= wanted.clamp_max(0) - 0.13).all() and (found <= wanted.clamp_min(0) + 0.13).all()


def test_the_edited_area_holds_all_that_changes_and_not_the_whole_picture():
    for case in SEEN:
        area = edited_area(case)
        assert (case.truth - case.picture)[:, ~area].abs().max() <= 0.02
        assert area.float().mean() < 0.9


def test_psnr_counts_the_area_alone():
    a, b = torch.zeros(3, 4, 4), torch.zeros(3, 4, 4)
    b[:, 0] = 0.1
    where = torch.zeros(4, 4, dtype=torch.bool)
    where[0] = True
    assert psnr_where(a, b, where) == pytest.approx(20, abs=1e-3)
    assert psnr_where(a, b, ~where) == pytest.approx(80, abs=1e-3)


def test_a_swept_area_holds_both_ends_and_its_margin():
    before, after = torch.tensor([[0.2, 0.5]]), torch.tensor([[0.6, 0.5]])
    area = swept(before, after, 0.1)
    assert area.amin(0).tolist() == pytest.approx([0.1, 0.4], abs=1e-3)
    assert area.amax(0).tolist() == pytest.approx([0.7, 0.6], abs=1e-3)


def test_the_pixel_warp_moves_towards_the_truth_and_leaves_what_the_mask_holds():
    case = next(case for case in all_cases() if case.kind == "ball, five handles" and case.mask == "tight")
    moved = found_shifts(case, pixel_warp(case.picture, case.points())) - torch.tensor(case.shifts)
    assert moved.norm() * SIZE < 0.7 * length(case)


def test_intervals_widen_when_cases_share_pictures():
    values = {str(i): float(i // 10) for i in range(100)}
    apart = bootstrap(values, {case: case for case in values}, 0.95)
    together = bootstrap(values, {case: str(int(case) // 10) for case in values}, 0.95)
    assert apart.mean == together.mean == pytest.approx(4.5)
    assert apart.high - apart.low == pytest.approx(2 * 1.96 * 2.87 / 10, rel=0.05)
    assert together.high - together.low == pytest.approx(2 * 1.96 * 2.87 / 10**0.5, rel=0.05)


def test_differences_are_taken_case_by_case():
    assert differences({"a": 3.0, "b": 1.0}, {"a": 1.0, "b": 5.0, "c": 9.0}) == {"a": 2.0, "b": -4.0}


@pytest.mark.parametrize(
    ("directions", "said"),
    [((0, 0), "no difference"), ((1, 0), "better"), ((-1, 0), "worse"), ((1, -1), "mixed")],
)
def test_a_verdict_needs_all_measures(directions, said):
    assert tables.verdict(directions) == said


def scored(distance_by_arm: dict[str, float]) -> tables.Scores:
    """Made-up scores: every case of an arm alike."""
    measures = {"way": 1.0, "psnr_inside": 20.0, "psnr_outside": 30.0, "lpips_inside": 0.1, "lpips_outside": 0.01}
    records = {
        (arm, case.name): {"arm": arm, "case": case.name, "distance": distance, **measures}
        for arm, distance in distance_by_arm.items()
        for case in all_cases()
    }
    return tables.Scores(records, all_cases())


def test_tables_show_what_there_is_and_judge_choices_against_their_default():
    choice = STAGES["fastdrag choices"][0].name
    scores = scored({NO_EDIT: 50.0, FASTDRAG: 20.0, choice: 15.0})
    shown = tables.methods_table(scores)
    assert [row["way to edit"] for row in shown] == [NO_EDIT, FASTDRAG]
    assert shown[1]["distance, px (95 %)"] == "20.0 (20.0 to 20.0)"
    (row,) = tables.choices_table(scores, "fastdrag choices")
    assert row["distance, px"] == "-5.0 (-5.0 to -5.0)" and row["clearly"] == "better"
    assert tables.breakdown_table(scores)[0] == {
        "cases": "ball, one handle",
        "number": 24,
        NO_EDIT: 50.0,
        FASTDRAG: 20.0,
    }


def test_ways_are_set_beside_moved_pixels_by_content():
    scores = scored({WARPED: 20.0, FASTDRAG: 26.0})
    rows = tables.beside_table(scores, WARPED, METHODS)
    assert [(row["way to edit"], row["content"], row["cases"]) for row in rows] == [
        (FASTDRAG, "moves", 216),
        (FASTDRAG, "turns, opens, grows", 96),
    ]
    assert rows[0]["distance, px"] == "+6.0 (+6.0 to +6.0)" and rows[0]["clearly"] == "worse"


def test_an_archive_is_read_again(tmp_path):
    from dragkit.benchmarks.truth.scores import Score

    case, arm = all_cases()[0], STAGES["methods"][0]
    Archive(tmp_path).keep(Job(arm, case), Score(1.25, 1, 2, 3, 4, 5), 0.5)
    again = Archive(tmp_path)
    assert again.records[arm.name, case.name]["distance"] == 1.25


def test_arms_have_names_of_their_own_and_take_every_kind():
    everything = [arm for stage in STAGES.values() for arm in stage]
    assert len({arm.name for arm in everything}) == len(everything)
    kinds = {case.kind for case in all_cases()}
    for arm in everything:
        assert {case.kind for case in arm.takes(all_cases())} == kinds


def test_choices_change_inputs_that_the_graphs_have_or_that_are_optional():
    case = all_cases()[0]
    for stage in STAGES.values():
        for arm in stage:
            graph = arm.prompt(case, "picture.png")
            assert [n for n, part in graph.items() if part["class_type"] == "SaveImage"] == [arm.shown]
            for place, value in arm.changes.items():
                name, key = place.split(".")
                assert graph[name]["inputs"][key] == value
    assert arms.NO_EDIT == "no edit"
