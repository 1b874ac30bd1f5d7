"""From a module's own neurons and sums over time steps to statements."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, fx, nn

from spikegraph.backends.torch.foreign.aliases import Aliases
from spikegraph.backends.torch.foreign.cycles import Cycle, cycles, total_of
from spikegraph.backends.torch.foreign.declared import declare
from spikegraph.backends.torch.foreign.equations import equations_of, inputs_of
from spikegraph.backends.torch.foreign.function_names import function_name, in_place, shown
from spikegraph.backends.torch.foreign.intercepted import makes_constant
from spikegraph.backends.torch.foreign.nodes import Slice, at_place
from spikegraph.backends.torch.foreign.one_step import Taken
from spikegraph.backends.torch.foreign.reading import Reading
from spikegraph.backends.torch.foreign.trace import LINE, VALUE, made_constant, path_in_root
from spikegraph.backends.torch.foreign.writes import RESHAPING
from spikegraph.foreign.adapters import Call
from spikegraph.foreign.errors import ForeignError
from spikegraph.foreign.known.reductions import total_of_steps
from spikegraph.foreign.layout import whole
from spikegraph.foreign.names import name_of_class
from spikegraph.foreign.of_classes import family_of
from spikegraph.foreign.state import State
from spikegraph.foreign.statements import Operand, Place, Statement, Statements, StepBefore, Total, Value

CHANGED = (
    "it changes a tensor in place that is used again",
    "make a new tensor instead, such as y = relu(x) without inplace=True",
)


class OwnNeurons:
    """What is known while a module is converted, and its own neurons.

    Attributes:
        found: What the nodes of a step have become.
        layers: For the result of each layer of its own neurons the nodes by time step.
    """

    def __init__(self, module: nn.Module, reading: Reading, inputs: Sequence[Tensor], approximate: bool) -> None:
        self.module, self.reading, self.step, self.approximate = module, reading, reading.step, approximate
        samples = inputs[0].shape[1 if reading.axis == 0 and reading.states is None else 0]
        self.inputs, self.steps = inputs, (reading.steps, int(samples))
        self.statements, self.found = Statements(), dict[fx.Node, Any]()
        self.used, self.owners = set[nn.Module](), dict[Tensor, str]()
        self.uses = dict[str, object]()
        self.states: list[tuple[State, Call]] = []
        self.stateful = not reading.repeated and any(family_of(part) is not None for part in module.modules())
        self.cycles = cycles(reading.step)
        self.of_cycle = {node: cycle for cycle in self.cycles for node in cycle.nodes}
        self.layers, self.models = dict[int, Mapping[int, fx.Node]](), dict[str, str]()
        self.carried, self.anew = set[fx.Node](), dict[fx.Node, set[fx.Node]]()
        self.later: list[tuple[int, fx.Node]] = []

    def joined(self, node: fx.Node) -> Value | State:
        """A stack of all steps: the value of each."""
        of, axis = self.step.folding.joined.get(node) or self.step.folding.repeated[node]
        value, call = self.found[of], self.call(node, None, "stack", None)
        if isinstance(value, State):
            return value
        time = node.meta[VALUE].shape[axis]
        if isinstance(value, Value) and of not in self.step.folding.step and call.steps[0] is None:
            self.statements.time = time
            call = self.call(node, None, "stack", None)
        if not isinstance(value, Value) or call.steps[0] != time:
            raise call.refuse("it stacks what isn't one value of each time step", "stack the results of all steps")
        layout = self.call(of, None, "", None).layout(value)
        if layout.length("T") > 1:
            raise call.refuse("it stacks what has time steps already", "stack the results of all steps")
        dimensions = [*layout.dimensions]
        dimensions.insert(axis, whole("T", time))
        return call.laid(value.number, layout.with_(dimensions), ("T", "N"))

    def part(self, node: fx.Node, taken: Slice, value: Value) -> Value | None:
        """One time step of a value that has all; None for another part of it."""
        outside, inside = self.call(node, None, "[...]", None, inside=False), self.call(node, None, "[...]", None)
        layout = outside.layout(value)
        if layout.length("T") == 1 or not layout.holds(layout.dimensions[taken.axis], "T"):
            return None
        rest = layout.with_(d for k, d in enumerate(layout.dimensions) if k != taken.axis)
        return inside.flat(inside.laid(value.number, rest, ("N",)))

    def neurons(self, node: fx.Node, cycle: Cycle) -> Any:
        """A layer of neurons that the module's code computes, for its result; None for what it needs inside."""
        summed = total_of(self.step, cycle)
        if summed is not None:
            return self.total(node, summed)
        if node is not (cycle.outside[0] if cycle.outside else cycle.nodes[-1]):
            return None
        call = self.call(node, None, f"the neurons at {node.meta[LINE]}", None)
        currents = [self.current(t) for t in inputs_of(self.step, cycle) if not t.before]
        model = next((v for v in currents if isinstance(v, Value)), None)
        if model is None:
            raise call.refuse("it takes no value that depends on the inputs", "leave it out")
        layout = call.layout(model)
        channels = next((k for k, d in enumerate(layout.dimensions) if layout.holds(d, "C")), 0)
        found = equations_of(self.step, cycle, model.channels, channels, call.refuse)
        operands = [self.current(t) for t in found.currents]
        wanted = name_of_class(call.place.kinds[-1]) if call.place.kinds else "own"
        try:
            form, weights = declare(found.recurrence, wanted, self.models)
        except (ValueError, OverflowError) as error:
            raise call.refuse(
                f"its equations aren't a model of the language: {str(error).removeprefix('not a sound model of neurons: ')}",
                "see docs/language.md, `model`",
            ) from error
        shape = tuple(node.meta[VALUE].shape)
        if len(operands) > 1:
            operands = [self.added(call, operands, model)]
        if len(found.recurrence.inputs) > 1:
            raise call.refuse("its neurons take several currents, and don't add them", "add them before")
        value = Value(call.next_number(), shape, model.lead, model.axes, model.layout)
        made = Statement("neuron", tuple(operands), value, {}, weights, call.place, form)
        self.shares(call, [made])
        self.statements.body.append(made)
        self.layers[value.number] = self.step.folding.steps_of(node) or {0: node}
        return value

    def total(self, node: fx.Node, summed: fx.Node) -> Total:
        """A sum over all steps that the module's code adds up."""
        initial = self.step.folding.initial.get(node)
        call, value = self.call(node, None, shown(function_name(node)), None), self.found[summed]
        if not isinstance(value, Value) or (initial is not None and bool(made_constant(initial).any())):
            raise call.refuse("its sum over the time steps doesn't begin with 0", "begin with 0")
        return total_of_steps(call, value, self.step.folding.time or 1)

    def added(self, call: Call, operands: Sequence[Operand], like: Value) -> Value:
        """The sum of several currents."""
        value = Value(call.next_number(), like.shape, like.lead, like.axes, like.layout)
        self.statements.body.append(Statement("add", tuple(operands), value, {}, {}, call.place))
        return value

    def current(self, taken: Taken) -> Operand:
        """What a neuron takes: a value, or that of the step before."""
        if taken.before:
            return self.before(taken.node)
        value = self.found.get(taken.node)
        if not isinstance(value, Value):
            raise ForeignError(
                f"{at_place(taken.node)}: neurons take what depends on their own result in this step",
                "make a layer of neurons for each call: a state isn't shared",
            )
        return value

    def value_before(self, node: fx.Node) -> Value:
        """The value of a node at the step before, for a layer or function."""
        shape = tuple(node.meta[VALUE].shape)
        return Value(self.before(node).number, shape, ("N",), len(shape) - 2)

    def before(self, node: fx.Node) -> StepBefore:
        """The value of a node at the step before, whose statement may come later."""
        number = -1 - len(self.later)
        self.later.append((number, node))
        return StepBefore(number)

    def shares(self, call: Call, made: Sequence[Statement]) -> None:
        """Checks that layers whose tensors were used before compute the same with them."""
        for s in made:
            use = s.op, s.params, s.weights, s.neuron, len(s.operands)
            if any(self.uses.setdefault(name, use) != use for name in s.tensors):
                raise call.refuse(
                    "it is called in two ways, and both calls share its weights",
                    "call it on values of the same axes, or make a layer for each call",
                )

    def nothing_changes_later(self) -> None:
        """Checks that what code changes in place isn't taken again, also through a view, as it was before.

        Where another node than one of neurons takes the changed tensor itself, this is checked when that node is read.
        """
        order = {node: k for k, node in enumerate(self.step.graph.nodes)}
        read, last, aliases = set(self.step.nodes), self.step.folding.last, Aliases(list(order))
        for node in self.step.graph.nodes:
            changed = node.args[0] if node.args else None
            if not isinstance(changed, fx.Node) or not self._in_place(node):
                continue
            views = [n for n in aliases.of(changed) if order[n] < order[node]]
            users = [user for n in views for user in n.users if last.get(user, user) in read and not makes_constant(user)]
            later = any(order[user] > order[node] for user in users)
            if node.op != "call_module" and (last.get(node, node) in self.of_cycle or last.get(node, node) not in read):
                later |= any(order[user] > order[node] for user in changed.users)
            if later:
                path = path_in_root(str(node.target)) if node.op == "call_module" else None
                module = None if path is None else self.module.get_submodule(path)
                what = shown(function_name(node)) if module is None else type(module).__name__
                raise self.call(node, path, what, module).refuse(*CHANGED)

    def _in_place(self, node: fx.Node) -> bool:
        """Whether a node changes the numbers of its first operand."""
        if node.op == "call_module":
            return bool(getattr(self.module.get_submodule(path_in_root(str(node.target))), "inplace", False))
        if node.op not in ("call_function", "call_method") or node.target in (*RESHAPING, "requires_grad_"):
            return False
        return in_place(node, function_name(node))

    def call(
        self, node: fx.Node, path: str | None, operation: str, module: nn.Module | None, *, inside: bool | None = None
    ) -> Call:
        """What an adapter gets: the place is that of a layer, or of a function in the module that calls it."""
        stack = [path_in_root(name) for name, _ in node.meta.get("nn_module_stack", {}).values()]
        own = path if path is not None else (stack[-1] if stack else "")
        parts = tuple(own.split(".")) if own else ()
        kinds = tuple(type(self.module.get_submodule(".".join(parts[: k + 1]))) for k in range(len(parts)))
        place = Place(parts, kinds, operation, path is not None)
        if inside is None:  # a step of a loop, which is called for each
            inside = node in self.step.folding.step
        modes = (self.stateful or inside, self.module.training, self.approximate)
        steps = (None if inside else self.statements.time or self.steps[0], self.steps[1])
        return Call(module, place, node.meta[VALUE], self.statements, steps, *modes, line=node.meta[LINE])
