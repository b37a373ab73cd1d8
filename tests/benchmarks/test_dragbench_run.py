"""Whole runs over the HTTP API: resumed, past bad samples, on several servers, scored and reported."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from dragkit.benchmarks.dragbench.command import main
from dragkit.tests.benchmarks.dragbench_samples import HEIGHT, WIDTH, area, pickled_sample
from dragkit.tools.graphs import node
from dragkit.tools.server import ComfyServer
from PIL import Image

pytestmark = pytest.mark.host
ROOT = Path(__file__).resolve().parents[2]

PREVIEW = {
    "picture": node("LoadImage", image="example.png"),
    "drag": node("DragFromJSON", json="{}", image=["picture", 0]),
    "draw": node("DragPreview", image=["picture", 0], drag=["drag", 0]),
    "save": node("SaveImage", images=["draw", 0], filename_prefix="dragbench"),
}


@pytest.fixture
def graph(tmp_path: Path) -> str:
    """A graph that draws the instruction on the picture, and so needs no model."""
    file = tmp_path / "preview.json"
    file.write_text(json.dumps(PREVIEW), encoding="utf-8")
    return str(file)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Three good samples and one without a partner for its last point."""
    root = tmp_path / "bench"
    for seed, name in enumerate(("animals/a", "animals/b", "art/c")):
        pickled_sample(root / name, seed=seed)
    pickled_sample(root / "art" / "odd", points=[[1, 2], [3, 4], [5, 6]])
    return root


@pytest.fixture
def second_server(host: Path, tmp_path: Path) -> Iterator[ComfyServer]:
    with ComfyServer(host, base=tmp_path / "second", flags=["--cpu"]) as server:
        yield server


def entries(run: Path) -> list[dict]:
    parts = sorted((run / "results").glob("*.jsonl"))
    return [json.loads(line) for part in parts for line in part.read_text(encoding="utf-8").splitlines()]


def pixels(file: Path) -> np.ndarray:
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def test_a_bad_sample_is_told_and_gone_on_from(server, dataset, graph, tmp_path, capsys):
    run = tmp_path / "run"
    assert main([str(dataset), graph, "--server", server.address, "--run", str(run)]) == 1
    said = capsys.readouterr().out
    assert "failed: art/odd: it has 3 points, an odd number" in said
    assert re.search(r"\[1/3\] animals/a \d+\.\d s, \d+\.\d a minute, \d+ s left", said) and "[3/3]" in said
    assert sorted(entry["id"] for entry in entries(run)) == ["animals/a", "animals/b", "art/c"]
    for name in ("animals/a", "animals/b", "art/c"):
        assert pixels(run / "pictures" / f"{name}.png").shape == (HEIGHT, WIDTH, 3)


def test_the_graph_gets_the_sample_s_own_picture_and_mask(server, dataset, graph, tmp_path):
    run = tmp_path / "run"
    main([str(dataset), graph, "--server", server.address, "--run", str(run), "--only", "animals"])
    outside = area() == 0
    for name in ("animals/a", "animals/b"):
        source, drawn = pixels(dataset / name / "original_image.png"), pixels(run / "pictures" / f"{name}.png")
        darkened = np.median(drawn[outside] / source[outside].clip(1))
        kept = np.abs(drawn - source).max(2)[~outside] <= 1
        assert darkened < 0.8 and kept.mean() > 0.3, name


def test_a_run_is_resumed_where_it_ended(server, dataset, graph, tmp_path, capsys):
    run = tmp_path / "run"
    command = [str(dataset), graph, "--server", server.address, "--run", str(run)]
    main([*command, "--only", "animals/a"])
    first = (run / "pictures" / "animals" / "a.png").stat().st_mtime_ns
    main(command)
    assert "1 samples done or set aside, 2 to run" in capsys.readouterr().out
    assert (run / "pictures" / "animals" / "a.png").stat().st_mtime_ns == first
    (run / "pictures" / "animals" / "b.png").unlink()
    main(command)
    assert [entry["id"] for entry in entries(run)].count("animals/b") == 2
    assert (run / "pictures" / "animals" / "b.png").is_file()


def test_failed_samples_wait_for_retry(server, dataset, tmp_path, capsys):
    """DragWarp refuses drags that start outside of the mask."""
    file, run = tmp_path / "refusing.json", tmp_path / "run"
    warp = node("DragWarp", image=["picture", 0], drag=["drag", 0], mask_expand=5, fill="none")
    refusing = PREVIEW | {"draw": warp}
    file.write_text(json.dumps(refusing), encoding="utf-8")
    outside = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    outside[40:, 50:] = 1
    pickled_sample(dataset / "art" / "outside", mask=outside)
    command = [str(dataset), str(file), "--server", server.address, "--run", str(run), "--only", "art"]
    assert main(command) == 1
    said = capsys.readouterr().out
    assert re.search(r"art/outside FAILED: .*mask", said) and re.search(r"art/c \d", said)
    main(command)
    assert len(entries(run)) == 2
    main([*command, "--retry"])
    assert [entry["id"] for entry in entries(run)].count("art/outside") == 2


def test_a_graph_that_the_server_refuses_ends_the_run(server, dataset, tmp_path):
    file, run = tmp_path / "refused.json", tmp_path / "run"
    loaded = node("CheckpointLoaderSimple", ckpt_name="nowhere.safetensors")
    decoded = {"model": loaded, "latent": node("VAEEncode", pixels=["draw", 0], vae=["model", 2])}
    decoded["decode"] = node("VAEDecode", samples=["latent", 0], vae=["model", 2])
    save = node("SaveImage", images=["decode", 0], filename_prefix="dragbench")
    canvas = node("DragCanvas", drag={}, image=["picture", 0])
    file.write_text(json.dumps(PREVIEW | decoded | {"drag": canvas, "save": save}), encoding="utf-8")
    with pytest.raises(SystemExit, match="refuses the graph: CheckpointLoaderSimple .*nowhere.safetensors"):
        main([str(dataset), str(file), "--server", server.address, "--run", str(run)])
    assert entries(run) == []


def test_a_folder_keeps_to_one_graph(server, dataset, graph, tmp_path):
    run = tmp_path / "run"
    command = [str(dataset), graph, "--server", server.address, "--run", str(run), "--only"]
    main([*command, "animals/a"])
    with pytest.raises(SystemExit, match="another run .its side differ"):
        main([*command, "animals/a", "--side", "32"])
    changed = json.loads(Path(graph).read_text(encoding="utf-8"))
    changed["save"]["inputs"]["filename_prefix"] = "changed"
    Path(graph).write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(SystemExit, match="another run .its nodes differ"):
        main([*command, "animals/b"])


def test_two_servers_share_the_samples(server, second_server, dataset, graph, tmp_path):
    for number in range(8):
        pickled_sample(dataset / "more" / str(number), seed=10 + number)
    run = tmp_path / "run"
    both = ["--server", server.address, "--server", second_server.address.removeprefix("http://")]
    main([str(dataset), graph, *both, "--run", str(run)])
    assert len(entries(run)) == 11
    assert len({entry["worker"] for entry in entries(run)}) == 2
    second_server.stop()
    with pytest.raises(SystemExit, match=f"No ComfyUI answers at {second_server.address}"):
        main([str(dataset), graph, *both, "--run", str(tmp_path / "other")])


def test_a_folder_without_samples_is_refused(tmp_path, graph):
    with pytest.raises(SystemExit, match="no samples in .*original_image.png"):
        main([str(tmp_path), graph])


def benchmark(*arguments: str) -> subprocess.CompletedProcess:
    """The command as users run it, in a process of its own, as it loads the host to measure."""
    command = [sys.executable, "-I", str(ROOT / "benchmarks" / "run.py"), "dragbench", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})


def test_results_are_measured_and_kept(server, dataset, graph, tmp_path):
    run = tmp_path / "run"
    command = [str(dataset), graph, "--server", server.address, "--run", str(run), "--features", "demo"]
    ended = benchmark(*command)
    assert ended.returncode == 1, ended.stderr
    rows = [line for line in ended.stdout.splitlines() if line.startswith(("| no edit", "| preview"))]
    unedited, edited = (cells(row) for row in rows)
    assert unedited[:5] == ["no edit", "3", "0", "6", "1"]
    assert edited[:4] == ["preview", "3", "1", "6"] and 0 < float(edited[4]) < 1
    lengths = np.hypot([20, 20], [0, 1]).mean()
    assert float(unedited[6]) == pytest.approx(lengths, abs=0.1)
    assert float(unedited[7]) == pytest.approx(lengths, abs=0.1)
    relative = np.hypot(np.array([20, 20]) / WIDTH, np.array([0, 1]) / HEIGHT).mean()
    feature_side = 100 / 16  # in percent of a side: nearest features are level over squares
    assert float(unedited[8]) == pytest.approx(100 * relative, abs=feature_side)
    scores = (run / "scores.jsonl").read_text(encoding="utf-8")
    assert len(scores.splitlines()) == 6
    assert benchmark(*command).stdout.splitlines()[-3:] == ended.stdout.splitlines()[-3:]
    assert (run / "scores.jsonl").read_text(encoding="utf-8") == scores
    few = benchmark(*command, "--report")
    assert few.returncode == 1 and "--report needs 10 results" in few.stderr
    missing = benchmark(*command[:-1], "nowhere.safetensors")
    assert "There is no checkpoint nowhere.safetensors" in missing.stderr


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]
