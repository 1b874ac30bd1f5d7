"""Compares a module with the network that was written for it, in float64: results, spikes and gradients."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from typing_extensions import override

from spikegraph.foreign.errors import ForeignError
from spikegraph.foreign.statements import Statement, Statements, Weight

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.ir.graph import Node

CLOSE = 1e-10
"""How far results and gradients may be apart, relative to the largest of them where that is above 1."""


class _Exact(TorchFunctionMode):
    """Makes float64 of what a library makes float32, such as the spikes of snnTorch."""

    @override
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return torch.Tensor.double(*args) if func is torch.Tensor.float else func(*args, **(kwargs or {}))


@dataclass
class _Found:
    """What a network computes over a sequence: results, each neuron's result [T, N, ...], gradients by weight."""

    results: list[Tensor]
    neurons: list[Tensor]
    gradients: dict[str, Tensor]


def agree(
    module: nn.Module,
    model: Model,
    statements: Statements,
    pairs: Sequence[tuple[Node, Statement]],
    names: Mapping[str, Weight],
    inputs: Sequence[Tensor],
    *,
    several: bool,
    steps: int,
) -> None:
    """Checks that a module and its network have the same results, spikes and gradients.

    Args:
        module: The module.
        model: The network, with its weights.
        statements: What was found in the module.
        pairs: The network's operations with the statements that they are from.
        names: The module's tensors by the network's names.
        inputs: The example.
        several: Whether the module takes all time steps at once.
        steps: Time steps to compare of a module that takes one.

    Raises:
        ForeignError: They differ.
    """
    neurons = [(node.name, s) for node, s in pairs if s.op == "neuron" and s.place.layer]
    given = [[x.double() for x in inputs]] if several else _sequence(inputs, steps)
    with _Exact():
        theirs = _theirs(module, statements, [".".join(s.place.path) for _, s in neurons], given)
    ours = _ours(model, [name for name, _ in neurons], given, names, several=several)
    for (_, statement), one, other in zip(neurons, theirs.neurons, ours.neurons, strict=True):
        _compare(one, other, f"the result of `{statement.place.dotted}`")
    for k, (one, other) in enumerate(zip(theirs.results, ours.results, strict=True)):
        _compare(one, other, "the result" if len(theirs.results) == 1 else f"result {k}")
    for name, weight in names.items():
        if weight.name in theirs.gradients:
            _compare(theirs.gradients[weight.name], weight.sign * ours.gradients[name], f"the gradient of `{weight.name}`")


def _sequence(inputs: Sequence[Tensor], steps: int) -> list[list[Tensor]]:
    """Inputs for several steps: the example, then its numbers in another order."""
    generator = torch.Generator().manual_seed(0)
    found = [[x.double() for x in inputs]]
    for _ in range(steps - 1):
        found.append([x.double().flatten()[torch.randperm(x.numel(), generator=generator)].view(x.shape) for x in inputs])
    return found


def _theirs(module: nn.Module, statements: Statements, neurons: Sequence[str], given: Sequence[Sequence[Tensor]]) -> _Found:
    module = copy.deepcopy(module).double().requires_grad_()
    seen: dict[str, list[Tensor]] = {name: [] for name in neurons}
    for name in dict.fromkeys(neurons):
        module.get_submodule(name).register_forward_hook(_recording(seen[name]))
    more = len(inspect.signature(module.forward).parameters) - len(given[0])
    results: list[list[Tensor]] = []
    states: Sequence[Any] = ()
    for step in given:
        values = module(*step, *states)
        values = list(values) if isinstance(values, tuple | list) else [values]
        results.append([v for v, counts in zip(values, statements.returned, strict=True) if counts])
        rest = [v for v, counts in zip(values, statements.returned, strict=True) if not counts]
        states = rest if 0 < len(rest) == more else ()
    single = statements.inputs[next(iter(statements.inputs))].lead == ("N",)
    joined = [torch.stack(parts) if single else parts[0] for parts in zip(*results, strict=True)]
    _weighted(joined).backward()
    gradients = {name: p.grad for name, p in module.named_parameters() if p.grad is not None}
    calls = {name: neurons.count(name) for name in neurons}  # a layer without a state may be called several times
    each = [seen[name][neurons[:k].count(name) :: calls[name]] for k, name in enumerate(neurons)]
    return _Found(joined, [torch.stack(parts) if single else parts[0] for parts in each], gradients)


def _recording(into: list[Tensor]) -> Any:
    def hook(module: nn.Module, given: Any, result: Any) -> None:
        into.append(result[0] if isinstance(result, tuple) else result)

    return hook


def _ours(
    model: Model, neurons: Sequence[str], given: Sequence[Sequence[Tensor]], names: Mapping[str, Weight], *, several: bool
) -> _Found:
    model = model.double().eval()
    inputs = given[0] if several else [torch.stack(parts) for parts in zip(*given, strict=True)]
    inputs = inputs if model.graph.time is None else [x[0] for x in inputs]
    outputs = list(model.graph.outputs.values())
    found = model.run(dict(zip(model.graph.inputs(), inputs, strict=True)), wanted=(*outputs, *neurons))[0]
    results = [found[name] for name in outputs]
    _weighted(results).backward()
    parameters = dict(model.named_parameters())
    gradients = {n: torch.zeros_like(p) if p.grad is None else p.grad for n, p in parameters.items()}
    return _Found(results, [found[n] for n in neurons], gradients)


def _weighted(results: Sequence[Tensor]) -> Tensor:
    """A sum of the results with weights that are the same for any of their shapes."""
    return torch.stack([(r * torch.cos(torch.arange(r.numel(), dtype=r.dtype)).view(r.shape)).sum() for r in results]).sum()


def _compare(one: Tensor, other: Tensor, what: str) -> None:
    if one.numel() != other.numel():
        raise ForeignError(f"{what} has the shape {list(one.shape)}, but {list(other.shape)} in the spec", "please report it")
    difference = float((one - other.view(one.shape)).detach().abs().max())
    if difference > CLOSE * max(1.0, float(one.detach().abs().max())):
        raise ForeignError(f"{what} differs by up to {difference:g} in the spec", "please report it with the module")
