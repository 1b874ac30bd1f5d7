"""The comparison of an exported step with the trained network, before the file is written.

The network's reference computes in float64 with its norms separate, as it was trained, and has a bound of the rounding of each
number (`spikegraph/meaning/rounding`). A number of the file must be within its bound. Where rounding decides whether a neuron
fires, its state says what the file decided, and the reference goes on with these spikes; so everything behind them is compared.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from spikegraph.backends.torch.exporting.comparison import Comparison, Counts, WrongNumberError
from spikegraph.backends.torch.exporting.program import examples
from spikegraph.backends.torch.exporting.refusals import NotExportableError
from spikegraph.backends.torch.exporting.signature import Array as State
from spikegraph.backends.torch.exporting.step import StreamingStep
from spikegraph.backends.torch.judge import judge_of
from spikegraph.backends.torch.model import Model
from spikegraph.meaning.call import Array
from spikegraph.meaning.inputs import Inputs
from spikegraph.meaning.rounding.bounded import Bounded
from spikegraph.meaning.rounding.network import BoundedReference, States

STEPS = 4
"""Time steps that are compared; the states of all but the first aren't 0."""

Run = Callable[[Sequence[Tensor]], Sequence[Any]]
"""Runs the program in a file: inputs and states to outputs and states."""


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
    reference, counts, state = judge_of(trained), Counts(), tuple(step.zeros(1))
    signature, one = step.signature, reference.precision.of_one
    names, outputs = [array.name for array in signature.states], [array.name for array in signature.outputs]
    try:
        for number in range(steps_of(reference)):
            given = examples(step, 1, seed=number)
            with torch.no_grad():
                found = [torch.as_tensor(x) for x in run((*given, *state))]
            results, after = found[: len(outputs)], dict(zip(names, map(_array, found[len(outputs) :]), strict=True))
            compared = Comparison(number, after, counts)
            inputs = {array.name: _array(x)[None] for array, x in zip(signature.inputs, given, strict=True)}
            ran = reference.run(Inputs(inputs, 1, 1), compared.follow, _states(signature.states, state))
            held = {f"{node}:{part}": value for node, parts in ran.states.items() for part, value in parts.items()}
            compared.outputs(held, after, one)
            values = {name: value.at(0) for name, value in ran.outputs.items()}
            compared.outputs(values, dict(zip(outputs, map(_array, results), strict=True)), one)
            if compared.taken | held.keys() != set(names):
                raise WrongNumberError("it has other states")
            state = tuple(found[len(outputs) :])
    except WrongNumberError as error:
        why = f"what it would compute isn't what the trained network computes: {error}"
        help = "please report it with the run's folder, and export it to another format"
        raise NotExportableError(step.graph, format, why, help) from error
    return counts.notes(reference.measured)


def steps_of(reference: BoundedReference) -> int:
    """The number of steps to compare: norms with a factor for each step have a last one."""
    return min(STEPS, reference.steps or STEPS)


def _array(x: Tensor) -> Array:
    return x.double().numpy()


def _states(arrays: Sequence[State], state: Sequence[Tensor]) -> States:
    """The states that a step takes, by node and part."""
    found: dict[str, dict[str, Bounded]] = {}
    for array, x in zip(arrays, state, strict=True):
        found.setdefault(array.node, {})[array.part] = Bounded.exact(_array(x))
    return found
