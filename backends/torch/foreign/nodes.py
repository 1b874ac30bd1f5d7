"""What nodes of a traced computation take: other nodes, slices of tensors, and the code that they are from."""

from dataclasses import dataclass
from typing import Any, cast

from torch import Tensor, fx
from torch.fx.node import map_arg

from spikegraph.backends.torch.foreign.trace import VALUE, at


def operands(node: fx.Node) -> list[fx.Node]:
    """The nodes among a node's arguments, each as often as it stands there."""
    found: list[fx.Node] = []

    def add(one: fx.Node) -> fx.Node:
        found.append(one)
        return one

    map_arg((node.args, node.kwargs), add)
    return found


def path_of(node: fx.Node) -> str:
    """The path of the module whose code a node is from, in the trace."""
    return next((path for path, _ in reversed(node.meta.get("nn_module_stack", {}).values())), "")


def at_place(node: fx.Node) -> str:
    """The module whose code a node is from, for messages."""
    return at(path_of(node))


@dataclass(frozen=True)
class Slice:
    """A part of a tensor at one index of an axis."""

    of: fx.Node
    axis: int
    index: int


def slice_of(node: fx.Node) -> Slice | None:
    """The slice that a node takes, as `x[:, 2]`, `x[..., 2]` or `x.select(1, 2)` do; None for another node."""
    if not node.args or not isinstance(node.args[0], fx.Node) or not isinstance(node.args[0].meta[VALUE], Tensor):
        return None
    base, name = node.args[0], getattr(node.target, "__name__", node.target)
    axes = base.meta[VALUE].dim()
    if name == "getitem" and node.op == "call_function":
        found = index_of(node.args[1], axes)
    elif name == "select" and len(node.args) == 3 and all(isinstance(a, int) for a in node.args[1:]):
        found = cast("int", node.args[1]) % axes, cast("int", node.args[2])
    else:
        found = None
    if found is None:
        return None
    axis, index = found
    return Slice(base, axis, index % base.meta[VALUE].shape[axis])


def index_of(key: Any, axes: int) -> tuple[int, int] | None:
    """The axis and the index of a subscript that takes one index of one axis and all of the others; None for another."""
    keys = list(cast("tuple[Any, ...]", key) if isinstance(key, tuple) else (key,))
    if any(isinstance(k, Tensor | fx.Node) for k in keys):
        return None
    if ... in keys:
        place = keys.index(...)
        keys[place : place + 1] = [slice(None)] * (axes - len(keys) + 1)
    places = [k for k, each in enumerate(keys) if type(each) is int]
    others = [k for k in keys if type(k) is not int]
    return (places[0], keys[places[0]]) if len(places) == 1 and all(k == slice(None) for k in others) else None
