"""`torch.compile` takes whole steps, without a break: the losses of a batch with their gradients, and a step of a stream."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from tiny_run import LOSS, SPAN, Sets, class_graph, stereo_graph
from torch import Tensor

from spikegraph.backends.distributed.objective import Objective
from spikegraph.backends.torch.datasets import Batch, collate, item
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.labels import Labels
from spikegraph.backends.torch.train.losses import LossCall, Losses
from spikegraph.base.processes import ONE
from spikegraph.dsl.spec import Loss

from ..traceable import without_checks

pytestmark = pytest.mark.unchecked  # the checks of shapes can't be traced

CROSS_ENTROPY = (Loss(1.0, "cross_entropy", None, {"label_smoothing": 0.1}, SPAN),)


@pytest.fixture(autouse=True)
def traceable(monkeypatch: pytest.MonkeyPatch) -> None:
    without_checks(monkeypatch, LossCall, Batch, Labels)


def whole(function: Any) -> Any:
    torch.compiler.reset()
    return torch.compile(function, fullgraph=True, backend="aot_eager", dynamic=False)


def stereo() -> tuple[Model, Losses, Batch]:
    samples, model = Sets().train, lower(stereo_graph(None)).train()
    return model, Losses(model.graph, LOSS), collate([item(samples.sample(k)) for k in (0, 1)], samples.task)


def classes() -> tuple[Model, Losses, Batch]:
    images, model = torch.rand(4, 1, 4, 4, generator=torch.Generator().manual_seed(0)), lower(class_graph()).train()
    batch = Batch({"image": images}, torch.arange(4) % 2, torch.ones(4, dtype=torch.bool))
    return model, Losses(model.graph, CROSS_ENTROPY), batch


def gradients(model: Model, objective: Any, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
    """The loss, and the gradients of all parameters."""
    model.zero_grad()
    own, total, _ = objective(batch)
    own.backward()
    return total, {name: p.grad for name, p in model.named_parameters() if p.grad is not None}


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


def stepped(step: Any, batch: Batch) -> Any:
    """The values of each time step, with the state of the step before."""
    state = None
    for t in range(2):
        values, state = step({name: x[t] for name, x in batch.inputs.items()}, state)
        yield values
