"""The parts of a random network: each has a text, and asks the type rules of operations for the type of its result."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import prod

from typing_extensions import override

from spikegraph.ir.limits import LARGEST_BOUND
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import Op
from spikegraph.ir.ops.activation import activation
from spikegraph.ir.ops.choose import Choose
from spikegraph.ir.type_rules import TypeRuleError
from spikegraph.ir.types import Value

MOST_NUMBERS = 1000
"""Numbers of a value at one time step, so that a network costs milliseconds."""

MOST_CHANNELS = 48
LARGEST = 18
"""Channels of a value, and pixels of an axis."""


@dataclass(frozen=True)
class Scope:
    """What a network, or a use of a block, sees: types of values and values of params, by name.

    Attributes:
        values: Types by name; the cells of chains as `a[0]`, and `previous(a)` where a pipeline takes it.
        params: Numbers, words, lists and neurons.
        first: The type of the network's first input, for operands that are implied.
        time: The network's time steps.
        joined: Names of the operations so far that made a value which is the same at every step of one that isn't; such
            operations need all steps, so they can't be part of a loop.
        steps: Time steps for which inputs are drawn.
    """

    values: dict[str, Value]
    params: dict[str, object]
    first: Value
    time: int | None
    steps: int
    joined: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class Argument:
    """A value with its text, none if it is left to a default; with `param` it is so many times the param of this name."""

    text: str
    value: object
    param: str | None = None
    factor: int = 1

    def of(self, params: Mapping[str, object]) -> object:
        """The value where params have these values."""
        if self.param is None:
            return self.value
        found = params[self.param]
        return found * self.factor if self.factor != 1 and isinstance(found, int) else found


class Stage(ABC):
    """A stage of a pipeline."""

    name: str

    @property
    @abstractmethod
    def inside(self) -> tuple[str, ...]:
        """The arguments behind the value that the stage takes."""

    @abstractmethod
    def infer(self, x: Value, scope: Scope) -> Value:
        """The type of the result.

        Raises:
            TypeRuleError: The stage doesn't take this value.
            ValueError: An argument is out of range.
        """

    def elements(self, x: Value, scope: Scope) -> tuple[Value, ...]:
        """The types of the elements of the result, `a[0]` and so on, for a stage whose result has some; raises as `infer`."""
        return ()

    @property
    def text(self) -> str:
        """The stage behind `->`."""
        return f"{self.name}({', '.join(self.inside)})" if self.inside else self.name

    def call(self, x: str) -> str:
        """The stage with its value inside."""
        return f"{self.name}({', '.join((x, *self.inside))})"


@dataclass(frozen=True)
class Pipe:
    """A value of a scope and what it goes through: `a -> b -> c`, or as calls `c(b(a))`."""

    start: str
    stages: tuple[Stage, ...] = ()
    calls: bool = False

    @property
    def text(self) -> str:
        """The pipeline."""
        if not self.calls:
            return " -> ".join((self.start, *(stage.text for stage in self.stages)))
        text = self.start
        for stage in self.stages:
            text = stage.call(text)
        return text

    def infer(self, scope: Scope) -> Value:
        """The type of its result; raises what its stages raise."""
        value = scope.values[self.start]
        for stage in self.stages:
            value = small(stage.infer(value, scope))
        return value

    def elements(self, scope: Scope) -> tuple[Value, ...]:
        """The types of the elements of its result, if it has some."""
        if self.calls or not self.stages:
            return ()
        return self.stages[-1].elements(replace(self, stages=self.stages[:-1]).infer(scope), scope)

    def then(self, *stages: Stage) -> "Pipe":
        """The pipeline with further stages."""
        return replace(self, stages=(*self.stages, *stages))


def small(value: Value) -> Value:
    """The type itself.

    Raises:
        ValueError: It has too many numbers for a random network, or counts more spikes than any network may.
    """
    if value.bound > LARGEST_BOUND:
        raise ValueError(f"{value} counts too many spikes")
    if prod(value.shape) > MOST_NUMBERS or value.channels > MOST_CHANNELS or max((*value.size, 1)) > LARGEST:
        raise ValueError(f"{value} is too large")
    return value


def fits(part: Stage, x: Value, scope: Scope) -> Value | None:
    """The type of a stage's result; None if it doesn't take the value."""
    try:
        return small(part.infer(x, scope))
    except (TypeRuleError, ValueError):  # pydantic's errors are among the latter
        return None


@dataclass(frozen=True)
class Operation(Stage):
    """A use of an operation, with its operands behind the first."""

    op: type[Op]
    arguments: Mapping[str, Argument]
    operands: tuple[Pipe, ...] = ()

    @property
    @override
    def name(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.op.name

    @property
    @override
    def inside(self) -> tuple[str, ...]:
        required = len(self.op.operands) - 1 - len(self.op.optional)
        named = [self.op.operands[1 + i] if i >= required and self.op.optional else "" for i in range(len(self.operands))]
        operands = [f"{name} = {o.text}" if name else o.text for name, o in zip(named, self.operands, strict=True)]
        by_place = [next(iter(self.op.parameters()))] if self.op.by_place == 1 else []
        places = [self.arguments[name].text for name in by_place if name in self.arguments]
        rest = [f"{name} = {a.text}" for name, a in self.arguments.items() if name not in by_place and a.text]
        plain = [text for text, name in zip(operands, named, strict=True) if not name]
        return (*plain, *places, *rest, *(text for text, name in zip(operands, named, strict=True) if name))

    def made(self, scope: Scope) -> Op:
        """The operation.

        Raises:
            ValueError: An argument is out of range, or one is left out that a spec must give.
        """
        op = self.op.model_validate({name: a.of(scope.params) for name, a in self.arguments.items()}).timed(scope.time)
        must = op.misread()
        if must is not None and must[0] not in self.arguments:
            raise ValueError(f"`{op.name}` needs `{must[0]}`")
        longest = op.longest()
        if longest is not None and longest < scope.steps:
            raise ValueError(f"`{op.name}` has weights for {longest} steps")
        return op

    @override
    def infer(self, x: Value, scope: Scope) -> Value:
        operands = [o.infer(scope) for o in self.operands]
        implied = len(self.op.operands) - 1 - len(operands) if self.op.implied else 0
        value = self.made(scope).infer(x, *operands, *(scope.first,) * implied)
        if not value.steps and any(v.steps for v in (x, *operands)):
            scope.joined.append(self.op.name)
        return value


def plain(op: Op) -> Operation:
    """An operation with the arguments that differ from their defaults."""
    defaults = type(op).parameters()
    return Operation(type(op), {name: literal(getattr(op, name)) for name, d in defaults.items() if getattr(op, name) != d})


def literal(value: object) -> Argument:
    """A value as it is written."""
    return Argument(shown(value), value)


def shown(value: object) -> str:
    """The text of a number, word, list or flag."""
    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case tuple():
            return f"[{', '.join(map(shown, value))}]"  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        case _:
            return str(value)


@dataclass(frozen=True)
class Fires(Stage):
    """A neuron; of a model with several currents those behind the first are values of the scope, by name."""

    neuron: Argument
    others: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    @override
    def name(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.neuron.text.partition("(")[0]

    @property
    @override
    def inside(self) -> tuple[str, ...]:
        _, _, inside = self.neuron.text.partition("(")
        changes = (inside.removesuffix(")"),) if inside else ()
        return (*changes, *(f"{name} = {value}" for name, value in self.others.items()))

    @override
    def call(self, x: str) -> str:
        neuron = self.neuron.value
        return super().call(f"{neuron.inputs[0]} = {x}" if isinstance(neuron, Neuron) and self.others else x)

    @override
    def infer(self, x: Value, scope: Scope) -> Value:
        neuron = self.neuron.of(scope.params)
        assert isinstance(neuron, Neuron)
        op = activation(neuron).timed(scope.time)
        longest = op.longest()
        if longest is not None and longest < scope.steps:
            raise ValueError(f"`{neuron.model}` has weights for {longest} steps")
        if op.traits.over_time:
            scope.joined.append(op.name)
        return op.infer(x, *(scope.values[name] for name in self.others.values()))


@dataclass(frozen=True)
class Branches(Stage):
    """An open choice among branches."""

    branches: Mapping[str, tuple[Stage, ...]]
    name = "choose"

    @property
    @override
    def inside(self) -> tuple[str, ...]:
        return tuple(f"{name} = {' -> '.join(s.text for s in stages)}" for name, stages in self.branches.items())

    @override
    def infer(self, x: Value, scope: Scope) -> Value:
        found: list[Value] = []
        for stages in self.branches.values():
            value = x
            for stage in stages:
                value = small(stage.infer(value, scope))
            found.append(value)
        return Choose(network="net", place="place", branches=tuple(self.branches)).infer(*found)
