"""The benchmark of cost: what it compares does the same work, and its tables say what was measured."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from dragkit.benchmarks.report import Report
from dragkit.benchmarks.speed import command, plain, timing

ROOT = Path(__file__).parents[2]
METHODS = ("fastdrag", "regiondrag", "dragdiffusion", "dragwarp")
TINY_SDXL = {
    "model_channels": 32,
    "num_head_channels": 32,
    "transformer_depth": [0, 0, 1, 1, 1, 1],
    "transformer_depth_middle": 1,
    "transformer_depth_output": [0, 0, 0, 1, 1, 1, 1, 1, 1],
}


@pytest.fixture(scope="module")
def use_host(host: Path) -> None:
    from dragkit.tools.in_process import use_host

    use_host()


@pytest.fixture(autouse=True)
def as_nodes_run() -> Iterator[None]:
    with torch.inference_mode():
        yield


@pytest.fixture
def network(use_host: None):
    from dragkit.benchmarks.speed.networks import load

    return load("demo", 8)


@pytest.fixture
def tiny_sdxl(use_host: None, monkeypatch: pytest.MonkeyPatch):
    from dragkit.benchmarks.speed import networks

    monkeypatch.setattr(networks, "SDXL", networks.SDXL | TINY_SDXL)
    return networks.load("sdxl", 8)


def tables(folder: Path) -> dict:
    return json.loads((folder / "speed.json").read_text())


def latents_evaluated(network, work) -> int:
    """How many latents pass the network during work."""
    seen = []
    unet = network.model.model.diffusion_model
    hook = unet.register_forward_pre_hook(lambda module, inputs: seen.append(len(inputs[0])))
    try:
        work(network)
    finally:
        hook.remove()
    return sum(seen)


@pytest.mark.parametrize("kind", ["network", "tiny_sdxl"])
def test_bare_work_evaluates_as_many_latents_as_the_edit_beside_it(kind: str, request: pytest.FixtureRequest):
    model = request.getfixturevalue(kind)
    from dragkit.benchmarks.speed.edits import phases

    found = phases(4, False, METHODS[:3])
    counts = {p.method: (latents_evaluated(model, p.bare), latents_evaluated(model, p.whole)) for p in found}
    assert counts == {"fastdrag": (6, 6), "regiondrag": (4, 4), "dragdiffusion": (9, 9)}


def test_evaluations_weigh_what_they_run(network):
    from dragkit.benchmarks.speed.edits import Evaluations

    work = Evaluations(3, (1, 2))
    assert latents_evaluated(network, work) == work.weight == 9
    assert work.label == "3 + 3 of two latents"
    assert latents_evaluated(network, work.once) == 2


def test_the_papers_steps_are_measured_unless_others_are_asked_for(use_host: None):
    from dragkit.benchmarks.speed.edits import phases

    def levels(steps: int | None) -> list[int]:
        return [phase.bare.levels for phase in phases(steps, False, METHODS[:3])]

    assert levels(None) == [7, 10, 7]
    assert levels(50) == [35, 25, 35]


@pytest.mark.parametrize("kind", ["network", "tiny_sdxl"])
def test_steps_by_gradient_are_timed_on_either_architecture(kind: str, request: pytest.FixtureRequest):
    model = request.getfixturevalue(kind)
    from dragkit.benchmarks.speed.edits import gradient_phases, measure

    for phase in gradient_phases():
        row = measure(model, phase, 1)
        assert row["ratio"] == pytest.approx(row["whole s"] / row["bare s"])
        assert row["whole s"] > 0


def test_a_large_network_without_gpu_leaves_gradients_out(use_host: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)

    def count(*arguments: str) -> int:
        return len(command.chosen_phases(command.parse(arguments)))

    assert count("--network", "sdxl") == 4
    assert count("--network", "sdxl", "--gradients") == count("--network", "sd15") == 8


def test_the_store_keeps_half_of_keys_and_values(network):
    from dragkit.benchmarks.speed.store import store_row
    from dragkit.core.attention.states import Capture

    output, every = (store_row(network, capture, 7) for capture in (Capture.OUTPUT, Capture.ALL))
    for row in (output, every):
        assert row["keys and values MB"] == pytest.approx(2 * row["kept MB"])
    assert every["kept MB"] > output["kept MB"] == pytest.approx(7 * store_row(network, Capture.OUTPUT, 1)["kept MB"])


def test_edits_run_as_a_user_runs_them_and_write_their_tables(host: Path, tmp_path: Path):
    options = ["--part", "edits", "--network", "demo", "--cells", "16", "--steps", "3", "--rounds", "1"]
    chosen = ["--methods", "fastdrag", "dragwarp", "--results", str(tmp_path)]
    program = [sys.executable, "-I", str(ROOT / "benchmarks" / "run.py"), "speed"]
    run = subprocess.run([*program, *options, *chosen], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "will take about" in run.stdout
    table = tables(tmp_path)[f"edits demo 128 {timing.device()}"]
    fastdrag, dragwarp = table["rows"]
    assert (fastdrag["what"], fastdrag["evaluations"]) == ("FastDrag, whole edit", "2 + 2")
    assert fastdrag["whole RAM MB"] > 0 < fastdrag["bare s"]
    assert fastdrag["ratio"] == pytest.approx(fastdrag["whole s"] / fastdrag["bare s"])
    assert (dragwarp["bare s"], dragwarp["ratio"], dragwarp["bare RAM MB"]) == (None, None, None)
    assert dragwarp["whole s"] > 0
    assert table["measured"]["dtype"] in ("float32", "bfloat16", "float16")
    assert f"edits demo 128 {timing.device()}" in (tmp_path / "speed.md").read_text()


def test_growth_writes_its_tables(use_host: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from dragkit.benchmarks.speed import growth

    small = {"SIZES": (16, 24), "LARGEST_EDIT": 16, "COUNTS": (1, 9), "AREAS": (0.1, 1.0), "STEPS": (4, 8), "CELLS": 16}
    for name, value in small.items():
        monkeypatch.setattr(growth, name, value)
    growth.put_all(Report("speed", "cost", tmp_path), rounds=1)
    found = {name.split()[1]: table["rows"] for name, table in tables(tmp_path).items()}
    assert set(found) == {"size", "drags", "area", "regions", "steps"}
    assert [row["picture"] for row in found["size"]] == ["128x128", "192x192"]
    assert [row["ratio"] is None for row in found["size"]] == [False, True]
    assert [row["drags"] for row in found["drags"]] == [row["regions"] for row in found["regions"]] == [1, 9]
    four, eight = found["steps"]
    assert (four["evaluations"], eight["evaluations"]) == ("3 + 3", "6 + 6")
    assert four["store of all blocks MB"] > four["store of output blocks MB"]
    assert eight["store of output blocks MB"] == pytest.approx(2 * four["store of output blocks MB"])
    for rows in found.values():
        assert all(value > 0 for row in rows for name, value in row.items() if name.endswith(" ms"))


def test_geometry_writes_its_tables(use_host: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from dragkit.benchmarks.speed import geometry

    cases = geometry.case_ids()[:2]
    monkeypatch.setattr(geometry, "case_ids", lambda: cases)
    monkeypatch.setattr(geometry, "PLAIN_UP_TO", 16)
    threads = torch.get_num_threads()
    geometry.put_all(Report("speed", "cost", tmp_path), sizes=(16, 24))
    sizes, of_cases = (table["rows"] for table in tables(tmp_path).values())
    assert torch.get_num_threads() == threads
    assert [row["latent"] for row in sizes] == 5 * ["16x16"] + 5 * ["24x24"]
    assert [row["ratio"] is None for row in sizes] == 5 * [False] + 5 * [True]
    assert [row["cases"] for row in of_cases] == [2, 2, 2]


def test_plain_loops_that_give_other_results_are_not_timed(use_host: None):
    from dragkit.benchmarks.speed.geometry import NotEqual, Operation

    latent = torch.randn(1, 4, 12, 12).clone()
    latent[..., 3:9, 3:9] = 0
    with pytest.raises(NotEqual):
        Operation("fill", lambda: plain.fill_by_cell(latent, True), lambda: plain.fill_by_cell(latent, False)).checked()
    with pytest.raises(NotEqual):
        Operation("shape", lambda: np.zeros((1, 4)), lambda: np.zeros((4, 4))).checked()


def test_instructions_are_as_large_and_as_many_as_asked_for(use_host: None):
    from dragkit.benchmarks.speed.instructions import brushed, drags, on_latent, regions
    from dragkit.core.instruction.geometry import Extent
    from dragkit.tests.core.placing import regions_on

    for count in (1, 5, 64):
        spec = drags(512, count, 0.25)
        handles, _, mask = on_latent(spec)
        assert len(spec.drags) == count == len({drag.handle for drag in spec.drags})
        assert mask.float().mean().item() == pytest.approx(0.25, abs=0.02)
        assert all(mask[int(y), int(x)] for x, y in handles.tolist())
        moved = regions_on(regions(512, count, 0.25), Extent(512, 512), 1)
        assert moved.area.float().mean().item() == pytest.approx(0.25, abs=0.02)
    assert regions_on(brushed(512, 0.1), Extent(512, 512), 1).area.float().mean().item() == pytest.approx(0.1, abs=0.01)


def test_ratios_are_those_of_each_round():
    columns = timing.Turns((1.0, 2.0, 4.0), (3.0, 2.0, 6.0)).columns()
    assert columns == {"bare s": 2.0, "whole s": 3.0, "ratio": 1.5, "spread": "1.00 to 3.00"}


def test_bare_and_whole_take_turns():
    order = []
    turns = timing.take_turns(lambda: order.append("bare") or 1.0, lambda: order.append("whole") or 2.0, 2)
    assert order == ["bare", "whole", "bare", "whole"]
    assert (turns.bare, turns.whole) == ((1.0, 1.0), (2.0, 2.0))


def test_peak_memory_is_that_of_the_work_alone():
    from dragkit.benchmarks.speed.memory import resident_peak

    kept = np.ones(40_000_000, dtype=np.uint8)
    work_megabytes = 160

    def work() -> None:
        held = [np.ones(work_megabytes * 250_000, dtype=np.uint8) for _ in range(4)]
        time.sleep(0.2)  # the looks are two milliseconds apart, more on a busy machine
        del held

    assert work_megabytes * 0.9 < resident_peak(work) < work_megabytes * 1.4
    assert kept.any()


@pytest.mark.parametrize("wrong", [("--steps", "2"), ("--cells", "12"), ("--rounds", "0"), ("--part", "all of it")])
def test_what_cannot_be_measured_is_refused(wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        command.parse(wrong)
    assert ended.value.code == 2
    assert wrong[0] in capsys.readouterr().err


def test_an_edit_of_a_photo_leaves_the_rest_of_it(use_host: None):
    from dragkit.benchmarks.speed.photos import Case, Edit, photo

    case, edit = Case((408, 272), 120), Edit()
    image = photo(*case.sides)
    result = edit(image, case.drag)
    changed = (result != image).any(-1)[0]
    assert changed[116:156, 184:224].float().mean() > 0.9 and len(edit.parts) == 1
    changed[76:196, 144:264] = False
    assert not changed.any()
