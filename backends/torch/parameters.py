"""The parameters of a model, under the graph's names: weights and architecture parameters."""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any, cast

import torch
from torch import Tensor, nn
from typing_extensions import override

from spikegraph.backends.torch.memory import memory_format, put_side_by_side
from spikegraph.ir.architecture import architecture_of
from spikegraph.ir.descriptions import description
from spikegraph.ir.graph import Graph, Node


class Tree(nn.Module):
    """A tree of modules by dotted path, so that parameters have the graph's names.

    Children are put into `_modules` directly, because a name of a spec may also be an attribute of modules, such as `train`.
    A module with the name of an operation prints its description. The model calls it only while there are hooks.
    """

    _node: Node | None = None

    @override
    def extra_repr(self) -> str:
        return "" if self._node is None else description(self._node)

    def describe(self, node: Node) -> None:
        """Sets the operation of this name."""
        self.__dict__["_node"] = node

    def call(self, kernel: Callable[..., tuple[Any, Any]], call: object, operands: list[Any], state: object) -> tuple[Any, Any]:
        """Value and state of the operation, computed as a call of this module, with its hooks."""
        found: list[Any] = []

        def compute(*xs: Any) -> Any:
            value, after = kernel(call, xs, state)
            found.append(after)
            return value

        token = _called.set((self, compute))
        try:
            return self(*operands), found[0]
        finally:
            _called.reset(token)

    def forward(self, *operands: Tensor) -> Any:
        """The value `[T, N, C, *size]` that the model computes.

        Raises:
            RuntimeError: It is called by something other than its model.
        """
        module, compute = _called.get()
        if module is not self:
            raise RuntimeError("this module is a part of a network and can't be called alone; call the network")
        return compute(*operands)

    @override
    def __setattr__(self, name: str, value: Any) -> None:
        """Sets an attribute as usual, but an existing one also if a child has its name, such as `training`."""
        if name in self.__dict__:
            self.__dict__[name] = value
        else:
            super().__setattr__(name, value)


def _nothing(*_: Any) -> None:
    """What nobody calls."""


_called: ContextVar[tuple[Tree | None, Callable[..., Any]]] = ContextVar("called", default=(None, _nothing))
"""The module that is called in this thread, and what it computes."""


class Leaf(Tree):
    """The weights and running statistics of one operation; uses that share weights share the leaf."""

    _held: bool = False

    def __init__(
        self,
        shapes: Mapping[str, tuple[int, ...]],
        *,
        statistics: Mapping[str, tuple[int, ...]] | None = None,
        initial: Mapping[str, float] | None = None,
        drawn: Collection[str] = (),
    ) -> None:
        """Makes weights and running statistics of these shapes."""
        super().__init__()
        self._initial, self._drawn = dict(initial or {}), tuple(drawn)
        for name, shape in shapes.items():
            self._parameters[name] = nn.Parameter(torch.empty(shape))  # a learned number may be called `half`
        for name, shape in (statistics or {}).items():
            self.register_buffer(name, torch.empty(shape))
        self.reset()
        for parameter in self._parameters.values():
            assert parameter is not None
            parameter.data = parameter.data.contiguous(memory_format=memory_format(parameter.dim() - 2))

    @classmethod
    def of(cls, node: Node, name: str) -> "Leaf":
        """The leaf of this name of an operation."""
        statistics = node.op.statistics(node.weights, *node.operand_values).get(name)
        return cls(node.leaves[name], statistics=statistics, initial=node.op.initial_of(name), drawn=node.op.drawn())

    @property
    def dtype(self) -> torch.dtype:
        """The number type of its tensors."""
        return next(t.dtype for t in (*self._parameters.values(), *self._buffers.values()) if t is not None)

    @property
    def held(self) -> bool:
        """Whether its running statistics stay as they are, and are used in training too."""
        return self._held

    def hold(self) -> None:
        """From now on its running statistics stay as they are."""
        self.__dict__["_held"] = True

    def reset(self) -> None:
        """Initialises weights uniformly within 1 / sqrt(fan-in), norms with scale 1 and shift 0, running variances with 1.

        The operation may name other values or draw them, and does so of other parameters. Without a value these are 0, as other
        statistics.
        """
        tensors = {name: t for name, t in (*self._parameters.items(), *self._buffers.items()) if t is not None}
        random = set[str]() if self._buffers else {"weight", "bias"} - self._initial.keys()
        with torch.no_grad():
            for name, tensor in tensors.items():
                if not tensor.is_meta and name not in random:
                    tensor.fill_(self._initial.get(name, 1.0 if self._buffers and name in ("weight", "running_var") else 0.0))
            weight, bias = tensors.get("weight"), tensors.get("bias")
            if weight is not None and not weight.is_meta and "weight" in random:
                bound = 1 / math.sqrt(max(weight[0].numel(), 1))
                weight.uniform_(-bound, bound)
                if bias is not None:
                    bias.uniform_(-bound, bound)
            for name in self._drawn:
                if not tensors[name].is_meta:
                    tensors[name].uniform_(1e-3, 1 - 1e-3).logit_()


def as_lists(parameters: Mapping[str, Tensor]) -> dict[str, Any]:
    """Parameters as nested lists."""
    return {name: value.detach().cpu().double().tolist() for name, value in parameters.items()}  # pyright: ignore[reportUnknownMemberType]


def leaf_at(tree: nn.Module, path: str) -> Leaf | None:
    """The leaf at a dotted path, or None."""
    module: nn.Module | None = tree
    for part in path.split("."):
        module = module._modules.get(part) if module is not None else None  # pyright: ignore[reportPrivateUsage]
    return module if isinstance(module, Leaf) else None


def leaves_at(tree: nn.Module, paths: Iterable[str]) -> dict[str, Leaf]:
    """The leaves at dotted paths, without those that aren't there."""
    found = {path: leaf_at(tree, path) for path in paths}  # torch's compiler takes no `:=` here
    return {path: leaf for path, leaf in found.items() if leaf is not None}


def tree_at(tree: nn.Module, path: str) -> nn.Module:
    """The module at a dotted path; makes those that are missing."""
    for part in path.split(".") if path else ():
        below = tree._modules.get(part)  # pyright: ignore[reportPrivateUsage]
        if below is None:
            below = tree._modules[part] = Tree()  # pyright: ignore[reportPrivateUsage]
        tree = below
    return tree


def trees_below(root: nn.Module) -> dict[str, Tree]:
    """All modules below a root by their dotted paths."""
    named = cast("Iterator[tuple[str, nn.Module]]", root.named_modules())
    return {path: module for path, module in named if path and isinstance(module, Tree)}


def put(tree: nn.Module, path: str, leaf: Leaf) -> None:
    """Puts a leaf at a dotted path; keeps modules that already exist below this path."""
    parents, _, last = path.rpartition(".")
    modules = tree_at(tree, parents)._modules  # pyright: ignore[reportPrivateUsage]
    there = modules.get(last)
    if there is not None:
        leaf._modules.update(there._modules)  # pyright: ignore[reportPrivateUsage]
    modules[last] = leaf


def put_leaves(tree: nn.Module, graph: Graph) -> None:
    """Puts a new leaf at each dotted path of a graph that has none."""
    for node in graph:
        for path in node.leaves:
            if leaf_at(tree, path) is None:
                put(tree, path, Leaf.of(node, path))


def join_memory(tree: nn.Module, graph: Graph) -> None:
    """Puts weights of convolutions that are computed as one side by side in memory, so that joining them copies nothing."""
    for node in graph:
        traits = node.op.traits
        if traits.joined and not traits.statistics and not traits.fires:
            leaves = [leaf for name in node.leaves if (leaf := leaf_at(tree, name)) is not None]
            for name in node.leaves[next(iter(node.leaves))] if leaves else ():
                put_side_by_side([leaf.get_parameter(name) for leaf in leaves])


def mask_of(levels: int, device: torch.device | None = None) -> Tensor:
    """Mask [levels, 3] of the moves (finer, same, coarser) that stay within a trellis."""
    # Computed on the device: a number that is written to an entry is copied there, and the program waits for the copy.
    ends = torch.arange(levels, device=device).unsqueeze(1) + torch.arange(-1, 2, device=device)
    return (ends >= 0) & (ends < levels)


FORBIDDEN = -1e4
"""The parameter, before the softmax, of a forbidden move: its probability and its gradient are 0."""


def forbid(graph: Graph, architecture: Mapping[str, nn.Parameter]) -> None:
    """Sets the entries of architecture parameters that the search never chooses."""
    for name, mask in forbidden(graph).items():
        architecture[name].data.masked_fill_(mask, FORBIDDEN)


def forbidden(graph: Graph) -> dict[str, Tensor]:
    """Masks of the entries of architecture parameters that the search never chooses, by name, where there are any."""
    masks: dict[str, Tensor] = {}
    for name, parameter in architecture_of(graph).items():
        if parameter.excluded:
            masks[name] = torch.zeros(parameter.shape, dtype=torch.bool)
            for entry in parameter.excluded:
                masks[name][entry] = True
    return masks
