"""The tables of a benchmark, as JSON and Markdown under `results/`, each with the machine it was measured on."""

from __future__ import annotations

import datetime
import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

RESULTS = Path(__file__).parent / "results"

Row = Mapping[str, Any]


class Report:
    """The tables of one benchmark, which a later run of a part replaces one by one."""

    def __init__(self, name: str, title: str, folder: Path = RESULTS) -> None:
        self.file = folder / f"{name}.json"
        self.title = title
        self.tables: dict[str, dict[str, Any]] = json.loads(self.file.read_text()) if self.file.is_file() else {}

    def put(self, table: str, caption: str, rows: Sequence[Row], **settings: Any) -> None:
        """Sets a table, prints it, and writes both files; rows share their columns' names."""
        self.tables[table] = {
            "caption": caption,
            "measured": {"on": machine(), "date": datetime.date.today().isoformat(), **settings},
            "rows": [dict(row) for row in rows],
        }
        print(f"\n{caption}\n\n{markdown(rows)}\n", flush=True)
        self.write()

    def write(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(json.dumps(self.tables, indent=1) + "\n", encoding="utf-8")
        parts = [f"# {self.title}\n"]
        for name, table in self.tables.items():
            parts.append(f"## {name}\n\n{table['caption']}\n\n{markdown(table['rows'])}\n\n{footing(table)}\n")
        self.file.with_suffix(".md").write_text("\n".join(parts), encoding="utf-8")


def markdown(rows: Sequence[Row]) -> str:
    """A Markdown table of rows that share their columns, numbers to three figures."""
    columns = list(rows[0])
    lines = [columns, ["---"] * len(columns), *([cell(row.get(column)) for column in columns] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(value: Any) -> str:
    """A value as a table shows it: floats to three figures or one decimal, none as a dash."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"
    return str(value)


def footing(table: Mapping[str, Any]) -> str:
    measured = dict(table["measured"])
    on, date = measured.pop("on"), measured.pop("date")
    settings = "".join(f", {name.replace('_', ' ')} {value}" for name, value in measured.items())
    return f"*{', '.join(str(part) for part in on.values())}; {date}{settings}.*"


def machine() -> dict[str, str]:
    """The processor, memory, GPU and software that figures depend on."""
    facts = {
        "processor": f"{processor()}, {len(available_cores())} cores",
        "memory": f"{memory_gigabytes():.0f} GB RAM",
    }
    if torch.cuda.is_available():
        card = torch.cuda.get_device_properties(0)
        facts["gpu"] = f"{card.name}, {card.total_memory / 1e9:.0f} GB"
    facts["software"] = f"torch {torch.__version__.split('+')[0]}, Python {platform.python_version()}"
    return facts | {"system": platform.system()}


def available_cores() -> Sequence[int]:
    """The cores that this process may use."""
    return list(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))


def processor() -> str:
    """The processor's name."""
    file = Path("/proc/cpuinfo")
    named = re.search(r"model name\s*: (.*)", file.read_text()) if file.is_file() else None
    return named.group(1).strip() if named else platform.processor() or platform.machine()


def memory_gigabytes() -> float:
    import psutil

    return psutil.virtual_memory().total / 1e9


def fill(document: str, folder: Path = RESULTS) -> str:
    """The document with every marked table as the results have it.

    A mark is `<!-- table FILE/NAME -->` to `<!-- end -->`, with some columns alone `<!-- table FILE/NAME: A; B -->`.
    """

    def table(found: re.Match[str]) -> str:
        place, _, columns = found.group(1).partition(": ")
        file, name = place.split("/", 1)
        kept = json.loads((folder / f"{file}.json").read_text(encoding="utf-8"))[name]
        wanted = columns.split("; ") if columns else list(kept["rows"][0])
        rows = [{column: row.get(column) for column in wanted} for row in kept["rows"]]
        return f"<!-- table {found.group(1)} -->\n{markdown(rows)}\n\n{footing(kept)}\n<!-- end -->"

    return re.sub(r"<!-- table ([^>]*?) -->\n.*?<!-- end -->", table, document, flags=re.DOTALL)
