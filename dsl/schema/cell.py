"""The record of `cell`, and the types that only cells use."""

from collections.abc import Mapping
from typing import Literal

from typing_extensions import override

from spikegraph.dsl import ast
from spikegraph.dsl.node_descriptions import describe
from spikegraph.dsl.schema.calls import call_value
from spikegraph.dsl.schema.key import Reading, Scope, ValueType
from spikegraph.dsl.schema.lists import ListOf
from spikegraph.dsl.schema.names import Choice, Declared, FreeName
from spikegraph.dsl.schema.record import key, record
from spikegraph.dsl.schema.scalars import Nodes, Optional, Whole
from spikegraph.dsl.source import Span

MOST_NODES = 32
"""Nodes of the largest cell."""

ALL_EDGES = 2 + MOST_NODES
"""More edges than a node can have."""

Output = Literal["concat", "last"]
OUTPUT: tuple[Output, ...] = ("concat", "last")

Mix = Literal["spike", "membrane"]
MIX: tuple[Mix, ...] = ("spike", "membrane")


class NeuronUse(ValueType[ast.Expr]):
    """A declared neuron, perhaps with some of its keys changed, or `none`."""

    @property
    @override
    def words(self) -> str:
        return "a neuron, such as `lif` or `lif(surrogate = ...)`, or `none`"

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[ast.Expr] | None:
        function = expr.function if isinstance(expr, ast.Call) else expr
        if not isinstance(function, ast.Name):
            return self.refuse(expr, scope)
        if isinstance(expr, ast.Name) and expr.id == "none":
            return Reading(expr, expr)
        if not Declared("neuron").declared(function, scope) or call_value(expr, scope) is None:
            return None
        return Reading(expr, expr)


def source_of(expr: ast.Expr) -> str | None:
    """The source that an expression names: `n0`, or `previous(n2)` for the node's value at the step before; None for others."""
    match expr:
        case ast.Name(name):
            return name
        case ast.Call(ast.Name("previous"), (ast.Argument(None, ast.Name(name)),)):
            return previous(name)
        case _:
            return None


def previous(node: str) -> str:
    """The source that is a node's value at the step before."""
    return f"previous({node})"


class Edges(ValueType[Mapping[str, tuple[str, ...]]]):
    """`[n0(prev2, prev), n1(prev, n0)]` or `none`; the value is empty, since the edges depend on other keys of the cell."""

    @property
    @override
    def words(self) -> str:
        return "a list with the sources of each node, such as `[n0(prev2, prev), n1(prev, n0)]`, or `none`"

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[Mapping[str, tuple[str, ...]]] | None:
        if isinstance(expr, ast.Name) and expr.id == "none":
            return Reading({}, expr)
        if not isinstance(expr, ast.Sequence):
            return self.refuse(expr, scope)
        sound = True
        for item in expr.items:
            plain = isinstance(item, ast.Call) and all(a.name is None and source_of(a.value) for a in item.arguments)
            if not plain:
                scope.diagnostics.error(
                    "SG0207", item.span, f"expected a node with its sources, such as `n0(prev2, prev)`, found {describe(item)}"
                )
                sound = False
        return Reading({}, expr) if sound else None


class Kept(Whole):
    """A number of edges, or `all`."""

    @property
    @override
    def words(self) -> str:
        return f"{super().words}, or `all`"

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[int] | None:
        return Reading(ALL_EDGES, expr) if isinstance(expr, ast.Name) and expr.id == "all" else super().read(expr, scope)


class Pipeline(ValueType[tuple[ast.Expr, ...]]):
    """A pipeline of operations, or `none`; the elaboration checks the operations."""

    @property
    @override
    def words(self) -> str:
        return "a pipeline of operations, such as `conv(1) -> norm`, or `none`"

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[tuple[ast.Expr, ...]] | None:
        if isinstance(expr, ast.Name) and expr.id == "none":
            return Reading((), expr)
        stages = expr.stages if isinstance(expr, ast.Pipe) else (expr,)
        if not all(isinstance(stage, ast.Name | ast.Call) for stage in stages):
            return self.refuse(expr, scope)
        return Reading(tuple(stages), expr)


@record
class Cell:
    """`cell NAME { ... }`, section 3.2.1.

    `edges` maps every node (`n0`) to its sources (`("prev2", "previous(n1)")`). `neuron` is a `Name` or `Call` expression of a
    declared neuron.
    """

    name: str
    inputs: tuple[str, ...] = key(
        ListOf(Choice(("prev2", "prev")), 1, 2, distinct=True), "[prev2, prev]", "outputs of the two cells before that it takes"
    )
    nodes: int = key(Nodes(1, MOST_NODES), None, "number of nodes, called `n0`, `n1` and so on")
    candidates: str = key(Declared("candidates"), None, "possible operations of an edge")
    neuron: ast.Expr = key(NeuronUse(), None, "neuron of every node, applied to the sum of its edges; `none`: the sum itself")
    mix: Mix = key(Choice(MIX), "spike", "where the candidates of an edge are mixed: after their neurons or before")
    keep: int = key(Kept(1, MOST_NODES), "2", "edges that decoding keeps at each node; all, if a node has fewer")
    rank_without: tuple[str, ...] = key(
        ListOf(FreeName(), distinct=True), "[]", "candidates that decoding ignores when it ranks edges"
    )
    max_skips: int | None = key(
        Optional(Whole(0)),
        "none",
        "most skips that decoding keeps in a cell: the next best candidates replace the weakest skips",
    )
    output: Output = key(Choice(OUTPUT), "concat", "the cell's output: its nodes concatenated, or its last node")
    preprocess: tuple[ast.Expr, ...] = key(
        Pipeline(),
        "none",
        "operations that every input goes through first, with the channels of a node and the size of `prev`, or of the cell "
        "where the way down is `resize`",
    )
    stride: int = key(Whole(1, 2), "1", "2 halves the resolution and doubles the channels")
    edges: Mapping[str, tuple[str, ...]] = key(
        Edges(),
        "none",
        "sources of each node; `none`: every input and every earlier node; `previous(n2)`: a node at the step before",
    )
    span: Span
