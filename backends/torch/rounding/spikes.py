"""Whether rounding explains the spikes of another program over a sequence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from torch import Tensor

from spikegraph.backends.torch.rounding.bounded import Bounded
from spikegraph.backends.torch.rounding.neurons import followed, potential
from spikegraph.backends.torch.rounding.reference import Fired, Reference


@dataclass(frozen=True)
class Spike:
    """A neuron at a step, whose spikes differ.

    Attributes:
        node: The operation of the neuron.
        step: The time step.
        place: [N, C, *size].
        distance: How far its potential is from its threshold.
        bound: How far rounding may move the potential.
    """

    node: str
    step: int
    place: tuple[int, ...]
    distance: float
    bound: float

    def __str__(self) -> str:
        """The neuron, the step, the distance and the bound."""
        at = f"neuron {list(self.place[1:])} of `{self.node}` at step {self.step} of sample {self.place[0]}"
        return f"{at}, whose potential is {self.distance:.2g} from its threshold (rounding explains {self.bound:.2g})"


@dataclass
class Explained:
    """What a comparison found.

    Attributes:
        spikes: The neurons that were compared, each at each step.
        differing: Those that fire otherwise than the network, as rounding explains.
        first: The first of these.
        wrong: The first that rounding doesn't explain, at which the comparison ended.
        outputs: The outputs of each step with their bounds, by name, up to its end.
    """

    spikes: int = 0
    differing: int = 0
    first: Spike | None = None
    wrong: Spike | None = None
    outputs: list[dict[str, Bounded]] = field(default_factory=list[dict[str, Bounded]])


class _WrongError(Exception):
    pass


def explained(reference: Reference, inputs: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> Explained:
    """Runs a network from its initial state; its neurons follow the spikes of the other program where rounding decides.

    States have bounds too, which grow from step to step as the rounding of the other program does.

    Args:
        reference: The network.
        inputs: The inputs [T, N, C, *size] by name.
        given: The spikes [T, N, C, *size] of the other program by node. Neurons without them follow the network.
    """
    found, steps = Explained(), len(next(iter(inputs.values())))
    states: dict[str, Bounded] = {}
    for number in range(steps):
        follower = _Follower(found, number, {name: x[number] for name, x in given.items()})
        try:
            outputs, after = reference.step({name: x[number] for name, x in inputs.items()}, states, follower.follow)
        except _WrongError:
            break
        found.outputs.append(outputs)
        states = {**states, **after}
    return found


@dataclass
class _Follower:
    found: Explained
    number: int
    given: Mapping[str, Tensor]

    def follow(self, fired: Fired) -> tuple[Bounded, dict[str, Bounded]]:
        """The spikes of the other program, and the states that go with them."""
        may, one = fired.found, fired.evaluation.precision.of_one
        spikes = self.given.get(fired.node.name)
        if not fired.spikes:
            return may.value(one), self._states(fired, None)
        if spikes is None:
            return Bounded(may.values[0], may.values.amax(0) - may.values.amin(0)), self._states(fired, None)
        flat = spikes.double().flatten()
        value, wrong = followed(may, lambda places, count, ends: flat[places] == count)
        differing = (value.value != may.values[0]) & ~wrong
        self.found.spikes += value.value.numel()
        self.found.differing += int(differing.sum())
        if wrong.any():
            self.found.wrong = self._spike(fired, wrong)
            raise _WrongError
        if differing.any() and self.found.first is None:
            self.found.first = self._spike(fired, differing)
        return Bounded.exact(value.value), self._states(fired, may.values == value.value)

    def _states(self, fired: Fired, chosen: Tensor | None) -> dict[str, Bounded]:
        found: dict[str, Bounded] = {}
        for k, name in enumerate(fired.before):
            low, high = fired.found.between(k, chosen)
            found[name] = Bounded((low + high) / 2, (high - low) / 2)
        return found

    def _spike(self, fired: Fired, where: Tensor) -> Spike:
        place: tuple[int, ...] = tuple(cast("Any", where.nonzero()[0]).tolist())
        ends = [
            potential(
                fired.evaluation,
                [x.value + sign * x.error for x in fired.operands],
                [s.value + sign * s.error for s in fired.before.values()],
            )
            for sign in (0.0, -1.0, 1.0)
        ]
        if ends[0] is None:
            return Spike(fired.node.name, self.number, place, float("nan"), float("nan"))
        u, threshold = float(ends[0][0][place]), float(ends[0][1][place])
        widest = max(abs(float(end[0][place]) - u) for end in ends if end is not None)
        bound = widest + fired.evaluation.precision.of_one * (abs(u) + threshold)
        return Spike(fired.node.name, self.number, place, abs(u - threshold), bound)
