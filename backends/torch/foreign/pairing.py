"""A module beside the network that was written for it: what each computes over a sequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from spikegraph.backends.torch.foreign.convert import Converted
from spikegraph.backends.torch.foreign.exact import exact
from spikegraph.backends.torch.foreign.example import fresh, results_of, several, taken
from spikegraph.backends.torch.foreign.own_layers import own_layers
from spikegraph.backends.torch.foreign.tensors import in_order
from spikegraph.foreign.errors import ForeignError, first_line
from spikegraph.foreign.statements import Statement, Statements, Value, Weight

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.ir.graph import Node

Given = Sequence[Sequence[Tensor]]
"""The inputs of each call of a module."""


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
        converted: What was found in the module.
        nodes: The network's operations with the statements that they are from.
        names: The module's tensors by the network's names.
        multi_step: Whether the module takes all time steps at once.
        order: The order in which it takes the states that it returns; None for the same.
    """

    module: nn.Module
    model: Model
    converted: Converted
    nodes: Sequence[tuple[Node, Statement]]
    names: Mapping[str, Weight]
    multi_step: bool
    order: tuple[int, ...] | None = None

    @property
    def statements(self) -> Statements:
        """What was found in the module."""
        return self.converted.statements

    @property
    def neurons(self) -> list[tuple[str, Statement]]:
        """The neurons and activations that are layers or the module's own, by the names of their values in the network."""
        own = self.converted.layers
        return [(node.name, s) for node, s in self.nodes if s.op == "neuron" and (s.place.layer or s.result.number in own)]

    def module_computes(self, module: nn.Module, given: Given) -> Computed:
        """What a fresh copy of the module computes."""
        module_before = fresh(module) if self.converted.layers else module
        layers = [".".join(s.place.path) for _, s in self.neurons if s.place.layer]
        seen: dict[str, list[Tensor]] = {name: [] for name in layers}
        hooks = [module.get_submodule(name).register_forward_hook(_recording(into)) for name, into in seen.items()]
        arguments = taken(module, len(given[0]))
        results: list[list[Tensor]] = []
        states: Sequence[Any] = ()
        with exact(evaluates=not module.training):
            for step in given:
                values = results_of(_called(module, step, states))
                if len(values) != len(self.statements.returned):
                    raise ForeignError(
                        "the module returns another number of results in evaluation than in training",
                        "call `module.eval()` first",
                    )
                counted = list(zip(values, self.statements.returned, strict=True))
                results.append([v for v, counts in counted if counts])
                rest = [v for v, counts in counted if not counts]
                states = [rest[k] for k in self.order or range(len(rest))] if 0 < len(rest) <= arguments else ()
        for hook in hooks:
            hook.remove()
        calls = {name: layers.count(name) for name in layers}  # a layer without a state may be called several times
        each = iter(seen[name][layers[:k].count(name) :: calls[name]] for k, name in enumerate(layers))
        own = own_layers(self.converted, module_before, given)
        neurons = [self._joined(next(each), s.result) if s.place.layer else own[s.result.number] for _, s in self.neurons]
        computed = zip(map(list, zip(*results, strict=True)), self.statements.outputs.values(), strict=True)
        return Computed([self._joined(parts, value) for parts, value in computed], neurons)

    def _joined(self, parts: Sequence[Tensor], of: Value) -> Tensor:
        """The parts of a value, [T, N, ...]: those of each step, or a whole."""
        ordered = [in_order(x, of.layout) for x in parts]
        if of.lead == ("NT",):
            time = self.statements.time or self.converted.reading.steps or 1
            ordered = [x.reshape(-1, time, *x.shape[1:]).transpose(0, 1) for x in ordered]
        return torch.stack(ordered) if len(ordered) > 1 or not self.multi_step else ordered[0]

    def model_computes(self, model: Model, given: Given) -> Computed:
        """What a copy of the network computes."""
        outputs, neurons = list(model.graph.outputs.values()), [name for name, _ in self.neurons]

        def computed(inputs: Sequence[Tensor]) -> dict[str, Tensor]:
            return model.run(dict(zip(model.graph.inputs(), inputs, strict=True)), wanted=(*outputs, *neurons))[0]

        with exact():
            if self.multi_step:
                found = computed([_in_language(x, v) for x, v in zip(given[0], self.statements.inputs.values(), strict=True)])
            elif model.graph.time is None:
                found = computed([torch.stack(parts) for parts in zip(*given, strict=True)])
            else:  # nothing is kept from step to step, also not by the module
                steps = [computed(inputs) for inputs in given]
                found = {name: torch.stack([step[name] for step in steps]) for name in steps[0]}
        own = [self._read_steps(found[name], s.result.number) for name, s in self.neurons]
        return Computed([found[name] for name in outputs], own)

    def _read_steps(self, x: Tensor, number: int) -> Tensor:
        """A neuron's result at the steps that were read: a loop's first step isn't, if it is another one in the code."""
        steps = self.converted.layers.get(number, {0: None})
        return x if 0 in steps else x[1:]


def _called(module: nn.Module, step: Sequence[Tensor], states: Sequence[Any]) -> Any:
    try:
        return module(*(x.clone() for x in step), *states)
    except ForeignError:
        raise
    except Exception as error:
        if states:
            where, instead = "with the states that it returned", "take the states in the order in which they are returned"
        else:
            where, instead = "in float64, in which it is compared", "leave out conversions to float32"
        raise ForeignError(f"the module can't be called {where}: {first_line(error)}", instead) from error


def _recording(into: list[Tensor]) -> Any:
    def hook(module: nn.Module, given: Any, result: Any) -> None:
        into.append(several(result)[0].clone())  # code may change it in place later

    return hook


def _in_language(x: Tensor, of: Value) -> Tensor:
    """An input of the module, [T, N, C, *size]."""
    if of.layout is None:
        return x
    sizes = [of.layout.length(axis) for axis in ("T", "N", "C", *of.layout.spatial)]
    return in_order(x, of.layout).reshape(sizes)
