import pytest
import torch
from dragkit.core.optimise.descent import Descent, LossScale
from torch.overrides import TorchFunctionMode

READS = {getattr(torch.Tensor, name) for name in ("item", "tolist", "__bool__", "__float__", "cpu", "numpy")}


class Waits(TorchFunctionMode):
    """Counts how often numbers are read back, for which the host waits for the device."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_function__(self, function, types, arguments=(), options=None):
        self.count += function in READS
        return function(*arguments, **(options or {}))


def plain_descent(start: torch.Tensor, scaling: bool) -> Descent:
    return Descent(torch.optim.SGD([start], lr=0.5), "start", scaling)


@pytest.mark.parametrize("scaling", [False, True])
def test_a_step_waits_once(scaling: bool):
    start = torch.tensor([3.0, -1.0]).requires_grad_()
    descent = plain_descent(start, scaling)
    with Waits() as waits:
        descent.step(start.square().sum())
    assert waits.count == 1
    assert descent.losses == [10] and start.tolist() == [0, 0]


def test_the_scale_is_halved_by_an_overflow_and_doubled_by_long_peace():
    scale = LossScale(8.0)
    for overflow in [True, *[False] * 1999, True, *[False] * 2000]:
        scale.update(overflow)
    assert scale.value == 4


def test_a_gradient_that_overflows_changes_nothing():
    start = torch.tensor([1e-30]).requires_grad_()
    descent = plain_descent(start, scaling=True)
    descent.step(1e34 * start.sum())
    assert descent.scale.value == 2**15 and start.item() == pytest.approx(1e-30)


def test_a_loss_that_depends_on_nothing_changes_nothing():
    start = torch.ones(2).requires_grad_()
    descent = plain_descent(start, scaling=True)
    descent.step(torch.tensor(2.0))
    assert descent.losses == [2] and start.tolist() == [1, 1]


def test_what_the_last_step_has_spoilt_is_told():
    start = torch.zeros(2).requires_grad_()
    descent = plain_descent(start, scaling=False)
    descent.step(start.sum().sqrt())
    with pytest.raises(FloatingPointError, match="the start after step 1 is not finite"):
        descent.check()
