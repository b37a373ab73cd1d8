"""Live runs: what of a prompt is queued, in what order, and what is said of it."""

import json

import pytest
from dragkit.tests.js.conftest import Run
from dragkit.tools import graphs
from dragkit.tools.graphs import node


def drawn() -> dict:
    graph = graphs.fastdrag("x.png", {}, "ball") | {"unedited": graphs.save("drag", 2), "kept": node("SaveLatent")}
    graph["drag"] = node("DragCanvas", drag={}, image=["picture", 0])
    graph["crop"]["inputs"]["image"] = ["drag", 2]
    graph["kept"]["inputs"]["samples"] = ["sample", 0]
    return graph


def test_the_branches_that_depend_on_the_drawing_are_asked_for_and_save_nothing(run: Run):
    script = "const { livePrompt } = await import('/live/prompt.js'); return livePrompt(given, 'drag')"
    found = run(script, drawn())
    assert {"warp", "sample", "stitch", "after", "drawn"} <= set(found["targets"])
    assert not {"drag", "before", "unedited", "kept", "picture", "model"} & set(found["targets"])
    assert found["prompt"]["after"] == node("PreviewImage", images=["stitch", 0])
    others = [name for name, part in drawn().items() if part["class_type"] != "SaveImage"]
    assert all(found["prompt"][name] == drawn()[name] for name in others)


def test_seeds_are_those_of_the_last_run(run: Run):
    script = "const { withSeeds } = await import('/live/prompt.js'); return withSeeds(...given)"
    now, last = drawn(), drawn()
    now["sample"]["inputs"]["noise_seed"], last["sample"]["inputs"]["noise_seed"] = 2, 1
    seeds = [{"id": name, "input": "noise_seed"} for name in ("sample", "gone")]
    assert run(script, [now, seeds, last])["sample"]["inputs"]["noise_seed"] == 1
    assert run(script, [now, seeds, {}]) == now


TURNS = """
const { Turns } = await import('/live/turns.js')
const told = [], waiting = []
let number = 0
const queue = () => new Promise((done) => waiting.push(() => { told.push(`queue ${++number}`); done(String(number)) }))
const turns = new Turns(queue, async (id) => { told.push(`cancel ${id}`) })
const settle = () => new Promise((done) => setTimeout(done))
const answer = async () => { waiting.shift()?.(); await settle() }
"""


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("turns.next(); await answer()", ["queue 1"]),
        (
            "turns.next(); turns.next(); turns.next(); await answer(); await answer()",
            ["queue 1", "cancel 1", "queue 2"],
        ),
        (
            "turns.next(); await answer(); turns.next(); await settle(); await answer()",
            ["queue 1", "cancel 1", "queue 2"],
        ),
        ("turns.next(); await answer(); turns.ended('1'); turns.next(); await answer()", ["queue 1", "queue 2"]),
        ("turns.next(); await answer(); await turns.stop()", ["queue 1", "cancel 1"]),
    ],
    ids=["one", "many at once come to two", "a newer one ends the other", "one that has ended is not", "none is left"],
)
def test_at_most_one_runs_and_one_waits(run: Run, script: str, told: list[str]):
    assert run(f"{TURNS} {script}; await settle(); return [told, waiting.length]", None) == [told, 0]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"error": {"message": "Prompt has no outputs"}, "node_errors": []}, "Prompt has no outputs"),
        (
            {
                "error": {"message": "Prompt outputs failed validation"},
                "node_errors": {"3": {"class_type": "DragWarp", "errors": [{"message": "Bad", "details": "drag"}]}},
            },
            "DragWarp: drag",
        ),
        ("Bad gateway", "Bad gateway"),
    ],
)
def test_a_refusal_is_one_sentence(run: Run, answer: dict | str, sentence: str):
    script = "const { refusal } = await import('/live/prompt.js'); return refusal(given)"
    assert run(script, answer if isinstance(answer, str) else json.dumps(answer)) == sentence


def test_ids_are_as_the_server_takes_them(run: Run):
    script = "const { newId } = await import('/live/runs.js'); return [newId(), newId()]"
    first, second = run(script, None)
    assert first != second and [len(part) for part in first.split("-")] == [8, 4, 4, 4, 12] and first[14] == "4"
