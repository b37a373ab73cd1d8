"""The page and the server read the same, refuse the same at the same place, and write the same."""

import json
from typing import Any

import pytest
from dragkit.core.instruction.form import read_canvas, write_drag
from dragkit.tests.core.drag_forms import COUNT, form
from dragkit.tests.js.conftest import Run

PART = 500
SCRIPT = """
const { readDrag, DragError } = await import('/drag/read.js')
const { writeDrag } = await import('/drag/write.js')
return given.map(([isText, text]) => {
  try {
    const read = readDrag(isText ? text : JSON.parse(text))
    return [JSON.stringify(writeDrag(read)), read.notes.length]
  } catch (error) {
    if (error instanceof DragError) return error.details.place
    throw error
  }
})
"""


def reading(value: Any) -> list | str:
    """What is written of what was read, and the number of notes; or the place that a refusal names."""
    try:
        spec = read_canvas(value)
    except ValueError as error:
        return str(error).split(":")[0]
    return [json.dumps(write_drag(spec), separators=(",", ":")), len(spec.notes)]


def sent(value: Any) -> list | None:
    """A form as the page gets it; a value that is not finite cannot be sent."""
    if isinstance(value, str):
        return [True, value]
    try:
        return [False, json.dumps(value, allow_nan=False)]
    except ValueError:
        return None


@pytest.mark.parametrize("start", range(0, COUNT, PART))
def test_page_and_server_agree(run: Run, start: int):
    forms = {seed: form(seed) for seed in range(start, min(start + PART, COUNT))}
    forms = {seed: value for seed, value in forms.items() if sent(value)}
    found = run(SCRIPT, [sent(value) for value in forms.values()])
    differing = [
        (seed, value, here, there)
        for (seed, value), there in zip(forms.items(), found, strict=True)
        if (here := reading(value)) != there and numbers(here) != numbers(there)
    ]
    assert not differing, (len(differing), differing[0])
    assert len(forms) / 4 < sum(isinstance(there, list) for there in found) < len(forms)


def numbers(reading: list | str) -> Any:
    """The same, whatever way a number is spelt."""
    return [json.loads(reading[0]), reading[1]] if isinstance(reading, list) else reading
