"""From a traced module to statements: each layer and function is given to its adapter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, fx, nn

from spikegraph.backends.torch.foreign.anew import begin_anew
from spikegraph.backends.torch.foreign.arguments import input_value, ordered, settled
from spikegraph.backends.torch.foreign.arranged import arranged
from spikegraph.backends.torch.foreign.checks import check_hooks
from spikegraph.backends.torch.foreign.cycles import is_constant
from spikegraph.backends.torch.foreign.example import results_of
from spikegraph.backends.torch.foreign.function_names import divides, function_name, in_place, shown
from spikegraph.backends.torch.foreign.nodes import at_place, slice_of
from spikegraph.backends.torch.foreign.own_neurons import CHANGED, OwnNeurons
from spikegraph.backends.torch.foreign.reading import Reading, read
from spikegraph.backends.torch.foreign.results import COMPLEMENT, check_result, states_of
from spikegraph.backends.torch.foreign.steps import differing
from spikegraph.backends.torch.foreign.trace import LINE, VALUE, path_in_root
from spikegraph.backends.torch.foreign.written_layers import adapter_for
from spikegraph.foreign.adapters import ADAPTERS, ANY_LAYOUT, TAKES_TENSORS, Adapter, Call
from spikegraph.foreign.errors import ForeignError, first_line
from spikegraph.foreign.known.instead import ONLINE, instead
from spikegraph.foreign.known.matrices import TAKES_PRODUCTS
from spikegraph.foreign.of_classes import family_of
from spikegraph.foreign.product import Product
from spikegraph.foreign.state import State
from spikegraph.foreign.statements import CONTAINERS, Complement, Own, Statements, StepBefore, Total, Value

TWICE = (
    "it is called twice, and both calls share its state",
    "make a layer for each call; in place of a loop over time steps, give the module of one step",
)
"""Why neurons are refused that are called twice, and what to do."""


def is_leaf(module: nn.Module) -> bool:
    """Whether a module stays whole: it has an adapter, or one of its own would be needed."""
    if adapter_for(module) is not None or family_of(module) is not None:
        return True
    return type(module).__module__.startswith("torch.nn") and type(module).__name__ not in CONTAINERS


@dataclass(frozen=True)
class Converted:
    """What a module computes, in the operations of the language.

    Attributes:
        statements: The operations.
        reading: The computation that they are from.
        layers: For the result of each layer of neurons in the module's own code its nodes by time step.
    """

    statements: Statements
    reading: Reading
    layers: Mapping[int, Mapping[int, fx.Node]]


def convert(
    module: nn.Module, inputs: Sequence[Tensor], *, multi_step: bool | None, steps: int, approximate: bool
) -> Converted:
    """What a module computes, in the operations of the language.

    Args:
        module: The module, at the start of a sequence; a copy of it is called.
        inputs: An example: [N, C, ...], or with time steps.
        multi_step: Whether the module takes all time steps at once; None if that follows from its layers or loops.
        steps: How many steps are read of a module that takes one.
        approximate: Whether training or gradients may differ where an adapter says so.

    Raises:
        ForeignError: A part of it can't be written in the language.
    """
    reading = read(module, inputs, is_leaf, multi_step=multi_step, steps=steps)
    conversion = _Conversion(module, reading, inputs, approximate)
    statements = conversion.run()
    statements.multi_step = reading.states is None and (reading.axis is not None or statements.time is not None)
    return Converted(statements, reading, conversion.layers)


class _Conversion(OwnNeurons):
    def run(self) -> Statements:
        names = ["x"] if len(self.inputs) == 1 else [f"x{k}" for k in range(len(self.inputs))]
        for name, x in zip(names, self.inputs, strict=True):
            shape = tuple(x.shape) if self.reading.states is None else (self.reading.steps or 1, *x.shape)
            self.statements.inputs[name] = input_value(len(self.statements.inputs), shape, self.reading.axis)
        if self.reading.axis is None:
            self.statements.time = self.step.folding.time
        self.anew = begin_anew(self.module, self.reading, len(self.inputs))
        if self.anew:
            self.statements.anew, self.stateful = True, False
        for node in self.reading.replaced[:1]:
            function: Any = node.target
            call = self.call(node, None, f"{function.__self__.__name__}.apply", None)
            call.approximation("it gives one tensor, and its gradient to another too", ONLINE, affects="gradients")
        try:
            self.nothing_changes_later()
            for node in self.step.nodes:
                self.found[node] = self.value(node)
        except ForeignError as error:
            other = differing(self.step.graph, self._holds) if self.step.folding.time is None else None
            if other is None:
                raise
            line = other.meta[LINE] and f" at {other.meta[LINE]}"
            raise ForeignError(
                f"{at_place(other)}: its time steps aren't alike: one has something else{line}",
                "compute the same at each step, with numbers that don't depend on it, and stack or add up the results of all",
            ) from error
        earlier = {number: self.found[node].number for number, node in self.later}
        self.statements.body[:] = [
            replace(s, operands=tuple(StepBefore(earlier[o.number]) if o.number in earlier else o for o in s.operands))
            for s in self.statements.body
        ]
        return self.statements

    def _holds(self, node: fx.Node) -> bool:
        """Whether the layer that a node calls has weights or a state."""
        module = self.module.get_submodule(path_in_root(str(node.target)))
        return any(True for _ in (*module.parameters(), *module.buffers())) or family_of(module) is not None

    def value(self, node: fx.Node) -> Any:
        if node in self.of_cycle:
            return self.neurons(node, self.of_cycle[node])
        if node.op == "get_attr":
            name = path_in_root(str(node.target))
            return (
                node.meta[VALUE]
                if name.startswith("_tensor_constant")
                else Own(name, node.meta[VALUE], isinstance(node.meta[VALUE], nn.Parameter))
            )
        if is_constant(node):
            return node.meta[VALUE]
        if node in self.step.folding.joined or node in self.step.folding.repeated:
            return self.joined(node)
        args, kwargs = (self.operands(node, given) for given in (node.args, node.kwargs))
        match node.op:
            case "placeholder":
                return tuple(self.statements.inputs.values())
            case "output":
                return self.outputs(args[0])
            case "call_module":
                return self.layer(node, args, kwargs)
            case _:
                taken = slice_of(node) if node in self.step.folding.step else None
                part = self.part(node, taken, args[0]) if taken is not None and isinstance(args[0], Value) else None
                return self.function(node, args, kwargs) if part is None else part

    def operands(self, node: fx.Node, given: Any) -> Any:
        """Arguments of a node, with what its nodes have become."""
        if isinstance(given, fx.Node):
            if given in self.anew.get(node, ()):
                return None
            taken = self.step.taken(node, given)
            if taken.before and node.op == "call_module" and node in taken.node.all_input_nodes:
                self.carried.add(node)  # its own state
                return None
            if taken.before:
                return self.value_before(taken.node)
            folding, found = self.step.folding, self.found[taken.node]
            if node not in folding.step and taken.node in folding.step and isinstance(found, Value):
                raise self.call(node, None, shown(function_name(node)), None).refuse(
                    "it takes what the last of several time steps computes",
                    "take all steps, as torch.stack does, or their mean",
                )
            if isinstance(found, Total) and not divides(node):
                return found.reduced("sum")
            return self.zeros(taken.node, found) if taken.node.target is torch.zeros_like else found
        if isinstance(given, dict):
            return {k: self.operands(node, v) for k, v in given.items()}  # pyright: ignore[reportUnknownVariableType]
        if isinstance(given, tuple | list):
            parts = [self.operands(node, v) for v in given]  # pyright: ignore[reportUnknownVariableType]
            return tuple(parts) if isinstance(given, tuple) else parts
        return given

    def zeros(self, node: fx.Node, numbers: Any) -> Any:
        """Zeros of the shape of a value, as a value."""
        like = self.found.get(node.all_input_nodes[0])
        if not isinstance(like, Value) or node.kwargs.get("dtype") is not None:
            return numbers
        return self.call(node, None, "zeros_like", None).add("zero", like, shape=like.shape, layout=like.layout)

    def layer(self, node: fx.Node, args: Any, kwargs: Any) -> Any:
        path = path_in_root(str(node.target))
        module = self.module.get_submodule(path)
        call = self.call(node, path, type(module).__name__, module)
        adapter, family = adapter_for(module), family_of(module)
        if adapter is None:
            why = "the language has no such layer" if family is None else "there is no adapter for this layer"
            error = call.refuse(why, family or instead(type(module).__name__))
            error.layer = None if family is None else path
            raise error
        check_hooks(path, module)
        if family is not None and module in self.used:
            raise call.refuse(*TWICE)
        again = module in self.used
        self.used.add(module)
        self.owned(dict(module.named_parameters()), call, path)
        self.not_in_place(node, call, inplace=bool(getattr(module, "inplace", False)))
        before = len(self.statements.body)
        try:
            found = self.adapted(call, adapter, args, kwargs)
        except ForeignError as error:
            error.layer = None if family is None else path
            raise
        if again and any(s.neuron is not None and s.neuron.stateful for s in self.statements.body[before:]):
            raise call.refuse(*TWICE)
        self.states += [(state, call) for state in states_of(found) if node not in self.carried and node not in self.anew]
        return found

    def function(self, node: fx.Node, args: Any, kwargs: Any) -> Any:
        name = function_name(node)
        if name == "operator.getitem" and isinstance(args[0], tuple | list):
            return args[0][args[1]]
        own_shaped = arranged(node, name, args, kwargs)
        if own_shaped is not None:
            return own_shaped
        call = self.call(node, None, shown(name), None)
        if any(isinstance(a, State) for a in (*args, *kwargs.values())):
            raise call.refuse(
                "it takes the state of a neuron", "use the spikes that the neuron returns, and return its state as it is"
            )
        given = [*args, *kwargs.values()]
        if not node.users and not any(isinstance(a, Value | Product | Complement | Total) for a in given):
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
        self.owned({a.name: a.tensor for a in given if isinstance(a, Own)}, call, "")
        self.not_in_place(node, call, inplace=in_place(node, name))
        return self.adapted(call, ADAPTERS[name], args, kwargs)

    def owned(self, tensors: Mapping[str, Tensor], call: Call, path: str) -> None:
        """Checks that tensors of the module are those of one layer alone, which may be called several times."""
        for name, tensor in tensors.items():
            whole_name = f"{path}.{name}" if path else name
            if self.owners.setdefault(tensor, whole_name) != whole_name:
                other = self.owners[tensor].rpartition(".")[0]
                whose = f"`{other}`" if other else "the module itself"
                raise call.refuse(f"its `{name}` is also that of {whose}", "give each layer weights of its own")

    def not_in_place(self, node: fx.Node, call: Call, *, inplace: bool) -> None:
        """Checks that nothing else takes a value after it was changed in place."""
        changed = node.args[0] if inplace and node.args else None
        if isinstance(changed, fx.Node) and any(user is not node and user not in self.found for user in changed.users):
            raise call.refuse(*CHANGED)

    def adapted(self, call: Call, adapter: Adapter, args: Any, kwargs: Any) -> Any:
        if not any(isinstance(a, Value | Product | Complement | Total | tuple | list) for a in args):
            raise call.refuse("it takes no value that depends on the inputs", "leave it out")
        if adapter not in TAKES_PRODUCTS:
            args, kwargs = settled(args), settled(kwargs)
        if adapter not in ANY_LAYOUT:
            args, kwargs = ordered(call, args), ordered(call, kwargs)
        before = len(self.statements.body)
        try:
            found = adapter(call, *args, **kwargs)
            self.shares(call, self.statements.body[before:])
            return found
        except (TypeError, AttributeError) as error:
            if any(isinstance(a, Complement) for a in args):
                raise call.refuse(COMPLEMENT, "multiply 1 - x by another value") from error
            raise call.refuse(f"its arguments aren't known: {first_line(error)}", "use its usual form") from error

    def outputs(self, given: Any) -> None:
        if isinstance(given, dict):
            raise ForeignError("the module returns a dictionary", "return a tensor, or several")
        values = [settled(v) for v in results_of(given)]
        for v in values:
            check_result(v)
        returned = [s for v in values for s in states_of(v)]
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
        self.statements.returned = [isinstance(v, Value) for v in values] + [False] * (self.reading.states or 0)
        names = ["y"] if len(results) == 1 else [f"y{k}" for k in range(len(results))]
        self.statements.outputs = dict(zip(names, results, strict=True))
