"""The loss of a run: a weighted sum of terms, each computed from an output of the network."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, Shaped
from torch import Tensor

from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.model import Model, Watch
from spikegraph.backends.torch.modules.subpixel import full_precision, subpixel_cross_entropy
from spikegraph.backends.torch.train.loss_number import number_of, scalar_of
from spikegraph.backends.torch.train.no_items import without_items
from spikegraph.backends.torch.train.penalties import PenaltyTerm, penalty_term
from spikegraph.backends.torch.train.values import values_of
from spikegraph.base.errors import OutputError, UntrainableError
from spikegraph.base.processes import Processes
from spikegraph.dsl.spec import Loss
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.ops.stereo import Estimate
from spikegraph.ir.outputs import loss_form, loss_other, loss_target
from spikegraph.plugins.later import found


@dataclass(frozen=True)
class LossCall:
    """The arguments of a loss function beside the value.

    Attributes:
        node: The node of the output or wire that the loss names.
        batch: The batch with the targets.
        options: The loss's options by name.
        class_weights: The weight of each class; None if all count alike.
        other: What takes the place of the targets, [T, N, C, *size] like the value; None to compare with the targets.
    """

    node: Node
    batch: Batch
    options: Mapping[str, float]
    class_weights: tuple[float, ...] | None = None
    other: Shaped[Tensor, "..."] | None = None

    def compared(self, value: Shaped[Tensor, "..."]) -> tuple[Shaped[Tensor, "M ..."], Shaped[Tensor, "M ..."]]:
        """The values whose targets count, and these: [M, ...] each."""
        if self.other is None:
            return self.batch.compared(value, timed=self.node.value.steps)
        own = partial(self.batch.own, timed=self.node.value.steps)
        return own(value), own(full_precision(self.other))

    def last(self, value: Shaped[Tensor, "..."]) -> Shaped[Tensor, "N ..."]:
        """The value of each sample's last time step, [N, ...]; a value without time steps unchanged."""
        return self.batch.last(value) if value.dim() > 2 + len(self.node.value.size) else value


NOTHING: Mapping[str, Tensor] = {}
"""No architecture parameters."""

LossFunction = Callable[[LossCall, Tensor], Tensor]
"""(call, value) -> the loss, a scalar. The value is what the loss's declaration takes: logits [N, K] or [T, N, K], similarity
planes [T, N, D, H, W] with targets for the last T' steps, a map [N, K, H, W] or [T, N, K, H, W], or the value of any node."""


def planes_cross_entropy(call: LossCall, planes: Float[Tensor, "T N D H W"]) -> Float[Tensor, ""]:
    """Eq. 6 of similarity planes [T, N, D, H, W], a scalar []."""
    op, target = call.node.op, call.batch.target
    assert isinstance(op, Estimate)
    return subpixel_cross_entropy(planes[-len(target) :], target, diversity=call.options["diversity"], step=op.step)


def smooth_l1(call: LossCall, disparity: Shaped[Tensor, "T N 1 H W"]) -> Float[Tensor, ""]:
    """The mean over the pixels with a target, a scalar [], of disparities [T, N, 1, H, W]."""
    target = call.batch.target
    valid = target.isfinite()
    errors = F.smooth_l1_loss(
        disparity[-len(target) :, :, 0].float(), target.where(valid, 0.0), beta=call.options["beta"], reduction="none"
    )
    return errors.where(valid, 0.0).sum() / valid.sum().clamp(min=1)


def mse(call: LossCall, value: Shaped[Tensor, "..."]) -> Float[Tensor, ""]:
    """The mean squared error of the numbers that are known, a scalar [], of values [N, K, ...] or [T, N, K, ...]."""
    return _mean_error(call, value, lambda a, b: (a - b) ** 2)


def l1(call: LossCall, value: Shaped[Tensor, "..."]) -> Float[Tensor, ""]:
    """The mean absolute error of the numbers that are known, a scalar [], of values [N, K, ...] or [T, N, K, ...]."""
    return _mean_error(call, value, lambda a, b: (a - b).abs())


def huber(call: LossCall, value: Shaped[Tensor, "..."]) -> Float[Tensor, ""]:
    """The mean of Huber's function of the errors of the numbers that are known (Huber, Ann. Math. Statist. 1964).

    A scalar [], of values [N, K, ...] or [T, N, K, ...].
    """
    return _mean_error(call, value, lambda a, b: F.huber_loss(a, b, reduction="none", delta=call.options["delta"]))


def _mean_error(call: LossCall, value: Tensor, error: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    value, target = call.compared(value)
    same_size("targets", target.shape[1:], value.shape[1:])
    known = target.isfinite()
    if waits_for(target):
        errors = error(full_precision(value), target.where(known, 0.0)).where(known, 0.0)
    else:
        errors = error(full_precision(value)[known], target[known])
    return errors.sum() / known.sum().clamp(min=1)


def waits_for(mask: Shaped[Tensor, "..."]) -> bool:
    """Whether the program would wait for the device of a mask [...], to know how many of its values are true."""
    return mask.device.type != "cpu"


def end_point_error(call: LossCall, flow: Shaped[Tensor, "..."]) -> Float[Tensor, ""]:
    """The mean over the pixels with a target, a scalar [], of flows [N, 2, H, W] or [T, N, 2, H, W]."""
    target, flow = call.batch.target, full_precision(call.last(flow))
    same_size("targets", target.shape[1:], flow.shape[1:])
    valid = target.isfinite().all(1)
    # Only pixels with a target are differentiated: elsewhere the derivative of the length would be that of infinity.
    away = (flow - target.where(valid.unsqueeze(1), flow.detach())).movedim(1, -1)
    away = away if waits_for(target) else away[valid]
    lengths = cast("Tensor", torch.linalg.vector_norm(away, dim=-1))  # pyright: ignore[reportUnknownMemberType]
    return lengths.sum() / valid.sum().clamp(min=1)


def same_size(what: str, target: torch.Size, value: torch.Size) -> None:
    """Checks that targets and values have one size.

    Raises:
        UntrainableError: They differ.
    """
    if target != value:
        have, want = (" x ".join(map(str, size)) for size in (target, value))
        numbers = f"end the output with `linear({have})`, for {have} numbers of each sample"
        help = numbers if len(target) == len(value) == 1 else "resize the output to the size of the input"
        raise UntrainableError(f"the {what} are {have}, but the network gives {want}", help)


def known_numbers(call: LossCall) -> Int[Tensor, ""] | int:
    """The number of targets that count and are known, a scalar [] or a number; of another value in their place all are."""
    if call.other is not None:
        return call.compared(call.other)[1].numel()
    known, counted = call.batch.target.isfinite(), call.batch.counted
    return (known & counted.reshape(*counted.shape, *[1] * (known.dim() - counted.dim()))).sum()


def known_vectors(call: LossCall) -> Int[Tensor, ""]:
    """The number, a scalar [], of targets [N, K, ...] that are known in all K components."""
    return call.batch.target.isfinite().all(1).sum()


@dataclass(frozen=True)
class Term:
    """One term of the loss, bound to a node of the graph.

    Attributes:
        label: The term's name in the journal.
        wanted: The name of the node whose value the term needs.
        node: The node of the output or wire that the loss names.
        loss: The declaration.
        function: Computes the term.
        counts: Computes of how many items it is the mean; None for the samples.
        other: The name of the node whose value takes the place of the targets; None to compare with the targets.
    """

    label: str
    wanted: str
    node: Node
    loss: Loss
    function: LossFunction
    counts: Callable[[LossCall], Any] | None = None
    other: str | None = None

    @property
    def wants(self) -> tuple[str, ...]:
        """The names of the nodes whose values it needs."""
        return (self.wanted,) if self.other is None else (self.wanted, self.other)

    def __call__(
        self,
        values: Mapping[str, Shaped[Tensor, "..."]],
        batch: Batch,
        architecture: Mapping[str, Shaped[Tensor, "..."]] = NOTHING,
    ) -> Float[Tensor, ""]:
        """The unweighted term, a scalar [], from the values [...] of nodes by name; it depends on no architecture parameter.

        Raises:
            UntrainableError: The loss can't be computed of mixed samples, or of samples that differ in length.
        """
        declared, name = self.loss.declared, f"{self.loss.span.start}: `{self.loss.name}`"
        if batch.mixed is not None and not declared.mixed and self.other is None:
            summary = f"{name} can't be computed of samples that are mixed of two classes"
            raise UntrainableError(summary, "remove `mixup` from the data set's `augment`")
        if batch.lengths is not None and self.node.value.steps and not declared.own_steps:
            help = "write `batch = 1`, or let it use `LossCall.compared` or `LossCall.last`, with `own_steps=True`"
            raise UntrainableError(f"{name} doesn't know which time steps are a sample's own", help)
        result: object = self.function(self._call(values, batch), values[self.wanted])
        return number_of(self.loss.name, self.function, result, values[self.wanted])

    def count(self, values: Mapping[str, Shaped[Tensor, "..."]], batch: Batch) -> Float[Tensor, ""] | Int[Tensor, ""] | int:
        """The number, a scalar [], of items of this process's batch over which the term is the mean; or their weights' sum."""
        return batch.counted.shape[-1] if self.counts is None else self.counts(self._call(values, batch))

    def _call(self, values: Mapping[str, Tensor], batch: Batch) -> LossCall:
        weights = self.loss.class_weights
        assert weights != "balanced", "computed before a run starts"
        other = None if self.other is None else values[self.other].expand_as(values[self.wanted])
        return LossCall(self.node, batch, self.loss.options, weights, other)


class Losses:
    """The weighted sum of a run's losses.

    Attributes:
        wanted: The names of the nodes whose values the losses need.
    """

    def __init__(
        self,
        graph: Graph,
        losses: tuple[Loss, ...],
        plain: Graph | None = None,
        supernet: Graph | None = None,
        *,
        checked: bool = False,
    ) -> None:
        """Binds each loss to its node, each penalty to its neurons and operations.

        Args:
            graph: The graph that runs.
            losses: The losses.
            plain: The graph before the passes that made it faster; by default there were none. Penalties need it.
            supernet: That of the supernet of which this is a part, with which penalties compare it; by default `plain`.
            checked: The spec was checked: a penalty is 0 where a genotype left nothing at its places, which is no error.

        Raises:
            TrainError: There is no loss, an output is unknown, or a loss can't be computed from its output.
            UntrainableError: A penalty can't be computed of this network.
        """
        if not losses:
            raise UntrainableError(f"`{graph.name}` can't be trained without a loss")
        before, alone = plain or graph, len(losses) == 1
        penalty = partial(penalty_term, graph=graph, plain=before, supernet=supernet or before, checked=checked)
        self.terms: tuple[Term | PenaltyTerm, ...] = tuple(
            _bind(graph, loss, alone=alone) if loss.penalty is None else penalty(loss) for loss in losses
        )
        self.wanted = tuple(dict.fromkeys(name for t in self.terms for name in t.wants))

    def of(
        self, model: Model, batch: Batch, processes: Processes, watch: Watch | None = None
    ) -> tuple[Float[Tensor, ""], Float[Tensor, ""], dict[str, Float[Tensor, ""]]]:
        """Runs the model on a batch; the losses as in `over`, scalars []."""
        return self.over(processes, values_of(model, batch, self.wanted, watch=watch), batch, model.architecture)

    def over(
        self,
        processes: Processes,
        values: Mapping[str, Shaped[Tensor, "..."]],
        batch: Batch,
        architecture: Mapping[str, Shaped[Tensor, "..."]] = NOTHING,
    ) -> tuple[Float[Tensor, ""], Float[Tensor, ""], dict[str, Float[Tensor, ""]]]:
        """The losses over the batch of all processes; scalars [] on the device.

        Args:
            processes: The processes.
            values: The values of the nodes in `wanted`, by name.
            batch: This process's part of the batch, with the targets.
            architecture: The architecture parameters of a supernet, by name.

        Returns:
            The value whose gradients, averaged over the processes, are those of the weighted sum; and, detached, the
            weighted sum and the terms.
        """
        counts = [t.count(values, batch) for t in self.terms]
        own = [without_items(processes, values, t.wants, n) for t, n in zip(self.terms, counts, strict=True)]
        terms = [scalar_of(t.loss.name, t, t(of, batch, architecture)) for t, of in zip(self.terms, own, strict=True)]
        shares, means = processes.means(terms, counts, present=batch.present)
        return self._total(shares), self._total(means), {t.label: mean for t, mean in zip(self.terms, means, strict=True)}

    def _total(self, values: Sequence[Tensor]) -> Tensor:
        weighted = [t.loss.weight * value for t, value in zip(self.terms, values, strict=True)]
        return sum(weighted[1:], weighted[0])


def _bind(graph: Graph, loss: Loss, *, alone: bool) -> Term:
    try:
        of, node = loss_target(graph, loss)
    except OutputError as error:
        raise UntrainableError(f"{loss.span.start}: {error.summary}", error.help) from error
    wanted = node.operands[0] if loss_form(node, loss).before else node.name
    other = None if loss.to is None else loss_other(graph, loss.to).name
    label, declared = loss.name if alone else f"{loss.name}({of})", loss.declared
    count = None if declared.count is None else found(declared.count)
    return Term(label, wanted, node, loss, found(declared.compute), count, other)
