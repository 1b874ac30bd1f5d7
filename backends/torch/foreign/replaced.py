"""Calls that give one tensor and take the gradient of another, as online training does: the tensor takes their place."""

from typing import Any

import torch
from torch import Tensor, fx
from torch.fx.node import map_arg

from spikegraph.backends.torch.foreign.function_names import function_name, in_place
from spikegraph.backends.torch.foreign.intercepted import is_function, tensors
from spikegraph.backends.torch.foreign.trace import VALUE, Traced


def without_replaced(traced: Traced) -> tuple[fx.Node, ...]:
    """Replaces calls of an `autograd.Function` that return one of several tensors as it is; returns these calls.

    What computes the others alone is left out.
    """
    found: list[fx.Node] = []
    for node in list(traced.graph.nodes):
        given = _given(node)
        if given is None:
            continue
        node.replace_all_uses_with(given)
        found.append(node)
    unused, erased = list(found), set[fx.Node]()
    while unused:
        node = unused.pop()
        if node not in erased and not node.users and _only_computes(node, traced):
            unused += node.all_input_nodes
            traced.graph.erase_node(node)
            erased.add(node)
    return tuple(found)


def _given(node: fx.Node) -> fx.Node | None:
    """The argument that a function with a gradient of its own returns unchanged; None for other nodes."""
    if node.op != "call_function" or not is_function(node.target):
        return None
    args: Any = map_arg(node.args, lambda n: n.meta[VALUE].clone() if isinstance(n.meta[VALUE], Tensor) else n.meta[VALUE])
    before = [a.clone() if isinstance(a, Tensor) else a for a in args]
    if len(tensors(args)) < 2:
        return None
    target: Any = node.target
    with torch.no_grad():
        result = target(*args)
    for own, arg, old in zip(node.args, args, before, strict=True):
        same = isinstance(arg, Tensor) and isinstance(result, Tensor) and result.data_ptr() == arg.data_ptr()
        if same and isinstance(own, fx.Node) and result.shape == old.shape and torch.equal(result, old):
            return own
    return None


def _only_computes(node: fx.Node, traced: Traced) -> bool:
    """Whether leaving a node out changes nothing else: it is no input, and no layer that keeps statistics."""
    if node.op == "call_module":
        return next(traced.root.get_submodule(str(node.target)).buffers(), None) is None
    return node.op in ("call_function", "call_method") and not in_place(node, function_name(node))
