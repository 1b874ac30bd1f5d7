"""The loss of a run: a weighted sum of terms, each computed from an output of the network."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from spikegraph.backends.torch.modules.subpixel import subpixel_cross_entropy
from spikegraph.backends.torch.train.batches import Batch
from spikegraph.dsl.nearest import did_you_mean, listed
from spikegraph.dsl.spec import Loss
from spikegraph.errors import TrainError
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.ops.stereo import Estimate


@dataclass(frozen=True)
class Term:
    """One term of the loss, bound to a node of the graph.

    Attributes:
        label: The term's name in the journal.
        weight: The term's factor in the sum.
        wanted: The name of the node whose value the term needs.
        loss: The declaration.
        step: The disparity between two planes in pixels, for stereo losses.
    """

    label: str
    weight: float
    wanted: str
    loss: Loss
    step: int = 1

    def __call__(self, value: Tensor, batch: Batch) -> Tensor:
        """The unweighted term, a scalar.

        Args:
            value: Similarity planes [T, N, D, H, W], with truths for the last T' steps; or logits [N, K] or [T, N, K].
            batch: The batch with the truths.
        """
        options = self.loss.options
        if self.loss.name == "subpixel_cross_entropy":
            labelled = value[-len(batch.truth) :]
            return subpixel_cross_entropy(labelled, batch.truth, diversity=options["diversity"], step=self.step)
        truth = batch.truth.expand(value.shape[:-1])
        return F.cross_entropy(value.flatten(0, -2).float(), truth.flatten(), label_smoothing=options["label_smoothing"])


class Losses:
    """The weighted sum of a run's losses.

    Attributes:
        wanted: The names of the nodes whose values the losses need.
    """

    def __init__(self, graph: Graph, losses: tuple[Loss, ...]) -> None:
        """Binds each loss to its node.

        Raises:
            TrainError: There is no loss, an output is unknown, or a loss can't be computed from its output.
        """
        if not losses:
            raise TrainError(f"`{graph.name}` can't be trained without a loss")
        self.terms = tuple(_bind(graph, loss, alone=len(losses) == 1) for loss in losses)
        self.wanted = tuple(dict.fromkeys(t.wanted for t in self.terms))

    def __call__(self, values: Mapping[str, Tensor], batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """The weighted sum and the unweighted terms by label; scalars on the device, the terms detached.

        Args:
            values: The values of the nodes in `wanted`, by name.
            batch: The batch with the truths.
        """
        found = [(t, t(values[t.wanted], batch)) for t in self.terms]
        total = sum((t.weight * value for t, value in found[1:]), found[0][0].weight * found[0][1])
        return total, {t.label: value.detach() for t, value in found}


def _bind(graph: Graph, loss: Loss, *, alone: bool) -> Term:
    of, node = target_of(graph, loss)
    label = loss.name if alone else f"{loss.name}({of})"
    match loss.name:
        case "subpixel_cross_entropy":
            op = node.op
            if not isinstance(op, Estimate):
                raise TrainError(
                    f"{loss.span.start}: `{loss.name}` needs a disparity, but `{of}` is {node.value} from `{op.name}`",
                    "choose an output that ends in `subpixel`",
                )
            return Term(label, loss.weight, node.operands[0], loss, op.step)
        case "cross_entropy":
            if node.value.size or isinstance(node.op, Estimate):
                raise TrainError(
                    f"{loss.span.start}: `{loss.name}` needs the logits of classes, but `{of}` is {node.value}",
                    "choose an output that ends in `linear` or `mean(time)`",
                )
            return Term(label, loss.weight, node.name, loss)
        case name:
            raise TrainError(f"{loss.span.start}: there is no loss `{name}`")


def target_of(graph: Graph, loss: Loss) -> tuple[str, Node]:
    """The name and node of the output (or other named value) that a loss is computed from.

    Raises:
        TrainError: The name is unknown, or the loss has none and the network has several outputs.
    """
    if loss.of is None:
        if len(graph.outputs) != 1:
            raise TrainError(
                f"{loss.span.start}: `{loss.name}` doesn't name an output, but `{graph.name}` has {listed(graph.outputs)}",
                f"write `{loss.name}(NAME)`",
            )
        (only,) = graph.outputs
        return only, graph.node(graph.outputs[only])
    named = {**graph.outputs, **graph.taps}
    name = named.get(loss.of, loss.of)
    if name not in graph:
        known = did_you_mean(loss.of, named) or f"the outputs are {listed(graph.outputs)}"
        raise TrainError(f"{loss.span.start}: `{graph.name}` has no output `{loss.of}`", known)
    return loss.of, graph.node(name)
