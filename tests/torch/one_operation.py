"""A network of one operation, and its values computed at once and step by step."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from spikegraph.backends.torch.model import Model
from spikegraph.dsl.source import Span
from spikegraph.ir.graph import Graph
from spikegraph.ir.opdef import OPS
from spikegraph.ir.stage import Stage

AT = Span("a.sdhs", 1, 1, 1, 2)


def model_of(name: str, parameters: Mapping[str, Any], *shapes: Sequence[int], static: Sequence[int] = ()) -> Model:
    """The model, in float64, of an operation on real inputs x0, x1, ...; those in `static` are the same at every step."""
    graph = Graph("net", Stage.LOWERED)
    for i, (channels, *size) in enumerate(shapes):
        given = {"kind": "real", "channels": channels, "size": size, "steps": i not in static}
        graph.add(f"x{i}", OPS["input"].model_validate(given), (), AT)
    graph.add("y", OPS[name].model_validate(parameters), tuple(f"x{i}" for i in range(len(shapes))), AT)
    graph.outputs["y"] = "y"
    torch.manual_seed(3)
    return Model(graph).double()


def inputs_of(model: Model, steps: int = 3, samples: int = 2, *, spikes: bool = False) -> list[Tensor]:
    """Seeded inputs: normal numbers, or spikes."""
    torch.manual_seed(5)
    shapes = [((steps,) if n.value.steps else ()) + (samples, *n.value.shape) for n in model.graph.inputs().values()]
    found = [torch.randn(shape, dtype=torch.float64) for shape in shapes]
    return [(x > 0).double() for x in found] if spikes else found


def streamed(model: Model, inputs: Sequence[Tensor]) -> Tensor:
    """The result of time steps one by one."""
    stream, nodes = model.stream(), model.graph.inputs()
    steps = next(len(x) for x, n in zip(inputs, nodes.values(), strict=True) if n.value.steps)
    pairs = list(zip(inputs, nodes.items(), strict=True))
    return torch.stack([stream.step({k: x[t] if n.value.steps else x for x, (k, n) in pairs})["y"] for t in range(steps)])
