"""Every node on a second device that is pretended, in every precision: results as without it, and what it costs."""

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from dragkit.tests.device.edits import EDITS
from dragkit.tests.device.host import ARRANGEMENTS, NO_DEVICE, Arrangement, workshop
from dragkit.tests.device.pretended import Event, FarTensor, Ledger, pretended, tensors_in

ROOT = Path(__file__).parents[2]
COSTS = Path(__file__).with_name("costs.json")
SINGLE = [how for how in ARRANGEMENTS if how.weights == "fp32"]
DIFFERENCE = {"fp32": 1e-4, "fp16": 0.02, "bf16": 0.5}  # of the root mean square, as a share of the values'
WITH_STEPS = [name for name in EDITS if name not in ("pictures", "things", "demo")]


class Outcome(NamedTuple):
    outputs: list[torch.Tensor]
    used: frozenset[str]
    events: list[Event]


@cache
def outcome(edit: str, how: Arrangement, host: Path, steps: int = 1) -> Outcome:
    """What an edit gave, which nodes it ran, and what it did between host and device."""
    with workshop(how, host, ROOT) as shop:
        made = [joined(value) for value in shop.run(EDITS[edit].graph(steps), EDITS[edit].wanted)]
        return Outcome(made, frozenset(shop.used), shop.ledger.events if shop.ledger else [])


def joined(output: Any) -> torch.Tensor:
    """All numbers in an output, here."""
    parts = [t.here if isinstance(t, FarTensor) else t for t in tensors_in(output)]
    return torch.cat([part.detach().double().flatten() for part in parts])


def difference(found: torch.Tensor, wanted: torch.Tensor) -> float:
    """The root mean square of the difference, as a share of that of what is wanted."""
    assert found.shape == wanted.shape
    return ((found - wanted).square().sum() / wanted.square().sum().clamp_min(1e-12)).sqrt().item()


@pytest.mark.parametrize("how", ARRANGEMENTS, ids=str)
@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_ends_as_without_the_device(edit, how, host):
    found, wanted = outcome(edit, how, host), outcome(edit, NO_DEVICE, host)
    differences = [difference(*pair) for pair in zip(found.outputs, wanted.outputs, strict=True)]
    assert max(differences) < DIFFERENCE[how.weights], dict(zip(EDITS[edit].wanted, differences, strict=True))


def test_every_node_is_run(host):
    from dragkit.nodes import NODES

    used = frozenset.union(*(outcome(edit, NO_DEVICE, host).used for edit in EDITS))
    elsewhere = {"DragCheck"}  # runs the others by itself; half a minute here, so its own tests do
    assert {node.define_schema().node_id for node in NODES} - elsewhere <= used


def costs(edit: str, how: Arrangement, host: Path) -> dict[str, list[int]]:
    """Waits, moves and bytes moved by the pack's lines: of a step more, and of all else."""
    one, two = (counted(outcome(edit, how, host, steps).events) for steps in (1, 2))
    step = [more - less for more, less in zip(two, one, strict=True)]
    return {"step": step, "once": [less - each for less, each in zip(one, step, strict=True)]}


def counted(events: list[Event]) -> list[int]:
    kinds = Counter(event.kind for event in events)
    return [kinds["wait"], kinds["move"], sum(event.size for event in events)]


@pytest.mark.parametrize("how", SINGLE, ids=str)
@pytest.mark.parametrize("edit", WITH_STEPS)
def test_waits_and_moves_only_become_fewer(edit, how, host, request):
    table = json.loads(COSTS.read_text(encoding="utf-8")) if COSTS.exists() else {}
    found, name = costs(edit, how, host), f"{edit}, {how}"
    if request.config.getoption("--write-costs"):
        entries = sorted((table | {name: found}).items())
        lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in entries)
        COSTS.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
        return
    lines = Counter(f"{e.kind} at {e.line}" for e in outcome(edit, how, host, 2).events)
    for part in ("step", "once"):
        pairs = zip(found[part], table[name][part], strict=True)
        assert all(now <= before for now, before in pairs), (part, found[part], table[name][part], lines)


@pytest.fixture
def ledger(host) -> Iterator[Ledger]:
    with pretended(ROOT, host) as ledger:
        yield ledger


def far(*values: Any, **options: Any) -> torch.Tensor:
    return torch.tensor(*values, **options).to("far:0")


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(
    "mistake",
    [
        lambda: far([1.0]) + torch.ones(1),
        lambda: torch.cat([far([1.0]), torch.ones(1)]),
        lambda: torch.ones(3)[far([0, 2])],
        lambda: far([1.0, 2.0]).numpy(),
        lambda: torch.randn(2, generator=torch.Generator(), device="far:0"),
        lambda: far([[1.0]]) @ far([[1.0]], dtype=torch.float16),
    ],
    ids=["sum", "cat", "index", "numpy", "generator", "precision"],
)
def test_the_pretended_device_refuses_what_a_gpu_does(mistake):
    with pytest.raises((RuntimeError, TypeError), match="same device|same dtype|for generator|convert"):
        mistake()


@pytest.mark.parametrize(
    ("work", "kinds"),
    [
        (lambda: far([1.0, 2.0]) * 2 + 1, ["move"]),
        (lambda: far([1.0, 2.0]).sum().item(), ["move", "wait"]),
        (lambda: far([1.0, 2.0]).tolist(), ["move", "move"]),
        (lambda: far([1.0, 2.0])[far([True, False])], ["move", "move", "wait"]),
        (lambda: far([1.0, 2.0]).masked_fill(far([True, False]), 0.0), ["move", "move"]),
        (lambda: torch.zeros(2, device="far:0").to(torch.float16), []),
    ],
    ids=["arithmetic", "item", "tolist", "mask", "masked_fill", "precision"],
)
def test_the_pretended_device_counts_waits_and_moves(ledger, monkeypatch, work, kinds):
    monkeypatch.setattr(ledger, "owner", lambda path: "a line")
    work()
    assert [event.kind for event in ledger.events] == kinds


def test_gradients_stay_on_the_device(ledger):
    weight = far([2.0, 3.0]).requires_grad_()
    (weight**2).sum().backward()
    assert weight.grad.device.type == "far" and weight.grad.tolist() == [4.0, 6.0]
