"""A network of one operation, for the reference and for others."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from spikegraph.dsl.source import Span
from spikegraph.ir.graph import Graph
from spikegraph.ir.opdef import OPS
from spikegraph.ir.stage import Stage
from spikegraph.meaning.api import Trace, reference_of

AT = Span("a.sdhs", 1, 1, 1, 2)


def graph_of(
    name: str, parameters: Mapping[str, Any], *shapes: Sequence[int], static: Sequence[int] = (), time: int | None = None
):
    """The graph of an operation `y` on real inputs x0, x1, ...; those in `static` are the same at every step."""
    graph = Graph("net", Stage.LOWERED, time)
    for i, (channels, *size) in enumerate(shapes):
        given = {"kind": "real", "channels": channels, "size": size, "steps": i not in static}
        graph.add(f"x{i}", OPS["input"].model_validate(given), (), AT)
    graph.add("y", OPS[name].model_validate(parameters), tuple(f"x{i}" for i in range(len(shapes))), AT)
    graph.outputs["y"] = "y"
    return graph


def traced(
    name: str, parameters: Mapping[str, Any], *xs: Any, weights: Mapping[str, Any] = {}, training: bool = False
) -> Trace:
    """What the reference gives for arrays [T, N, C, *size]; weights are those of `y`, or have their whole name."""
    arrays = [np.asarray(x, np.float64) for x in xs]
    graph = graph_of(name, parameters, *(x.shape[2:] for x in arrays))
    named = {k if "." in k else f"y.{k}": v for k, v in weights.items()}
    return reference_of(graph, named, training=training).trace({f"x{i}": x for i, x in enumerate(arrays)})


def result(name: str, parameters: Mapping[str, Any], *xs: Any, **options: Any):
    """The result of `traced`."""
    return traced(name, parameters, *xs, **options).outputs["y"]
