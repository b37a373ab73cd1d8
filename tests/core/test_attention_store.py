"""How recorded states are kept and sent."""

import pytest
import torch
from dragkit.core.attention import store
from dragkit.core.attention.store import Ahead, LevelStates, Packed, pack, stored_bytes, unpack


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_eight_bits_keep_a_value_to_half_a_step(dtype: torch.dtype):
    states = (torch.randn(2, 50, 64, generator=torch.Generator().manual_seed(0)) * 3).to(dtype)
    packed = pack(states)
    error = (unpack(packed, torch.float32) - states.float()).abs()
    assert (error <= packed.size / 2 + 1e-6).all()
    relative = ((unpack(packed, dtype) - states).float().square().mean() / states.float().square().mean()).sqrt()
    assert relative < 0.01 and unpack(packed, dtype).dtype == dtype


def test_a_token_of_zeros_or_of_large_values_stays():
    states = torch.zeros(1, 3, 4)
    states[0, 1], states[0, 2, 0] = 60000.0, 1e-6
    assert torch.allclose(unpack(pack(states), torch.float32), states)


def test_eight_bits_take_half_of_sixteen():
    states = torch.randn(1, 64, 320).half()
    sizes = [stored_bytes([LevelStates(1.0, (), (kept,))]) for kept in (pack(states), states)]
    assert sizes[0] < 0.51 * sizes[1]


def test_a_copy_in_ram_is_free_of_its_buffer():
    states = torch.randn(4, 6, 4)
    kept = store.keep_in_ram(states[:1])
    assert torch.equal(kept, states[:1]) and kept.untyped_storage().nbytes() == 6 * 4 * 4


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The states that were sent, by their value."""
    found, send = [], store.send

    def noted(state, device):
        found.append(float(state[0].flatten()[0]))
        return send(state, device)

    monkeypatch.setattr(store, "send", noted)
    return found


DEVICE = torch.device("cpu")


def states(count: int) -> dict[int, torch.Tensor]:
    return {number: torch.full((1, 2, 3), float(number)) for number in range(count)}


def test_the_next_state_is_sent_while_one_is_used(sent: list[float]):
    ahead = Ahead(states(4))
    for number in range(4):
        assert ahead(number, DEVICE).eq(number).all()
        assert sent == list(range(min(number + 2, 4)))


def test_a_level_that_is_used_twice_is_found_again(sent: list[float]):
    """As where the two prompts of a step run one after the other."""
    ahead = Ahead(states(4))
    used = [0, 1, 0, 1, 2, 3, 2, 3]
    assert [float(ahead(number, DEVICE)[0, 0, 0]) for number in used] == used


def test_what_was_sent_in_vain_is_forgotten():
    ahead = Ahead(states(3))
    ahead(0, DEVICE)
    ahead.forget()
    assert not ahead.sent


def test_packed_states_travel_whole():
    packed = pack(torch.randn(1, 6, 4))
    found = Ahead({0: packed, 1: packed})(0, DEVICE)
    assert isinstance(found, Packed) and all(map(torch.equal, found, packed))
