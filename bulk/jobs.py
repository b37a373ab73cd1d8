"""Jobs read from a table (Parquet, CSV, JSON lines) or a folder of pictures."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from ..tools.environment import SetupError
from .places import Place, reached
from .recipe import OWN_COLUMNS, PICTURE
from .results import RESULT_PICTURES
from .tasks import Task

if TYPE_CHECKING:
    from ray.data import Dataset

PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"}
TABLES = {".parquet": "parquet", ".csv": "csv", ".jsonl": "lines", ".ndjson": "lines", ".json": "lines"}


class Jobs(NamedTuple):
    """Jobs as a dataset of rows `id` and `task`, how many there are, and what the table's columns are called."""

    dataset: Dataset
    total: int
    columns: tuple[str, ...]
    beside: Place  # where relative paths start


def read_jobs(place: Place, output: Place | None = None) -> Jobs:
    """The jobs of a table or a folder; raises SetupError for what is neither, or has no jobs.

    output: where results go; those that lie in the folder of the jobs are none. Raises SetupError, too, where results
    would be written among the pictures of the jobs.
    """
    is_folder = reached(place, lambda: place.is_folder)
    if not is_folder and not reached(place, place.exists):
        raise SetupError(f"There is no {place.uri}; give a table (.parquet, .csv, .jsonl) or a folder of pictures.")
    found = from_folder(place, output) if is_folder else from_table(place)
    tally, columns, folders = Counter[str](), dict[str, None](), set[Place]()
    beside = place if is_folder else place.parent
    for row in found.iter_rows():
        tally[row["id"]] += 1
        values = json.loads(row["task"])["values"]
        columns |= dict.fromkeys(values)
        if isinstance(picture := values.get(PICTURE), str):
            folders.add(Place.of(picture, beside).parent)
    refuse_among(folders, output)
    if not tally:
        raise SetupError(f"{place.uri} holds no jobs.")
    twice = {name: count for name, count in tally.items() if count > 1}
    if twice:
        found = found.map(
            lambda row: faulty(row, f"its id is that of {twice[row['id']]} rows.") if row["id"] in twice else row
        )
    return Jobs(found, tally.total(), tuple(columns), beside)


def refuse_among(folders: Iterable[Place], output: Place | None) -> None:
    """Refuses an output whose results would be written among the pictures of the jobs."""
    for folder in folders:
        if output and folder.within(output / RESULT_PICTURES) is not None:
            raise SetupError(
                f"The results would be written among the pictures of the jobs in {folder.uri}; give another folder as "
                "--output."
            )


def faulty(row: Mapping[str, str], fault: str) -> dict[str, str]:
    """The same job with a fault."""
    return Task(row["id"], fault=fault).packed()


def from_folder(folder: Place, output: Place | None = None) -> Dataset:
    """A job for each picture: its drag is the .json beside it, its words the .txt, its mask the .mask.png."""
    import ray

    results = output and output.within(folder)
    names = [name for name in reached(folder, folder.files) if not results or not name.startswith(f"{results}/")]
    held, jobs = set(names), list[dict[str, str]]()
    for name in names:
        path = PurePosixPath(name)
        stem = str(path.with_suffix(""))
        if path.suffix.lower() not in PICTURES or stem.endswith(".mask"):
            continue
        values = {"picture": name, "drag": f"{stem}.json"}
        values |= {"mask": f"{stem}.mask.png"} if f"{stem}.mask.png" in held else {}
        if f"{stem}.txt" in held:
            values["prompt"] = (folder / f"{stem}.txt").read().decode("utf-8", errors="replace").strip()
        fault = "" if f"{stem}.json" in held else f"there is no drag beside it; save one as {stem}.json."
        jobs.append(Task(stem, values, fault).packed())
    if not jobs:
        tables = [name for name in names if PurePosixPath(name).suffix.lower() == ".parquet"]
        if tables:
            return of_parquet(folder, tables)
        raise SetupError(f"{folder.uri} holds no pictures.")
    return ray.data.from_items(jobs)


def from_table(table: Place) -> Dataset:
    """A job for each row of a table."""
    import ray

    kind = TABLES.get(PurePosixPath(table.name).suffix.lower())
    if kind is None:
        raise SetupError(f"{table.uri} is no table that can be read; give .parquet, .csv or .jsonl, or a folder.")
    if kind == "parquet":
        return of_parquet(table.parent, [table.name])
    system, path = table.opened()
    read = ray.data.read_binary_files(path, filesystem=system)
    return read.flat_map(lambda file: list(map(Task.packed, (of_csv if kind == "csv" else of_lines)(file["bytes"]))))


def of_parquet(folder: Place, names: list[str]) -> Dataset:
    import ray

    system, path = folder.opened()
    rows = ray.data.read_parquet([f"{path.rstrip('/')}/{name}" for name in names], filesystem=system)
    schema = rows.schema()
    if schema is None or "id" not in schema.names:
        raise SetupError(f"{folder.uri}: the table has no column id.")
    return rows.map(lambda row: of_row(row, "a row").packed())


def of_csv(content: bytes) -> Iterator[Task]:
    """The rows of a CSV file with a header; numbers are read as numbers but where text is meant, all else as text."""
    reader = csv.reader(io.StringIO(content.decode("utf-8-sig", errors="replace"), newline=""))
    header = next(reader, [])
    for cells in reader:
        if not cells:
            continue
        if len(cells) != len(header):
            fault = f"its row has {len(cells)} cells where the header has {len(header)}."
            yield Task(cells[0] or f"line {reader.line_num}", fault=fault)
            continue
        row = dict(zip(header, cells, strict=True))
        numbers = {name: number(cell) for name, cell in row.items() if name not in OWN_COLUMNS}
        yield of_row(row | numbers, f"line {reader.line_num}")


def of_lines(content: bytes) -> Iterator[Task]:
    """The lines of a JSON lines file, an object each."""
    for number, line in enumerate(content.decode("utf-8-sig", errors="replace").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if isinstance(row, dict):
            yield of_row(row, f"line {number}")
        else:
            yield Task(f"line {number}", fault="it is no JSON object.")


def of_row(row: Mapping[str, Any], place: str) -> Task:
    """A row as a job."""
    values = {name: plain(value) for name, value in row.items() if name != "id"}
    name = row.get("id")
    if name in (None, ""):
        return Task(place, values, fault="it has no id.")
    return Task(str(name).encode(errors="replace").decode(), values)


def plain(value: Any) -> Any:
    """A value as JSON has it: what a table adds to objects, empty fields and arrays, taken away."""
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items() if inner is not None}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return None if isinstance(value, float) and value != value else value


def number(cell: str) -> int | float | str:
    """A cell as the number that it is, else as its text."""
    for kind in (int, float):
        try:
            return kind(cell)
        except ValueError:
            continue
    return cell
