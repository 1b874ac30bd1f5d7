"""Steps of small networks as they are, and launched after they were recorded once, on any device."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from spikegraph.backends.torch.datasets import Batch, collate, item
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.stream_graph import StreamGraph
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import optimizer_for, set_learning_rate
from spikegraph.backends.torch.train.scaling import scaler_of, with_scaler
from spikegraph.backends.torch.train.step import step
from spikegraph.backends.torch.train.step_graph import Recorder, StepGraph
from spikegraph.dsl.spec import Loss
from spikegraph.ir.graph import Graph

from .tiny_run import Sets


def groups(sizes: Sequence[int], accumulate: int) -> list[tuple[Batch, ...]]:
    """Batches of stereo samples, as many samples in each as a size says."""
    samples, first, found = Sets().train, 0, list[tuple[Batch, ...]]()
    for size in sizes:
        group = list[Batch]()
        for _ in range(accumulate):
            group.append(collate([item(samples.sample((first + k) % 8)) for k in range(size)], samples.task))
            first += size
        found.append(tuple(group))
    return found


def trained(
    graph: Graph,
    loss: Sequence[Loss],
    steps: Sequence[Sequence[Batch]],
    calls: Sequence[Any],
    *,
    clip: float | None = None,
    recorder: Callable[[], Recorder] | None = None,
    device: str = "cpu",
    low: torch.dtype | None = None,
) -> dict[str, Any]:
    """The numbers of steps with each optimizer in turn, and the weights and statistics behind them.

    Args:
        graph: The network.
        loss: What it learns.
        steps: The batches of each step.
        calls: The optimizers, of the weights and of the architecture.
        clip: The largest norm of a gradient.
        recorder: Makes what records the passes of an optimizer's steps; without it they run as they are.
        device: Where.
        low: The type of convolutions, if it isn't float32. A scale for float16 is too large for the first steps.
    """
    torch.manual_seed(1)
    model = lower(graph, low=low).to(device).train()
    losses, told = Losses(model.graph, loss), list[str]()
    parameters = (model.weights(), list(model.architecture.values()))
    optimizers = [with_scaler(optimizer_for(call, of), model) for call, of in zip(calls, parameters, strict=False)]
    recorders = [recorder() for _ in optimizers] if recorder else []
    graphs = [StepGraph(model, told.append, each) for each in recorders] or [None for _ in optimizers]
    found = list[dict[str, Tensor]]()
    for optimizer in optimizers:
        if (scaler := scaler_of(optimizer)) is not None:
            scaler._init_scale = 2.0**24
    for number, group in enumerate(steps):
        there = [batch.to(torch.device(device)) for batch in group]
        for optimizer, graphed in zip(optimizers, graphs, strict=True):
            set_learning_rate(optimizer, 0.05 / (1 + number))
            found.append(step(model, losses, optimizer, there, clip, graph=graphed))
    numbers = [float(value) for each in found for value in each.values()]
    return {"numbers": numbers, "state": model.state_dict(), "recorders": recorders, "told": told}


def same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Whether all numbers, weights and statistics have the same bits."""
    return a["numbers"] == b["numbers"] and all(torch.equal(x, b["state"][k]) for k, x in a["state"].items())


def unequal_steps(
    model: Model, inputs: Callable[[int], Mapping[str, Tensor]], count: int, recorder: Recorder, restarts: Sequence[int] = ()
) -> list[int]:
    """The numbers of the steps of a stream whose values have other bits if they are launched.

    Args:
        model: The network.
        inputs: Those of a step by its number.
        count: How many steps.
        recorder: Records the step.
        restarts: The steps that begin a new sequence.
    """
    plain, graph, found = model.stream(), StreamGraph(model.stream(), recorder), list[int]()
    with torch.inference_mode():
        for number in range(count):
            if number in restarts:
                plain = model.stream()
                graph.restart()
            wanted, launched = plain.step(inputs(number)), graph.step(inputs(number))
            if not all(torch.equal(value, launched[name]) for name, value in wanted.items()):
                found.append(number)
    return found
