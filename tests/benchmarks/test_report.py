"""Results are kept as JSON and Markdown, and what the pages show of them is what they say."""

import json
from pathlib import Path

import pytest
from dragkit.benchmarks.report import RESULTS, Report, cell, fill, markdown

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_show_the_results_as_they_are(page: Path):
    text = page.read_text(encoding="utf-8")
    assert fill(text) == text


@pytest.mark.parametrize("file", sorted(RESULTS.glob("*.json")), ids=lambda file: file.stem)
def test_every_result_tells_its_machine_and_its_markdown_shows_it(file: Path):
    shown = file.with_suffix(".md").read_text(encoding="utf-8")
    for name, table in json.loads(file.read_text(encoding="utf-8")).items():
        assert table["measured"]["on"]["processor"] and table["measured"]["date"]
        assert f"## {name}" in shown and markdown(table["rows"]) in shown


def test_a_later_run_replaces_its_own_table_alone(tmp_path):
    Report("cost", "Cost", tmp_path).put("a", "First.", [{"what": "x", "s": 1.0}])
    Report("cost", "Cost", tmp_path).put("b", "Second.", [{"what": "y", "s": 2.5}], rounds=3)
    Report("cost", "Cost", tmp_path).put("a", "Again.", [{"what": "x", "s": None}])
    shown = (tmp_path / "cost.md").read_text()
    assert "Again." in shown and "First." not in shown and "| y | 2.5 |" in shown and "| x | – |" in shown
    assert "rounds 3" in shown


def test_a_marked_place_is_filled_and_the_rest_left(tmp_path):
    Report("cost", "Cost", tmp_path).put("a b", "First.", [{"what": "x", "s": 1.0}])
    text = "before\n<!-- table cost/a b -->\nold\n<!-- end -->\nafter\n"
    filled = fill(text, tmp_path)
    assert filled.startswith("before\n") and filled.endswith("\nafter\n")
    assert "| x | 1 |" in filled and "old" not in filled
    assert fill(filled, tmp_path) == filled


def test_a_mark_may_choose_columns(tmp_path):
    Report("cost", "Cost", tmp_path).put("a", "First.", [{"what": "x", "s": 1.0, "MB": 3}])
    filled = fill("<!-- table cost/a: what; MB -->\n<!-- end -->", tmp_path)
    assert "| what | MB |" in filled and "| x | 3 |" in filled


@pytest.mark.parametrize(
    ("value", "shown"), [(0.01234, "0.0123"), (9.87, "9.87"), (123.456, "123.5"), (None, "–"), (7, "7"), ("a", "a")]
)
def test_numbers_are_short(value, shown):
    assert cell(value) == shown
