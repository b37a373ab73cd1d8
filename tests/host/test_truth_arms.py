"""Every way to edit that the benchmark compares is a prompt that the server accepts and carries out."""

from dataclasses import replace

import pytest
from dragkit.benchmarks.truth.arms import STAGES, Arm
from dragkit.benchmarks.truth.cases import all_cases
from dragkit.benchmarks.truth.runs import Archive, run_arms
from dragkit.bulk.cluster import joined
from dragkit.tools.server import ComfyServer

CASE = next(c for c in all_cases() if (c.kind, c.length, c.mask) == ("ball, two handles", "long", "wide"))
ARMS = [arm for stage in STAGES.values() for arm in stage]
FEW = 4  # steps, since what is asked is whether a way is carried out, and none of the scores asked for is sampled
QUICK = [arm for stage, arms in STAGES.items() if not stage.startswith("dragdiffusion") for arm in arms]


@pytest.mark.parametrize("arm", ARMS, ids=lambda arm: arm.name)
def test_every_choice_is_one_that_the_nodes_know(server: ComfyServer, arm):
    nodes = server.get("/object_info")
    for name, part in arm.prompt(CASE, "example.png").items():
        known = nodes[part["class_type"]]["input"]
        inputs = known["required"] | known.get("optional", {})
        for key, value in part["inputs"].items():
            assert key in inputs, f"{name} has no input {key}"
            kind, settings = inputs[key][0], inputs[key][1] if len(inputs[key]) > 1 else {}
            options = kind if isinstance(kind, list) else settings.get("options")
            if options and isinstance(value, str) and part["class_type"] != "LoadImage":
                assert value in options, f"{name}.{key} cannot be {value}"


def in_few_steps(arm: Arm) -> Arm:
    """The way with no more steps than a few anywhere."""
    steps = {f"{name}.steps": part["inputs"].get("steps", 0) for name, part in arm.prompt(CASE, "example.png").items()}
    return replace(arm, changes=arm.changes | {place: FEW for place, count in steps.items() if count > FEW})


@pytest.mark.slow
def test_every_way_without_training_gives_a_scored_result(server: ComfyServer, tmp_path):
    archive, said = Archive(tmp_path), []
    arms = [arm for arm in QUICK if CASE in arm.takes([CASE])]
    with joined(None, 1) as share:
        run_arms(share, [*map(in_few_steps, arms)], [CASE], archive, said.append, addresses=[server.address])
    assert not [line for line in said if line.startswith("FAILED")]
    assert {arm for arm, _ in archive.records} == {arm.name for arm in arms}
    undone = archive.records["no edit", CASE.name]
    assert archive.records["true picture, encoded", CASE.name]["distance"] < 1 < undone["distance"]
    assert archive.records["Drag Warp alone", CASE.name]["distance"] < undone["distance"] / 2
