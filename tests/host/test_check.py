"""Drag Check: a sound machine, planted faults, a user's MODEL, and the command."""

import json
from pathlib import Path
from typing import Any

import pytest
from dragkit.tools import check
from dragkit.tools.client import ComfyClient
from dragkit.tools.environment import SetupError
from dragkit.tools.graphs import Graph, node
from dragkit.tools.server import ComfyServer

OWN = ["your MODEL", "your MODEL, no drag", "your MODEL, a drag by 8 pixels"]


def lines(client: ComfyClient, graph: Graph) -> dict[str, dict[str, Any]]:
    """The lines of a check by name, each of which the table shows with its sentence."""
    output = client.prompt(graph).outputs["check"]
    report, table = output["report"][0], " ".join(output["text"][0].split())
    for line in report["lines"]:
        shown = " ".join(f"{line['name']} {line['status']} {line['figures']} {line['sentence']}".split())
        assert shown in table and bool(line["sentence"]) == (line["status"] != "ok")
    return {line["name"]: line for line in report["lines"]}


def wrong(found: dict[str, dict]) -> dict[str, str]:
    return {name: line["status"] for name, line in found.items() if line["status"] != "ok"}


@pytest.fixture
def planted(server: ComfyServer):
    """Plants a fault in the pack for one test."""

    def plant(fault: str, crashes: bool = False) -> None:
        server.prompt({"fault": node("TestPlantedFault", fault=fault, crashes=crashes)})

    yield plant
    plant("nothing")


PARTS = {"model": ["model", 0], "positive": ["model", 1], "vae": ["model", 3]}
BUNDLED = {"model": node("DragDemoModel", scene="ball")}


def random_model(kind: str) -> Graph:
    return {"model": node("TestRandomModel", kind=kind, dtype="fp32", seed=0)}


def test_a_sound_machine_and_model_are_all_ok(server: ComfyServer):
    output = server.prompt(BUNDLED | {"check": node("DragCheck", **PARTS)}).outputs["check"]
    report = output["report"][0]
    assert len(report["lines"]) >= 17 and not wrong({line["name"]: line for line in report["lines"]})
    assert {"ComfyUI", "PyTorch", "device", "attention", "memory", "dynamic VRAM"} <= set(report["machine"])
    rows = output["text"][0].splitlines()
    assert len(rows) < 40 and max(map(len, rows)) <= 120


def test_broken_injection_differs_and_a_model_alone_is_told_what_is_missing(server: ComfyServer, planted):
    planted("KV injection")
    found = lines(server, random_model("sd15") | {"check": node("DragCheck", model=["model", 0])})
    injecting = [f"KV Inject Attention, states {place}" for place in ("in RAM", "on the GPU", "in 8 bits")]
    differing = dict.fromkeys([*injecting, "Region Copy-Paste", "Noise mask, outside kept"], "differs")
    assert wrong(found) == differing | {OWN[0]: "refused"}
    assert "Connect the VAE and the CLIP" in found[OWN[0]]["sentence"]


def test_an_error_is_a_sentence_the_check_goes_on_and_a_transformer_is_refused(server: ComfyServer, planted):
    planted("reference", crashes=True)
    found = lines(server, random_model("flux") | {"check": node("DragCheck", model=["model", 0])})
    assert wrong(found) == {"Reference Attention": "refused", OWN[0]: "refused"}
    assert found["Reference Attention"]["sentence"] == "aten::planted is not there for this device (RuntimeError)"
    assert "Use a Stable Diffusion UNet" in found[OWN[0]]["sentence"]


def test_a_patch_that_breaks_a_model_differs(server: ComfyServer):
    patch = {"patch": node("TestRestlessModel", model=["model", 0])}
    found = lines(server, BUNDLED | patch | {"check": node("DragCheck", **(PARTS | {"model": ["patch", 0]}))})
    assert wrong(found)[OWN[1]] == "differs" and set(wrong(found)) <= set(OWN)


def test_the_command_tries_a_checkpoint(
    server: ComfyServer, host: Path, tmp_path: Path, monkeypatch, capsys: pytest.CaptureFixture
):
    checkpoint, report = tmp_path / "own.safetensors", tmp_path / "report.json"
    server.prompt({"file": node("TestRandomCheckpoint", file=str(checkpoint))})
    monkeypatch.setenv("COMFYUI_PATH", str(host))
    code = check.main(["--checkpoint", str(checkpoint), "--json", str(report)])
    found = {line["name"]: line for line in json.loads(report.read_text(encoding="utf-8"))["lines"]}
    assert list(found)[-3:] == OWN and "UNetModel" in found[OWN[0]]["figures"]
    assert {line["status"] for line in found.values()} <= {"ok", "differs"}
    assert all(" dB" in found[name]["figures"] and "GiB" in found[name]["figures"] for name in OWN[1:])
    assert code == bool(wrong(found))
    assert str(tmp_path) not in report.read_text(encoding="utf-8")
    said = capsys.readouterr().out
    assert "your MODEL, no drag" in said and said.count(": ok\n") + said.count(": differs\n") == len(found)


def test_a_checkpoint_that_is_not_there_is_said(tmp_path: Path):
    with pytest.raises(Exception, match="There is no checkpoint"):
        check.main(["--checkpoint", str(tmp_path / "none.safetensors")])


def test_a_report_without_a_folder_is_refused_before_anything_runs(tmp_path: Path):
    with pytest.raises(SetupError, match="There is no folder .*nowhere for the report"):
        check.main(["--json", str(tmp_path / "nowhere" / "report.json")])


def test_a_checkpoint_that_comfyui_cannot_load_is_one_sentence(server: ComfyServer):
    with pytest.raises(SetupError, match=r"cannot try notes.txt .*; give a whole checkpoint"):
        check.run(server, "notes.txt")
