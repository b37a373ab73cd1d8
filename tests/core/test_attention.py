"""Recording and lending self-attention states."""

import pytest
import torch
from dragkit.core.attention import (
    Blocks,
    Capture,
    Injector,
    Layer,
    LevelStates,
    Recorder,
    keep_copy,
    lend,
    missing_levels,
    stored_bytes,
)

LAYER = Layer("output", 3, 0)


def options(sigma: float, layer: Layer = LAYER, chunks: tuple[int, ...] = (0,), batch: int = 1) -> dict:
    sigmas = torch.full((len(chunks) * batch,), sigma)
    return {"sigmas": sigmas, "block": layer[:2], "block_index": layer.index, "cond_or_uncond": list(chunks)}


def recorded(sigmas=(1.0, 2.0), batch: int = 1, layer: Layer = LAYER) -> tuple[LevelStates, ...]:
    recorder = Recorder(Capture.ALL.wants, keep_copy(None))
    for sigma in sigmas:
        hidden = torch.full((batch, 6, 4), sigma) + torch.arange(batch).view(-1, 1, 1) / 10
        recorder(hidden, hidden, hidden, options(sigma, layer, batch=batch))
    return recorder.states()


def test_recorder_passes_through_and_keeps_by_level():
    recorder = Recorder(Capture.OUTPUT.wants, keep_copy(None))
    hidden = torch.randn(1, 6, 4)
    for layer in (LAYER, Layer("input", 1, 0)):
        out = recorder(hidden, hidden, hidden, options(1.5, layer))
        assert all(t is hidden for t in out)
    (level,) = recorder.states()
    assert level.sigma == 1.5 and level.layers == (LAYER,)
    assert torch.equal(level.hidden[0], hidden)


def test_recorder_keeps_the_latest_and_only_the_positive_rows():
    recorder = Recorder(Capture.ALL.wants, keep_copy(None))
    for scale in (1.0, 2.0):
        hidden = torch.arange(4.0).view(4, 1, 1).expand(4, 6, 4) * scale
        recorder(hidden, hidden, hidden, options(1.0, chunks=(1, 0), batch=2))
    assert recorder.states()[0].hidden[0][:, 0, 0].tolist() == [4.0, 6.0]


def test_recorded_rows_do_not_hold_the_rest_of_the_batch():
    recorder = Recorder(Capture.ALL.wants, keep_copy(None))
    hidden = torch.randn(4, 6, 4)
    recorder(hidden, hidden, hidden, options(1.0, chunks=(1, 0), batch=2))
    assert recorder.states()[0].hidden[0].untyped_storage().nbytes() == 2 * 6 * 4 * 4


def test_injector_lends_the_states_of_its_level_to_keys_and_values():
    injector = Injector(recorded(), lambda layer: True, start=10, end=0)
    hidden = torch.zeros(1, 6, 4)
    query, context, value = injector(hidden, hidden, hidden, options(2.0))
    assert query is hidden and context is value
    assert context.eq(2.0).all()


@pytest.mark.parametrize("sigma", [0.4, 3.0])
def test_injector_rests_outside_its_interval(sigma):
    injector = Injector(recorded((0.4, 1.0, 3.0)), lambda layer: True, start=2.0, end=0.5)
    hidden = torch.zeros(1, 6, 4)
    assert injector(hidden, hidden, hidden, options(sigma))[1] is hidden
    assert injector(hidden, hidden, hidden, options(1.0))[1] is not hidden


def test_injector_leaves_other_layers_alone():
    injector = Injector(recorded(), lambda layer: True, start=10, end=0)
    hidden = torch.zeros(1, 6, 4)
    assert injector(hidden, hidden, hidden, options(1.0, Layer("input", 1, 0)))[1] is hidden


@pytest.mark.parametrize(
    ("chunks", "batch", "source"), [((1, 0), 2, 2), ((0,), 3, 1), ((1, 0), 1, 1), ((0, 0, 1), 4, 2)]
)
def test_every_chunk_gets_the_rows_of_its_items(chunks, batch, source):
    injector = Injector(recorded((1.0,), source), lambda layer: True, start=10, end=0)
    hidden = torch.zeros(len(chunks) * batch, 6, 4)
    lent = injector(hidden, hidden, hidden, options(1.0, chunks=chunks, batch=batch))[1]
    expected = [1.0 + (row % source) / 10 for row in range(batch)] * len(chunks)
    assert lent[:, 0, 0].tolist() == pytest.approx(expected)


def test_lent_states_take_the_dtype_of_the_call():
    assert lend(torch.ones(1, 6, 4), torch.zeros(1, 6, 4, dtype=torch.bfloat16), 1).dtype == torch.bfloat16


@pytest.mark.parametrize("shape", [(3, 6, 4), (2, 5, 4), (2, 6, 3)])
def test_refuses_states_of_another_size(shape):
    with pytest.raises(ValueError, match="latents of the same size"):
        lend(torch.ones(2, 6, 4), torch.zeros(shape), 1)


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
