"""The form against its schema, on many instructions that are right or slightly wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from dragkit.core.instruction.form import read_canvas, read_drag, write_drag
from dragkit.core.instruction.text import is_blank, parse_text
from dragkit.tests.core.drag_forms import COUNT, form
from jsonschema import Draft202012Validator

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "drag.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
PART = 250


def reading(value: Any) -> dict | None:
    """What is read, written again; None for a refusal, which names a place in one line."""
    try:
        return write_drag(read_canvas(value))
    except ValueError as error:
        assert type(error) is ValueError and ": " in str(error) and "\n" not in str(error) and len(str(error)) < 400
        return None


def parsed(value: Any) -> Any:
    try:
        return parse_text(value) if isinstance(value, str) else value
    except ValueError:
        return "no JSON"


def finite(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True


def test_the_schema_is_one():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("start", range(0, COUNT, PART))
def test_what_the_schema_allows_is_read_and_nothing_else(start: int):
    for seed in range(start, min(start + PART, COUNT)):
        value = form(seed)
        if value is None or (isinstance(value, str) and is_blank(value)):
            continue
        raw, read = parsed(value), reading(value)
        if read is not None:
            assert VALIDATOR.is_valid(raw) or not finite(raw), (seed, value)
        else:
            inner = raw["__value__"] if isinstance(raw, dict) and "__value__" in raw else raw
            assert isinstance(inner, list) or not VALIDATOR.is_valid(raw) or not finite(raw), (seed, value)


@pytest.mark.parametrize("start", range(0, COUNT, PART))
def test_what_is_written_is_read_and_written_again_as_it_is(start: int):
    written = [reading(form(seed)) for seed in range(start, min(start + PART, COUNT))]
    assert sum(w is not None for w in written) > PART / 5
    for value in written:
        if value is not None:
            assert VALIDATOR.is_valid(value) and write_drag(read_drag(json.dumps(value))) == value
            assert write_drag(read_drag(str(value))) == value
