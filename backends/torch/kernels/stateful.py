"""Operations with a state, for one time step: the state goes in and comes out, and is 0 before the first step."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from spikegraph.backends.torch.kernels.base import Call, real
from spikegraph.backends.torch.kernels.delays import weights_by_delay
from spikegraph.backends.torch.kernels.weighted import norm as normed
from spikegraph.backends.torch.modules.neuron_models import Dynamics, Numbers
from spikegraph.backends.torch.modules.resolved_neurons import resolved
from spikegraph.ir.graph import Node
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import AnyOp
from spikegraph.ir.ops.activation import Graded, Lif, Neurons, Potential
from spikegraph.ir.ops.delays import Delayed
from spikegraph.ir.ops.normalisation import Norm
from spikegraph.ir.ops.pooling import Mean
from spikegraph.ir.ops.reduction import Reduce
from spikegraph.ir.ops.steps import ChannelsToTime, TimeToChannels
from spikegraph.plugins.registry import Registry

Parts = Mapping[str, tuple[int, ...]]
"""The parts of an operation's state by name, such as `v`, with their shapes without the axis N."""

Before = tuple[Float[Tensor, "N ..."], ...]
"""The parts of a state [N, *shape], in order."""


def _none(node: Node) -> Mapping[str, float]:
    return {}


@dataclass(frozen=True)
class StepKernel(Generic[AnyOp]):
    """One time step of an operation with a state.

    Attributes:
        parts: The parts of the state of a node; without any the node has no state, and its ordinary kernel computes it.
        compute: (call, operands, state) -> (result, state), with operands and result of one time step, [N, C, *size]. It uses
            operations of torch alone.
        initial: The numbers at which parts of the state begin, by name; the others begin at 0.
    """

    parts: Callable[[Node[AnyOp]], Parts]
    compute: Callable[[Call[AnyOp], Sequence[Tensor], Before], tuple[Tensor, Before]]
    initial: Callable[[Node[AnyOp]], Mapping[str, float]] = _none


def _membrane(node: Node) -> Parts:
    return {"v": node.value.shape}


def _lif(call: Call[Lif], xs: Sequence[Tensor], before: Before) -> tuple[Tensor, Before]:
    n, current = call.node.op.neuron, real(xs[0])
    u = current + n.decay * before[0]
    fired = u > n.threshold
    spikes = fired.to(u.dtype)
    after = u.masked_fill(fired, 0) if n.reset == "hard" else u - n.threshold * spikes
    return spikes.to(xs[0].dtype), (after,)


def _potential(call: Call[Potential], xs: Sequence[Tensor], before: Before) -> tuple[Tensor, Before]:
    u = real(xs[0]) + call.node.op.decay * before[0]
    return u, (u,)


def _neuron_parts(node: Node[Neurons | Graded]) -> Parts:
    return dict.fromkeys(_state_names(_dynamics(node.op.neuron)), node.value.shape)


def _neuron_initial(node: Node[Neurons | Graded]) -> Mapping[str, float]:
    dynamics = _dynamics(node.op.neuron)
    return dict(zip(_state_names(dynamics), dynamics.initial, strict=True)) if dynamics.initial else {}


def _state_names(dynamics: Dynamics) -> tuple[str, ...]:
    return dynamics.names or tuple(f"s{k}" for k in range(dynamics.states))


def _dynamics(neuron: Neuron) -> Dynamics:
    found = resolved(neuron).dynamics
    assert found is not None
    return found


def _neurons(call: Call[Neurons | Graded], xs: Sequence[Tensor], before: Before) -> tuple[Tensor, Before]:
    own = resolved(call.node.op.neuron)
    numbers = Numbers(own.neuron, own.numbers(call.weights, len(call.node.value.size)), own.temperature)
    currents = [real(x) for x in xs]
    assert own.dynamics is not None
    u, y, after = own.dynamics.step(tuple(currents) if len(currents) > 1 else currents[0], before, numbers)
    return y.to(xs[0].dtype) if own.spikes else u, after


def _over_time_parts(node: Node[Mean | Reduce]) -> Parts:
    """The sum, or the maximum, of the steps so far, and their number."""
    if not node.operand_values[0].steps or node.value.steps:
        return {}
    return {"sum" if node.op.by != "max" else "largest": node.value.shape, "count": ()}


def _over_time(call: Call[Mean | Reduce], xs: Sequence[Tensor], before: Before) -> tuple[Tensor, Before]:
    """The maximum, mean or sum of all steps so far."""
    (x,), (so_far, steps) = xs, before
    number = steps.reshape(-1, *[1] * (so_far.dim() - 1))
    if call.node.op.by == "max":
        largest = torch.where(number > 0, torch.maximum(so_far, x), x)
        return largest, (largest, steps + 1)
    total = so_far + x
    return (total / (number + 1) if call.node.op.by == "mean" else total), (total, steps + 1)


def _norm_parts(node: Node[Norm]) -> Parts:
    return {} if node.op.steps is None else {"step": ()}


def _norm(call: Call[Norm], xs: Sequence[Tensor], before: Before) -> tuple[Tensor, Before]:
    """Norm with a factor for each step; the state is the number of steps before."""
    assert call.weights is not None
    factors: Tensor = call.weights.step_weight  # type: ignore[assignment]
    alike = call.node.op.model_copy(update={"per": "sequence", "steps": None})
    node = Node(call.node.path, alike, call.node.operands, call.node.span, (call.operands[0].with_(steps=False),))
    call = Call(node, node.operand_values, call.leaves, call.architecture, 1, call.training, call.low)
    y, _ = normed(call, xs, None)
    return y * factors.index_select(0, before[0].long()).reshape(-1, *[1] * (y.dim() - 1)), (before[0] + 1,)


def _delayed_parts(node: Node[Delayed]) -> Parts:
    return {"past": (node.op.most, node.operand_values[0].channels)}


def _delayed(call: Call[Delayed], xs: Sequence[Tensor], before: Before) -> tuple[Tensor, Before]:
    """A linear layer with delays; the state is the last operands, the latest at the end."""
    own = call.weights
    assert own is not None
    taps = weights_by_delay(call.node.op, own)
    seen = torch.cat([before[0], xs[0].to(taps.dtype).unsqueeze(1)], 1)
    y = F.linear(seen.flatten(1), taps.flip(2).transpose(1, 2).flatten(1), getattr(own, "bias", None))
    return y, (seen[:, 1:],)


def _joined_parts(node: Node[TimeToChannels]) -> Parts:
    return {"so_far": node.value.shape, "count": ()} if node.operand_values[0].steps else {}


def _joined(call: Call[TimeToChannels], xs: Sequence[Tensor], before: Before) -> tuple[Tensor, Before]:
    """All steps so far as channels; the state is the result before, and the number of steps before."""
    (x,), (past, steps) = xs, before
    now = _now(call.node.op.most, steps, x.dim())
    y = torch.where(now, x.unsqueeze(1), torch.unflatten(past, 1, (call.node.op.most, -1))).flatten(1, 2)
    return y, (y, steps + 1)


def _parted_parts(node: Node[ChannelsToTime]) -> Parts:
    return {"step": ()}


def _parted(call: Call[ChannelsToTime], xs: Sequence[Tensor], before: Before) -> tuple[Tensor, Before]:
    """The channels of this step; the state is the number of steps before."""
    parts = torch.unflatten(xs[0], 1, (call.node.op.most, -1))
    now = _now(call.node.op.most, before[0], xs[0].dim())
    return torch.where(now, parts, torch.zeros_like(parts)).sum(1), (before[0] + 1,)


def _now(most: int, steps: Tensor, axes: int) -> Tensor:
    """Which of `most` steps is the one behind so many, [N, most, 1, *ones]."""
    return (torch.arange(most, device=steps.device) == steps.reshape(-1, 1)).reshape(-1, most, *[1] * (axes - 1))


def _of(operation: type[AnyOp], step: StepKernel[AnyOp]) -> dict[str, StepKernel[Any]]:
    return {operation.name: step}


STEPS: Registry[StepKernel[Any]] = Registry(
    "step of the operation",
    "spikegraph.kernels",
    _of(Lif, StepKernel(_membrane, _lif))
    | _of(Potential, StepKernel(_membrane, _potential))
    | _of(Neurons, StepKernel(_neuron_parts, _neurons, _neuron_initial))
    | _of(Graded, StepKernel(_neuron_parts, _neurons, _neuron_initial))
    | _of(Delayed, StepKernel(_delayed_parts, _delayed))
    | _of(Mean, StepKernel(_over_time_parts, _over_time))
    | _of(Reduce, StepKernel(_over_time_parts, _over_time))
    | _of(Norm, StepKernel(_norm_parts, _norm))
    | _of(TimeToChannels, StepKernel(_joined_parts, _joined))
    | _of(ChannelsToTime, StepKernel(_parted_parts, _parted)),
    kind=StepKernel,
)
"""The steps of operations with a state, by the operation's name."""


def without_equations(node: Node) -> str | None:
    """The model of a node's neurons, if it has no equations."""
    op = node.op
    return op.neuron.model if isinstance(op, Neurons | Graded) and resolved(op.neuron).dynamics is None else None


def step_of(node: Node) -> StepKernel[Any] | None:
    """The step of an operation with a state; None without one."""
    found = STEPS.get(node.op.name)
    return found if found is not None and found.parts(node) else None
