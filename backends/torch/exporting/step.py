"""One time step of a network as a function of tensors alone: inputs and states in, outputs and states out."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import copy

import torch
from torch import Tensor, nn
from typing_extensions import override

from spikegraph.backends.torch.exporting.signature import LAST, Signature
from spikegraph.backends.torch.kernels import Call
from spikegraph.backends.torch.kernels.stateful import step_of
from spikegraph.backends.torch.kernels.substeps import kernel_of
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.modules.tensors import attribute_of
from spikegraph.backends.torch.parameters import leaf_at
from spikegraph.ir.graph import Node

Visit = Callable[[Node], AbstractContextManager[None]]
"""Called with each node; the node is computed inside of the context."""


class StreamingStep(nn.Module):
    """Runs one step of a network, in evaluation mode. It has the weights of a model and no state.

    It computes the operations of the spec, `model.plain`, and not the joined ones that make a model faster on this machine: so
    every neuron has a state of its own, under its own name. The compiled kernels are not used.

    Attributes:
        graph: The graph that it computes.
        signature: What it takes and returns.
        visit: Gives the context in which each node is computed.
        weights: A tree of modules with the model's weights, under the graph's names. A part of a name that is an attribute of
            modules, such as `half`, or a keyword has `_` behind it, because torch finds weights by attributes and writes code.
        names: The names of the weights in `state_dict()`, with those that they have in the graph.
    """

    def __init__(self, model: Model, visit: Visit | None = None) -> None:
        super().__init__()
        self.graph, self.low, self.visit = model.plain, model.low, visit
        self.signature = Signature.of(self.graph, model.classes)
        self._architecture = model.architecture
        self.weights, self.names = nn.Module(), dict[str, str]()
        leaves: dict[str, nn.Module] = {}
        for name in dict.fromkeys(name for node in self.graph for name in node.leaves):
            leaf = leaf_at(model, name)
            assert leaf is not None
            parts = [attribute_of(part) for part in name.split(".")]
            place, own = _made(self.weights, parts), copy(leaf)
            own._parameters = {attribute_of(key): _plain(weight) for key, weight in leaf._parameters.items()}
            place._parameters, place._buffers, leaves[name] = own._parameters, own._buffers, own
            held = (*leaf._parameters, *leaf._buffers)
            self.names |= {".".join(("weights", *parts, attribute_of(tensor))): f"{name}.{tensor}" for tensor in held}
        self._leaves = {node.name: tuple(leaves[name] for name in node.leaves) for node in self.graph}
        self.eval()

    @override
    def forward(self, *arrays: Tensor) -> tuple[Tensor, ...]:
        """Runs one step.

        Args:
            arrays: The inputs in the spec's order, then the states, [N, *shape] each.

        Returns:
            The outputs in the spec's order, then the states in the order in which they are taken.
        """
        given = dict(zip(self.signature.taken, arrays, strict=True))
        values: dict[str, Tensor] = {}
        after: dict[str, Tensor] = {}
        for node in self.graph:
            with nullcontext() if self.visit is None else self.visit(node):
                if node.op.traits.source:
                    values[node.name] = given[node.name]
                elif node.op.traits.carries:
                    values[node.name] = given[f"{node.name}:{LAST}"]
                else:
                    values[node.name] = self._computed(node, values, given, after)
        after |= {f"{name}:{LAST}": values[source] for name, source in self.graph.carried.items()}
        outputs = [values[name] for name in self.graph.outputs.values()]
        # Copied, because a file can't return one tensor under two names.
        states = [after[array.name].to(given[array.name].dtype) for array in self.signature.states]
        return tuple(x.clone() for x in (*outputs, *states))

    def _computed(
        self, node: Node, values: Mapping[str, Tensor], given: Mapping[str, Tensor], after: dict[str, Tensor]
    ) -> Tensor:
        """The value [N, C, *size] of an operation; adds its state to `after`."""
        call = Call(node, node.operand_values, self._leaves[node.name], self._architecture, 1, False, self.low)
        operands = [values[name] for name in node.operands]
        step = step_of(node)
        if step is not None:
            names = [f"{node.name}:{part}" for part in step.parts(node)]
            value, state = step.compute(call, operands, tuple(given[name] for name in names))
            after.update(zip(names, state, strict=True))
            return value
        kernel = kernel_of(node)
        assert kernel is not None
        xs = [x.unsqueeze(0) if v.steps else x for x, v in zip(operands, node.operand_values, strict=True)]
        y, state = kernel(call, xs, None)
        if state is not None:
            raise UnknownStateError(node)
        return y.squeeze(0) if node.value.steps else y

    def begin(self, batch: int) -> tuple[Tensor, ...]:
        """The states before the first step, [N, *shape] each."""
        like = next((p for p in self.parameters() if p.is_floating_point()), torch.empty(0))
        return tuple(like.new_full((batch, *array.shape), array.initial) for array in self.signature.states)


def _plain(weight: nn.Parameter | None) -> nn.Parameter | None:
    """The weight itself, or a copy whose axes follow each other in memory, which all readers of a program can take."""
    if weight is None or weight.is_contiguous():
        return weight
    return nn.Parameter(weight.detach().contiguous(), requires_grad=False)


def _made(tree: nn.Module, parts: Sequence[str]) -> nn.Module:
    """The module at a path below a tree; makes those that are missing."""
    for part in parts:
        if not hasattr(tree, part):
            tree.add_module(part, nn.Module())
        tree = getattr(tree, part)
    return tree


class UnknownStateError(Exception):
    """An operation keeps a state, but has no step that says what it is.

    Attributes:
        node: The operation's node.
    """

    def __init__(self, node: Node) -> None:
        super().__init__(node.name)
        self.node = node


def initial(step: StreamingStep, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """What a step takes first: these inputs, [N, C, *size] each, and the states before the first step."""
    return (*inputs, *step.begin(len(inputs[0])))
