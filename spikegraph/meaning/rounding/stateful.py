"""Bounds of operations that aren't neurons, but remember something: what is over time, norms by step, delays."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from spikegraph.ir.graph import Node
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.ops.pooling import Mean
from spikegraph.ir.ops.reduction import Reduce
from spikegraph.ir.ops.steps import TimeToChannels
from spikegraph.meaning.references import GROUP
from spikegraph.meaning.rounding.bounded import Bounded, Evaluation
from spikegraph.meaning.rounding.delays import delayed
from spikegraph.meaning.rounding.norms import normed
from spikegraph.plugins.kinds import FUNCTION
from spikegraph.plugins.registry import Registry

State = Mapping[str, Bounded]
"""What an operation remembers, by name, [N, C, *size] each; empty before the first step."""

StatefulRule = Callable[[Evaluation, Sequence[Bounded], State], tuple[Bounded, State]]
"""(operation, operands at some time steps, state before them) -> (result, state after them)."""


def over_time(f: Evaluation, xs: Sequence[Bounded], before: State) -> tuple[Bounded, State]:
    """The maximum, mean or sum over all steps so far, as at their end; the state is the maximum or sum, and their number."""
    op, (x,), one = f.node.op, xs, f.precision.of_one
    assert isinstance(op, Mean | Reduce)
    count = before.get("count") or Bounded.zeros(x.value.shape[1:2])
    steps = len(x.value)
    n = Bounded.exact(count.value + steps)
    if op.by == "max":
        largest = Bounded(x.value.max(0), x.error.max(0))
        if before:
            seen, last = count.value.reshape(-1, *(1 for _ in range(x.value.ndim - 2))) > 0, before["largest"]
            value = np.where(seen, np.maximum(last.value, largest.value), largest.value)
            largest = Bounded(value, np.where(seen, np.maximum(last.error, largest.error), largest.error))
        return Bounded(largest.value[None], largest.error[None]), {"largest": largest, "count": n}
    total = before.get("sum") or Bounded.zeros(x.value.shape[1:])
    value, gamma = total.value + x.value.sum(0), one + steps * f.precision.values
    error = total.error + x.error.sum(0) + gamma * (np.abs(total.value) + np.abs(x.value).sum(0))
    state = {"sum": Bounded(value, error), "count": n}
    if op.by == "sum":
        return Bounded(value[None], error[None]), state
    each = n.value.reshape(-1, *(1 for _ in range(value.ndim - 1)))
    return Bounded((value / each)[None], ((error + one * np.abs(value)) / each)[None]), state


def normed_by_step(f: Evaluation, xs: Sequence[Bounded], before: State) -> tuple[Bounded, State]:
    """A norm with a factor for each step; the state is the number of steps before."""
    factors, (x,) = f.tensor("step_weight"), xs
    assert factors is not None
    number = before.get("step") or Bounded.zeros(x.value.shape[1:2])
    first = int(number.value[0])
    y = f.first(first)([x.value])
    factor = np.abs(factors[first : first + f.call.steps]).reshape(-1, *(1 for _ in range(y.ndim - 1)))
    error = normed(f, xs, y) * factor + f.precision.of_one * np.abs(y)
    return Bounded(y, error), {"step": Bounded.exact(number.value + f.call.steps)}


def joined(f: Evaluation, xs: Sequence[Bounded], before: State) -> tuple[Bounded, State]:
    """All steps so far as channels; the state is the result, and the number of steps."""
    op, (x,) = f.node.op, xs
    assert isinstance(op, TimeToChannels)
    if not f.node.operand_values[0].steps:
        return Bounded(f([x.value]), f([x.error])), {}
    last, count = before.get("so_far"), before.get("count") or Bounded.zeros(x.value.shape[1:2])
    value, error = x.value, np.broadcast_to(x.error, x.value.shape)
    if last is not None:
        value, error = (
            np.stack([*np.split(a, op.most, axis=1)[: int(count.value[0])], *b])
            for a, b in ((last.value, value), (last.error, error))
        )
    y = Bounded(f([value]), f([error]))
    return y, {"so_far": y.at(0), "count": Bounded.exact(count.value + len(x.value))}


def parted(f: Evaluation, xs: Sequence[Bounded], before: State) -> tuple[Bounded, State]:
    """Parts of the channels as steps; the state is the number of steps before."""
    (x,) = xs
    number = before.get("step") or Bounded.zeros(x.value.shape[1:2])
    now = f.first(int(number.value[0]))
    return Bounded(now([x.value]), now([x.error])), {"step": Bounded.exact(number.value + f.call.steps)}


STATEFUL: Registry[StatefulRule] = Registry(
    "bound of the operation with a state",
    GROUP,
    {
        "delayed": delayed,
        "mean": over_time,
        "reduce": over_time,
        "norm": normed_by_step,
        "time_to_channels": joined,
        "channels_to_time": parted,
    },
    kind=FUNCTION,
    needed=False,
)
"""The rule of operations that remember something, by name. All others are taken for neurons: monotone in operands and state."""


def remembers(node: Node) -> bool:
    """Whether an operation remembers something from step to step, or adds up the steps."""
    op, neuron = node.op, getattr(node.op, "neuron", None)
    if isinstance(neuron, Neuron):
        return neuron.registered == "lif" or neuron.signature.remembers
    adds_up = op.name in STATEFUL and any(value.steps for value in node.operand_values) and not node.value.steps
    return op.traits.stateful or op.longest() is not None or adds_up
