"""Models that share the parameters of a supernet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch

from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.parameters import tree_at, trees_below

if TYPE_CHECKING:
    from torch import Tensor

    from spikegraph.backends.torch.model import Model
    from spikegraph.ir.graph import Graph


def sharing(model: Model, graph: Graph, *, statistics: bool, architecture: Mapping[str, Tensor] | None = None) -> Model:
    """A model of a graph with the parameters of another model, in training mode; a step on either changes both.

    Args:
        model: Has all parameters of the graph, under the same names.
        graph: A lowered graph, such as one path of the model's.
        statistics: Share the running statistics of norms as well; otherwise the new model has its own, and using it in training
            mode leaves those of the other as they are.
        architecture: Architecture parameters that it doesn't share, by name, with the values that it has instead.

    Raises:
        KeyError: The graph has a parameter that the model lacks.
    """
    with torch.device("meta"):  # no memory, and no random numbers
        made = lower(graph, low=model.low)
    theirs = trees_below(model)
    for path, module in trees_below(made).items():
        parameters, buffers = theirs[path]._parameters, theirs[path]._buffers  # pyright: ignore[reportPrivateUsage]
        for name in module._parameters:  # pyright: ignore[reportPrivateUsage]
            module._parameters[name] = parameters[name]  # pyright: ignore[reportPrivateUsage]
        for name in module._buffers:  # pyright: ignore[reportPrivateUsage]
            held = buffers[name]
            assert held is not None
            module._buffers[name] = held if statistics else held.clone()  # pyright: ignore[reportPrivateUsage]
    for name, value in (architecture or {}).items():
        place, _, last = name.rpartition(".")
        tree_at(made, place)._parameters[last] = torch.nn.Parameter(value, requires_grad=False)  # pyright: ignore[reportPrivateUsage]
    return made.train()


def take_statistics(made: Model, model: Model) -> None:
    """Gives a model that `sharing` made, with running statistics of its own, those that the other model has now."""
    theirs = dict(model.named_buffers(remove_duplicate=False))
    for name, buffer in made.named_buffers():
        buffer.copy_(theirs[name])
