"""A module's computation as a graph of `torch.fx`, each node with its value for an example.

Values answer questions about shapes, so that code which branches on them can be traced; code that branches on numbers of a
tensor is refused, since another input would take another way.
"""

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.fx.node import map_arg
from typing_extensions import override

from spikegraph.foreign.errors import ForeignError, first_line

VALUE = "spikegraph.value"
"""The key of a node's value in its `meta`."""

_OF_TENSORS = ("shape", "ndim", "dtype", "device", "requires_grad", "is_sparse", "dim", "size", "numel", "ndimension")
"""What the code may ask of a tensor without a trace of it."""

_NUMBERS = ("item", "tolist", "numpy", "__array__")
"""Methods that take the numbers out of a tensor."""


class Known(fx.Proxy):
    """A value of the trace that knows its example."""

    tracer: "Tracer"

    @property
    def value(self) -> Any:
        """The value for the example."""
        return self.node.meta[VALUE]

    def __getattr__(self, name: str) -> Any:
        """Shape, type and device are those of the example; a method or another attribute is part of the trace."""
        value = self.value
        if isinstance(value, Tensor) and name in _OF_TENSORS:
            return getattr(value, name)
        if isinstance(value, Tensor) and name in _NUMBERS:
            return self._number
        if isinstance(value, Tensor) and not callable(getattr(Tensor, name, len)):  # such as `data`
            return self.tracer.create_proxy("call_function", getattr, (self, name), {})
        fields: tuple[str, ...] = getattr(value, "_fields", ())
        if name in fields:
            return self[fields.index(name)]
        return super().__getattr__(name)

    def __getitem__(self, key: Any) -> Any:
        """A part of the value."""
        return self.tracer.create_proxy("call_function", operator.getitem, (self, key), {})

    def __setitem__(self, key: Any, value: Any) -> None:
        """Refused."""
        raise self.tracer.refused("its code writes into a tensor", "compute a new tensor with layers and functions")

    @override
    def __bool__(self) -> bool:
        if isinstance(self.value, Tensor):
            raise self.tracer.refused(
                "its code branches on numbers of a tensor, so that another input could take another way",
                "branch on shapes alone, and leave checks of numbers out",
            )
        return bool(self.value)

    def __len__(self) -> int:
        """The length of the example."""
        return len(self.value)

    @override
    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self.value)))

    def _number(self, *_: Any) -> Any:
        raise self.tracer.refused(
            "its code takes a number out of a tensor, so that it is the example's for every input", "compute with tensors alone"
        )

    __float__ = __int__ = __index__ = _number

    @override
    def __format__(self, format_spec: str) -> str:
        return self._number() if format_spec else str(self)

    def _in_place(self, name: str, other: Any) -> Any:
        return self.tracer.create_proxy("call_function", getattr(operator, name), (self, other), {})

    def __iadd__(self, other: Any) -> Any:
        """A sum in place; torch.fx would make a new tensor of it."""
        return self._in_place("iadd", other)

    def __isub__(self, other: Any) -> Any:
        """A difference in place."""
        return self._in_place("isub", other)

    def __imul__(self, other: Any) -> Any:
        """A product in place."""
        return self._in_place("imul", other)

    def __itruediv__(self, other: Any) -> Any:
        """A quotient in place."""
        return self._in_place("itruediv", other)


class Tracer(fx.Tracer):
    """Traces a module for an example; modules for which `is_leaf` is true stay single nodes."""

    def __init__(self, is_leaf: Callable[[nn.Module], bool], inputs: Sequence[Any]) -> None:
        super().__init__()
        self._leaf, self._inputs, self._computing = is_leaf, iter(inputs), False

    def refused(self, why: str, instead: str) -> ForeignError:
        """The error that the module that is traced can't be read: raise it."""
        return ForeignError(f"{at(self.scope.module_path)}: {why}", instead)

    @override
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return self._leaf(m)

    @override
    def proxy(self, node: fx.Node) -> fx.Proxy:
        return Known(node, self)

    @override
    def create_node(
        self, kind: str, target: Any, args: Any, kwargs: Any, name: str | None = None, type_expr: Any | None = None
    ) -> fx.Node:
        node = super().create_node(kind, target, args, kwargs, name, type_expr)
        self._computing, before = True, self._computing  # modules that a value needs are called, not traced
        try:
            node.meta[VALUE] = self._value(kind, target, args, kwargs)
        finally:
            self._computing = before
        return node

    @override
    def call_module(self, m: nn.Module, forward: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        return forward(*args, **kwargs) if self._computing else super().call_module(m, forward, args, kwargs)

    @override
    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        return attr_val if self._computing else super().getattr(attr, attr_val, parameter_proxy_cache)

    def _value(self, kind: str, target: Any, args: Any, kwargs: Any) -> Any:
        args, kwargs = (map_arg(given, lambda node: node.meta[VALUE]) for given in (args, kwargs))
        match kind:
            case "placeholder":
                return tuple(x.clone() for x in next(self._inputs))  # what is computed in place changes them
            case "get_attr":
                return _attribute(self.root, target)
            case "call_module":
                return self.root.get_submodule(target)(*args, **kwargs)
            case "call_method":
                return getattr(args[0], target)(*args[1:], **kwargs)
            case "call_function":
                return target(*args, **kwargs)
            case _:
                return None


def _attribute(root: Any, name: str) -> Any:
    for part in name.split("."):
        root = getattr(root, part)
    return root


class _Root(nn.Module):
    """Calls a module with the inputs alone, so that other parameters of its `forward` keep their defaults."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *inputs: Tensor) -> Any:
        return self.module(*inputs)


def path_in_root(name: str) -> str:
    """The path of a module in the module that is traced, from its path in the trace."""
    return name.removeprefix("module").removeprefix(".")


def at(path: str) -> str:
    """The module at a path of the trace, for messages."""
    return f"`{path_in_root(path)}`" if path_in_root(path) else "the module"


def trace(module: nn.Module, inputs: Sequence[Tensor], is_leaf: Callable[[nn.Module], bool]) -> fx.Graph:
    """The graph of a module's computation; the paths of its nodes begin with `module`.

    Raises:
        ForeignError: The way that the computation takes depends on numbers, or `torch.fx` can't trace it.
    """
    tracer = Tracer(is_leaf, [tuple(inputs)])
    try:
        with torch.no_grad():
            return tracer.trace(_Root(module))
    except ForeignError:
        raise
    except Exception as error:
        raise tracer.refused(
            f"its code can't be followed: {first_line(error)}",
            "call layers and functions on tensors, or register an adapter for this part",
        ) from error
