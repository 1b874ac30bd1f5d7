"""Models that share the parameters of a supernet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from spikegraph.backends.torch.lowering import lower

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.ir.graph import Graph


def sharing(model: Model, graph: Graph, *, statistics: bool) -> Model:
    """A model of a graph with the parameters of another model, in training mode; a step on either changes both.

    Args:
        model: Has all parameters of the graph, under the same names.
        graph: A lowered graph, such as one path of the model's.
        statistics: Share the running statistics of norms as well; otherwise the new model has its own, and using it in training
            mode leaves those of the other as they are.

    Raises:
        KeyError: The graph has a parameter that the model lacks.
    """
    with torch.device("meta"):  # no memory, and no random numbers
        made = lower(graph, bf16=model.bf16)
    theirs = dict(model.named_modules())
    for path, module in made.named_modules():
        for name in module._parameters:  # pyright: ignore[reportPrivateUsage]
            module._parameters[name] = theirs[path]._parameters[name]  # pyright: ignore[reportPrivateUsage]
        for name in module._buffers:  # pyright: ignore[reportPrivateUsage]
            theirs_of = theirs[path]._buffers[name]  # pyright: ignore[reportPrivateUsage]
            assert theirs_of is not None
            module._buffers[name] = theirs_of if statistics else theirs_of.clone()  # pyright: ignore[reportPrivateUsage]
    return made.train()
