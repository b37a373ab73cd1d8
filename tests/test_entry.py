import ast
import errno
import importlib.util
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from dragkit.tools import comfyui, environment, index
from dragkit.tools.environment import SetupError

SCRIPT = environment.ROOT / "dragkit.py"
ENTRY = ["browser", "comfyui", "environment", "index", "packages", "typescript"]


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    """A user's cache folder with nothing in it, on each of the systems."""
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    return tmp_path


@pytest.fixture
def entry(monkeypatch):
    """The entry script as a module."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    spec = importlib.util.spec_from_file_location("dragkit_entry", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


@pytest.fixture
def taken_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def no_network(monkeypatch):
    """A package index that refuses every connection."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{unused.getsockname()[1]}/simple")
        for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_RETRIES", "1")
        yield


def tree(folder: Path, version: str) -> Path:
    (folder / "comfy").mkdir(parents=True)
    for name in ("main.py", "requirements.txt"):
        (folder / name).touch()
    (folder / "comfyui_version.py").write_text(f'__version__ = "{version}"\n', encoding="utf-8")
    return folder


def refusal(*arguments: str) -> str:
    ended = subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, timeout=120)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    return ended.stderr


def test_a_folder_without_comfyui_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("COMFYUI_PATH", str(tmp_path))
    assert "no ComfyUI (it has no main.py)" in refusal("test")


def test_an_old_comfyui_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("COMFYUI_PATH", str(tree(tmp_path / "old", "0.15.1")))
    assert "ComfyUI 0.15.1; DragKit needs 0.16 or newer" in refusal("demo")


@pytest.mark.parametrize("version", ["0.16.0", "0.30.0", "1.2"])
def test_a_new_comfyui_is_taken(tmp_path, monkeypatch, version):
    host = tree(tmp_path / "new", version)
    monkeypatch.setenv("COMFYUI_PATH", str(host))
    assert comfyui.configured_host() == host


def test_a_taken_port_is_refused_at_once(taken_port):
    assert f"Port {taken_port} cannot be used" in refusal("serve", "--no-browser", "--port", str(taken_port))


def test_an_impossible_port_is_refused():
    assert "from 1 to 65535" in refusal("serve", "--port", "70000")


def test_no_network_is_told_with_the_log(own_cache, no_network, monkeypatch):
    monkeypatch.delenv("COMFYUI_PATH", raising=False)
    sentence = refusal("test")
    assert "Installing uv failed: the package index could not be reached" in sentence
    assert "setup.log" in sentence


def test_a_full_disk_is_seen_before_the_set_up(own_cache, monkeypatch):
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda folder: SimpleNamespace(free=10**9))
    with pytest.raises(SetupError, match=r"needs about \d GB in .*, where 1.0 GB are free"):
        environment.make(own_cache / "made", theirs="")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full; make room in"),
        (PermissionError(errno.EACCES, "Permission denied", "/of/another"), "/of/another may not be written"),
    ],
)
def test_what_the_system_refuses_is_one_sentence(entry, own_cache, monkeypatch, capsys, error, told):
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.delenv("COMFYUI_PATH", raising=False)
    monkeypatch.setattr(environment, "enter", refuse)
    assert entry.main(["test"]) == 1
    said = capsys.readouterr().err
    assert told in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("module", ["edit", "check", "server"])
def test_what_a_command_runs_can_be_imported(module):
    """By the script alone, with the pack's folder on Python's path as Python puts it there."""
    program = f"import runpy; runpy.run_path(r'{SCRIPT}'); import dragkit.tools.{module}"
    subprocess.run([sys.executable, "-c", program], cwd=environment.ROOT, check=True)


@pytest.mark.parametrize(
    ("arguments", "together"),
    [
        ([], True),
        (["-m", "slow or not slow"], True),
        (["-x", "-k", "affine"], True),
        (["tests/core"], False),
        (["tests/core/test_masks.py::test_a_mask", "-q"], False),
        (["-n", "4"], False),
        (["--write-costs"], False),
    ],
)
def test_the_whole_suite_runs_in_two_processes(entry, monkeypatch, arguments: list[str], together: bool):
    monkeypatch.setattr(entry.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(entry.os, "environ", {})
    assert entry.spread(arguments) == (["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"] if together else [])
    assert entry.os.environ == ({"OMP_NUM_THREADS": "1"} if together else {})
    monkeypatch.setattr(entry.os, "cpu_count", lambda: 1)
    assert entry.spread(arguments) == []


def test_ctrl_c_is_quiet(entry, monkeypatch, capsys):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.delenv("COMFYUI_PATH", raising=False)
    monkeypatch.setattr(environment, "enter", interrupt)
    assert entry.main(["demo"]) == 130
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("WARNING: Retrying after connection broken by 'X'\nERROR: none found", "could not be reached"),
        ("  cause: Failed to fetch: `X`\n  cause: error sending request for url (X)", "could not be reached"),
        ("error: No solution found\n  cause: Because torch==2.11.0 has no wheels with a matching", "and system"),
        (
            "error: No solution found\n  cause: Because av==19.0.2 has no usable wheels and",
            "and system; set COMFYUI_PATH",
        ),
        ("  cause: Hash mismatch for `X`", "nothing of it was run"),
        ("/usr/bin/python: No module named pip", "ensurepip"),
        ("ERROR: Something else.", "it said: ERROR: Something else"),
        ("error: It failed\n  cause: Something else.", "it said: cause: Something else"),
    ],
)
def test_failures_of_pip_and_uv_are_put_into_words(said, told):
    assert told in index.cause_in(said)


@pytest.mark.parametrize("file", ["dragkit.py", *(f"tools/{name}.py" for name in ENTRY)])
def test_an_old_python_gets_as_far_as_its_refusal(file):
    source = (environment.ROOT / file).read_text(encoding="utf-8")
    assert "from __future__ import annotations" in source
    ast.parse(source, feature_version=(3, 8))


@pytest.mark.parametrize("version", [(3, 9, 18), (2, 7)])
def test_an_old_python_is_refused(version):
    with pytest.raises(SetupError, match="needs Python 3.10 or newer"):
        environment.check_python(version)


def test_a_python_newer_than_torch_is_refused():
    with pytest.raises(SetupError, match="for which there is no torch 2.11.0"):
        environment.check_torch_exists((3, 15, 0))


@pytest.mark.slow
@pytest.mark.host
@pytest.mark.skipif(os.name != "posix", reason="sends the signal of a terminal's Ctrl-C")
def test_ctrl_c_ends_serve_and_its_server_quietly(tmp_path):
    command = [sys.executable, str(SCRIPT), "serve", "--no-browser"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as serve:
        lines = iter(serve.stdout.readline, "")
        address = next(line for line in lines if "http://127.0.0.1:" in line)
        os.killpg(serve.pid, signal.SIGINT)
        assert "Traceback" not in serve.stdout.read()
    assert serve.returncode == 130
    port = int(re.search(r"http://127\.0\.0\.1:(\d+)", address)[1])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED
