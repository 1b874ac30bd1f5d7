"""From a traced module to statements: each layer and function is given to its adapter."""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torch import Tensor, fx, nn

from spikegraph.backends.torch.foreign.checks import check_example, check_module
from spikegraph.backends.torch.foreign.example import fresh, several
from spikegraph.backends.torch.foreign.trace import VALUE, path_in_root, trace
from spikegraph.foreign.adapters import ADAPTERS, ANY_LAYOUT, TAKES_TENSORS, Adapter, Call, adapter_of, family_of
from spikegraph.foreign.errors import ForeignError, first_line
from spikegraph.foreign.known.instead import instead
from spikegraph.foreign.known.shapes import REPEATS
from spikegraph.foreign.layout import leading, worded
from spikegraph.foreign.state import State
from spikegraph.foreign.statements import CONTAINERS, LEADS, Complement, Lead, Own, Place, Statements, Value

FUNCTIONS = ("operator", "torch", "torch.nn.functional")
"""The modules by whose names functions are registered."""

SIGNS = {
    "add": "+", "iadd": "+=", "sub": "-", "isub": "-=", "mul": "*", "imul": "*=", "truediv": "/", "itruediv": "/=",
    "floordiv": "//", "mod": "%", "pow": "**", "matmul": "@", "neg": "-x", "gt": ">", "ge": ">=", "lt": "<", "le": "<=",
    "eq": "==", "ne": "!=", "and_": "&", "or_": "|", "xor": "^", "invert": "~", "getitem": "[...]",
}  # fmt: skip
"""How the functions of `operator` are written."""

IN_PLACE = tuple(f"operator.{name}" for name in ("iadd", "isub", "imul", "itruediv"))

COMPLEMENT = "the language has 1 - x as a factor alone"


def is_leaf(module: nn.Module) -> bool:
    """Whether a module stays whole: it has an adapter, or one of its own would be needed."""
    if adapter_of(module) is not None or family_of(module) is not None:
        return True
    return type(module).__module__.startswith("torch.nn") and type(module).__name__ not in CONTAINERS


def convert(module: nn.Module, inputs: Sequence[Tensor], *, multi_step: bool | None, approximate: bool) -> Statements:
    """What a module computes, in the operations of the language.

    Args:
        module: The module, at the start of a sequence; a copy of it is called.
        inputs: An example, [T, N, C, ...] with `multi_step`, otherwise [N, C, ...].
        multi_step: Whether the module takes all time steps at once; None if that follows from its layers.
        approximate: Whether training or gradients may differ where an adapter says so.

    Raises:
        ForeignError: A part of it can't be written in the language.
    """
    of_all = any(getattr(part, "step_mode", None) == "m" for part in module.modules())
    with_time: Lead = ("T", "N") if (of_all if multi_step is None else multi_step) else ("N",)
    check_example(inputs, with_time)
    check_module(module, inputs, is_leaf, multi_step=of_all or len(with_time) == 2)
    graph = trace(fresh(module), inputs, is_leaf)
    repeated = repeats(graph)
    lead = ("N",) if multi_step is None and repeated else with_time
    shape = inputs[0].shape
    steps = (shape[0] if "T" in lead else None, shape[len(lead) - 1])
    stateful = not repeated and any(family_of(part) is not None for part in module.modules())
    statements = _Conversion(module, steps, lead, stateful=stateful, approximate=approximate).run(graph, inputs)
    statements.multi_step = "T" in lead or statements.time is not None
    return statements


def repeats(graph: fx.Graph) -> bool:
    """Whether code repeats a tensor for several time steps, as `x.unsqueeze(0).repeat(T, 1, 1, 1, 1)` does."""
    for node in graph.nodes:
        if node.op in ("call_method", "call_function") and function_name(node) in REPEATS:
            before, after = node.args[0].meta[VALUE].shape, node.meta[VALUE].shape
            if (
                tuple(after[1:]) == tuple(before[-len(after) + 1 :])
                and after[0] > 1
                and (len(before) < len(after) or before[0] == 1)
            ):
                return True
    return False


class _Conversion:
    def __init__(
        self, module: nn.Module, steps: tuple[int | None, int], lead: Lead, *, stateful: bool, approximate: bool
    ) -> None:
        self.module, self.steps, self.lead, self.stateful, self.approximate = module, steps, lead, stateful, approximate
        self.statements, self.found = Statements(), dict[fx.Node, Any]()
        self.used, self.owners = set[nn.Module](), dict[Tensor, str]()
        self.states: list[tuple[State, Call]] = []

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
                name = path_in_root(str(node.target))
                return node.meta[VALUE] if name.startswith("_tensor_constant") else Own(name, node.meta[VALUE])
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
            why = "the language has no such layer" if family is None else "there is no adapter for this layer"
            raise call.refuse(why, family or instead(type(module).__name__))
        holds = any(True for _ in (*module.parameters(), *module.buffers())) or family is not None
        if holds and module in self.used:
            raise call.refuse(
                f"it is called twice, and both calls share its {'weights' if family is None else 'state'}",
                "make a layer for each call; in place of a loop over time steps, give the module of one step",
            )
        self.used.add(module)
        self.owned(dict(module.named_parameters()), call, path)
        self.not_in_place(node, call, inplace=bool(getattr(module, "inplace", False)))
        found = self.adapted(call, adapter, args, kwargs)
        self.states += [(state, call) for state in _states(found)]
        return found

    def function(self, node: fx.Node, args: Any, kwargs: Any) -> Any:
        name = function_name(node)
        if name == "operator.getitem" and isinstance(args[0], tuple | list):
            return args[0][args[1]]
        call = self.call(node, None, shown(name), None)
        if any(isinstance(a, State) for a in (*args, *kwargs.values())):
            raise call.refuse(
                "it takes the state of a neuron", "use the spikes that the neuron returns, and return its state as it is"
            )
        given = [*args, *kwargs.values()]
        if not node.users and not any(isinstance(a, Value | Complement) for a in given):
            return None  # such as a counter of batches
        own = [a.name for a in given if isinstance(a, Own)]
        if own and ADAPTERS.get(name) not in TAKES_TENSORS:
            raise call.refuse(f"it takes `{own[0]}` itself", "hold weights in layers such as Conv2d and Linear, and call these")
        if any(isinstance(a, Tensor) for a in given):
            raise call.refuse(
                "it takes a tensor that isn't computed from the inputs", "compute from the inputs and layers alone"
            )
        if name not in ADAPTERS:
            raise call.refuse("the language has no such function", instead(name))
        self.owned({a.name: a.tensor for a in given if isinstance(a, Own)}, call, call.place.dotted)
        self.not_in_place(node, call, inplace=in_place(node, name))
        return self.adapted(call, ADAPTERS[name], args, kwargs)

    def owned(self, tensors: Mapping[str, Tensor], call: Call, path: str) -> None:
        """Checks that tensors of the module are those of one layer alone."""
        for name, tensor in tensors.items():
            if tensor in self.owners:
                raise call.refuse(f"its `{name}` is also that of `{self.owners[tensor]}`", "give each layer weights of its own")
            self.owners[tensor] = path

    def not_in_place(self, node: fx.Node, call: Call, *, inplace: bool) -> None:
        """Checks that nothing else takes a value after it was changed in place."""
        changed = node.args[0] if inplace and node.args else None
        if isinstance(changed, fx.Node) and any(user is not node and user not in self.found for user in changed.users):
            raise call.refuse(
                "it changes a tensor in place that is used again",
                "make a new tensor instead, such as y = relu(x) without inplace=True",
            )

    def adapted(self, call: Call, adapter: Adapter, args: Any, kwargs: Any) -> Any:
        if not any(isinstance(a, Value | Complement | tuple | list) for a in args):
            raise call.refuse("it takes no value that depends on the inputs", "leave it out")
        if adapter not in ANY_LAYOUT:
            args, kwargs = _ordered(call, args), _ordered(call, kwargs)
        try:
            return adapter(call, *args, **kwargs)
        except (TypeError, AttributeError) as error:
            if any(isinstance(a, Complement) for a in args):
                raise call.refuse(COMPLEMENT, "multiply 1 - x by another value") from error
            raise call.refuse(f"its arguments aren't known: {first_line(error)}", "use its usual form") from error

    def call(self, node: fx.Node, path: str | None, operation: str, module: nn.Module | None) -> Call:
        """What an adapter gets: the place is that of a layer, or of a function in the module that calls it."""
        stack = [path_in_root(name) for name, _ in node.meta.get("nn_module_stack", {}).values()]
        own = path if path is not None else (stack[-1] if stack else "")
        parts = tuple(own.split(".")) if own else ()
        kinds = tuple(type(self.module.get_submodule(".".join(parts[: k + 1]))) for k in range(len(parts)))
        place = Place(parts, kinds, operation, path is not None)
        modes = (self.stateful, self.module.training, self.approximate)
        steps = (self.statements.time or self.steps[0], self.steps[1])
        return Call(module, place, node.meta[VALUE], self.statements, steps, *modes)

    def outputs(self, given: Any) -> None:
        if isinstance(given, dict):
            raise ForeignError("the module returns a dictionary", "return a tensor, or several")
        values = several(given)
        for v in values:
            check_result(v)
        returned = [s for v in values for s in _states(v)]
        for state, call in self.states:
            if not state.hidden and state not in returned:
                raise call.refuse(
                    "its state is lost after a step",
                    "return it from `forward`, which takes it at the next step as an argument that is None by default",
                )
        results = [v for v in values if isinstance(v, Value)]
        if not results:
            raise ForeignError("the module returns nothing but states of neurons", "return a neuron's spikes too")
        if any(v.number < len(self.statements.inputs) for v in results):
            raise ForeignError("the module returns its input unchanged", "return what a layer computes")
        self.statements.returned = [isinstance(v, Value) for v in values]
        names = ["y"] if len(results) == 1 else [f"y{k}" for k in range(len(results))]
        self.statements.outputs = dict(zip(names, results, strict=True))


def check_result(given: Any) -> None:
    """Checks that a part of what a module returns is a value, or the state of a neuron.

    Raises:
        ForeignError: It is something else.
    """
    if isinstance(given, Value) and given.layout is not None:
        order = given.layout.in_order[1]
        if order != tuple(sorted(order)) or not any(leading(given.layout, lead) for lead in LEADS):
            words = " x ".join(map(worded, given.layout.dimensions))
            raise ForeignError(
                f"the module returns a tensor with the dimensions {words}", "return it as [N, C, ...] or [T, N, C, ...]"
            )
    if isinstance(given, Value) or list(_states(given)):
        return
    if isinstance(given, Complement):
        raise ForeignError(f"the module returns 1 - x: {COMPLEMENT}", "multiply 1 - x by another value")
    if isinstance(given, Tensor | Own):
        raise ForeignError(
            "the module returns a tensor that its layers and functions don't compute from the inputs",
            "return what a layer returns; a state that a neuron keeps itself isn't read",
        )
    what = "a tuple or list inside another" if isinstance(given, tuple | list) else f"`{given}`, which isn't a tensor"
    raise ForeignError(f"the module returns {what}", "return a tensor, or a tuple of tensors")


def _ordered(call: Call, given: Any) -> Any:
    """Arguments whose values have their dimensions in the order of the language."""
    match given:
        case Value():
            return call.ordered(given)
        case dict():
            return {k: _ordered(call, v) for k, v in given.items()}  # pyright: ignore[reportUnknownVariableType]
        case tuple() | list():
            parts = [_ordered(call, v) for v in given]  # pyright: ignore[reportUnknownVariableType]
            return tuple(parts) if isinstance(given, tuple) else parts
        case _:
            return given


def _states(given: Any) -> Iterator[State]:
    """The states in what a module or layer returns."""
    if isinstance(given, State):
        yield given
    elif isinstance(given, tuple | list):
        for part in several(given):
            yield from _states(part)


def in_place(node: fx.Node, name: str) -> bool:
    """Whether a function changes its first operand."""
    last = name.rpartition(".")[2]
    return last.endswith("_") or name in IN_PLACE or node.kwargs.get("inplace") is True


def shown(name: str) -> str:
    """A function as it is written in code: an operator by its sign."""
    place, _, last = name.rpartition(".")
    return f"`{SIGNS[last]}`" if place == "operator" and last in SIGNS else name


def function_name(node: fx.Node) -> str:
    """The name by which an adapter of a function or method is registered."""
    if node.op == "call_method":
        return f"Tensor.{node.target}"
    if node.target is getattr:
        return f"Tensor.{node.args[1]}"
    for name in ADAPTERS:
        place, _, last = name.rpartition(".")
        if place in FUNCTIONS and getattr(importlib.import_module(place), last, None) is node.target:
            return name
    name = getattr(node.target, "__name__", str(node.target))
    known = (place for place in FUNCTIONS if getattr(importlib.import_module(place), name, None) is node.target)
    return f"{next(known, getattr(node.target, '__module__', 'torch'))}.{name}"
