"""A training step never waits for a GPU: it reads no value of the device, and copies nothing to it."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from tiny_run import ADAM, LOSS, SGD, SPAN, Sets, class_graph, stereo_graph
from torch import Tensor, nn

from spikegraph.backends.torch.datasets import Batch, collate, item
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.modules.neuron_sequences import neurons
from spikegraph.backends.torch.modules.resolved_neurons import resolved
from spikegraph.backends.torch.train import losses as of_losses
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.base.processes import ONE
from spikegraph.dsl.models.library import library, library_model
from spikegraph.dsl.spec import Loss
from spikegraph.ir.graph import Graph
from spikegraph.ir.ops.stereo import Estimate
from spikegraph.ir.ops.wiring import Input
from spikegraph.ir.stage import Stage
from spikegraph.ir.types import Kind

from ..torch.generated_kernels import EVERYTHING, neuron_of
from .waits import META, READS, WaitError, never_waiting, take_steps

CROSS_ENTROPY = Loss(1.0, "cross_entropy", None, {"label_smoothing": 0.1}, SPAN)


@pytest.mark.parametrize("read", READS)
def test_waiting_is_noticed(read: Callable[[Tensor], object]) -> None:
    x = torch.zeros(3, 3, device=META)
    with pytest.raises(WaitError), never_waiting(x):
        read(x)


def test_what_never_waits_is_allowed() -> None:
    x = torch.zeros(3, 3, device=META, requires_grad=True)
    with never_waiting(x):
        y = torch.where(x > 0, x, 0.0)[1:, 0] * torch.arange(2, device=META) + 3.0
        y.square().sum().backward()


def steps(model: Model, run: Any, batch: Batch) -> None:
    """Steps on the weights, and on the architecture if there is one, each on two batches."""
    batch = batch.to(META)
    take_steps(model.to(META).train(), run, (batch, batch), META)


@pytest.mark.parametrize(("choice", "weights"), [(None, SGD), ("c3", ADAM)])
def test_stereo(choice: str | None, weights: Any) -> None:
    samples = Sets().train
    batch = collate([item(samples.sample(k)) for k in (0, 1)], samples.task)
    batch.counted[0, 1] = False
    steps(lower(stereo_graph(choice)), SimpleNamespace(loss=LOSS, weights=weights, architecture=ADAM, clip=1.0), batch)


def test_classes() -> None:
    batch = Batch({"image": torch.zeros(4, 1, 4, 4)}, torch.arange(4) % 2, torch.ones(4, dtype=torch.bool))
    steps(lower(class_graph()), SimpleNamespace(loss=(CROSS_ENTROPY,), weights=SGD, clip=None), batch)


@pytest.mark.parametrize(
    ("text", "b"),
    [
        *((library_model(name).text, ()) for name in library() if not library_model(name).over_time),
        *((library_model(name).text, (2.0,)) for name in ("lif", "ternary")),
        (EVERYTHING, ()),
    ],
)
def test_neurons(text: str, b: tuple[float, ...]) -> None:
    """By operations of torch, as where there is no Triton; `b` is that of a candidate."""
    n = neuron_of(text)
    x, *others = (torch.zeros(3, 2, 4, 5, device=META, requires_grad=True) for _ in range(max(1, len(n.inputs))))
    weights = nn.Module()
    for name, shape in n.weights(4).items():
        weights.register_parameter(name, nn.Parameter(torch.ones(shape, device=META)))
    with never_waiting(x, others, list(weights.parameters())):
        result, after = neurons(resolved(n), x, None, weights, others, b)
        sum(each.sum() for each in (result, *after)).backward()


VALUES = {
    "cross_entropy": ((2, 3, 4, 5), {"label_smoothing": 0.0, "ignore": 2}),
    "mse": ((2, 3), {}),
    "l1": ((2, 3), {}),
    "huber": ((2, 3), {"delta": 0.5}),
    "end_point_error": ((2, 2, 4, 5), {}),
    "smooth_l1": ((3, 2, 1, 4, 5), {"beta": 1.0}),
}


def losses_of(name: str) -> tuple[Losses, str, Tensor, Batch]:
    """A loss of the only output of a network, the node that it needs, a value and targets of which some aren't known."""
    shape, options = VALUES[name]
    graph, random = Graph("net", Stage.LOWERED), torch.Generator().manual_seed(0)
    graph.add(
        "x",
        Input(
            kind=Kind.REAL,
            channels=shape[2 if name == "smooth_l1" else 1],
            size=shape[-2:][: len(shape) - 2],
            steps=name == "smooth_l1",
        ),
        (),
        SPAN,
    )
    graph.outputs["y"] = graph.add("y", Estimate(), ("x",), SPAN) if name == "smooth_l1" else "x"
    losses = Losses(graph, (Loss(1.0, name, None, options, SPAN),))
    if name == "cross_entropy":
        target = torch.randint(0, 3, (2, 4, 5), generator=random)
    else:
        target = torch.randn((3, 2, 4, 5) if name == "smooth_l1" else shape, generator=random)
        target[..., 1] = float("nan")
    counted = torch.ones(target.shape[:2] if name == "smooth_l1" else 2, dtype=torch.bool)
    return losses, graph.outputs["y"], torch.randn(shape, generator=random), Batch({}, target, counted)


@pytest.mark.parametrize("name", VALUES)
def test_losses(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On `meta` they don't wait, and what they compute there is what they compute on the processor."""
    losses, wanted, value, batch = losses_of(name)
    there, value_there = batch.to(META), value.to(META).requires_grad_()
    with never_waiting(value_there, there.target, there.counted, there.places):
        losses.over(ONE, {wanted: value_there}, there)[0].backward()
    found = list[tuple[Tensor, Tensor | None]]()
    for waits in (False, True):
        monkeypatch.setattr(of_losses, "waits_for", lambda mask, waits=waits: waits)
        own = value.clone().requires_grad_()
        total = losses.over(ONE, {wanted: own}, batch)[0]
        total.backward()
        found.append((total.detach(), own.grad))
    torch.testing.assert_close(found[0], found[1], rtol=1e-6, atol=1e-7)
    assert found[0][1] is not None and bool(found[0][1].any())
