"""Every way to edit that the benchmark compares is a prompt that the server accepts and carries out."""

import pytest
from dragkit.benchmarks.fleet import Fleet
from dragkit.benchmarks.truth.arms import STAGES
from dragkit.benchmarks.truth.cases import all_cases
from dragkit.benchmarks.truth.runs import Archive, run_arms
from dragkit.tools.client import ComfyClient
from dragkit.tools.environment import SetupError
from dragkit.tools.server import ComfyServer

CASE = next(c for c in all_cases() if (c.kind, c.length, c.mask) == ("ball, two handles", "long", "wide"))
ARMS = [arm for stage in STAGES.values() for arm in stage]
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


@pytest.mark.slow
def test_every_way_without_training_gives_a_scored_result(server: ComfyServer, tmp_path):
    archive, said = Archive(tmp_path), []
    run_arms([server], [arm for arm in QUICK if CASE in arm.takes([CASE])], [CASE], archive, said.append)
    assert not [line for line in said if line.startswith("FAILED")]
    assert {arm for arm, _ in archive.records} == {arm.name for arm in QUICK if CASE in arm.takes([CASE])}
    undone = archive.records["no edit", CASE.name]
    assert archive.records["true picture, encoded", CASE.name]["distance"] < 1 < undone["distance"]
    assert archive.records["Drag Warp alone", CASE.name]["distance"] < undone["distance"] / 2


def test_a_lost_server_gives_its_work_to_the_others_and_a_bad_job_is_said(server: ComfyServer):
    lost = ComfyClient("http://127.0.0.1:9")
    done, bad = [], []

    def work(client: ComfyClient, job: str) -> None:
        if job == "bad":
            client.prompt({"1": {"class_type": "NoSuchNode", "inputs": {}}})
        client.get("/system_stats")
        done.append(job)

    Fleet([lost, server], work, lambda job, why: bad.append((job, why))).run([["a", "bad"], ["b"], ["c"]])
    assert sorted(done) == ["a", "b", "c"]
    assert [job for job, _ in bad] == ["bad"] and "NoSuchNode" in bad[0][1]


def test_without_any_server_left_it_says_so():
    lost = ComfyClient("http://127.0.0.1:9")
    with pytest.raises(SetupError, match="No server answers any more.*127.0.0.1:9"):
        Fleet([lost], lambda client, job: client.get("/system_stats"), lambda job, why: None).run([["a"]])
