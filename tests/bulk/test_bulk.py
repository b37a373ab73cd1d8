"""Whole runs: on a real server, resumed, past bad rows, past a server that ends, on a store, stopped by Ctrl-C."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from dragkit.bulk.command import main
from dragkit.bulk.editor import LOST
from dragkit.bulk.places import Place
from dragkit.bulk.results import Results
from dragkit.tests.bulk.pictures import DRAG, DRAWN, drawing, lines, picture
from dragkit.tools.client import ComfyClient
from dragkit.tools.environment import ROOT, SetupError
from dragkit.tools.graphs import node
from PIL import Image

pytestmark = pytest.mark.host
GOOD = ("one", "folder/two", "three")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Three good rows and four bad ones."""
    colours = dict(zip(GOOD, ("teal", "brown", "navy"), strict=True))
    rows = [{"id": name, "picture": picture(tmp_path / f"{c}.png", c), "drag": DRAG} for name, c in colours.items()]
    bad = [
        {"id": "no picture", "picture": "nowhere.png", "drag": DRAG},
        {"id": "no drag", "picture": "teal.png"},
        {"id": "odd drag", "picture": "teal.png", "drag": {"version": 7}},
        {"id": "../out", "picture": "teal.png", "drag": DRAG},
    ]
    return lines(tmp_path / "jobs.jsonl", *rows, *bad)


def colour(content: bytes) -> list[int]:
    """The colour of a drawn picture's far corner."""
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("RGB"))[-1, -1].tolist()


def test_every_row_is_done_or_told_and_a_run_goes_on(ray_here, server, table, tmp_path, capsys):
    out = tmp_path / "out"
    command = [str(table), "--workflow", drawing(tmp_path), "--output", str(out), "--server", server.address]
    assert main(command) == 1
    said = capsys.readouterr().out
    assert "7 jobs, 0 done or set aside, 7 to do by one worker." in said and "3 done, 4 failed" in said
    results = Results(Place.of(out))
    assert results.done() == set(GOOD)
    errors = results.failed()
    assert "nowhere.png cannot be read: there is no such file" in errors["no picture"]
    assert errors["no drag"] == "it has no drag." and "cannot name a file" in errors["../out"]
    assert "version" in errors["odd drag"] and "DragFromJSON" in errors["odd drag"]
    assert colour((out / "pictures/folder/two.png").read_bytes()) == [165, 42, 42]
    assert sorted(p.name for p in out.parent.iterdir() if p.suffix == ".png") == ["brown.png", "navy.png", "teal.png"]
    first = (out / "pictures/one.png").stat().st_mtime_ns
    assert main(command) == 1
    assert "7 jobs, 7 done or set aside, 0 to do" in capsys.readouterr().out
    picture(tmp_path / "nowhere.png", "olive")
    assert main([*command, "--retry"]) == 1
    assert Results(Place.of(out)).done() == {*GOOD, "no picture"}
    assert (out / "pictures/one.png").stat().st_mtime_ns == first


ODD = {
    "a number": ({"picture": 7}, "its picture is 7; give it as text."),
    "a list": ({"picture": ["a.png"]}, 'its picture is ["a.png"]; give it as text.'),
    "words": ({"prompt": {"a": 1}}, 'its prompt is {"a": 1}; give it as text.'),
    "a null": ({"picture": "a\0.png"}, "cannot be read"),
    "half a character": ({"picture": "\ud800.png"}, "?.png cannot be read"),
    "cut off": ({"picture": "cut.png"}, "cut.png cannot be read as a picture"),
    "long" + "ä" * 120: ({}, "cannot name a file"),
    "\ud800": ({}, "cannot name a file"),
}


def test_odd_values_are_a_row_s_own_fault(ray_here, server, tmp_path):
    picture(tmp_path / "a.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "a.png").read_bytes()[:60])
    rows = [{"id": name, "picture": "a.png", "drag": DRAG} | values for name, (values, _) in ODD.items()]
    rows += [{"id": "good", "picture": "a.png", "drag": DRAG, "mask": 5}]
    table, out = lines(tmp_path / "jobs.jsonl", *rows), tmp_path / "out"
    command = [str(table), "--workflow", drawing(tmp_path), "--output", str(out), "--server", server.address]
    with pytest.raises(SetupError, match="no input for the column prompt; .* --ignore prompt"):
        main([*command, "--ignore", "mask"])
    lines(table, *(row for row in rows if "prompt" not in row))
    assert main([*command, "--ignore", "mask"]) == 1
    results = Results(Place.of(out))
    assert results.done() == {"good"}
    assert {name.replace("?", "\ud800") for name in results.failed()} == ODD.keys() - {"words"}
    for name, said in results.failed().items():
        assert ODD[name.replace("?", "\ud800")][1] in said, name


def test_a_number_of_seconds_that_is_none_is_refused():
    with pytest.raises(SetupError, match="--timeout -5: give more than 0 seconds"):
        main(["jobs.jsonl", "--workflow", "fastdrag", "--output", "out", "--timeout", "-5"])


def test_an_output_that_is_the_folder_of_the_jobs_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(SetupError, match="The results would lie among the jobs"):
        main([str(tmp_path), "--workflow", "fastdrag", "--output", f"{tmp_path}/a/.."])
    assert not list(tmp_path.iterdir())


def test_an_answer_that_breaks_off_counts_as_a_server_that_is_lost():
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            caller, _ = listening.accept()
            with caller:
                caller.recv(4096)
                caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")

        threading.Thread(target=answer).start()
        with pytest.raises(LOST):
            ComfyClient(f"http://127.0.0.1:{listening.getsockname()[1]}").read("/view")


def test_values_of_columns_take_their_places(ray_here, server, tmp_path):
    picture(tmp_path / "a.png")
    graph = DRAWN | {
        "grown": node("ImageScale", image=["draw", 0], upscale_method="area", width=8, height=8, crop="disabled")
    }
    graph["save"] = node("SaveImage", images=["grown", 0], filename_prefix="bulk")
    (tmp_path / "graph.json").write_text(json.dumps(graph), encoding="utf-8")
    widths = (16, 32, 20.5)
    rows = [{"id": str(w), "picture": "a.png", "drag": DRAG, "width": w, "ImageScale.height": 24} for w in widths]
    table, out = lines(tmp_path / "jobs.jsonl", *rows), tmp_path / "out"
    command = ["--workflow", str(tmp_path / "graph.json"), "--output", str(out), "--server", server.address]
    assert main([str(table), *command]) == 1
    assert Results(Place.of(out)).failed() == {"20.5": "width is 20.5; it needs a whole number."}
    for width in (16, 32):
        with Image.open(out / f"pictures/{width}.png") as image:
            assert image.size == (width, 24)
    lines(table, {"id": "x", "picture": "a.png", "drag": DRAG, "wdth": 9})
    with pytest.raises(SetupError, match="no input for the column wdth; .* --ignore wdth"):
        main([str(table), *command])
    command[3] = str(tmp_path / "other")
    assert main([str(table), *command, "--ignore", "wdth"]) == 0


def test_a_graph_that_the_server_refuses_ends_the_run(ray_here, server, tmp_path):
    picture(tmp_path / "a.png")
    graph = DRAWN | {"grown": node("ImageScale", image=["draw", 0])}
    graph["save"] = node("SaveImage", images=["grown", 0], filename_prefix="bulk")
    (tmp_path / "graph.json").write_text(json.dumps(graph), encoding="utf-8")
    table, out = lines(tmp_path / "jobs.jsonl", {"id": "x", "picture": "a.png", "drag": DRAG}), tmp_path / "out"
    command = ["--workflow", str(tmp_path / "graph.json"), "--output", str(out), "--server", server.address]
    with pytest.raises(SetupError, match="ComfyUI refuses the graph: ImageScale"):
        main([str(table), *command])
    assert Results(Place.of(out)).rows == {}
    command[3] = str(tmp_path / "other")
    with pytest.raises(SetupError, match="no node Nobody"):
        main([str(table), *command, "--set", "Nobody.nothing=1"])


@pytest.fixture
def store() -> Iterator[str]:
    """A bucket of a local object store."""
    import boto3
    from moto.server import ThreadedMotoServer

    store = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    store.start()
    host, port = store.get_host_and_port()
    keys = {"aws_access_key_id": "user", "aws_secret_access_key": "word", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=f"http://{host}:{port}", **keys).create_bucket(Bucket="photos")
    yield f"s3://user:word@photos/%s?endpoint_override={host}:{port}&scheme=http"
    store.stop()


def test_tables_pictures_and_results_may_lie_in_a_store(ray_here, server, store, tmp_path):
    here = tmp_path / "teal.png"
    picture(here)
    Place(store % "in/teal.png").write(here.read_bytes())
    rows = lines(tmp_path / "jobs.jsonl", *({"id": str(i), "picture": "teal.png", "drag": DRAG} for i in range(3)))
    Place(store % "in/jobs.jsonl").write(rows.read_bytes())
    command = ["--workflow", drawing(tmp_path), "--output", store % "out", "--server", server.address]
    assert main([store % "in/jobs.jsonl", *command]) == 0
    out = Place(store % "out")
    assert Results(out).done() == {"0", "1", "2"}
    assert colour((out / "pictures/1.png").read()) == [0, 128, 128]


def bulk(tmp_path: Path, table: Path, *further: str) -> subprocess.Popen:
    """The command as users run it, with a server of its own."""
    command = [sys.executable, str(ROOT / "dragkit.py"), "bulk", str(table), "--workflow", drawing(tmp_path), *further]
    command += ["--output", str(tmp_path / "out"), "--flag=--cpu"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ)


def wait_for(process: subprocess.Popen, words: str) -> str:
    """What a process says up to a line with some words."""
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    pytest.fail(f"it ended without {words}: {said}")


def server_of(run: subprocess.Popen) -> psutil.Process:
    """The ComfyUI that a run has started."""
    below = psutil.Process(run.pid).children(recursive=True)
    (own,) = (process for process in below if "main.py" in words_of(process))
    return own


def words_of(process: psutil.Process) -> list[str]:
    """The command line of a process, which may have ended since."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_a_server_that_ends_is_started_again_and_ctrl_c_keeps_what_is_done(tmp_path):
    picture(tmp_path / "a.png")
    rows = [{"id": str(i), "picture": "a.png", "drag": DRAG} for i in range(400)]
    table = lines(tmp_path / "jobs.jsonl", *rows)
    run = bulk(tmp_path, table, "--workers", "1")
    wait_for(run, "/400]")
    server_of(run).kill()
    wait_for(run, "/400]")
    time.sleep(1)
    run.send_signal(signal.SIGINT)
    said = run.stdout.read()
    assert run.wait(60) == 130 and "Stopped. What is done is kept" in said
    results = Results(Place.of(tmp_path / "out"))
    kept = len(results.done())
    assert 0 < kept < 400 and not results.failed()
    assert all((tmp_path / f"out/pictures/{name}.png").is_file() for name in results.done())
    again = bulk(tmp_path, table, "--workers", "1")
    assert f"{400 - kept} to do" in wait_for(again, "to do")
    again.send_signal(signal.SIGINT)
    again.communicate(timeout=120)
