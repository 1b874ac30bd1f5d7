"""Whether rounding explains the spikes of another program over a sequence."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from spikegraph.base.errors import InputError
from spikegraph.meaning.call import Array
from spikegraph.meaning.inputs import taken
from spikegraph.meaning.rounding.bounded import Bounded, Where
from spikegraph.meaning.rounding.network import BoundedReference, Fired
from spikegraph.meaning.rounding.neurons import distance, followed


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

    def of_sample(self, sample: int) -> "Spike":
        """The same neuron of a sample that was run alone."""
        return replace(self, place=(sample, *self.place[1:]))

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
        undecided: Those whose spikes rounding decides, whether they differ or not.
        unknown: Those of them whose current or state has a bound that says nothing, so that any spike would be explained.
        first: The first that differs, in the order of the network.
        wrong: The first that rounding doesn't explain, at which the comparison ended.
        outputs: The outputs with their bounds by name, [T, N, C, *size], with T = 1 for those that are the same at every step;
            empty if there is a wrong spike.
        nodes: The nodes that the reference was asked for, in the same way.
    """

    spikes: int = 0
    differing: int = 0
    undecided: int = 0
    unknown: int = 0
    first: Spike | None = None
    wrong: Spike | None = None
    outputs: Mapping[str, Bounded] = field(default_factory=dict[str, Bounded])
    nodes: Mapping[str, Bounded] = field(default_factory=dict[str, Bounded])


class _WrongError(Exception):
    pass


def explained(
    reference: BoundedReference, inputs: Mapping[str, npt.ArrayLike], given: Mapping[str, npt.ArrayLike]
) -> Explained:
    """Runs a network from its initial state; its neurons follow the spikes of the other program where rounding decides.

    States have bounds too, which grow from step to step as the rounding of the other program does.

    Args:
        reference: The network.
        inputs: The inputs by name, as the reference takes them.
        given: The spikes [T, N, C, *size] of the other program by node. Neurons without them follow the network.

    Raises:
        InputError: An input is missing, or inputs or spikes have another form than the network's.
        NoReferenceError: An operation has no reference.
    """
    if unknown := [name for name in given if name not in reference.graph]:
        raise InputError(f"there are spikes of `{unknown[0]}`, but the network has no such neurons")
    follower = _Follower(Explained(), {name: np.asarray(x, np.float64) for name, x in given.items()})
    try:
        ran = reference.run(taken(reference.graph, inputs), follower.follow)
    except _WrongError:
        return follower.found
    follower.found.outputs, follower.found.nodes = ran.outputs, ran.nodes
    return follower.found


@dataclass
class _Follower:
    found: Explained
    given: Mapping[str, Array]

    def follow(self, fired: Fired) -> tuple[Bounded, Mapping[str, Bounded]]:
        """The spikes of the other program, and the states that go with them."""
        may, given = fired.found, self.given.get(fired.node.name)
        if not fired.spikes:
            return fired.real, may.state()
        if given is None:
            return may.free, may.state()
        if given.shape[1:] != may.values.shape[1:] or fired.step >= len(given):
            raise InputError(f"the spikes of `{fired.node.name}` are {list(given.shape)}, not [T, {_listed(may.values[0])}]")
        spikes = given[fired.step]
        wrong = followed(may, lambda places, count: spikes[places] == count)[1]
        differing, undecided = (spikes != may.values[0]) & ~wrong, may.undecided
        self.found.spikes += spikes.size
        self.found.differing += int(differing.sum())
        self.found.undecided += int(undecided.sum())
        for each in (*fired.operands, *fired.before.values()):
            if undecided.any() and each.value.shape == undecided.shape:
                unknown = undecided & each.loose
                self.found.unknown += int(unknown.sum())
                undecided = undecided & ~unknown
        if wrong.any():
            self.found.wrong = _spike(fired, wrong)
            raise _WrongError
        if differing.any() and self.found.first is None:
            self.found.first = _spike(fired, differing)
        return Bounded.exact(spikes), may.state(spikes)


def _listed(x: Array) -> str:
    return ", ".join(map(str, x.shape))


def _spike(fired: Fired, where: Where) -> Spike:
    place = tuple(int(i) for i in np.argwhere(where)[0])
    far, bound = distance(fired.evaluation, fired.operands, fired.before, place) or (float("nan"), float("nan"))
    return Spike(fired.node.name, fired.step, place, far, bound)
