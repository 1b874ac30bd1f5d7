"""A run's loss: a weighted sum of terms, each on an output of the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from spikegraph.backends.torch.modules.subpixel import subpixel_cross_entropy
from spikegraph.backends.torch.train.batches import Batch
from spikegraph.dsl.nearest import did_you_mean, listed
from spikegraph.dsl.spec import Loss
from spikegraph.errors import LossError
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.ops.stereo import Estimate


@dataclass(frozen=True)
class Term:
    """One term, bound to the node whose value it takes.

    Attributes:
        label: As the journal names it.
        weight: Its factor in the sum.
        wanted: The node's name.
        loss: As declared.
        step: Of a stereo loss, the disparity between two planes in pixels.
    """

    label: str
    weight: float
    wanted: str
    loss: Loss
    step: int = 1

    def __call__(self, value: Tensor, batch: Batch) -> Tensor:
        """The term without its weight, a scalar.

        Args:
            value: Planes [T, N, D, H, W], of which the last T' steps have a truth; or logits [N, K] or [T, N, K].
            batch: With the truth.
        """
        options = self.loss.options
        if self.loss.name == "subpixel_cross_entropy":
            labelled = value[-len(batch.truth) :]
            return subpixel_cross_entropy(labelled, batch.truth, diversity=options["diversity"], step=self.step)
        truth = batch.truth.expand(value.shape[:-1])
        return F.cross_entropy(value.flatten(0, -2).float(), truth.flatten(), label_smoothing=options["label_smoothing"])


class Losses:
    """The sum of a run's losses.

    Attributes:
        wanted: The nodes whose values it takes.
    """

    def __init__(self, graph: Graph, losses: tuple[Loss, ...]) -> None:
        """Binds each loss to its node.

        Raises:
            LossError: An output is unknown, or doesn't suit its loss.
        """
        if not losses:
            raise LossError(f"`{graph.name}` has no loss to be trained with")
        self.terms = tuple(_bind(graph, loss, alone=len(losses) == 1) for loss in losses)
        self.wanted = tuple(dict.fromkeys(t.wanted for t in self.terms))

    def __call__(self, values: Mapping[str, Tensor], batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """The weighted sum, and its terms without their weights, detached: reading them may wait for the device.

        Args:
            values: The values of `wanted`.
            batch: With the truth.
        """
        found = [(t, t(values[t.wanted], batch)) for t in self.terms]
        total = sum((t.weight * value for t, value in found[1:]), found[0][0].weight * found[0][1])
        return total, {t.label: value.detach() for t, value in found}


def _bind(graph: Graph, loss: Loss, *, alone: bool) -> Term:
    of, node = judged(graph, loss)
    label = loss.name if alone else f"{loss.name}({of})"
    match loss.name:
        case "subpixel_cross_entropy":
            op = node.op
            if not isinstance(op, Estimate):
                raise LossError(
                    f"{loss.span.start}: `{loss.name}` judges a disparity, and `{of}` is {node.value} from `{op.name}`",
                    "name an output that ends in `subpixel`",
                )
            return Term(label, loss.weight, node.operands[0], loss, op.step)
        case "cross_entropy":
            if node.value.size or isinstance(node.op, Estimate):
                raise LossError(
                    f"{loss.span.start}: `{loss.name}` judges the logits of a class, and `{of}` is {node.value}",
                    "name an output that ends in `linear` or `mean(time)`",
                )
            return Term(label, loss.weight, node.name, loss)
        case name:
            raise LossError(f"{loss.span.start}: there is no loss `{name}`")


def judged(graph: Graph, loss: Loss) -> tuple[str, Node]:
    """The output, or other named value, that a loss is of.

    Raises:
        LossError: There is none of this name, or none is named and there are several outputs.
    """
    if loss.of is None:
        if len(graph.outputs) != 1:
            raise LossError(
                f"{loss.span.start}: `{loss.name}` names no output, and `{graph.name}` has {listed(graph.outputs)}",
                f"write `{loss.name}(NAME)`",
            )
        (only,) = graph.outputs
        return only, graph.node(graph.outputs[only])
    named = {**graph.outputs, **graph.taps}
    name = named.get(loss.of, loss.of)
    if name not in graph:
        known = did_you_mean(loss.of, named) or f"the outputs are {listed(graph.outputs)}"
        raise LossError(f"{loss.span.start}: `{graph.name}` has no output `{loss.of}`", known)
    return loss.of, graph.node(name)
