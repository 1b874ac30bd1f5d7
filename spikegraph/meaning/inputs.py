"""The inputs of a network as the reference takes them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spikegraph.base.errors import InputError
from spikegraph.ir.graph import Graph
from spikegraph.meaning.call import Array


@dataclass(frozen=True)
class Inputs:
    """The inputs of one sequence.

    Attributes:
        values: By name, [T, N, C, *size]; T is 1 for an input that is the same at every step.
        steps: T.
        samples: N.
    """

    values: Mapping[str, Array]
    steps: int
    samples: int


def taken(graph: Graph, inputs: Mapping[str, npt.ArrayLike]) -> Inputs:
    """The inputs of a graph, checked.

    Raises:
        InputError: One is missing or unknown, or has other axes, channels, steps or samples.
    """
    wanted = graph.inputs()
    if set(inputs) != set(wanted):
        raise InputError(f"the inputs are {', '.join(map(repr, inputs)) or 'none'}, but the network takes {', '.join(wanted)}")
    found: dict[str, Array] = {}
    for name, node in wanted.items():
        x = np.asarray(inputs[name], np.float64)
        axes = ("T", "N") if node.value.steps else ("N",)
        if x.ndim != len(axes) + len(node.value.shape) or x.shape[len(axes)] != node.value.channels:
            form = ", ".join((*axes, *map(str, node.value.shape)))
            raise InputError(f"the input `{name}` is {list(x.shape)}, not [{form}]")
        found[name] = x if node.value.steps else x[None]
    steps = {x.shape[0] for name, x in found.items() if wanted[name].value.steps} or {graph.time or 1}
    samples = {x.shape[1] for x in found.values()}
    if len(steps) > 1 or len(samples) > 1:
        raise InputError("the inputs have different numbers of time steps or samples")
    return Inputs(found, steps.pop(), samples.pop())
