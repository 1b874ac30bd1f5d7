"""Tensors that code fills step by step, as `out[t] = y` does: rewritten as the stack of what was written."""

import operator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, fx

from spikegraph.backends.torch.foreign.intercepted import makes_constant
from spikegraph.backends.torch.foreign.nodes import at_place, index_of, slice_of
from spikegraph.backends.torch.foreign.trace import VALUE
from spikegraph.foreign.errors import ForeignError

RESHAPING = ("unsqueeze_", "squeeze_")
"""Methods that change a tensor's shape in place: what takes the tensor later takes it as it is then."""


@dataclass
class _Filled:
    """A tensor that is filled: the axis, and what is written at each of its indices."""

    axis: int | None = None
    parts: dict[int, fx.Node] = field(default_factory=dict[int, fx.Node])


def without_writes(graph: fx.Graph) -> None:
    """Replaces tensors that are filled by stacks, and what is read of them by what was written there.

    Raises:
        ForeignError: The code writes into a tensor in another way.
    """
    filled: dict[fx.Node, _Filled] = {}
    for node in list(graph.nodes):
        if node.op == "call_method" and node.target in RESHAPING and isinstance(node.args[0], fx.Node):
            later = set(list(graph.nodes)[list(graph.nodes).index(node) + 1 :])
            node.args[0].replace_all_uses_with(node, delete_user_cb=later.__contains__)
        if node.op == "call_function" and node.target is operator.setitem:
            _write(node, filled)
            graph.erase_node(node)
            continue
        for base in [n for n in node.all_input_nodes if n in filled or makes_constant(n)]:
            taken = slice_of(node)
            if base not in filled:
                if taken is not None:
                    node.replace_all_uses_with(_constant(graph, base, node))
                    graph.erase_node(node)
            elif taken is not None and taken.axis == filled[base].axis:
                part = filled[base].parts.get(taken.index)
                node.replace_all_uses_with(_constant(graph, base, node) if part is None else part)
                graph.erase_node(node)
            else:
                node.replace_input_with(base, _stack(graph, node, base, filled[base]))


def _write(node: fx.Node, filled: dict[fx.Node, _Filled]) -> None:
    base, key, value = node.args
    found = index_of(key, base.meta[VALUE].dim()) if isinstance(base, fx.Node) and makes_constant(base) else None
    if not isinstance(base, fx.Node) or found is None or not isinstance(value, fx.Node):
        raise _refused(node)
    axis, index = found
    shape = list(base.meta[VALUE].shape)
    into = filled.setdefault(base, _Filled(axis))
    if into.axis != axis or list(value.meta[VALUE].shape) != shape[:axis] + shape[axis + 1 :]:
        raise _refused(node)
    into.parts[index % shape[axis]] = value


def _refused(node: fx.Node) -> ForeignError:
    return ForeignError(f"{at_place(node)}: its code writes into a tensor", "compute a new tensor with layers and functions")


def _new(graph: fx.Graph, before: fx.Node, function: Any, args: tuple[Any, ...], value: Tensor) -> fx.Node:
    with graph.inserting_before(before):
        made = graph.call_function(function, args)
    made.meta = {**before.meta, VALUE: value}
    return made


def _constant(graph: fx.Graph, base: fx.Node, node: fx.Node) -> fx.Node:
    """What an element has before it is written, made where the tensor is, so that a loop's first step is as the others."""
    value = node.meta[VALUE]
    return _new(graph, base, torch.full, (tuple(value.shape), float(value.flatten()[0])), value.clone())


def _stack(graph: fx.Graph, node: fx.Node, base: fx.Node, filled: _Filled) -> fx.Node:
    axis = filled.axis or 0
    if len(filled.parts) != base.meta[VALUE].shape[axis]:
        raise ForeignError(
            f"{at_place(node)}: it takes a tensor of which only a part is written", "write all of its steps before it is used"
        )
    parts = [filled.parts[k] for k in range(len(filled.parts))]
    return _new(graph, node, torch.stack, (parts, axis), torch.stack([p.meta[VALUE] for p in parts], axis))
