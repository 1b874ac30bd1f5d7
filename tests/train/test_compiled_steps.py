"""`torch.compile` takes whole steps, without a break: the losses of a batch with their gradients, and a step of a stream."""

from collections.abc import Callable

import pytest
import torch

from spikegraph.backends.distributed.objective import Objective
from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.base.processes import ONE

from .compiled_steps import classes, gradients, stepped, stereo, whole, without_shapes

pytestmark = pytest.mark.unchecked  # the checks of shapes can't be traced


@pytest.fixture(autouse=True)
def traceable(monkeypatch: pytest.MonkeyPatch) -> None:
    without_shapes(monkeypatch)


@pytest.mark.parametrize("made", [pytest.param(stereo, marks=pytest.mark.long), classes])
def test_losses_and_gradients(made: Callable[[], tuple[Model, Losses, Batch]]) -> None:
    torch.manual_seed(1)
    model, losses, batch = made()
    objective = Objective(model, losses, ONE)
    eager, compiled = (gradients(model, function, batch) for function in (objective, whole(objective)))
    torch.testing.assert_close(compiled, eager, rtol=1e-5, atol=1e-6)
    assert any(bool(grad.any()) for grad in eager[1].values())


def test_steps_of_a_stream() -> None:
    torch.manual_seed(1)
    model, _, batch = stereo()
    model.eval()
    with torch.no_grad():
        eager, compiled = ([*stepped(step, batch)] for step in (model.step, whole(model.step)))
    torch.testing.assert_close(compiled, eager, rtol=1e-5, atol=1e-6)
