"""The comparison of an exported step with the trained network, before the file is written.

The network's reference computes in float64 with its norms separate, as it was trained, and has a bound of the rounding of each
number (`spikegraph/meaning/rounding`). A number of the file must be within its bound. Where rounding decides whether a neuron
fires, its state says what the file decided, and the reference goes on with these spikes; so everything behind them is compared.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from spikegraph.backends.torch.exporting.comparison import Comparison, Counts, WrongNumberError
from spikegraph.backends.torch.exporting.program import examples
from spikegraph.backends.torch.exporting.refusals import NotExportableError
from spikegraph.backends.torch.exporting.signature import Array as State
from spikegraph.backends.torch.exporting.signature import Signature
from spikegraph.backends.torch.exporting.step import StreamingStep
from spikegraph.backends.torch.judge import arrays, judge_of
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.ir.choices import Choices
from spikegraph.ir.graph import Graph
from spikegraph.meaning.call import Array
from spikegraph.meaning.composites import flat
from spikegraph.meaning.inputs import Inputs
from spikegraph.meaning.rounding.bounded import Bounded
from spikegraph.meaning.rounding.network import BoundedReference, States
from spikegraph.meaning.weights import checked as fitting
from spikegraph.passes import pipeline
from spikegraph.passes.phase_pipelines import FASTER
from spikegraph.validation.smaller import smallest, with_sizes

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
    reference = judge_of(trained)
    given = (examples(step, 1, seed=number) for number in range(steps_of(reference)))
    try:
        counts = compared(step.signature, run, reference, given)
    except WrongNumberError as error:
        why = f"what it would compute isn't what the trained network computes: {error}"
        help = "please report it with the run's folder, and export it to another format"
        raise NotExportableError(step.graph, format, why, help) from error
    return counts.notes(reference.measured)


def compared(signature: Signature, run: Run, reference: BoundedReference, given: Iterable[Sequence[Tensor]]) -> Counts:
    """Runs a program step by step, from the first, beside a reference; returns what was compared.

    Args:
        signature: The names and the order of the program's arrays.
        run: Runs the program.
        reference: The network that it must compute.
        given: The inputs of each step, [N, C, *size] each.

    Raises:
        WrongNumberError: The program computes something else.
    """
    counts, state, one = Counts(), tuple[Tensor, ...](), reference.precision.of_one
    names, outputs = [array.name for array in signature.states], [array.name for array in signature.outputs]
    for number, xs in enumerate(given):
        samples = len(xs[0])
        state = state or tuple(xs[0].new_full((samples, *array.shape), array.initial) for array in signature.states)
        with torch.no_grad():
            found = [torch.as_tensor(x) for x in run((*xs, *state))]
        results, after = found[: len(outputs)], dict(zip(names, map(_array, found[len(outputs) :]), strict=True))
        comparison = Comparison(number, after, counts)
        inputs = {array.name: _array(x)[None] for array, x in zip(signature.inputs, xs, strict=True)}
        ran = reference.run(Inputs(inputs, 1, samples), comparison.follow, _states(signature.states, state))
        held = {f"{node}:{part}": value for node, parts in ran.states.items() for part, value in parts.items()}
        comparison.outputs(held, after, one)
        values = {name: value.at(0) for name, value in ran.outputs.items()}
        comparison.outputs(values, dict(zip(outputs, map(_array, results), strict=True)), one)
        if comparison.taken | held.keys() != set(names):
            raise WrongNumberError("it has other states")
        state = tuple(found[len(outputs) :])
    return counts


def on_small_maps(model: Model, trained: Model) -> tuple[Model, Model]:
    """A network and the trained one on the smallest inputs that suit both: what reads a file's weights runs at any size."""

    def suits(small: Graph) -> None:
        sizes = {name: node.value.size for name, node in small.inputs().items()}
        for each in (model, trained):
            fitting(flat(with_sizes(each.plain, sizes), Choices()), arrays(each.state_dict()))

    sizes = {name: node.value.size for name, node in smallest(trained.plain, suits).inputs().items()}
    return _of_size(model, sizes), _of_size(trained, sizes)


def _of_size(model: Model, sizes: Mapping[str, tuple[int, ...]]) -> Model:
    graph = with_sizes(model.plain, sizes)
    if graph == model.plain:
        return model
    found = lower(pipeline.run(FASTER, graph), low=model.low, plain=graph)
    found.load_state_dict(model.state_dict())
    return found.eval()


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
