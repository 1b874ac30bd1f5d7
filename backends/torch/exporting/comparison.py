"""One time step of an exported program beside the trained network: which numbers differ, and whether rounding explains it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from spikegraph.meaning.call import Array
from spikegraph.meaning.rounding.bounded import Bounded, Where
from spikegraph.meaning.rounding.network import Fired
from spikegraph.meaning.rounding.neurons import TINY, distance, followed


@dataclass
class Counts:
    """What a comparison has seen so far.

    Attributes:
        neurons: Neurons whose spikes were compared, each at each step.
        differing: Those of them that fire otherwise than the network, as rounding explains.
        first: The first of these, in words.
        numbers: Numbers of states and outputs.
        unknown: Those of them that were not compared.
    """

    neurons: int = 0
    differing: int = 0
    first: str = ""
    numbers: int = 0
    unknown: int = 0

    def notes(self, measured: Sequence[str]) -> tuple[str, ...]:
        """What a reader of the file should know, a line each."""
        found: list[str] = []
        if self.differing:
            count = f"{self.differing:,} of {self.neurons:,} spikes differ from the trained network's"
            found.append(f"{count}, as rounding explains: {self.first}")
        if self.unknown:
            why = "since rounding decides them"
            found.append(f"{self.unknown:,} of {self.numbers:,} numbers were not compared with the trained network's, {why}")
        found += [f"`{name}` has no bound of its rounding; it was measured" for name in measured]
        return tuple(found)


class WrongNumberError(Exception):
    """A number of a file isn't the network's; the text says which, and how far it is from it."""


@dataclass
class Comparison:
    """Compares the states and outputs of one step.

    Attributes:
        number: The step.
        after: The file's states behind it, by name.
        counts: What has been seen.
        taken: The states that belong to operations that were followed.
    """

    number: int
    after: Mapping[str, Array]
    counts: Counts
    taken: set[str] = field(default_factory=set[str])

    def follow(self, fired: Fired) -> tuple[Bounded, Mapping[str, Bounded]]:
        """The spikes that the file's neurons decided for, as their states after the step tell."""
        found = fired.found
        given = {part: self._state(f"{fired.node.name}:{part}", s.shape[1:]) for part, s in found.states.items()}
        self.counts.numbers += sum(x.size for x in given.values())
        whatever = found.state()
        for part, state in whatever.items():
            loose = Bounded(found.states[part][0], state.error).loose
            self.counts.unknown += int((loose & ~found.undecided).sum())
        if not fired.spikes:
            for part, x in given.items():
                if not (inside := _inside(x, whatever[part])).all():
                    raise WrongNumberError(self._text(fired, ~inside, part, x))
            return fired.real, {}

        def fits(places: Where, count: Array) -> Where:
            bounds = found.at(places).state(count)
            return np.all([_inside(x[places], bounds[part]) for part, x in given.items()], axis=0)

        spikes, wrong = followed(found, fits)
        if wrong.any():
            far = [part for part, x in given.items() if not _inside(x, whatever[part])[wrong].all()]
            part = (far or list(given))[0]
            raise WrongNumberError(self._text(fired, wrong, part, given[part]))
        differing = (spikes.value != found.values[0]) & (spikes.error == 0)
        self.counts.neurons += differing.size
        self.counts.unknown += int((spikes.error > 0).sum())
        if differing.any() and not self.counts.differing:
            self.counts.first = self._neuron(fired, int(np.flatnonzero(differing)[0]))
        self.counts.differing += int(differing.sum())
        return spikes, {}

    def _state(self, name: str, shape: tuple[int, ...]) -> Array:
        found = self.after.get(name)
        if found is None or found.shape != shape:
            raise WrongNumberError(f"the state `{name}` " + ("is missing" if found is None else "has another shape"))
        self.taken.add(name)
        return found

    def _text(self, fired: Fired, wrong: Where, part: str, x: Array) -> str:
        """The wrong number that is farthest from the network's, in words."""
        states = fired.found.states[part]
        apart = np.where(wrong, np.nan_to_num(np.abs(x - states[0]), nan=np.inf), -1.0)
        at = int(apart.argmax())
        bound = float((np.abs(states - states[0]).max(0) + fired.found.slack[part]).flat[at])
        numbers = f"its `{fired.node.name}:{part}` is {x.flat[at]:.6g} and not {states[0].flat[at]:.6g}"
        return f"{self._neuron(fired, at)}: {numbers}, {apart.flat[at]:.2g} apart, where rounding explains {bound:.2g}"

    def _neuron(self, fired: Fired, at: int) -> str:
        """A neuron in words, with the distance of its potential from its threshold and the bound of its rounding."""
        place = _place(at, fired.found.values[0])
        text = f"neuron {list(place[1:])} of `{fired.node.name}` at step {self.number}"
        found = distance(fired.evaluation, fired.operands, fired.before, place) if fired.spikes else None
        if found is None:
            return text
        return f"{text}, whose potential is {found[0]:.2g} from its threshold (rounding explains {found[1]:.2g})"

    def outputs(self, wanted: Mapping[str, Bounded], found: Mapping[str, Array], one: float) -> None:
        """Compares outputs, or states that no neuron has."""
        for name, value in wanted.items():
            x, bound = found[name], value.error + one * np.abs(value.value) + TINY
            if x.shape != value.value.shape:
                raise WrongNumberError(f"`{name}` has the shape {list(x.shape)} and not {list(value.value.shape)}")
            self.counts.numbers += x.size
            self.counts.unknown += int(Bounded(value.value, bound).loose.sum())
            apart = np.nan_to_num(np.abs(x - value.value), nan=np.inf)
            if (apart > bound).any():
                at = int(np.where(apart > bound, apart, -1.0).argmax())
                numbers = f"is {x.flat[at]:.6g} and not {value.value.flat[at]:.6g}"
                explained = f"{apart.flat[at]:.2g} apart, where rounding explains {bound.flat[at]:.2g}"
                place = list(_place(at, x)[1:])
                raise WrongNumberError(f"number {place} of `{name}` at step {self.number} {numbers}, {explained}")


def _inside(x: Array, bounds: Bounded) -> Where:
    return np.abs(x - bounds.value) <= bounds.error


def _place(at: int, x: Array) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(at, x.shape))
