"""Params of networks and blocks: numbers, truth values, words, lists, or neurons."""

from collections.abc import Collection

from spikegraph.dsl import ast
from spikegraph.dsl.evaluate import Environment
from spikegraph.dsl.param_values import ParamKind, kind_of, param_value
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.schema.names import Declared
from spikegraph.dsl.values import Value


class Params:
    """The params that are visible at one place, in order; a block in a network sees those of the network too.

    Attributes:
        values: Values of the params that aren't neurons; None after an error.
        neurons: Names of those that are neurons.
        defaults: The expressions of its own params.
        kinds: The kinds of its own params.
    """

    def __init__(self, scope: Scope, outer: "Params | None" = None) -> None:
        self.scope = scope
        self.values: dict[str, Value] = {} if outer is None else dict(outer.values)
        self.neurons: set[str] = set() if outer is None else set(outer.neurons)
        self.defaults: dict[str, ast.Expr] = {}
        self.kinds: dict[str, ParamKind] = {}

    def take(self, param: ast.Param) -> bool:
        """Adds a param; returns whether its default is sound."""
        name, value = param.name.id, param.value
        self.values.pop(name, None)
        self.neurons.discard(name)
        self.defaults.setdefault(name, value)
        if self.names_neuron(value):
            self.neurons.add(name)
            self.kinds[name] = "neuron"
            return True
        found = self.values[name] = param_value(value, self.values, self.scope.diagnostics)
        self.kinds[name] = kind_of(found)
        return found is not None

    def names_neuron(self, value: ast.Expr) -> bool:
        """Whether a value is a neuron: a param that is one, or a declared one, with or without arguments."""
        return names_neuron(value, self.scope, self.values, self.neurons)

    @property
    def own_neurons(self) -> frozenset[str]:
        """Names of its own params that are neurons."""
        return frozenset(self.neurons & self.defaults.keys())


def names_neuron(value: ast.Expr, scope: Scope, values: Environment, neurons: Collection[str]) -> bool:
    """Whether a value is a neuron, where these params are visible."""
    name = value if isinstance(value, ast.Name) else value.function if isinstance(value, ast.Call) else None
    if name is None or name.id in values:
        return False
    if name.id in neurons:
        return True
    known = name.id in scope.names.get("neuron", {}) or ("neuron", name.id) in scope.broken
    return known and Declared("neuron").declared(name, scope)
