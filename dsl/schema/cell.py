"""Keys of `cell`."""

from dataclasses import dataclass

from typing_extensions import override

from spikegraph.dsl import ast
from spikegraph.dsl.describe import describe
from spikegraph.dsl.schema.calls import call_value
from spikegraph.dsl.schema.key import Key, Reading, Schema, Scope, ValueType
from spikegraph.dsl.schema.lists import ListOf
from spikegraph.dsl.schema.names import Choice, Declared, FreeName
from spikegraph.dsl.schema.scalars import Nodes, Optional, Whole

MOST_NODES = 32
"""Nodes of the largest cell."""

MIX = ("spike", "membrane")


@dataclass(frozen=True)
class NeuronUse(ValueType):
    """A declared neuron, perhaps with some of its keys changed."""

    @property
    @override
    def words(self) -> str:
        return "a neuron, such as `lif` or `lif(surrogate = ...)`"

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading | None:
        function = expr.function if isinstance(expr, ast.Call) else expr
        if not isinstance(function, ast.Name):
            scope.diagnostics.error("SG0207", expr.span, f"expected {self.words}, found {describe(expr)}")
            return None
        if not Declared("neuron").declared(function, scope):
            return None
        value = call_value(expr, scope)
        return None if value is None else Reading(value, expr)


@dataclass(frozen=True)
class Edges(ValueType):
    """`[n0(prev2, prev), n1(prev, n0)]`: the afferents of each node."""

    @property
    @override
    def words(self) -> str:
        return "a list with the sources of each node, such as `[n0(prev2, prev), n1(prev, n0)]`"

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading | None:
        if not isinstance(expr, ast.Sequence):
            scope.diagnostics.error("SG0207", expr.span, f"expected {self.words}, found {describe(expr)}")
            return None
        sound = True
        for item in expr.items:
            plain = isinstance(item, ast.Call) and all(a.name is None and isinstance(a.value, ast.Name) for a in item.arguments)
            if not plain:
                scope.diagnostics.error(
                    "SG0207", item.span, f"expected a node with its sources, such as `n0(prev2, prev)`, found {describe(item)}"
                )
                sound = False
        return Reading(None, expr) if sound else None


CELL: Schema = (
    Key(
        "inputs",
        ListOf(Choice(("prev2", "prev")), 1, 2, distinct=True),
        "[prev2, prev]",
        "outputs of the two cells before that it takes",
    ),
    Key("nodes", Nodes(1, MOST_NODES), None, "how many nodes, called `n0`, `n1` and so on; the output concatenates them"),
    Key("candidates", Declared("candidates"), None, "what an edge may be"),
    Key("neuron", NeuronUse(), None, "the neuron of every node, behind the sum of its edges"),
    Key("mix", Choice(MIX), "spike", "where the candidates of an edge are mixed: behind their neurons, or before"),
    Key("keep", Whole(1, MOST_NODES), "2", "edges that decoding keeps at each node; fewer where a node has fewer"),
    Key("rank_without", ListOf(FreeName(), distinct=True), "[]", "candidates that don't count where decoding ranks edges"),
    Key(
        "max_skips",
        Optional(Whole(0)),
        "none",
        "skips that decoding keeps in a cell at most: the weakest give way to the next best candidate",
    ),
    Key("stride", Whole(1, 2), "1", "2 halves the resolution and doubles the channels"),
    Key("edges", Optional(Edges()), "none", "sources of each node; `none`: every input and every earlier node"),
)
