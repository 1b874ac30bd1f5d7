"""The comparison of an exported step with the trained network, before the file is written.

The network computes in float64 with its norms separate, as it was trained, and has a bound of the rounding of each number
(`backends/torch/rounding`). A number of the file must be within its bound. Where rounding decides whether a neuron fires, its
state says what the file decided, and the network goes on with these spikes; so everything behind them is compared too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from spikegraph.backends.torch.exporting.program import examples
from spikegraph.backends.torch.exporting.refusals import NotExportableError
from spikegraph.backends.torch.exporting.step import StreamingStep
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.rounding.bounded import UNKNOWN, Bounded
from spikegraph.backends.torch.rounding.neurons import followed, potential
from spikegraph.backends.torch.rounding.reference import Fired, Reference

STEPS = 4
"""Time steps that are compared; the states of all but the first aren't 0."""

Run = Callable[[Sequence[Tensor]], Sequence[Any]]
"""Runs the program in a file: inputs and states to outputs and states."""


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
class _Comparison:
    """Compares the states and outputs of one step."""

    number: int
    after: Mapping[str, Tensor]
    counts: Counts
    taken: set[str] = field(default_factory=set[str])

    def follow(self, fired: Fired) -> tuple[Bounded, dict[str, Bounded]]:
        """The spikes that the file's neurons decided for, as their states after the step tell."""
        found, names = fired.found, list(fired.before)
        given = [self.after[name].double() for name in names]
        self.taken.update(names)
        self.counts.numbers += sum(x.numel() for x in given)
        if not fired.spikes:
            inside = [self._inside(x, *found.between(k)) for k, x in enumerate(given)]
            for k, (name, x) in enumerate(zip(names, given, strict=True)):
                if not inside[k].all():
                    raise WrongNumberError(self._text(fired, ~inside[k], name, x, k))
            value = found.value(fired.evaluation.precision.of_one)
            self.counts.unknown += int((value.error >= UNKNOWN).sum())
            return value, {}

        def agrees(places: Tensor, count: Tensor, ends: Tensor) -> Tensor:
            here, fits = found.at(places), torch.ones(len(places), dtype=torch.bool)
            for k, x in enumerate(given):
                fits &= self._inside(x.flatten()[places], *here.between(k, ends))
            return fits

        spikes, wrong = followed(found, agrees)
        if wrong.any():
            name, x, k = next(
                ((n, x, k) for k, (n, x) in enumerate(zip(names, given, strict=True)) if self._far(fired, k, x, wrong)),
                (names[0], given[0], 0),
            )
            raise WrongNumberError(self._text(fired, wrong, name, x, k))
        differing = (spikes.value != found.values[0]) & (spikes.error == 0)
        self.counts.neurons += differing.numel()
        self.counts.unknown += int((spikes.error > 0).sum())
        if differing.any() and not self.counts.differing:
            self.counts.first = self._neuron(fired, differing.flatten().nonzero()[0].item())
        self.counts.differing += int(differing.sum())
        return spikes, {}

    @staticmethod
    def _inside(x: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return (x >= low) & (x <= high)

    def _far(self, fired: Fired, k: int, x: Tensor, wrong: Tensor) -> bool:
        return not bool(self._inside(x, *fired.found.between(k))[wrong].all())

    def _text(self, fired: Fired, wrong: Tensor, name: str, x: Tensor, k: int) -> str:
        """The wrong number that is farthest from the network's, in words."""
        states = fired.found.states[k]
        apart = torch.where(wrong, torch.nan_to_num((x - states[0]).abs(), nan=torch.inf), -1.0)
        at = int(apart.argmax())
        bound = float(((states - states[0]).abs().amax(0) + fired.found.slack[k]).flatten()[at])
        numbers = f"its `{name}` is {float(x.flatten()[at]):.6g} and not {float(states[0].flatten()[at]):.6g}"
        explained = f"{float(apart.flatten()[at]):.2g} apart, where rounding explains {bound:.2g}"
        return f"{self._neuron(fired, at)}: {numbers}, {explained}"

    def _neuron(self, fired: Fired, at: int) -> str:
        """A neuron in words, with the distance of its potential from its threshold and the bound of its rounding."""
        shape = fired.found.values[0].shape[1:]
        place = [int(i) for i in torch.unravel_index(torch.tensor(at % max(1, shape.numel())), shape)] if shape else []
        text = f"neuron {place} of `{fired.node.name}` at step {self.number}"
        if not fired.spikes:
            return text
        xs, states = [x.value for x in fired.operands], [s.value for s in fired.before.values()]
        middle = potential(fired.evaluation, xs, states)
        if middle is None:
            return text
        ends = [
            potential(
                fired.evaluation,
                [x.value + s * x.error for x in fired.operands],
                [b.value + s * b.error for b in fired.before.values()],
            )
            for s in (-1.0, 1.0)
        ]
        one = fired.evaluation.precision.of_one
        u, threshold = (x.flatten()[at] for x in middle)
        widest = max(abs(float(end[0].flatten()[at] - u)) for end in ends if end is not None)
        bound = widest + one * float(u.abs() + threshold)
        return f"{text}, whose potential is {abs(float(u - threshold)):.2g} from its threshold (rounding explains {bound:.2g})"

    def outputs(self, wanted: Mapping[str, Bounded], found: Mapping[str, Tensor], one: float) -> None:
        """Compares outputs, or states that no neuron has."""
        for name, value in wanted.items():
            x, bound = found[name].double(), value.error + one * value.value.abs() + 1e-35
            if x.shape != value.value.shape:
                raise WrongNumberError(f"`{name}` has the shape {list(x.shape)} and not {list(value.value.shape)}")
            self.counts.numbers += x.numel()
            self.counts.unknown += int((bound >= UNKNOWN).sum())
            apart = torch.nan_to_num((x - value.value).abs(), nan=torch.inf)
            if bool((apart > bound).any()):
                at = int(torch.where(apart > bound, apart, -1.0).argmax())
                place = [int(i) for i in torch.unravel_index(torch.tensor(at), x.shape)][1:]
                numbers = f"is {float(x.flatten()[at]):.6g} and not {float(value.value.flatten()[at]):.6g}"
                explained = f"{float(apart.flatten()[at]):.2g} apart, where rounding explains {float(bound.flatten()[at]):.2g}"
                raise WrongNumberError(f"number {place} of `{name}` at step {self.number} {numbers}, {explained}")


def checked(step: StreamingStep, run: Run, format: str, trained: Model) -> tuple[str, ...]:
    """Compares a program with the trained network, step by step; returns what a reader should know.

    The states go from step to step as the program returns them. Each is compared with that of the network from the same state.

    Args:
        step: The step that was exported, for the names and the order of its arrays.
        run: Runs the program: inputs and states to outputs and states.
        format: The name of the format.
        trained: The trained network in evaluation mode, before its norms were folded.

    Raises:
        NotExportableError: The program computes something else.
    """
    reference, counts, state = Reference(trained), Counts(), tuple(step.zeros(1))
    names, outputs = [array.name for array in step.signature.states], [array.name for array in step.signature.outputs]
    try:
        for number in range(steps_of(reference)):
            given = examples(step, 1, seed=number)
            with torch.no_grad():
                found = [torch.as_tensor(x) for x in run((*given, *state))]
            after = dict(zip(names, found[len(outputs) :], strict=True))
            compared = _Comparison(number, after, counts)
            before = {name: Bounded.exact(x) for name, x in zip(names, state, strict=True)}
            inputs = dict(zip((array.name for array in step.signature.inputs), given, strict=True))
            values, held = reference.step(inputs, before, compared.follow)
            one = reference.precision.of_one
            compared.outputs(held, after, one)
            compared.outputs(values, dict(zip(outputs, found, strict=False)), one)
            if compared.taken | held.keys() != set(names):
                raise WrongNumberError("it has other states")
            state = tuple(found[len(outputs) :])
    except WrongNumberError as error:
        why = f"what it would compute isn't what the trained network computes: {error}"
        help = "please report it with the run's folder, and export it to another format"
        raise NotExportableError(step.graph, format, why, help) from error
    return counts.notes(reference.measured)


def steps_of(reference: Reference) -> int:
    """The number of steps to compare: norms with a factor for each step have a last one."""
    return min([STEPS, *(n for node in reference.nodes if (n := node.op.longest()) is not None)])
