"""What neurons may do if their currents and states are known up to rounding."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, cast

import torch
from torch import Tensor

from spikegraph.backends.torch.kernels.stateful import StepKernel
from spikegraph.backends.torch.modules.neuron_models import DYNAMICS, Numbers, numbers_of
from spikegraph.backends.torch.rounding.bounded import Bounded, Evaluation
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.ops.activation import Graded, Lif, Neurons

MOST_CORNERS = 6
"""Most numbers of operands and states whose combinations of bounds are all tried."""


@dataclass(frozen=True)
class Alternatives:
    """Results and states at the ends of the bounds of operands and states; the first is that without rounding.

    A neuron's state is monotone in its current and in each state while its spikes are the same, so whatever lies within the
    bounds gives a state between those of the ends.

    Attributes:
        values: The results, [ends, N, C, *size].
        states: The parts of the state after the step, [ends, N, C, *size] each.
        slack: How far rounding may move a state after the step, for each part.
    """

    values: Tensor
    states: tuple[Tensor, ...]
    slack: tuple[Tensor, ...]

    @property
    def undecided(self) -> Tensor:
        """Where rounding decides how often a neuron fires, [N, C, *size]."""
        return self.values.amin(0) != self.values.amax(0)

    def value(self, rounding: float) -> Bounded:
        """The result as a real number."""
        middle = self.values[0]
        return Bounded(middle, (self.values - middle).abs().amax(0) + rounding * middle.abs())

    def at(self, places: Tensor) -> "Alternatives":
        """Those of some neurons, [ends, neurons]."""
        states = tuple(s.flatten(1)[:, places] for s in self.states)
        return Alternatives(self.values.flatten(1)[:, places], states, tuple(s.flatten()[places] for s in self.slack))

    def between(self, part: int, chosen: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The least and the largest state; with `chosen` [ends, ...] of the ends that are true there."""
        states, slack = self.states[part], self.slack[part]
        if chosen is None:
            return states.amin(0) - slack, states.amax(0) + slack
        low = torch.where(chosen, states, torch.inf).amin(0)
        return low - slack, torch.where(chosen, states, -torch.inf).amax(0) + slack


def neuron_of(f: Evaluation) -> Neuron | None:
    """The neuron of an operation of neurons."""
    op = f.node.op
    return op.neuron if isinstance(op, Lif | Neurons | Graded) else None


def spread(f: Evaluation, xs: Sequence[Bounded], states: Sequence[Bounded]) -> tuple[list[Bounded], list[Bounded]]:
    """Operands and states with the roundings of the neuron's own equations in their bounds."""
    neuron, one = neuron_of(f), f.precision.of_one
    threshold, gain = 0.0, 1.0
    if neuron is not None:
        numbers = numbers_of(neuron, f.call.weights, len(f.node.value.size))
        threshold = torch.as_tensor(numbers["threshold"]).abs().amax().item()
        if neuron.decay_input:
            gain = 1 / max(1 - torch.as_tensor(numbers["decay"]).amax().item(), 1e-6)
    kept = sum((s.value.abs() for s in states if s.value.shape == xs[0].value.shape), torch.zeros(()).double())
    wider = [Bounded(x.value, x.error + one * (x.value.abs() + gain * (threshold + kept))) for x in xs]
    return wider, [Bounded(s.value, s.error + one * s.value.abs()) for s in states]


def alternatives(f: Evaluation, step: StepKernel, xs: Sequence[Bounded], states: Sequence[Bounded]) -> Alternatives:
    """What an operation with a state may give."""
    wider, before = spread(f, xs, states)
    held = [*wider, *before]
    combinations = product((-1.0, 1.0), repeat=len(held))
    if len(held) > MOST_CORNERS:
        combinations = [(sign,) * len(held) for sign in (-1.0, 1.0)]
    found: list[tuple[Tensor, tuple[Tensor, ...]]] = []
    for signs in ((0.0,) * len(held), *combinations):
        given = [b.value + sign * b.error for b, sign in zip(held, signs, strict=True)]
        found.append(step.compute(f.call, given[: len(wider)], tuple(given[len(wider) :])))
    values = torch.stack([y.double() for y, _ in found])
    after = tuple(torch.stack([s[k].double() for _, s in found]) for k in range(len(before)))
    slack = tuple(f.precision.of_one * s.abs().amax(0) + 1e-35 for s in after)
    neuron = neuron_of(f)
    if neuron is not None:  # a soft reset subtracts a threshold, which is rounded
        slack = tuple(s + f.precision.of_one * neuron.threshold for s in slack)
    return Alternatives(values, after, slack)


def followed(found: Alternatives, agrees: Callable[[Tensor, Tensor, Tensor], Tensor]) -> tuple[Bounded, Tensor]:
    """The spikes that another program decided for, and where it agrees with none that rounding explains.

    Args:
        found: What the neurons may do.
        agrees: (places, count, ends) -> where the other program may have fired so often: `places` are the numbers of neurons,
            `count` [neurons] their spikes, and `ends` [ends, neurons] says which alternatives these are.

    Returns:
        The spikes, whose bound isn't 0 where more than one number of spikes agrees; and the disagreement, [N, C, *size].
    """
    middle = found.values[0]
    spikes, error = middle.flatten().clone(), torch.zeros_like(middle).flatten()
    wrong = torch.zeros_like(spikes, dtype=torch.bool)
    decided = (~found.undecided).flatten().nonzero().squeeze(1)
    everywhere = torch.ones(len(found.values), len(decided), dtype=torch.bool)
    wrong[decided] = ~agrees(decided, spikes[decided], everywhere)
    places = found.undecided.flatten().nonzero().squeeze(1)
    if len(places):
        values = found.values.flatten(1)[:, places]
        fitting = torch.zeros(len(places))
        kept = torch.zeros(len(places), dtype=torch.bool)
        counts: list[float] = cast("Any", values).unique().tolist()
        for count in counts:
            ends = values == count
            fits = ends.any(0) & agrees(places, torch.full_like(spikes[places], count), ends)
            fitting += fits
            take = fits & ~kept
            spikes[places] = torch.where(take, count, spikes[places])
            kept |= fits & (middle.flatten()[places] == count)
        wrong[places] = fitting == 0
        several = fitting > 1
        spikes[places] = torch.where(several, middle.flatten()[places], spikes[places])
        error[places] = torch.where(several, values.amax(0) - values.amin(0), 0.0)
    return Bounded(spikes.reshape(middle.shape), error.reshape(middle.shape)), wrong.reshape(middle.shape)


def potential(f: Evaluation, xs: Sequence[Tensor], states: Sequence[Tensor]) -> tuple[Tensor, Tensor] | None:
    """The potentials of neurons before their reset, and the thresholds; None for operations without a membrane equation."""
    neuron = neuron_of(f)
    if neuron is None:
        return None
    numbers = Numbers(neuron, numbers_of(neuron, f.call.weights, len(f.node.value.size)))
    u, _, _ = DYNAMICS[neuron.model].step(xs[0], tuple(states), numbers)
    threshold = torch.as_tensor(numbers["threshold"], dtype=torch.float64)
    if neuron.model == "alif":
        threshold = threshold + numbers["adaptation"] * states[1]
    if neuron.levels > 1:
        shift = 0.5 if neuron.spike_at == "nearest" else 0.0
        threshold = ((u / threshold + shift).round().clamp(1, neuron.levels) - shift) * threshold
    return u, threshold.expand_as(u)
