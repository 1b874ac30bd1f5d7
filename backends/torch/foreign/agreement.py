"""Compares a module with the network that was written for it, in float64: results, spikes, gradients and statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode
from typing_extensions import override

from spikegraph.backends.torch.foreign.causes import cause, taken
from spikegraph.backends.torch.foreign.example import fresh, several
from spikegraph.foreign.errors import ForeignError, first_line
from spikegraph.foreign.statements import Statement, Statements, Weight

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.ir.graph import Node

CLOSE = 1e-10
"""How far numbers may be apart, relative to the largest of them where that is above 1."""

GRADIENTS = "leave out torch.no_grad(), detach() and what changes tensors in place; train some weights alone after the import"

_DROPOUTS: set[Any] = {F.dropout, F.dropout1d, F.dropout2d, F.dropout3d}


class _Exact(TorchFunctionMode):
    """Makes float64 of what a library makes float32, such as the spikes of snnTorch, and drops nothing in training."""

    @override
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is Tensor.float:
            return Tensor.double(*args)
        if func in _DROPOUTS:
            return args[0]
        if func is Tensor.bernoulli_:  # as the kernel of `dropout` draws its mask
            return args[0].fill_(args[1])
        return func(*args, **(kwargs or {}))


@dataclass(frozen=True)
class Compared:
    """What was compared with the module.

    Attributes:
        steps: Time steps.
        neurons: Neurons and activations whose results were compared.
        gradients: Parameters whose gradients were compared.
        training: Whether training was compared too.
    """

    steps: int
    neurons: int
    gradients: int
    training: bool


@dataclass
class Pairing:
    """Which parts of a module are which parts of its network.

    Attributes:
        module: The module.
        model: The network, with its weights.
        statements: What was found in the module.
        nodes: The network's operations with the statements that they are from.
        names: The module's tensors by the network's names.
        multi_step: Whether the module takes all time steps at once.
        order: The order in which it takes the states that it returns; None for the same.
    """

    module: nn.Module
    model: Model
    statements: Statements
    nodes: Sequence[tuple[Node, Statement]]
    names: Mapping[str, Weight]
    multi_step: bool
    order: tuple[int, ...] | None = None

    @property
    def neurons(self) -> list[tuple[str, Statement]]:
        """The neurons and activations that are layers, by the names of their values in the network."""
        return [(node.name, s) for node, s in self.nodes if s.op == "neuron" and s.place.layer]


@dataclass
class _Found:
    """What a network computes over a sequence: results, each neuron's result [T, N, ...], gradients and statistics by name."""

    results: list[Tensor]
    neurons: list[Tensor]
    gradients: dict[str, Tensor]
    buffers: dict[str, Tensor]


def agree(pairing: Pairing, inputs: Sequence[Tensor], steps: int) -> Compared:
    """Checks that a module and its network compute the same, in evaluation and, if the module is in training mode, in training.

    Args:
        pairing: The module and its network.
        inputs: The example.
        steps: Time steps to compare of a module that takes one.

    Raises:
        ForeignError: They differ.
    """
    given = [[x.double() for x in inputs]] if pairing.multi_step else _sequence(inputs, steps)
    affected: set[str] = {change.affects for change in pairing.statements.changed}
    training = pairing.module.training and "training" not in affected
    try:
        compared = _compared(pairing, given, affected, training=training)
    except ForeignError as error:

        def agrees(order: tuple[int, ...]) -> bool:
            try:
                _compared(replace(pairing, order=order), given, affected, training=training)
            except ForeignError:
                return False
            return True

        raise cause(pairing.module, inputs, pairing.statements.returned.count(False), agrees) or error from error
    steps = len(given) if not pairing.multi_step else int(inputs[0].shape[0])
    return Compared(steps, len(pairing.neurons), compared, training)


def _compared(pairing: Pairing, given: Sequence[Sequence[Tensor]], affected: set[str], *, training: bool) -> int:
    """Compares all, and returns how many gradients."""
    compared = 0
    for mode in (False, True) if training else (False,):
        theirs, ours = _theirs(pairing, given, training=mode), _ours(pairing, given, training=mode)
        where = " in training" if mode else ""
        for (_, s), one, other in zip(pairing.neurons, theirs.neurons, ours.neurons, strict=True):
            _compare(one, other, f"the result of `{s.place.dotted}`{where}")
        for k, (one, other) in enumerate(zip(theirs.results, ours.results, strict=True)):
            _compare(one, other, f"{'the result' if len(theirs.results) == 1 else f'result {k}'}{where}")
        for name, weight in pairing.names.items():
            if weight.name in theirs.gradients and "gradients" not in affected:
                compared += not mode
                _compare(
                    theirs.gradients[weight.name], weight.sign * ours.gradients[name], f"the gradient of `{weight.name}`{where}"
                )
            elif weight.name not in theirs.buffers and "gradients" not in affected and ours.gradients[name].any():
                raise ForeignError(f"`{weight.name}` has no gradient in the module, but one in the spec", GRADIENTS)
            elif weight.name in theirs.buffers:
                _compare(theirs.buffers[weight.name], ours.buffers[name], f"`{weight.name}`{where}")
    return compared


def _sequence(inputs: Sequence[Tensor], steps: int) -> list[list[Tensor]]:
    """Inputs for several steps: the example, then its numbers in another order."""
    generator = torch.Generator().manual_seed(0)

    def reordered(x: Tensor) -> Tensor:
        return x.flatten()[torch.randperm(x.numel(), generator=generator)].view(x.shape)

    doubles = [x.double() for x in inputs]
    return [doubles, *([reordered(x) for x in doubles] for _ in range(steps - 1))]


def _theirs(pairing: Pairing, given: Sequence[Sequence[Tensor]], *, training: bool) -> _Found:
    module = fresh(pairing.module).double().requires_grad_().train(training)
    statements = pairing.statements
    neurons = [".".join(s.place.path) for _, s in pairing.neurons]
    seen: dict[str, list[Tensor]] = {name: [] for name in neurons}
    for name, into in seen.items():
        module.get_submodule(name).register_forward_hook(_recording(into))
    arguments = taken(module, len(given[0]))
    results: list[list[Tensor]] = []
    states: Sequence[Any] = ()
    with _Exact():
        for step in given:
            values: list[Any] = several(_called(module, step, states))
            results.append([v for v, counts in zip(values, statements.returned, strict=True) if counts])
            rest = [v for v, counts in zip(values, statements.returned, strict=True) if not counts]
            states = [rest[k] for k in pairing.order or range(len(rest))] if 0 < len(rest) <= arguments else ()
    joined = [parts[0] if pairing.multi_step else torch.stack(parts) for parts in zip(*results, strict=True)]
    try:
        torch.autograd.backward(_weighted(joined))
    except RuntimeError as error:
        raise ForeignError(f"the module's gradients can't be computed: {first_line(error)}", GRADIENTS) from error
    gradients = {name: p.grad for name, p in module.named_parameters() if p.grad is not None}
    calls = {name: neurons.count(name) for name in neurons}  # a layer without a state may be called several times
    each = [seen[name][neurons[:k].count(name) :: calls[name]] for k, name in enumerate(neurons)]
    outputs = [parts[0] if pairing.multi_step else torch.stack(parts) for parts in each]
    return _Found(joined, outputs, gradients, dict(module.named_buffers()))


def _called(module: nn.Module, step: Sequence[Tensor], states: Sequence[Any]) -> Any:
    try:
        return module(*(x.clone() for x in step), *states)
    except Exception as error:
        if states:
            where, instead = "with the states that it returned", "take the states in the order in which they are returned"
        else:
            where, instead = "in float64, in which it is compared", "leave out conversions to float32"
        raise ForeignError(f"the module can't be called {where}: {first_line(error)}", instead) from error


def _recording(into: list[Tensor]) -> Any:
    def hook(module: nn.Module, given: Any, result: Any) -> None:
        into.append(several(result)[0])

    return hook


def _ours(pairing: Pairing, given: Sequence[Sequence[Tensor]], *, training: bool) -> _Found:
    model = fresh(pairing.model).double().train(training)
    inputs = given[0] if pairing.multi_step else [torch.stack(parts) for parts in zip(*given, strict=True)]
    inputs = inputs if model.graph.time is None else [x[0] for x in inputs]
    outputs, neurons = list(model.graph.outputs.values()), [name for name, _ in pairing.neurons]
    with _Exact():
        found = model.run(dict(zip(model.graph.inputs(), inputs, strict=True)), wanted=(*outputs, *neurons))[0]
    results = [found[name] for name in outputs]
    torch.autograd.backward(_weighted(results))
    parameters = dict(model.named_parameters())
    gradients = {n: torch.zeros_like(p) if p.grad is None else p.grad for n, p in parameters.items()}
    return _Found(results, [found[n] for n in neurons], gradients, dict(model.named_buffers()))


def _weighted(results: Sequence[Tensor]) -> Tensor:
    """A sum of the results with weights that are the same for any of their shapes."""
    return torch.stack([(r * torch.cos(torch.arange(r.numel(), dtype=r.dtype)).view(r.shape)).sum() for r in results]).sum()


def _compare(one: Tensor, other: Tensor, what: str) -> None:
    if one.numel() != other.numel():
        raise ForeignError(
            f"{what} has the shape {list(one.shape)}, but {list(other.shape)} in the spec", "please report it with the module"
        )
    difference = float((one - other.view(one.shape)).detach().abs().max())
    if not difference <= CLOSE * max(1.0, float(one.detach().abs().max())):
        raise ForeignError(
            f"{what} differs by up to {difference:g} in the spec",
            "if the module has code that depends on the step, change that; else please report it",
        )
