"""Recording and lending self-attention states."""

import pytest
import torch
from dragkit.core.attention.states import (
    Blocks,
    Capture,
    Injector,
    Recorder,
    WholeLatent,
    lend,
    missing_levels,
)
from dragkit.core.attention.store import Layer, LevelStates, keep_here, stored_bytes

LAYER = Layer("output", 3, 0)
LATENT = WholeLatent("Node", (2, 3))
PROMPTS = {"first": 0, "second": 1}


def options(
    sigma: float, layer: Layer = LAYER, chunks: tuple[int, ...] = (0,), batch: int = 1, uuids: tuple = ()
) -> dict:
    """A call's options; chunks of kind 0 are the first prompt, others none of the known ones."""
    rows = len(chunks) * batch
    return {
        "sigmas": torch.full((rows,), sigma),
        "block": layer[:2],
        "block_index": layer.place,
        "cond_or_uncond": list(chunks),
        "uuids": list(uuids) or ["negative" if kind else "first" for kind in chunks],
        "original_shape": [rows, 4, 2, 3],
        "activations_shape": [rows, 4, 2, 3],
    }


def new_recorder(capture: Capture = Capture.ALL) -> Recorder:
    recorder = Recorder(capture.wants, lambda: keep_here, LATENT)
    recorder.ranks = PROMPTS
    return recorder


def injector(states: tuple[LevelStates, ...], start: float = 10.0, end: float = 0.0) -> Injector:
    return Injector(states, lambda layer: True, start, end, LATENT)


def recorded(sigmas=(1.0, 2.0), batch: int = 1, layer: Layer = LAYER) -> tuple[LevelStates, ...]:
    recorder = new_recorder()
    for sigma in sigmas:
        hidden = torch.full((batch, 6, 4), sigma) + torch.arange(batch).view(-1, 1, 1) / 10
        recorder(hidden, hidden, hidden, options(sigma, layer, batch=batch))
    return recorder.states()


def test_recorder_passes_through_and_keeps_by_level():
    recorder = new_recorder(Capture.OUTPUT)
    hidden = torch.randn(1, 6, 4)
    for layer in (LAYER, Layer("input", 1, 0)):
        out = recorder(hidden, hidden, hidden, options(1.5, layer))
        assert all(t is hidden for t in out)
    (level,) = recorder.states()
    assert level.sigma == 1.5 and level.layers == (LAYER,)
    assert torch.equal(level.hidden[0], hidden)


def test_recorder_keeps_the_latest_and_only_the_positive_rows():
    recorder = new_recorder()
    for scale in (1.0, 2.0):
        hidden = torch.arange(4.0).view(4, 1, 1).expand(4, 6, 4) * scale
        recorder(hidden, hidden, hidden, options(1.0, chunks=(1, 0), batch=2))
    assert recorder.states()[0].hidden[0][:, 0, 0].tolist() == [4.0, 6.0]


def test_recorded_rows_do_not_hold_the_rest_of_the_batch():
    recorder = new_recorder()
    hidden = torch.randn(4, 6, 4)
    recorder(hidden, hidden, hidden, options(1.0, chunks=(1, 0), batch=2))
    assert recorder.states()[0].hidden[0].untyped_storage().nbytes() == 2 * 6 * 4 * 4


def test_injector_lends_the_states_of_its_level_to_keys_and_values():
    patch = injector(recorded())
    hidden = torch.zeros(1, 6, 4)
    query, context, value = patch(hidden, hidden, hidden, options(2.0))
    assert query is hidden and context is value
    assert context.eq(2.0).all()


@pytest.mark.parametrize("sigma", [0.4, 3.0])
def test_injector_rests_outside_its_interval(sigma):
    patch = injector(recorded((0.4, 1.0, 3.0)), start=2.0, end=0.5)
    hidden = torch.zeros(1, 6, 4)
    assert patch(hidden, hidden, hidden, options(sigma))[1] is hidden
    assert patch(hidden, hidden, hidden, options(1.0))[1] is not hidden


def test_injector_leaves_other_layers_alone():
    patch = injector(recorded())
    hidden = torch.zeros(1, 6, 4)
    assert patch(hidden, hidden, hidden, options(1.0, Layer("input", 1, 0)))[1] is hidden


@pytest.mark.parametrize(
    ("chunks", "batch", "source"), [((1, 0), 2, 2), ((0,), 3, 1), ((1, 0), 1, 1), ((0, 0, 1), 4, 2)]
)
def test_every_chunk_gets_the_rows_of_its_items(chunks, batch, source):
    patch = injector(recorded((1.0,), source))
    hidden = torch.zeros(len(chunks) * batch, 6, 4)
    lent = patch(hidden, hidden, hidden, options(1.0, chunks=chunks, batch=batch))[1]
    expected = [1.0 + (row % source) / 10 for row in range(batch)] * len(chunks)
    assert lent[:, 0, 0].tolist() == pytest.approx(expected)


def test_lent_states_take_the_dtype_of_the_call():
    assert lend(torch.ones(1, 6, 4), torch.zeros(1, 6, 4, dtype=torch.bfloat16)).dtype == torch.bfloat16


@pytest.mark.parametrize("shape", [(3, 6, 4), (2, 5, 4), (2, 6, 3)])
def test_refuses_states_of_another_size(shape):
    with pytest.raises(ValueError, match=r"^Node: the recorded attention is of 2 latent.*\(OtherNode\) before"):
        LATENT._replace(others="OtherNode").require_like(torch.ones(2, 6, 4), torch.zeros(shape), 1)


def test_choice_of_layers():
    layers = [Layer("input", 1, 0), Layer("middle", 0, 0), *(Layer("output", n, 0) for n in range(12))]
    assert sum(map(Capture.NONE.wants, layers)) == 0
    assert sum(map(Capture.OUTPUT.wants, layers)) == 12
    assert sum(map(Capture.ALL.wants, layers)) == 14
    assert sum(map(Blocks.AS_CAPTURED.wants, layers)) == 14
    assert sum(map(Blocks.OUTPUT.wants, layers)) == 12
    assert [x.number for x in layers if Blocks.DECODER_HALF.wants(x)] == [6, 7, 8, 9, 10, 11]
    assert Blocks.DECODER_HALF.wants(Layer("output", 5, 0), output_blocks=9)


def test_levels_match_to_rounding_only():
    assert missing_levels([0.1, 2.0], [2.0005, 0.1]) == []
    assert missing_levels([0.1, 2.0], [2.1, 0.1]) == [2.1]


def test_store_holds_one_tensor_for_keys_and_values():
    assert stored_bytes(recorded((1.0, 2.0))) == 2 * 6 * 4 * 4


@pytest.mark.parametrize("order", [("first", "second"), ("second", "first")])
@pytest.mark.parametrize("split", [False, True])
def test_the_first_prompt_is_recorded_however_a_call_is_split(order: tuple[str, str], split: bool):
    recorder, values = new_recorder(), {"first": 1.0, "second": 2.0}
    calls = [(prompt,) for prompt in order] if split else [order]
    for call in calls * 2:
        hidden = torch.stack([torch.full((6, 4), values[prompt]) for prompt in call])
        recorder(hidden, hidden, hidden, options(1.0, chunks=(0,) * len(call), uuids=call))
    assert recorder.states()[0].hidden[0].eq(1.0).all()


def test_where_the_first_prompt_rests_the_second_is_recorded():
    recorder = new_recorder()
    for sigma, prompts in ((1.0, ("first", "second")), (2.0, ("second",))):
        hidden = torch.stack([torch.full((6, 4), float(PROMPTS[prompt])) for prompt in prompts])
        recorder(hidden, hidden, hidden, options(sigma, chunks=(0,) * len(prompts), uuids=prompts))
    assert [level.hidden[0].mean().item() for level in recorder.states()] == [0.0, 1.0]


def test_how_to_keep_is_asked_once_a_level():
    asked = []
    recorder = Recorder(Capture.ALL.wants, lambda: asked.append(1) or keep_here, LATENT)
    recorder.ranks, hidden = PROMPTS, torch.zeros(1, 6, 4)
    for sigma in (1.0, 1.0, 2.0):
        for number in range(5):
            recorder(hidden, hidden, hidden, options(sigma, Layer("output", number, 0)))
    assert len(asked) == 2


def test_merged_queries_leave_the_states_of_all_cells():
    recorder, whole = new_recorder(), torch.randn(1, 6, 4)
    recorder(whole[:, :4], whole, whole, options(1.0))
    assert torch.equal(recorder.states()[0].hidden[0], whole)


PARTS = {
    "tiled": ((2, 3, 4), (2, 3, 4), {}),
    "queries tiled": ((2, 3, 4), (1, 6, 4), {}),
    "merged": ((1, 5, 4), (1, 5, 4), {}),
    "a part of the latent": ((1, 6, 4), (1, 6, 4), {"original_shape": [1, 4, 2, 2]}),
}


@pytest.mark.parametrize(("hidden", "context", "changed"), PARTS.values(), ids=PARTS)
def test_parts_of_a_latent_are_refused(hidden: tuple, context: tuple, changed: dict):
    given = torch.zeros(hidden), torch.zeros(context), torch.zeros(context)
    for patch in (new_recorder(), injector(recorded())):
        patch.latent = LATENT._replace(others="OtherNode")
        with pytest.raises(ValueError, match=r"^Node: another patch of the MODEL \(OtherNode\)"):
            patch(*given, options(1.0) | changed)
