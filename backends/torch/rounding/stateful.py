"""Bounds of operations whose state isn't a neuron's: the mean over time, and norms with a factor for each step."""

from collections.abc import Callable, Sequence

from torch import Tensor

from spikegraph.backends.torch.kernels.stateful import step_of
from spikegraph.backends.torch.rounding.bounded import Bounded, Evaluation
from spikegraph.backends.torch.rounding.bounds import normed
from spikegraph.registry import Registry

StatefulRule = Callable[[Evaluation, Sequence[Bounded], Sequence[Bounded]], tuple[Bounded, tuple[Bounded, ...]]]
"""(operation, operands, state before) -> (result, state after)."""


def averaged_over_time(f: Evaluation, xs: Sequence[Bounded], before: Sequence[Bounded]) -> tuple[Bounded, tuple[Bounded, ...]]:
    """The mean over all steps so far; the state is their sum and number."""
    (x,), (total, count), one = xs, before, f.precision.of_one
    value, n = total.value + x.value, count.value + 1
    error = total.error + x.error + one * (total.value.abs() + x.value.abs())
    shaped: Tensor = n.reshape(-1, *[1] * (value.dim() - 1))
    return Bounded(value / shaped, (error + one * value.abs()) / shaped), (Bounded(value, error), Bounded.exact(n))


def normed_by_step(f: Evaluation, xs: Sequence[Bounded], before: Sequence[Bounded]) -> tuple[Bounded, tuple[Bounded, ...]]:
    """A norm with a factor for each step; the state is the number of steps before."""
    step, factors, (number,) = step_of(f.node), f.tensor("step_weight"), before
    assert step is not None and factors is not None
    y, (after,) = step.compute(f.call, [xs[0].value], (number.value,))
    factor = factors[number.value.long()].abs().reshape(-1, *[1] * (y.dim() - 1))
    return Bounded(y, normed(f, xs, y) * factor + f.precision.of_one * y.abs()), (Bounded.exact(after),)


STATEFUL: Registry[StatefulRule] = Registry(
    "bound of the operation with a state", "spikegraph.kernels", {"mean": averaged_over_time, "norm": normed_by_step}
)
"""The rule of operations with a state by name. All others are taken for neurons: states that are monotone in operands."""
