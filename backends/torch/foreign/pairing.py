"""A module beside the network that was written for it: what each computes over a sequence."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode
from typing_extensions import override

from spikegraph.backends.torch.foreign.example import several
from spikegraph.backends.torch.foreign.tensors import in_order
from spikegraph.foreign.errors import ForeignError, first_line
from spikegraph.foreign.statements import Statement, Statements, Weight

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.ir.graph import Node

Given = Sequence[Sequence[Tensor]]
"""The inputs of each call of a module."""

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
class Computed:
    """What a module or network computes over a sequence.

    Attributes:
        results: What it returns, [T, N, ...].
        neurons: The result of each neuron and activation that is a layer, [T, N, ...].
    """

    results: list[Tensor]
    neurons: list[Tensor]


@dataclass(frozen=True)
class Pairing:
    """A module and its network, both in float64.

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

    def module_computes(self, module: nn.Module, given: Given) -> Computed:
        """What a fresh copy of the module computes."""
        neurons = [".".join(s.place.path) for _, s in self.neurons]
        seen: dict[str, list[Tensor]] = {name: [] for name in neurons}
        for name, into in seen.items():
            module.get_submodule(name).register_forward_hook(_recording(into))
        arguments = taken(module, len(given[0]))
        results: list[list[Tensor]] = []
        states: Sequence[Any] = ()
        with _Exact():
            for step in given:
                values: list[Any] = several(_called(module, step, states))
                counted = list(zip(values, self.statements.returned, strict=True))
                results.append([v for v, counts in counted if counts])
                rest = [v for v, counts in counted if not counts]
                states = [rest[k] for k in self.order or range(len(rest))] if 0 < len(rest) <= arguments else ()
        calls = {name: neurons.count(name) for name in neurons}  # a layer without a state may be called several times
        each = [
            [in_order(x, s.result.layout) for x in seen[name][neurons[:k].count(name) :: calls[name]]]
            for k, (name, (_, s)) in enumerate(zip(neurons, self.neurons, strict=True))
        ]
        return Computed([self._joined(parts) for parts in zip(*results, strict=True)], list(map(self._joined, each)))

    def _joined(self, parts: Sequence[Tensor]) -> Tensor:
        return parts[0] if self.multi_step else torch.stack(list(parts))

    def model_computes(self, model: Model, given: Given) -> Computed:
        """What a copy of the network computes."""
        outputs, neurons = list(model.graph.outputs.values()), [name for name, _ in self.neurons]

        def computed(inputs: Sequence[Tensor]) -> dict[str, Tensor]:
            return model.run(dict(zip(model.graph.inputs(), inputs, strict=True)), wanted=(*outputs, *neurons))[0]

        with _Exact():
            if self.multi_step:
                found = computed(given[0])
            elif model.graph.time is None:
                found = computed([torch.stack(parts) for parts in zip(*given, strict=True)])
            else:  # nothing is kept from step to step, also not by the module
                steps = [computed(inputs) for inputs in given]
                found = {name: torch.stack([step[name] for step in steps]) for name in steps[0]}
        return Computed([found[name] for name in outputs], [found[name] for name in neurons])


def taken(module: nn.Module, inputs: int) -> int:
    """How many arguments a module takes besides its inputs."""
    return len(inspect.signature(module.forward).parameters) - inputs


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
