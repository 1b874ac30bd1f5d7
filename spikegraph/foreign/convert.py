"""From a traced module to statements: each layer and function is given to its adapter."""

import importlib
from collections.abc import Sequence
from typing import Any

from torch import Tensor, fx, nn

from spikegraph.foreign.adapters import ADAPTERS, Adapter, Call, adapter_of, family_of
from spikegraph.foreign.errors import ForeignError
from spikegraph.foreign.state import State
from spikegraph.foreign.statements import Lead, Place, Statements, Value
from spikegraph.foreign.trace import VALUE, trace

CONTAINERS = ("Sequential", "ModuleList", "ModuleDict")


def is_leaf(module: nn.Module) -> bool:
    """Whether a module stays whole: it has an adapter, or one of its own would be needed."""
    if adapter_of(module) is not None:
        return True
    if family_of(module) is not None:
        return True
    return type(module).__module__.startswith("torch.nn") and type(module).__name__ not in CONTAINERS


def convert(module: nn.Module, inputs: Sequence[Tensor], *, several: bool, approximate: bool) -> Statements:
    """What a module computes, in the operations of the language.

    Args:
        module: The module, which is called once and so gets a state.
        inputs: An example, [T, N, C, ...] with `several`, otherwise [N, C, ...].
        several: Whether the module takes all time steps at once.
        approximate: Whether results may differ where an adapter says so.

    Raises:
        ForeignError: A part of it can't be written in the language.
    """
    graph = trace(module, inputs, is_leaf)
    lead: Lead = ("T", "N") if several else ("N",)
    shape = inputs[0].shape
    return _Conversion(module, (shape[0] if several else None, shape[len(lead) - 1]), lead, approximate).run(graph, inputs)


class _Conversion:
    def __init__(self, module: nn.Module, steps: tuple[int | None, int], lead: Lead, approximate: bool) -> None:  # noqa: FBT001
        self.module, self.steps, self.lead, self.approximate = module, steps, lead, approximate
        self.statements, self.found = Statements(), dict[fx.Node, Any]()
        self.used: dict[nn.Module, str] = {}

    def run(self, graph: fx.Graph, inputs: Sequence[Tensor]) -> Statements:
        names = ["x"] if len(inputs) == 1 else [f"x{k}" for k in range(len(inputs))]
        for name, x in zip(names, inputs, strict=True):
            axes = x.dim() - len(self.lead) - 1
            if axes < 0:
                raise ForeignError(f"the example has {x.dim()} dimensions", "give [N, C, ...], or [T, N, C, ...] for all time steps")
            self.statements.inputs[name] = Value(len(self.statements.inputs), tuple(x.shape), self.lead, axes)
        for node in graph.nodes:
            self.found[node] = self.value(node)
        return self.statements

    def value(self, node: fx.Node) -> Any:
        args, kwargs = (fx.node.map_arg(given, lambda n: _Boxed(self.found[n])) for given in (node.args, node.kwargs))
        args, kwargs = _unboxed(args), _unboxed(kwargs)
        match node.op:
            case "placeholder":
                return tuple(self.statements.inputs.values())
            case "output":
                return self.outputs(args[0])
            case "call_module":
                return self.layer(node, args, kwargs)
            case "get_attr":
                return node.meta[VALUE]
            case _:
                return self.function(node, args, kwargs)

    def layer(self, node: fx.Node, args: Any, kwargs: Any) -> Any:
        path = str(node.target).removeprefix("module").removeprefix(".")
        module = self.module.get_submodule(path)
        kind = type(module).__name__
        place = self.place(node, path, kind)
        call = Call(module, place, node.meta[VALUE], self.statements, self.steps, self.approximate)
        adapter = adapter_of(module)
        if adapter is None:
            raise call.refuse("there is no adapter for this layer", family_of(module) or "write it with known layers, or register an adapter")
        holds = any(True for _ in module.parameters()) or any(True for _ in module.buffers()) or family_of(module) is not None
        if holds and module in self.used:
            raise call.refuse("it is called twice, and would share its state or its weights", "make a layer for each call")
        self.used[module] = path
        return self._called(call, adapter, args, kwargs)

    def function(self, node: fx.Node, args: Any, kwargs: Any) -> Any:
        name = function_name(node)
        if name == "operator.getitem" and isinstance(args[0], tuple | list):
            return args[0][args[1]]
        place = self.place(node, None, name)
        call = Call(None, place, node.meta[VALUE], self.statements, self.steps, self.approximate)
        if any(isinstance(a, State) for a in (*args, *kwargs.values())):
            raise call.refuse("it takes the state of a neuron", "use what the neuron returns")
        if name not in ADAPTERS:
            raise call.refuse("the language has no such function", "write it with known layers, or register an adapter")
        return self._called(call, ADAPTERS[name], args, kwargs)

    def _called(self, call: Call, adapter: Adapter, args: Any, kwargs: Any) -> Any:
        try:
            return adapter(call, *args, **kwargs)
        except (TypeError, AttributeError) as error:
            raise call.refuse(f"its arguments aren't known: {error}", "use its usual form") from error

    def place(self, node: fx.Node, path: str | None, operation: str) -> Place:
        stack = list(node.meta.get("nn_module_stack", {}).values())
        entries = [(name.removeprefix("module").removeprefix("."), kind) for name, kind in stack]
        own = path if path is not None else (entries[-1][0] if entries else "")
        parts = tuple(own.split(".")) if own else ()
        kinds = tuple(type(self.module.get_submodule(".".join(parts[: k + 1]))) for k in range(len(parts)))
        return Place(parts, kinds, operation, path is not None)

    def outputs(self, given: Any) -> None:
        values = list(given) if isinstance(given, tuple | list) else [given]
        results = [v for v in values if isinstance(v, Value)]
        if not results:
            raise ForeignError("the module returns no value that depends on its input", "return a tensor")
        self.statements.returned = [isinstance(v, Value) for v in values]
        names = ["y"] if len(results) == 1 else [f"y{k}" for k in range(len(results))]
        self.statements.outputs = dict(zip(names, results, strict=True))


class _Boxed:
    """Keeps `map_arg` from looking into what a node has become."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _unboxed(given: Any) -> Any:
    if isinstance(given, _Boxed):
        return given.value
    if isinstance(given, dict):
        return {k: _unboxed(v) for k, v in given.items()}
    if isinstance(given, tuple | list):
        return type(given)(map(_unboxed, given))
    return given


def function_name(node: fx.Node) -> str:
    """The name by which an adapter of a function or method is registered."""
    if node.op == "call_method":
        return f"Tensor.{node.target}"
    for name in ADAPTERS:
        place, _, last = name.rpartition(".")
        if place in ("operator", "torch", "torch.nn.functional") and getattr(importlib.import_module(place), last, None) is node.target:
            return name
    target = node.target
    module = getattr(target, "__module__", None) or "torch"
    return f"{module.removeprefix('_')}.{getattr(target, '__name__', target)}"
