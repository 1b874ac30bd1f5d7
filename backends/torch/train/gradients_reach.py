"""Whether gradients reach the weights: a kernel, or the equations of a neuron, may give a result without a gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from spikegraph.analysis.out_of_memory import place
from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.train.values import values_of
from spikegraph.base.errors import UntrainableError
from spikegraph.base.nearest import listed

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.ir.graph import Node

MOST_NAMED = 5
"""Most weights that the error names."""


class GradientCheck:
    """Checks once, behind the first step of a phase, that the weights got gradients."""

    def __init__(self, model: Model) -> None:
        self._model, self._checked = model, False

    def __call__(self, batch: Batch) -> None:
        """Looks at the gradients that a step has left; `batch` is one of its batches.

        Raises:
            UntrainableError: A weight got none, because an operation gave a result without a gradient.
        """
        if not self._checked:
            self._checked = True
            require_gradients(self._model, batch)


def require_gradients(model: Model, batch: Batch) -> None:
    """Checks that no operation has cut weights off from the loss.

    Weights that no loss depends on have no gradient either, and are no error.

    Raises:
        UntrainableError: Weights got no gradient, because an operation gave a result without one.
    """
    weights = {id(weight) for weight in model.weights() if weight.requires_grad and weight.grad is None}
    untrained = [name for name, parameter in model.named_parameters() if id(parameter) in weights]
    for node in _cutting(model, batch) if untrained else ():
        before = {leaf for above in model.graph.ancestors([node.name]) for leaf in model.graph.node(above).leaves}
        behind = [weight for weight in untrained if weight.rpartition(".")[0] in before]
        if behind:
            summary = f"{place(node)} gives a result without a gradient, so {_some(behind)} can't be trained"
            help = (
                f"write what `{node.op.name}` computes in operations that torch can differentiate;"
                " an operation that stops gradients on purpose has `Traits(detaches=True)`"
            )
            raise UntrainableError(summary, help)


def _some(names: list[str]) -> str:
    if len(names) <= MOST_NAMED:
        return listed(names, last="and")
    return f"{', '.join(f'`{name}`' for name in names[:MOST_NAMED])} and {len(names) - MOST_NAMED} more"


def _cutting(model: Model, batch: Batch) -> list[Node]:
    """The nodes whose results need no gradient, although what they compute with does. Running statistics stay."""
    needs: dict[str, bool] = {}
    training, wanted = model.training, (*model.outputs, *model.graph.taps.values())
    model.eval()
    try:
        with torch.enable_grad():
            values_of(model, batch, wanted, watch=lambda name, value: needs.update({name: value.requires_grad}))
    finally:
        model.train(training)
    trained = {name.rpartition(".")[0] for name, weight in model.named_parameters() if weight.requires_grad}
    return [
        node
        for node in model.graph
        if not (needs.get(node.name, True) or node.op.traits.silent or node.op.traits.detaches)
        and (any(needs.get(source, False) for source in _values(node)) or trained & set(node.leaves))
    ]


def _values(node: Node) -> list[str]:
    """The operands whose values it computes with, without those of which it takes the size alone."""
    names = node.op.operands
    return [operand for k, operand in enumerate(node.operands) if names[0].startswith("*") or names[k] != "like"]
