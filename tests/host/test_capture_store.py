"""Where recorded states are kept on a GPU of so much memory, which need not be there."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from dragkit.tools.in_process import use_host

GPU = torch.device("cuda", 0)
LAYERS, TOKENS, CHANNELS = 4, 64, 64
LEVEL = LAYERS * TOKENS * CHANNELS * 4  # bytes


@pytest.fixture
def card(host: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A GPU whose memory counts in levels, and what was asked of it and kept in RAM."""
    use_host()
    import comfy.model_management
    from dragkit.nodes.host import capture_store

    card = SimpleNamespace(total=1000 * LEVEL, free=900 * LEVEL, asked=0, in_ram=0)

    def free(device: torch.device) -> int:
        card.asked += 1
        return card.free

    def to_ram(part: torch.Tensor, pinned: bool) -> torch.Tensor:
        card.in_ram += 1
        return part.clone()

    monkeypatch.setattr(comfy.model_management, "get_free_memory", free)
    monkeypatch.setattr(comfy.model_management, "get_total_memory", lambda device: card.total)
    monkeypatch.setattr(capture_store, "pins", lambda device: False)
    monkeypatch.setattr(capture_store, "keep_in_ram", to_ram)
    return card


@pytest.fixture
def record(card: SimpleNamespace) -> Callable[..., list[bool]]:
    """Records so many levels; says of each whether it went into RAM."""
    from dragkit.nodes.host.capture_store import Keeper, Precision, Store

    def run(
        levels: int, store: str = "auto", precision: str = "as computed", device: Any = GPU, times: int = 1
    ) -> list[bool]:
        keeper, found = Keeper(Store(store), Precision(precision), device, times), []
        for _ in range(levels):
            before, keep = card.in_ram, keeper()
            for _ in range(LAYERS * times):
                keep(torch.randn(1, TOKENS, CHANNELS))
            found.append(card.in_ram > before)
        return found

    return run


def test_small_captures_stay_on_the_gpu(card: SimpleNamespace, record: Callable):
    assert record(50) == [False] * 50


def test_what_is_beyond_a_twentieth_goes_into_ram(card: SimpleNamespace, record: Callable):
    assert record(60) == [False] * 50 + [True] * 10


def test_states_that_are_recorded_again_count_once(card: SimpleNamespace, record: Callable):
    assert record(60, times=4) == [False] * 50 + [True] * 10


def test_eight_bits_leave_room_for_more(card: SimpleNamespace, record: Callable):
    assert record(150, precision="8 bit") == [False] * 150


def test_a_full_gpu_gets_nothing(card: SimpleNamespace, record: Callable):
    card.free = 0.2 * card.total
    assert record(3) == [True] * 3


def test_memory_is_asked_once_a_level(card: SimpleNamespace, record: Callable):
    record(7)
    assert card.asked == 7


@pytest.mark.parametrize(("store", "in_ram"), [("gpu", False), ("cpu", True)])
def test_the_users_choice_counts(card: SimpleNamespace, record: Callable, store: str, in_ram: bool):
    card.free = 0
    assert record(60, store) == [in_ram] * 60 and card.asked == 0


def test_without_a_gpu_there_is_nothing_to_move(card: SimpleNamespace, record: Callable):
    assert record(60, "cpu", device=torch.device("cpu")) == [False] * 60
