"""Tables and folders become jobs; a bad row is a job with a fault."""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dragkit.bulk.jobs import read_jobs
from dragkit.bulk.places import Place
from dragkit.bulk.tasks import Task, TaskError, check_id
from dragkit.tests.bulk.pictures import DRAG, lines, picture
from dragkit.tools.environment import SetupError

ROWS = [
    {"id": "001", "picture": "a.png", "drag": DRAG, "seed": 7},
    {"id": "b/2", "picture": "b.png", "drag": DRAG, "prompt": "a ball"},
]


def tasks(file: Path) -> dict[str, Task]:
    return {row["id"]: Task.unpacked(row) for row in read_jobs(Place.of(file)).dataset.iter_rows()}


def values(task: Task) -> dict:
    """A job's values; texts of objects as objects."""
    given = {name: value for name, value in task.values.items() if value not in ("", None)}
    return given | ({"drag": json.loads(given["drag"])} if isinstance(given.get("drag"), str) else {})


def as_csv(file: Path) -> Path:
    with file.open("w", newline="", encoding="utf-8") as written:
        table = csv.DictWriter(written, ["id", "picture", "drag", "seed", "prompt"])
        table.writeheader()
        table.writerows(row | {"drag": json.dumps(row["drag"], indent=1)} for row in ROWS)
    return file


def as_parquet(file: Path) -> Path:
    pq.write_table(pa.Table.from_pylist([{"seed": None, "prompt": None} | row for row in ROWS]), file)
    return file


def test_all_kinds_of_tables_give_the_same_jobs(ray_here, tmp_path):
    expected = {row["id"]: {name: value for name, value in row.items() if name != "id"} for row in ROWS}
    for file in (lines(tmp_path / "t.jsonl", *ROWS), as_csv(tmp_path / "t.csv"), as_parquet(tmp_path / "t.parquet")):
        assert {name: values(task) for name, task in tasks(file).items()} == expected, file.name


def test_columns_and_rows_are_counted(ray_here, tmp_path):
    jobs = read_jobs(Place.of(lines(tmp_path / "t.jsonl", *ROWS)))
    assert jobs.total == 2 and set(jobs.columns) == {"picture", "drag", "seed", "prompt"}
    assert jobs.beside == Place.of(tmp_path)


def test_bad_rows_are_jobs_with_a_fault(ray_here, tmp_path):
    file = lines(tmp_path / "t.jsonl", *ROWS, {"picture": "c.png"}, ROWS[0])
    file.write_text(file.read_text(encoding="utf-8") + "{no json\n[1]\n", encoding="utf-8")
    found = tasks(file)
    assert found["b/2"].fault == "" and "its id is that of 2 rows" in found["001"].fault
    assert found["line 3"].fault == "it has no id."
    assert found["line 5"].fault == found["line 6"].fault == "it is no JSON object."
    ragged = tmp_path / "r.csv"
    ragged.write_text("id,picture,drag\nx,a.png\n", encoding="utf-8")
    assert "2 cells where the header has 3" in tasks(ragged)["x"].fault


def test_names_and_words_of_a_csv_stay_text(ray_here, tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("id,picture,drag,mask,prompt,seed\n1,007,{},1e5,nan,7\n", encoding="utf-8")
    given = {"picture": "007", "drag": "{}", "mask": "1e5", "prompt": "nan", "seed": 7}
    assert values(tasks(file)["1"]) == given | {"drag": {}}


def test_a_folder_gives_a_job_for_each_picture(ray_here, tmp_path):
    for name in ("one.png", "two.jpg", "sub/three.png", "one.mask.png"):
        picture(tmp_path / name)
    for name in ("one.json", "sub/three.json"):
        (tmp_path / name).write_text(json.dumps(DRAG), encoding="utf-8")
    (tmp_path / "one.txt").write_text("a ball\n", encoding="utf-8")
    found = tasks(tmp_path)
    assert set(found) == {"one", "two", "sub/three"}
    assert found["one"].values == {"picture": "one.png", "drag": "one.json", "mask": "one.mask.png", "prompt": "a ball"}
    assert found["two"].fault == "there is no drag beside it; save one as two.json."


def test_results_within_the_folder_of_the_jobs_are_no_jobs(ray_here, tmp_path):
    for name in ("a", "out/pictures/a", "outdoors"):
        picture(tmp_path / f"{name}.png")
    found = read_jobs(Place.of(tmp_path), Place.of(tmp_path / "out")).dataset
    assert {row["id"] for row in found.iter_rows()} == {"a", "outdoors"}
    link = tmp_path.with_name(f"{tmp_path.name}-link")
    link.symlink_to(tmp_path / "out")
    found = read_jobs(Place.of(f"{tmp_path}/out/.."), Place.of(link)).dataset
    assert {row["id"] for row in found.iter_rows()} == {"a", "outdoors"}
    assert Place.of("s3://b/jobs?region=x").within(Place.of("s3://b")) == "jobs"
    assert Place.of("/jobs/two").within(Place.of("/job")) is None


def test_results_are_not_written_over_the_pictures_of_the_jobs(ray_here, tmp_path):
    picture(tmp_path / "pictures" / "a.png")
    table = lines(tmp_path / "jobs.jsonl", {"id": "a", "picture": "pictures/a.png", "drag": DRAG})
    for jobs in (table, tmp_path / "pictures"):
        with pytest.raises(SetupError, match="would be written among the pictures of the jobs in .*pictures"):
            read_jobs(Place.of(jobs), Place.of(tmp_path))
    assert read_jobs(Place.of(table), Place.of(tmp_path / "edited")).total == 1


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda folder: folder / "none.csv", "There is no .*none.csv; give a table"),
        (lambda folder: lines(folder / "empty.jsonl"), "empty.jsonl holds no jobs"),
        (lambda folder: lines(folder / "table.xlsx", *ROWS), "no table that can be read"),
        (lambda folder: folder, "holds no pictures"),
    ],
)
def test_what_is_no_table_is_refused(ray_here, tmp_path, make, sentence):
    with pytest.raises(SetupError, match=sentence):
        read_jobs(Place.of(make(tmp_path)))


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/../b", "/etc/x", "a//b", "a\\b", "c:x", "x" * 201, "a\nb", "ä" * 101, "\ud800"]
)
def test_an_id_that_cannot_name_a_file_is_refused(name):
    with pytest.raises(TaskError, match="cannot name a file"):
        check_id(name)


@pytest.mark.parametrize("name", ["1", "a/b.c", "animals/JH 2023, long", "ä"])
def test_ids_may_have_folders(name):
    assert check_id(name) == name
