"""What a module computes in one time step, whether its code has all steps or one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, fx, nn

from spikegraph.backends.torch.foreign.checks import check_calls, check_example, check_weights, own_states
from spikegraph.backends.torch.foreign.example import called, fresh, several, taken
from spikegraph.backends.torch.foreign.function_names import function_name
from spikegraph.backends.torch.foreign.nodes import slice_of
from spikegraph.backends.torch.foreign.one_step import OneStep
from spikegraph.backends.torch.foreign.replaced import without_replaced
from spikegraph.backends.torch.foreign.steps import folded
from spikegraph.backends.torch.foreign.trace import VALUE, Traced, trace
from spikegraph.backends.torch.foreign.unused import own_tensors_first, without_repeated
from spikegraph.backends.torch.foreign.writes import without_writes
from spikegraph.foreign.known.shapes import REPEATS
from spikegraph.foreign.of_classes import family_of

STEPS = 3
"""So many steps are read at least of a module that takes one: the first may be another one than those behind it."""


@dataclass(frozen=True)
class Reading:
    """A computation and its time steps.

    Attributes:
        traced: The computation.
        step: One step of it.
        axis: The dimension of the inputs that has the time steps; None if they have none.
        steps: How many steps the inputs have; None for none.
        repeated: Whether the code repeats a tensor for several steps.
        states: How many states the module takes and returns; it is called for each step if this isn't None.
        replaced: Calls that give one tensor, and take the gradient of another.
    """

    traced: Traced
    step: OneStep
    axis: int | None
    steps: int | None
    repeated: bool
    states: int | None = None
    replaced: tuple[fx.Node, ...] = ()


def read(
    module: nn.Module, inputs: Sequence[Tensor], is_leaf: Callable[[nn.Module], bool], *, multi_step: bool | None, steps: int
) -> Reading:
    """Follows a module's code, and finds its time steps.

    Raises:
        ForeignError: It can't be called or followed.
    """
    of_all = any(getattr(part, "step_mode", None) == "m" for part in module.modules())
    whole = of_all if multi_step is None else multi_step
    check_example(inputs, ("T", "N") if whole else ("N",))
    check_weights(module)
    states = None if whole else _states(module, inputs, is_leaf)
    check_calls(module, inputs, multi_step=of_all or whole, keeps_states=states is not None)
    if states is not None:
        steps = max(steps, STEPS)
        sequence = [torch.stack([x] * steps) for x in inputs]
        traced = trace(fresh(module), sequence, is_leaf, (steps, states))
    else:
        traced = trace(fresh(module), inputs, is_leaf)
    own_tensors_first(traced.graph)
    without_writes(traced.graph)
    replaced = without_replaced(traced)
    without_repeated(traced)
    step = OneStep(traced.graph, folded(traced.graph))
    if states is not None:
        return Reading(traced, step, 0, steps, False, states, replaced)
    repeated = repeats(traced.graph) or bool(step.folding.repeated)
    axis = _axis(step, inputs[0])
    if axis is None and not repeated:
        axis = _any_axis(step, inputs[0])
    if whole and not (multi_step is None and repeated):
        axis = _any_axis(step, inputs[0]) or 0
    return Reading(traced, step, axis, None if axis is None else inputs[0].shape[axis], repeated, replaced=replaced)


def repeats(graph: fx.Graph) -> bool:
    """Whether code repeats a tensor for several time steps, as `x.unsqueeze(0).repeat(T, 1, 1, 1, 1)` does."""
    for node in graph.nodes:
        if node.op in ("call_method", "call_function") and function_name(node) in REPEATS:
            before, after = list(node.args[0].meta[VALUE].shape), list(node.meta[VALUE].shape)
            before = [1] * (len(after) - len(before)) + before
            if [k for k, (b, a) in enumerate(zip(before, after, strict=True)) if b != a and b == 1] in ([0], [1]):
                return True
    return False


def _states(module: nn.Module, inputs: Sequence[Tensor], is_leaf: Callable[[nn.Module], bool]) -> int | None:
    """How many states a module of one step takes and returns that are no library's; None if it has all steps, or none."""
    if own_states(module, inputs, is_leaf):
        return 0
    count = taken(module, len(inputs))
    if count <= 0 or any(family_of(part) is not None for part in module.modules()):
        return None
    returned = several(called(fresh(module), inputs))
    return count if len(returned) > count and all(isinstance(r, Tensor) for r in returned[:-count]) else None


def _axis(step: OneStep, example: Tensor) -> int | None:
    """The axis of the inputs from which a loop takes its steps; None if it takes none from there."""
    for node in step.nodes:
        found = slice_of(node) if node in step.folding.step else None
        if found is not None and found.of.meta[VALUE].shape == example.shape and _is_input(found.of):
            return found.axis
    return None


def _is_input(node: fx.Node) -> bool:
    first = node.args[0] if node.op == "call_function" and node.args else None
    return isinstance(first, fx.Node) and first.op == "placeholder"


def _any_axis(step: OneStep, example: Tensor) -> int | None:
    """The axis from which loops take their steps, of tensors with as many dimensions as the example."""
    for node in step.nodes:
        found = slice_of(node) if node in step.folding.step else None
        of = None if found is None else found.of.meta[VALUE].shape
        if found is not None and of is not None and len(of) == example.dim() and of[found.axis] == example.shape[found.axis]:
            return found.axis
    return None
