"""What the neurons in a module's own code give, by running the computation that was followed."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, fx, nn
from typing_extensions import override

from spikegraph.backends.torch.foreign.convert import Converted
from spikegraph.backends.torch.foreign.exact import exact
from spikegraph.backends.torch.foreign.tensors import in_order


class _Watching(fx.Interpreter):
    """Runs a computation and keeps the values of some nodes."""

    def __init__(self, root: nn.Module, graph: fx.Graph, wanted: Sequence[fx.Node]) -> None:
        super().__init__(root, graph=graph)
        self.wanted, self.values = set(wanted), dict[fx.Node, Tensor]()

    @override
    def run_node(self, n: fx.Node) -> Any:
        value = super().run_node(n)
        if n in self.wanted:
            self.values[n] = value.clone()
        return value


def own_layers(converted: Converted, module: nn.Module, given: Sequence[Sequence[Tensor]]) -> Mapping[int, Tensor]:
    """The results of neurons in a module's own code, [T, N, ...], by the numbers of their values.

    Args:
        converted: What was found in the module.
        module: A copy of it.
        given: The inputs of each call.
    """
    if not converted.layers:
        return {}
    reading = converted.reading
    root = copy.copy(reading.traced.root)
    vars(root)["_modules"] = {**vars(root)["_modules"], "module": module}
    nodes = [node for steps in converted.layers.values() for node in steps.values()]
    found: list[Mapping[fx.Node, Tensor]] = []
    calls = given if reading.states is None else [[torch.stack(parts) for parts in zip(*given, strict=True)]]
    for inputs in calls:
        watching = _Watching(root, reading.traced.graph, nodes)
        with exact():
            watching.run(*(x.clone() for x in inputs))
        found.append(watching.values)
    time = reading.step.folding.time
    by_number = {s.result.number: s.result for s in converted.statements.body}
    result: dict[int, Tensor] = {}
    for number, steps in converted.layers.items():
        layout = by_number[number].layout
        each = [torch.stack([in_order(values[steps[k]], layout) for k in sorted(steps)]) for values in found]
        result[number] = each[0] if time is not None and len(each) == 1 else torch.cat(each)
    return result
