"""From the nodes of a layer of neurons to the equations of a step."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from torch import Tensor, fx, nn

from spikegraph.backends.torch.foreign.cycles import Cycle, fires, is_constant, reshapes, short_name
from spikegraph.backends.torch.foreign.elementwise import CASTS, ELEMENTWISE, NotATermError, number
from spikegraph.backends.torch.foreign.fired import Fired, NotAStepError, fired
from spikegraph.backends.torch.foreign.intercepted import is_function
from spikegraph.backends.torch.foreign.learned_shapes import LearnedShapes
from spikegraph.backends.torch.foreign.number_names import number_name
from spikegraph.backends.torch.foreign.one_step import OneStep, Taken
from spikegraph.backends.torch.foreign.trace import VALUE, made_constant, path_in_root
from spikegraph.equations.terms import Apply, Before, Constant, Current, Fire, Number, Term, Value
from spikegraph.foreign.errors import ForeignError
from spikegraph.foreign.recurrence import Recurrence, Trained, merged_currents, parts_of
from spikegraph.foreign.statements import Weight

CURRENTS = ("I", "J", "K", "L", "M")
STATES = ("v", "w", "a", "b", "c", "d")

Refuse = Callable[[str, str], ForeignError]


@dataclass(frozen=True)
class Found:
    """The equations of a layer of neurons, and what its currents are; several are added if the equations have one."""

    recurrence: Recurrence
    currents: tuple[Taken, ...]


def equations_of(step: OneStep, cycle: Cycle, channels: int, leading: int, refuse: Refuse) -> Found:
    """The equations of a layer of neurons.

    Args:
        step: The time step that it is in.
        cycle: Its nodes.
        channels: The channels of its result.
        leading: The dimensions before the channels.
        refuse: Makes the error from why and what to do.

    Raises:
        ForeignError: The language has no such equations.
    """
    if len(cycle.outside) != 1:
        raise refuse(
            f"its neurons give {len(cycle.outside) or 'no'} values, and a neuron of the language one",
            "use their spikes, or the potential of neurons that never fire, and return no states as results",
        )
    return _Writer(step, cycle, channels, leading, refuse).found()


def inputs_of(step: OneStep, cycle: Cycle) -> list[Taken]:
    """What the nodes of a layer of neurons take from others, apart from tensors that don't depend on the inputs."""
    found: list[Taken] = []
    for node in cycle.nodes:
        for taken in step.takes(node):
            if taken.node not in cycle.nodes and not is_constant(taken.node) and taken not in found:
                found.append(taken)
    return found


class _Writer:
    def __init__(self, step: OneStep, cycle: Cycle, channels: int, leading: int, refuse: Refuse) -> None:
        self.step, self.cycle, self.refuse = step, cycle, refuse
        self.channels = channels
        self.own = set(cycle.nodes)
        self.emitted = cycle.outside[0]
        self.names = dict[fx.Node, str]()
        self.terms = dict[fx.Node, Term]()
        self.lines: list[tuple[str, Term]] = []
        self.numbers: dict[str, Trained] = {}
        self.currents: list[Taken] = []
        self.learned = LearnedShapes(step, cycle, channels, leading, refuse)
        self.kept = [n for n in cycle.nodes if any(before and user in self.own for user, before in step.users[n])]

    def found(self) -> Found:
        self._name_lines()
        for node in self.cycle.nodes:
            term = self._term(node)
            if node in self.names:
                self.lines.append((self.names[node], number(term)))
                term = Value(self.names[node])
            self.terms[node] = term
        states = tuple((self.names[n], self._initial(n)) for n in self.kept)
        inputs = CURRENTS[: len(self.currents)]
        merged, self.lines = merged_currents(self.lines, inputs)
        emitted = self.names[self.emitted]
        potential = self._potential(dict(self.lines)[emitted])
        lines = tuple(self._used(emitted, potential))
        recurrence = Recurrence(merged, states, tuple(self.numbers.values()), lines, emitted, potential)
        return Found(recurrence, tuple(self.currents))

    def _name_lines(self) -> None:
        """A name for each node that is a line of its own: a state, the result, a potential, and what is used several times."""
        spikes = next((n for n in reversed(self.cycle.nodes) if fires(n) and self._gives(n)), None)
        main = None if spikes is None else self._base(spikes)
        self.names[self.emitted] = "u" if spikes is None else "y"
        if main is not None and main not in self.names:
            self.names[main] = "u"
        names = iter(STATES)
        for node in self.kept:
            if node not in self.names:
                self.names[node] = next(names, None) or f"s{len(self.names)}"
        for k, node in enumerate(n for n in self.cycle.nodes if n not in self.names):
            within = sum(user in self.own and not before for user, before in self.step.users[node])
            if within > 1 and not isinstance(node.meta[VALUE], bool) and not _is_bool(node):
                self.names[node] = f"h{k}"

    def _gives(self, node: fx.Node) -> bool:
        """Whether the result is this function's, perhaps in another type."""
        at = self.emitted
        while at is not node and short_name(at) in (*CASTS, "where", "mul", "imul", "truediv", "div"):
            before = [t.node for t in self.step.takes(at) if not is_constant(t.node)]
            if len(before) != 1:
                return False
            at = before[0]
        return at is node

    def _base(self, node: fx.Node) -> fx.Node | None:
        """The node whose number is compared with a threshold, without the difference to a constant."""
        at = next((t for t in self.step.takes(node) if not is_constant(t.node)), None)
        if at is None or at.before or at.node not in self.own:
            return None
        inner = at.node
        if short_name(inner) in ("sub", "isub") and len(inner.args) == 2:
            takes = self.step.takes(inner)
            first, rest = takes[0], takes[1:]
            if inner.args[0] is not None and isinstance(inner.args[0], fx.Node) and all(is_constant(t.node) for t in rest):
                return first.node if first.node in self.own and not first.before else inner
        return inner

    def _term(self, node: fx.Node) -> Term:
        self.learned.check(node)
        try:
            if is_function(node.target):
                return self._fire(node)
            args = [self._operand(node, a) for a in node.args if not (node.target is getattr and isinstance(a, str))]
            kwargs = {k: self._operand(node, v) for k, v in node.kwargs.items()}
            return args[0] if reshapes(node) else ELEMENTWISE[short_name(node)](*args, **kwargs)
        except (NotATermError, TypeError) as error:
            raise self.refuse(
                f"a neuron computes `{short_name(node)}` in a way that models of the language don't have",
                "use the functions of docs/language.md, `model`, each with tensors or numbers",
            ) from error

    def _operand(self, node: fx.Node, given: Any) -> Any:
        if not isinstance(given, fx.Node):
            return given
        taken = self.step.taken(node, given)
        if is_constant(taken.node):
            return self._constant(taken.node)
        if taken.node in self.own:
            return Before(self.names[taken.node]) if taken.before else self.terms[taken.node]
        if not isinstance(taken.node.meta[VALUE], Tensor):
            return taken.node.meta[VALUE]
        if taken not in self.currents:
            self.currents.append(taken)
        if len(self.currents) > len(CURRENTS):
            raise self.refuse(f"its neurons take more than {len(CURRENTS)} currents", "add them before")
        return Current(CURRENTS[self.currents.index(taken)])

    def _constant(self, node: fx.Node) -> Term:
        value = made_constant(node)
        name = path_in_root(str(node.target)) if node.op == "get_attr" else "a tensor"
        if isinstance(value, nn.Parameter):
            return self._number(name, value)
        if isinstance(value, Tensor) and bool((value == value.flatten()[0]).all()):
            return Constant(float(value.flatten()[0]))
        raise self.refuse(f"`{name}` has several numbers", "use one number for all neurons, or an nn.Parameter")

    def _number(self, path: str, value: Tensor) -> Term:
        per_channel = value.numel() == self.channels > 1
        if value.numel() != 1 and not per_channel:
            raise self.learned.misshapen(path, value)
        name = next((n.name for n in self.numbers.values() if n.weight.name == path), None)
        if name is None:
            name = number_name(path, {*self.numbers, *self.names.values(), *CURRENTS, *STATES})
            per = "channel" if per_channel else "layer"
            self.numbers[name] = Trained(name, float(value.detach().flatten()[0]), per, Weight(path))
        return Number(name)

    def _fire(self, node: fx.Node) -> Term:
        places = [k for k, a in enumerate(node.args) if isinstance(a, fx.Node) and not is_constant(a)]
        if len(places) != 1 or any(isinstance(a.meta[VALUE], nn.Parameter) for a in node.args if isinstance(a, fx.Node)):
            raise self.refuse(
                f"{_function_name(node)} takes several tensors", "give it the potential minus the threshold, and numbers"
            )
        rest = tuple(a.meta[VALUE] if isinstance(a, fx.Node) and k not in places else a for k, a in enumerate(node.args))
        found = self._probed(node, places[0], rest)
        given = self._operand(node, node.args[places[0]])
        potential, threshold = number(given), Constant(found.threshold)
        potential, threshold = self._apart(node, potential, found.threshold)
        surrogate = found.surrogate
        if surrogate is None:
            potential = Apply("detach", (potential,))
        elif found.scale != 1:
            whole = Apply("detach", (potential,))
            potential = Apply("+", (whole, Apply("*", (Constant(found.scale), Apply("-", (potential, whole))))))
        return Fire(potential, threshold, None, found.at, surrogate)

    def _apart(self, node: fx.Node, given: Term, at: float) -> tuple[Term, Term]:
        """The potential and the threshold of a difference that fires."""
        match given:
            case Apply("-", (potential, Constant(value))):
                return potential, Constant(value + at)
            case Apply("-", (potential, Number() as learned)) if at == 0:
                return potential, learned
            case _:
                return given, Constant(at)

    def _probed(self, node: fx.Node, place: int, rest: tuple[Any, ...]) -> Fired:
        try:
            if any(isinstance(r, Tensor) for r in rest):
                return fired(lambda x: cast("Any", node.target)(*rest[:place], x, *rest[place + 1 :]))
            key = tuple(r if k != place else None for k, r in enumerate(rest))
            return _fired_once(node.target, place, key)
        except NotAStepError as error:
            raise self.refuse(f"{_function_name(node)}: {error.why}", error.instead) from error

    def _potential(self, term: Term) -> str | None:
        """The name of the potential of a fire, also of one that scales or detaches it."""
        if not isinstance(term, Fire):
            return None
        waiting: list[Term] = [term.potential]
        while waiting:
            match waiting.pop():
                case Value(name):
                    return name
                case other:
                    waiting += parts_of(other)
        self.lines.insert(-1, ("u", term.potential))
        return "u"

    def _used(self, emitted: str, potential: str | None) -> Iterator[tuple[str, Term]]:
        """The lines that are needed."""
        terms = dict(self.lines)
        needed, waiting = set[str](), [emitted, *([potential] if potential else []), *(self.names[n] for n in self.kept)]
        while waiting:
            name = waiting.pop()
            if name not in needed:
                needed.add(name)
                waiting += [v.name for v in _values(terms[name])]
        yield from ((name, term) for name, term in self.lines if name in needed)

    def _initial(self, node: fx.Node) -> float:
        given = self.step.folding.initial.get(node)
        if given is None:
            return 0.0
        value = made_constant(given)
        if isinstance(value, Tensor) and value.numel() and bool((value == value.flatten()[0]).all()):
            return float(value.flatten()[0])
        raise self.refuse("its state begins with several numbers", "begin with one number for all neurons, such as zeros")


@cache
def _fired_once(target: Any, place: int, rest: tuple[Any, ...]) -> Fired:
    return fired(lambda x: target(*rest[:place], x, *rest[place + 1 :]))


def _values(term: Term) -> Iterator[Value]:
    if isinstance(term, Value):
        yield term
    for part in parts_of(term):
        yield from _values(part)


def _is_bool(node: fx.Node) -> bool:
    return isinstance(node.meta[VALUE], Tensor) and str(node.meta[VALUE].dtype) == "torch.bool"


def _function_name(node: fx.Node) -> str:
    """The class of a function with a gradient of its own, and where it is."""
    owner: Any = cast("Any", node.target).__self__
    try:
        return f"{Path(inspect.getsourcefile(owner) or '').name}:{inspect.getsourcelines(owner)[1]}, {owner.__name__}"
    except (OSError, TypeError):
        return owner.__name__
