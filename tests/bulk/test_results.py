"""The table of results grows in whole parts and is read again; places are files here and in a store."""

import json
import socket

import pytest
from dragkit.bulk import results as table
from dragkit.bulk.places import Place
from dragkit.bulk.results import Results
from dragkit.bulk.tasks import Outcome
from dragkit.tools.environment import SetupError


def test_results_are_read_again_and_a_job_is_done_once(tmp_path):
    place = Place.of(tmp_path)
    kept = Results(place)
    for outcome in (
        Outcome("a", "pictures/a.png", 1.5),
        Outcome("b", error="bad"),
        Outcome("a", "pictures/a.png", 9.0),
    ):
        kept.keep(outcome)
    kept.flush()
    again = Results(place)
    assert again.done() == {"a"} and again.failed() == {"b": "bad"} and again.rows["a"]["seconds"] == 1.5
    again.keep(Outcome("b", "pictures/b.png", 2.0))
    again.flush()
    assert Results(place).done() == {"a", "b"} and Results(place).failed() == {}
    assert [file.name[:7] for file in sorted((tmp_path / "results").iterdir())] == ["000001-", "000002-"]


def test_two_runs_into_one_place_keep_what_each_has_done(tmp_path):
    place = Place.of(tmp_path)
    both = [Results(place), Results(place)]
    for kept, name in zip(both, "ab", strict=True):
        kept.keep(Outcome(name, f"pictures/{name}.png", 1.0))
        kept.flush()
    (place / "results/notes.jsonl").write(b"of the user")
    (place / "results/000007.jsonl").write(json.dumps(Outcome("c", "pictures/c.png", 1.0).row()).encode())
    assert Results(place).done() == {"a", "b", "c"}


def test_parts_are_written_while_the_run_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(table, "PART_ROWS", 2)
    kept = Results(Place.of(tmp_path))
    for name in "abc":
        kept.keep(Outcome(name, f"pictures/{name}.png", 1.0))
    assert Results(Place.of(tmp_path)).done() == {"a", "b"}


def test_a_folder_keeps_to_one_graph(tmp_path):
    Results(Place.of(tmp_path)).claim({"graph": "one", "set": []})
    Results(Place.of(tmp_path)).claim({"graph": "one", "set": []})
    with pytest.raises(SetupError, match="another run .its graph differ"):
        Results(Place.of(tmp_path)).claim({"graph": "two"})
    assert json.loads((tmp_path / "settings.json").read_text(encoding="utf-8"))["graph"] == "one"


def test_a_file_is_written_as_a_whole(tmp_path):
    place = Place.of(tmp_path) / "deep/down/file.bin"
    place.write(b"old")
    place.write(b"new")
    assert place.read() == b"new" and [file.name for file in (tmp_path / "deep/down").iterdir()] == ["file.bin"]
    assert place.parent.parent == Place.of(tmp_path) / "deep" and place.name == "file.bin"


def test_names_beside_a_table_and_options_of_a_store():
    store = Place.of("s3://bucket/folder?endpoint_override=localhost:9&scheme=http")
    assert (store / "a.png").uri == "s3://bucket/folder/a.png?endpoint_override=localhost:9&scheme=http"
    assert Place.of("a.png", store) == store / "a.png"
    assert Place.of("/there/a.png", store).is_local and Place.of("gs://b/a.png", store).uri == "gs://b/a.png"


def test_a_store_that_cannot_be_reached_is_one_sentence():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(SetupError, match="cannot be reached .* check its name and your access, and run it again"):
        Results(Place.of(f"s3://user:word@bucket/x?endpoint_override=127.0.0.1:{port}&scheme=http"))
    with pytest.raises(SetupError, match="nosuch://x/results cannot be opened"):
        Results(Place.of("nosuch://x"))
