"""Params of networks and blocks: numbers, or neurons."""

from collections.abc import Collection

from spikegraph.dsl import ast
from spikegraph.dsl.evaluate import Environment, evaluate
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.schema.names import Declared


class Params:
    """The params that are visible at one place, in order; a block in a network sees those of the network too.

    Attributes:
        numbers: Values of the params that are numbers; None after an error.
        neurons: Names of those that are neurons.
        defaults: The expressions of its own params.
    """

    def __init__(self, scope: Scope, outer: "Params | None" = None) -> None:
        self.scope = scope
        self.numbers: dict[str, int | float | None] = {} if outer is None else dict(outer.numbers)
        self.neurons: set[str] = set() if outer is None else set(outer.neurons)
        self.defaults: dict[str, ast.Expr] = {}

    def take(self, param: ast.Param) -> bool:
        """Adds a param; returns whether its default is sound."""
        name, value = param.name.id, param.value
        self.numbers.pop(name, None)
        self.neurons.discard(name)
        self.defaults.setdefault(name, value)
        if self.names_neuron(value):
            self.neurons.add(name)
            return True
        self.numbers[name] = evaluate(value, self.numbers, self.scope.diagnostics)
        return self.numbers[name] is not None

    def names_neuron(self, value: ast.Expr) -> bool:
        """Whether a value is a neuron: a param that is one, or a declared one, with or without arguments."""
        return names_neuron(value, self.scope, self.numbers, self.neurons)

    @property
    def own_neurons(self) -> frozenset[str]:
        """Names of its own params that are neurons."""
        return frozenset(self.neurons & self.defaults.keys())


def names_neuron(value: ast.Expr, scope: Scope, numbers: Environment, neurons: Collection[str]) -> bool:
    """Whether a value is a neuron, where these params are visible."""
    name = value if isinstance(value, ast.Name) else value.function if isinstance(value, ast.Call) else None
    if name is None or name.id in numbers:
        return False
    if name.id in neurons:
        return True
    known = name.id in scope.names.get("neuron", {}) or ("neuron", name.id) in scope.broken
    return known and Declared("neuron").declared(name, scope)
