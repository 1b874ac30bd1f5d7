"""A module's computation as a graph of `torch.fx`, each node with its value for an example.

Values answer questions about shapes, so that code which branches on them can be traced; code that branches on numbers of a
tensor is refused, since another input would take another way.
"""

import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, fx, nn
from torch.fx.node import map_arg
from typing_extensions import override

from spikegraph.backends.torch.foreign.exact import exact
from spikegraph.backends.torch.foreign.intercepted import Factories, calls_of_functions, holds, is_function
from spikegraph.backends.torch.foreign.lines import line_of_code, line_of_error
from spikegraph.backends.torch.foreign.of_numbers import OfNumbers
from spikegraph.backends.torch.foreign.roots import Root, Steps
from spikegraph.foreign.errors import ForeignError, first_line
from spikegraph.foreign.of_classes import family_of

OF_NUMBERS = "spikegraph.of_numbers"
"""The key of whether a node's shape, or a non-tensor value, depends on numbers of tensors, in its `meta`."""

VALUE = "spikegraph.value"
"""The key of a node's value in its `meta`."""

LINE = "spikegraph.line"
"""The key of the line of code that a node is from, such as `net.py:12`."""

_OF_TENSORS = ("shape", "ndim", "dtype", "device", "requires_grad", "is_sparse", "dim", "size", "numel", "ndimension")
"""What the code may ask of a tensor without a trace of it."""

_SHAPES = ("shape", "size", "numel")
"""Those that depend on numbers where a tensor's shape does."""

_NUMBERS = ("item", "tolist", "numpy", "__array__")
"""Methods that take the numbers out of a tensor."""


def _fields_of(value: object) -> tuple[str, ...]:
    """The names of the parts of a named tuple, or of what functions such as `torch.max` return."""
    if not isinstance(value, tuple):
        return ()
    kind: type = type(cast("object", value))
    return getattr(kind, "_fields", getattr(kind, "__match_args__", ()))


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
            if name in _SHAPES:
                self._check_shape()
            return getattr(value, name)
        if isinstance(value, Tensor) and name in _NUMBERS:
            return self._number
        if isinstance(value, Tensor) and not callable(getattr(Tensor, name, len)):  # such as `data`
            return self.tracer.create_proxy("call_function", getattr, (self, name), {})
        fields = _fields_of(value)
        if name in fields:
            return self[fields.index(name)]
        return super().__getattr__(name)

    def __getitem__(self, key: Any) -> Any:
        """A part of the value."""
        return self.tracer.create_proxy("call_function", operator.getitem, (self, key), {})

    def __setitem__(self, key: Any, value: Any) -> None:
        """A part of the value is overwritten."""
        self.tracer.create_proxy("call_function", operator.setitem, (self, key, value), {})

    @override
    def __bool__(self) -> bool:
        if isinstance(self.value, Tensor) or self.node.meta[OF_NUMBERS]:
            raise self.tracer.refused(
                "its code branches on numbers of a tensor, so that another input could take another way",
                "branch on shapes alone, and leave checks of numbers out",
            )
        return bool(self.value)

    def _check_shape(self) -> None:
        if self.node.meta[OF_NUMBERS]:
            raise self.tracer.refused(
                "its code asks for a shape that depends on numbers of a tensor, so that another input has another one",
                "compute with the whole tensor, such as torch.where(mask, x, y) in place of x[mask]",
            )

    def __len__(self) -> int:
        """The length of the example."""
        self._check_shape()
        return len(self.value)

    @override
    def __iter__(self) -> Iterator[Any]:
        self._check_shape()
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

    def made(self, function: Any, args: Any, kwargs: Any) -> Any | None:
        """A tensor that the module's code makes, as a part of the trace."""
        return None if self._computing else self.create_proxy("call_function", function, args, kwargs)

    def applied(self, function: Any, args: tuple[Any, ...]) -> Any:
        """The call of a function with a gradient of its own, as a part of the trace."""
        return self.create_proxy("call_function", function, args, {})

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
        node.meta[LINE] = line_of_code(trace.__code__)
        self._computing, before = True, self._computing  # modules that a value needs are called, not traced
        watched = kind in ("call_function", "call_method") and not is_function(target)
        try:
            with OfNumbers() if watched else nullcontext(None) as asked:
                node.meta[VALUE] = value = self._value(kind, target, args, kwargs)
        finally:
            self._computing = before
        node.meta[OF_NUMBERS] = (asked is not None and asked.decides(value)) or any(
            n.meta[OF_NUMBERS] for n in node.all_input_nodes
        )
        return node

    @override
    def create_arg(self, a: Any) -> Any:
        return super().create_arg(a.item() if isinstance(a, np.generic) else a)  # a scalar of numpy is a number

    @override
    def call_module(self, m: nn.Module, forward: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        if self._computing:
            return forward(*args, **kwargs)
        if m not in (self.submodule_paths or ()):  # made by the code that calls it
            self._check_outside(m)
            return forward(*args, **kwargs)
        found = super().call_module(m, forward, args, kwargs)
        return [*found] if isinstance(found, Known) and isinstance(found.value, list) else found  # code may ask for lists

    def _check_outside(self, m: nn.Module) -> None:
        """Checks that a layer that code makes for one call holds nothing of its own, so that it is what its code computes."""
        for part in m.modules():
            if part not in (self.submodule_paths or ()) and (family_of(part) is not None or holds(part)):
                raise self.refused(
                    f"its code calls a layer with weights or a state that is no part of it, {type(part).__name__}",
                    "make it in `__init__`, as an attribute of the module or in a ModuleList",
                )

    @override
    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        return attr_val if self._computing else super().getattr(attr, attr_val, parameter_proxy_cache)

    def _value(self, kind: str, target: Any, args: Any, kwargs: Any) -> Any:
        args, kwargs = (map_arg(given, lambda node: node.meta[VALUE]) for given in (args, kwargs))
        match kind:
            case "placeholder":
                return tuple(x.clone() for x in next(self._inputs))  # what is computed in place changes them
            case "get_attr":
                return operator.attrgetter(target)(self.root)
            case "call_module":
                return self.root.get_submodule(target)(*args, **kwargs)
            case "call_method":
                return getattr(args[0], target)(*args[1:], **kwargs)
            case "call_function":
                return target(*args, **kwargs)
            case _:
                return None


@dataclass(frozen=True)
class Traced:
    """A computation, and what computes it: a module whose attribute `module` is the one that was traced."""

    graph: fx.Graph
    root: nn.Module


def made_constant(node: fx.Node) -> Any:
    """The numbers of a tensor that doesn't depend on the inputs, also if the code changes it in place later."""
    if node.op == "get_attr":
        return node.meta[VALUE]
    args: Any = map_arg(node.args, lambda n: _double(n.meta[VALUE]))
    kwargs: Any = map_arg(node.kwargs, lambda n: _double(n.meta[VALUE]))
    target: Any = node.target
    with exact():
        return getattr(args[0], target)(*args[1:], **kwargs) if node.op == "call_method" else target(*args, **kwargs)


def _double(value: Any) -> Any:
    """A value in float64, since what is made like it has its type."""
    return value.double() if isinstance(value, Tensor) and value.is_floating_point() else value


def path_in_root(name: str) -> str:
    """The path of a module in the module that is traced, from its path in the trace."""
    return name.removeprefix("module").removeprefix(".")


def at(path: str) -> str:
    """The module at a path of the trace, for messages."""
    return f"`{path_in_root(path)}`" if path_in_root(path) else "the module"


def trace(
    module: nn.Module, inputs: Sequence[Tensor], is_leaf: Callable[[nn.Module], bool], steps: tuple[int, int] | None = None
) -> Traced:
    """The graph of a module's computation; the paths of its nodes begin with `module`.

    Args:
        module: The module.
        inputs: An example.
        is_leaf: Which modules stay single nodes.
        steps: The number of steps, for a module of one step whose inputs have all, and how many states it returns last.

    Raises:
        ForeignError: The way that the computation takes depends on numbers, or `torch.fx` can't trace it.
    """
    tracer, root = Tracer(is_leaf, [tuple(inputs)]), Root(module) if steps is None else Steps(module, *steps)
    try:
        with torch.no_grad(), Factories(tracer.made), calls_of_functions(tracer.applied):
            return Traced(tracer.trace(root), root)
    except ForeignError as error:
        raise error.at(line_of_error(error)) from error.__cause__
    except Exception as error:
        why = f"its code can't be followed: {first_line(error)}"
        instead = "call layers and functions on tensors, or register an adapter for this part"
        raise tracer.refused(why, instead).at(line_of_error(error)) from error
