"""The judge of a trained network's other forms and files: the reference of its plain graph, with bounds of rounding."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from spikegraph.backends.torch.kernels.base import Call
from spikegraph.backends.torch.kernels.stateful import STEPS, StepKernel, step_of
from spikegraph.backends.torch.kernels.substeps import kernel_of
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.modules.neuron_models import DYNAMICS, Numbers
from spikegraph.backends.torch.modules.resolved_neurons import resolved
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.neuron import Neuron
from spikegraph.meaning import call as meaning
from spikegraph.meaning.operations.neurons import equation_of
from spikegraph.meaning.references import REFERENCES
from spikegraph.meaning.rounding.bounded import BFLOAT16, FLOAT32
from spikegraph.meaning.rounding.network import BoundedReference, bounded_reference_of


def judge_of(model: Model) -> BoundedReference:
    """The reference of a model's plain graph for programs of the model's precision.

    Operations and neurons of a plug-in that have no reference are computed by their kernels, and so are those with a state,
    whose parts have the names of the kernel.
    """
    precision, weights = FLOAT32 if model.low is None else BFLOAT16, arrays(model.state_dict())
    return bounded_reference_of(model.plain, weights, precision=precision, others=by_kernels(model.plain))


def arrays(tensors: Mapping[str, Tensor]) -> dict[str, meaning.Array]:
    """Tensors as arrays in float64."""
    return {name: tensor.detach().cpu().double().numpy() for name, tensor in tensors.items()}


def by_kernels(graph: Graph) -> dict[str, Callable[..., meaning.Array]]:
    """What computes the operations and neurons of plug-ins that have no reference, by node."""
    return {node.name: _by_kernel for node in graph if _needs_kernel(node)}


def _needs_kernel(node: Node) -> bool:
    if node.op.traits.source or node.op.traits.carries:
        return False
    neuron = neuron_of(node)
    if node.op.name not in REFERENCES or (neuron is not None and equation_of(neuron) is None):
        return True
    known = STEPS.is_built_in(node.op.name) and (neuron is None or neuron.registered not in DYNAMICS)
    return step_of(node) is not None and not known


def neuron_of(node: Node) -> Neuron | None:
    """The neuron of an operation; None if it has none."""
    neuron = getattr(node.op, "neuron", None)
    return neuron if isinstance(neuron, Neuron) else None


def _by_kernel(call: meaning.Call, *arrays: meaning.Array) -> meaning.Array:
    """The result of an operation's kernel, in float64."""
    node, step = call.node, step_of(call.node)
    leaves = tuple(_module(call.tensors, name) for name in node.leaves)
    choices = {name: _tensor(call.tensors[name]) for name in node.op.architecture(*node.operand_values)}
    given = Call(node, node.operand_values, leaves, choices, call.steps, False, None)
    xs = [_tensor(x) for x in arrays]
    with torch.no_grad():
        if step is not None:
            return _step(call, given, step, [x[0] for x in xs])
        kernel = kernel_of(node)
        assert kernel is not None
        y, _ = kernel(given, [x if value.steps else x[0] for x, value in zip(xs, node.operand_values, strict=True)], None)
    return y.numpy() if node.value.steps else y.numpy()[None]


def _step(call: meaning.Call, given: Call, step: StepKernel[Any], xs: list[Tensor]) -> meaning.Array:
    """One time step of an operation that remembers something; the parts of its state are those of the kernel."""
    node, parts = given.node, step.parts(given.node)
    before = tuple(
        _tensor(call.state[part]) if part in call.state else _first(xs[0], node, shape, step.initial(node).get(part, 0.0))
        for part, shape in parts.items()
    )
    if (neuron := neuron_of(node)) is not None:
        own = resolved(neuron)
        assert own.dynamics is not None
        numbers = Numbers(neuron, own.numbers(given.weights, len(node.value.size)), own.temperature)
        call.potential(own.dynamics.step(tuple(xs) if len(xs) > 1 else xs[0], before, numbers)[0].numpy()[None])
    y, after = step.compute(given, xs, before)
    call.state.update({part: tensor.numpy() for part, tensor in zip(parts, after, strict=True)})
    return y.numpy()[None]


def _first(x: Tensor, node: Node, shape: tuple[int, ...], value: float) -> Tensor:
    """A part of a state before the first step: it has the size of the operand, if it has that of the result."""
    return x.new_full((len(x), *(x.shape[1:] if shape == node.value.shape else shape)), value)


def _module(tensors: Mapping[str, meaning.Array], name: str) -> nn.Module:
    """A module with the weights of this name."""
    module = nn.Module()
    for key, tensor in tensors.items():
        leaf, _, label = key.rpartition(".")
        if leaf == name:
            module._buffers[label] = _tensor(tensor)  # pyright: ignore[reportPrivateUsage]
    return module


def _tensor(x: meaning.Array) -> Tensor:
    return torch.as_tensor(np.ascontiguousarray(x))
