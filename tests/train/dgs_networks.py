"""Small instrumented networks for the tests of the surrogate search, with losses, batches and optimizers."""

from collections.abc import Mapping
from typing import Any, cast

import tiny_run
import torch
from tiny_run import NEURON, SPAN, stereo_graph
from torch import Tensor

from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import parameters_of
from spikegraph.base.processes import Processes
from spikegraph.dsl.spec import Dgs
from spikegraph.ir.graph import Graph
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.ops.activation import activation
from spikegraph.ir.ops.convolution import Conv
from spikegraph.ir.ops.normalisation import Norm
from spikegraph.ir.ops.wiring import Gather, Input
from spikegraph.ir.stage import Stage
from spikegraph.ir.surrogates import Surrogate
from spikegraph.ir.types import Kind
from spikegraph.passes.instrument_dgs import InstrumentDgs

OPTIONS: dict[str, Any] = {
    "every": 1,
    "iterations": 3,
    "candidates": 5,
    "spacing": 0.2,
    "epsilon": 0.001,
    "bounds": (1.0, 6.0),
    "lr": 0.1,
    "state": "present",
}


def declared(*places: str, **options: Any) -> Dgs:
    return Dgs(places=places, span=SPAN, **{**OPTIONS, **options})


def settings(**options: Any) -> Dgs:
    return declared("x", **options)


class Weighed:
    """A loss that is a fixed weighted sum of a node's values."""

    def __init__(self, wanted: str, upstream: Tensor) -> None:
        self.wanted = (wanted,)
        self.upstream = upstream

    def __call__(self, values: Mapping[str, Tensor], batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        return (values[self.wanted[0]] * self.upstream).sum(), {}

    def over(
        self, processes: Processes, values: Mapping[str, Tensor], batch: Batch
    ) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        total, parts = self(values, batch)
        return total, total.detach(), parts

    def of(
        self, model: Model, batch: Batch, processes: Processes, watch: Any = None
    ) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        return self.over(processes, model.run(batch.inputs, wanted=self.wanted, watch=watch)[0], batch)


def stereo(*places: str) -> Graph:
    return InstrumentDgs(at="+".join(places)).apply(stereo_graph("c3"))


def stereo_batch(double: bool = True) -> Batch:
    torch.manual_seed(3)
    left = torch.randint(-1, 2, (3, 2, tiny_run.FRAMES, *tiny_run.SIZE))
    truth = torch.rand(2, 2, *tiny_run.SIZE) * 4
    batch = Batch({"left": left.float(), "right": left.roll(-4, -1).float()}, truth, torch.ones(2, 2, dtype=torch.bool))
    return as_double(batch) if double else batch


def as_double(batch: Batch) -> Batch:
    return Batch({k: v.double() for k, v in batch.inputs.items()}, batch.target.double(), batch.counted)


def chain_graph(
    surrogate: str = "dspike",
    *,
    base: Neuron = NEURON,
    steps: bool = True,
    nested: bool = False,
    tapped: bool = False,
    scale: float = 1.0,
) -> Graph:
    """Two layers and a node that sums the edges of both, after norms of this scale.

    `nested` uses one block twice, `tapped` a current twice.
    """
    neuron = base.model_copy(update={"surrogate": Surrogate(name=surrogate)})
    graph = Graph("chain", Stage.LOWERED, time=None if steps else 3)
    before = graph.add("x", Input(kind=Kind.REAL, channels=2, size=(5, 4), steps=steps), (), SPAN)
    for name in ("f@one", "f@two") if nested else ("first", "second"):
        conv = graph.add(f"{name}.conv", Conv(kernel=3, out=2), (before,), SPAN)
        norm = graph.add(f"{name}.norm", Norm(scale=scale), (conv,), SPAN)
        before = graph.add(name, activation(neuron), (norm,), SPAN)
    edges = tuple(
        graph.add(f"n0.{i}.norm", Norm(scale=scale), (graph.add(f"n0.{i}.conv", Conv(kernel=3, out=2), (o,), SPAN),), SPAN)
        for i, o in enumerate(("f@one" if nested else "first", before))
    )
    total = graph.add("n0.sum", Gather(), edges, SPAN)
    out = graph.add("n0", activation(neuron), (total,), SPAN)
    if tapped:
        other = graph.add("other", activation(neuron), (edges[0],), SPAN)
        out = graph.add("both", Gather(), (out, other), SPAN)
    graph.outputs["out"] = out
    return graph


def chain(*places: str, **options: Any) -> tuple[Model, Losses, Batch]:
    """A chain in float64 with a loss and a batch."""
    torch.manual_seed(1)
    graph = InstrumentDgs(at="+".join(places)).apply(chain_graph(**options))
    model = Model(graph).double().train()
    steps = options.get("steps", True)
    x = torch.randn(*((3,) if steps else ()), 2, 2, 5, 4, dtype=torch.float64) * 2
    out = graph.outputs["out"]
    losses = cast("Losses", Weighed(out, torch.randn(3, 2, 2, 5, 4, dtype=torch.float64)))
    return model, losses, Batch({"x": x}, torch.zeros(2, dtype=torch.int64), torch.ones(2, dtype=torch.bool))


def used_optimizer(model: Model, kind: str = "sgd") -> torch.optim.Optimizer:
    """An optimizer after a step with random gradients, so that it has a state."""
    parameters = model.weights()
    optimizers = {
        "sgd": lambda: torch.optim.SGD(parameters, lr=0.1, momentum=0.9, weight_decay=0.01),
        "nesterov": lambda: torch.optim.SGD(parameters, lr=0.1, momentum=0.9, nesterov=True),
        "adam": lambda: torch.optim.Adam(parameters, lr=0.02, betas=(0.8, 0.99), weight_decay=0.01),
    }
    optimizer = optimizers[kind]()
    generator = torch.Generator().manual_seed(5)
    for p in parameters:
        p.grad = torch.randn(p.shape, generator=generator, dtype=p.dtype) * 0.1
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return optimizer


def snapshot(model: Model, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """Copies of everything that a search must not change."""
    state = {
        f"{i}/{k}": v.clone() if isinstance(v, Tensor) else v
        for i, p in enumerate(parameters_of(optimizer))
        for k, v in optimizer.state[p].items()
    }
    own = {k: v.clone() for k, v in model.state_dict().items()}
    return {**own, **state, "random": torch.get_rng_state(), "graph": model.graph}


def assert_same(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    assert before.keys() == after.keys()
    for key, value in before.items():
        same = torch.equal(value, after[key]) if isinstance(value, Tensor) else value == after[key]
        assert same, key
