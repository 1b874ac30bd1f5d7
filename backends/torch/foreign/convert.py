"""From a traced module to statements: each layer and function is given to its adapter."""

import importlib
from collections.abc import Iterator, Sequence
from typing import Any

from torch import Tensor, fx, nn

from spikegraph.backends.torch.foreign.example import compute, fresh, several
from spikegraph.backends.torch.foreign.trace import VALUE, path_in_root, trace
from spikegraph.foreign.adapters import ADAPTERS, Adapter, Call, adapter_of, family_of
from spikegraph.foreign.errors import ForeignError, first_line
from spikegraph.foreign.state import State
from spikegraph.foreign.statements import CONTAINERS, Lead, Place, Statements, Value

FUNCTIONS = ("operator", "torch", "torch.nn.functional")
"""The modules by whose names functions are registered."""


def is_leaf(module: nn.Module) -> bool:
    """Whether a module stays whole: it has an adapter, or one of its own would be needed."""
    if adapter_of(module) is not None or family_of(module) is not None:
        return True
    return type(module).__module__.startswith("torch.nn") and type(module).__name__ not in CONTAINERS


def convert(module: nn.Module, inputs: Sequence[Tensor], *, multi_step: bool, approximate: bool) -> Statements:
    """What a module computes, in the operations of the language.

    Args:
        module: The module, at the start of a sequence; a copy of it is called.
        inputs: An example, [T, N, C, ...] with `multi_step`, otherwise [N, C, ...].
        multi_step: Whether the module takes all time steps at once.
        approximate: Whether training or gradients may differ where an adapter says so.

    Raises:
        ForeignError: A part of it can't be written in the language.
    """
    lead: Lead = ("T", "N") if multi_step else ("N",)
    for x in inputs:
        if x.dim() <= len(lead):
            raise ForeignError(
                f"the example has the shape {list(x.shape)}",
                "give [T, N, C, ...]: all time steps"
                if multi_step
                else "give [N, C, ...]: one time step, with samples and channels",
            )
        if not x.is_floating_point():
            raise ForeignError(f"the example is {x.dtype}", "give floating-point numbers")
        if x.shape[: len(lead)] != inputs[0].shape[: len(lead)]:
            raise ForeignError("the examples have several numbers of steps or samples", "give them the same")
    compute(module, inputs, is_leaf)
    graph = trace(fresh(module), inputs, is_leaf)
    shape = inputs[0].shape
    return _Conversion(module, (shape[0] if multi_step else None, shape[len(lead) - 1]), lead, approximate).run(graph, inputs)


class _Conversion:
    def __init__(self, module: nn.Module, steps: tuple[int | None, int], lead: Lead, approximate: bool) -> None:
        self.module, self.steps, self.lead, self.approximate = module, steps, lead, approximate
        self.statements, self.found = Statements(), dict[fx.Node, Any]()
        self.used, self.owners = set[nn.Module](), dict[Tensor, str]()
        self.states: list[tuple[State, Call]] = []
        self.stateful = any(family_of(part) is not None for part in module.modules())

    def run(self, graph: fx.Graph, inputs: Sequence[Tensor]) -> Statements:
        names = ["x"] if len(inputs) == 1 else [f"x{k}" for k in range(len(inputs))]
        for name, x in zip(names, inputs, strict=True):
            axes = x.dim() - len(self.lead) - 1
            self.statements.inputs[name] = Value(len(self.statements.inputs), tuple(x.shape), self.lead, axes)
        for node in graph.nodes:
            self.found[node] = self.value(node)
        return self.statements

    def value(self, node: fx.Node) -> Any:
        args, kwargs = (self.operands(given) for given in (node.args, node.kwargs))
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

    def operands(self, given: Any) -> Any:
        """Arguments of a node, with what its nodes have become."""
        if isinstance(given, fx.Node):
            return self.found[given]
        if isinstance(given, dict):
            return {k: self.operands(v) for k, v in given.items()}  # pyright: ignore[reportUnknownVariableType]
        if isinstance(given, tuple | list):
            parts = [self.operands(v) for v in given]  # pyright: ignore[reportUnknownVariableType]
            return tuple(parts) if isinstance(given, tuple) else parts
        return given

    def layer(self, node: fx.Node, args: Any, kwargs: Any) -> Any:
        path = path_in_root(str(node.target))
        module = self.module.get_submodule(path)
        call = self.call(node, path, type(module).__name__, module)
        adapter, family = adapter_of(module), family_of(module)
        if adapter is None:
            raise call.refuse(
                "there is no adapter for this layer", family or "write it with known layers, or register an adapter"
            )
        holds = any(True for _ in (*module.parameters(), *module.buffers())) or family is not None
        if holds and module in self.used:
            raise call.refuse(
                "it is called twice, and both calls share its state or its weights",
                "make a layer for each call; and give a module of one time step, without a loop over steps",
            )
        self.used.add(module)
        for name, parameter in module.named_parameters():
            if parameter in self.owners:
                raise call.refuse(
                    f"its `{name}` is also that of `{self.owners[parameter]}`", "give each layer weights of its own"
                )
            self.owners[parameter] = path
        found = self.adapted(call, adapter, args, kwargs)
        self.states += [(state, call) for state in _states(found)]
        return found

    def function(self, node: fx.Node, args: Any, kwargs: Any) -> Any:
        name = function_name(node)
        if name == "operator.getitem" and isinstance(args[0], tuple | list):
            return args[0][args[1]]
        call = self.call(node, None, name, None)
        if any(isinstance(a, State) for a in (*args, *kwargs.values())):
            raise call.refuse("it takes the state of a neuron", "use what the neuron returns")
        if any(isinstance(a, Tensor) for a in (*args, *kwargs.values())):
            raise call.refuse("it takes a tensor of the module", "hold weights in layers alone")
        if name not in ADAPTERS:
            raise call.refuse("the language has no such function", "write it with known layers, or register an adapter")
        return self.adapted(call, ADAPTERS[name], args, kwargs)

    def adapted(self, call: Call, adapter: Adapter, args: Any, kwargs: Any) -> Any:
        if not any(isinstance(a, Value | tuple | list) for a in args):
            raise call.refuse("it takes no value that depends on the inputs", "leave it out")
        try:
            return adapter(call, *args, **kwargs)
        except (TypeError, AttributeError) as error:
            raise call.refuse(f"its arguments aren't known: {first_line(error)}", "use its usual form") from error

    def call(self, node: fx.Node, path: str | None, operation: str, module: nn.Module | None) -> Call:
        """What an adapter gets: the place is that of a layer, or of a function in the module that calls it."""
        stack = [path_in_root(name) for name, _ in node.meta.get("nn_module_stack", {}).values()]
        own = path if path is not None else (stack[-1] if stack else "")
        parts = tuple(own.split(".")) if own else ()
        kinds = tuple(type(self.module.get_submodule(".".join(parts[: k + 1]))) for k in range(len(parts)))
        place = Place(parts, kinds, operation, path is not None)
        return Call(module, place, node.meta[VALUE], self.statements, self.steps, self.stateful, self.approximate)

    def outputs(self, given: Any) -> None:
        if isinstance(given, dict):
            raise ForeignError("the module returns a dictionary", "return a tensor, or several")
        values = several(given)
        if any(not isinstance(v, Value) and not list(_states(v)) for v in values):
            raise ForeignError("the module returns what doesn't depend on its input, or is no tensor", "return tensors alone")
        returned = [s for v in values for s in _states(v)]
        for state, call in self.states:
            if not state.hidden and state not in returned:
                raise call.refuse(
                    "its state is lost after a step",
                    "return it from `forward`, which takes it at the next step as an argument that is None by default",
                )
        results = [v for v in values if isinstance(v, Value)]
        if not results:
            raise ForeignError("the module returns states of neurons alone", "return a neuron's spikes")
        if any(v.number < len(self.statements.inputs) for v in results):
            raise ForeignError("the module returns its input unchanged", "return what a layer computes")
        self.statements.returned = [isinstance(v, Value) for v in values]
        names = ["y"] if len(results) == 1 else [f"y{k}" for k in range(len(results))]
        self.statements.outputs = dict(zip(names, results, strict=True))


def _states(given: Any) -> Iterator[State]:
    """The states in what a module or layer returns."""
    if isinstance(given, State):
        yield given
    elif isinstance(given, tuple | list):
        for part in several(given):
            yield from _states(part)


def function_name(node: fx.Node) -> str:
    """The name by which an adapter of a function or method is registered."""
    if node.op == "call_method":
        return f"Tensor.{node.target}"
    for name in ADAPTERS:
        place, _, last = name.rpartition(".")
        if place in FUNCTIONS and getattr(importlib.import_module(place), last, None) is node.target:
            return name
    name = getattr(node.target, "__name__", str(node.target))
    known = (place for place in FUNCTIONS if getattr(importlib.import_module(place), name, None) is node.target)
    return f"{next(known, getattr(node.target, '__module__', 'torch'))}.{name}"
