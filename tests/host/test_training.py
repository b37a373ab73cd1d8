"""What the transformer is trained with: blocks that let gradients back, a start that copies, labels that are true."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

ROOT = Path(__file__).parents[2]
CELLS = 12


@pytest.fixture(autouse=True)
def scripts(host, monkeypatch):
    """The training scripts run from the repository's root, on the host's modules."""
    from dragkit.tools.in_process import use_host

    use_host()
    monkeypatch.syspath_prepend(str(ROOT))
    import comfy.model_management

    monkeypatch.setattr(comfy.model_management, "in_training", True)
    import training.train_transformer

    single = torch.autocast("cpu", enabled=False)  # on processors that would compute in bfloat16, too
    monkeypatch.setattr(training.train_transformer, "autocast", lambda device: single)


def places(count: int) -> Tensor:
    from training.edit_examples import grid

    return grid(torch.zeros(count, 2), CELLS)


def run(model, x: Tensor, reference: Tensor, t: float) -> Tensor:
    from training.train_transformer import velocity

    at = places(len(x))
    return velocity(model, x, torch.full((len(x),), t), torch.zeros(len(x), dtype=torch.long), at, reference, at)


def tokens(seed: int) -> Tensor:
    return torch.randn(2, CELLS * CELLS, 16, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def stirred(model):
    """The network with all gates open."""
    generator = torch.Generator().manual_seed(0)
    for weight in model.parameters():
        weight += 0.02 * torch.randn(weight.shape, generator=generator)
    return model


def test_the_blocks_compute_what_the_hosts_own_do(monkeypatch):
    from comfy.ldm.flux.layers import DoubleStreamBlock, SingleStreamBlock

    from training.flux_blocks import double_forward, single_forward
    from training.train_transformer import build

    model = stirred(build())
    with torch.no_grad():
        wanted = run(model, tokens(1), tokens(2), 0.5)
    monkeypatch.setattr(DoubleStreamBlock, "forward", double_forward)
    monkeypatch.setattr(SingleStreamBlock, "forward", single_forward)
    found = run(model, tokens(1), tokens(2), 0.5)
    torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)
    found.square().mean().backward()
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in model["net"].parameters())


@pytest.mark.parametrize("t", [1.0, 0.75, 0.5])
def test_the_untrained_network_copies(t):
    from training.train_transformer import build

    noise, reference = tokens(1), tokens(2)
    with torch.no_grad():
        found = run(build(), torch.lerp(reference, noise, t), reference, t)
    wanted = noise - reference
    assert (found - wanted).square().mean() < 0.03 * wanted.square().mean()


def test_dragged_tokens_are_labelled_with_where_their_content_goes():
    """The shown tokens of the reference, at the places they are labelled with, are those of the target."""
    from training.autoencoder import Autoencoder
    from training.edit_examples import draw, grid, labelled

    torch.manual_seed(3)
    examples = draw(1, 16, CELLS, Autoencoder())
    at, shown = labelled(examples, hidden=0.0)
    shift = at - grid(examples.origin + examples.off, CELLS)
    moved = shift.norm(dim=-1) > 0
    assert (moved & shown).any() and not shown.all()
    cell = (at - examples.origin[:, None]).round().long()
    inside = ((cell >= 0) & (cell < CELLS)).all(-1) & shown
    flat = (cell[..., 0] * CELLS + cell[..., 1]).clamp(0, CELLS * CELLS - 1)
    reference, target = (part.float().flatten(2) for part in (examples.reference, examples.target))
    there = target.gather(2, flat[:, None].expand(-1, target.shape[1], -1))
    error = (there - reference).abs().mean(1)
    unmoved = (target - reference).abs().mean(1)
    assert error[inside & moved].mean() < 0.5 * unmoved[moved].mean()
    assert error[inside & ~moved].mean() < 0.1


def test_as_many_tokens_are_shown_of_every_window():
    from training.edit_examples import gathered

    shown = torch.rand(4, 30, generator=torch.Generator().manual_seed(0)) < 0.6
    number = torch.arange(30.0).expand(4, 30)[..., None]
    kept, where = gathered(number, number.expand(-1, -1, 2), shown)
    assert kept.shape[1] == shown.sum(1).min() and torch.equal(kept, where[..., :1])
    for row, values in zip(shown, kept[..., 0].long(), strict=True):
        assert row[values].all() and len(set(values.tolist())) == len(values)
