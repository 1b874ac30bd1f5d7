"""`previous(a)`: the value of `a` at the step before, where `a` may be defined later and depend on it.

The type of `previous(a)` is that of `a`. Where `a` comes later, the network is elaborated several times (`loop_types.py`):
first with guesses, an operand of unknown type having that of another operand; then with the types that `a` had, until they
stay the same. Where an operation refuses what may be a wrong guess, its result is unknown in that round; if a type stays
unknown, guesses are real values.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from string import ascii_lowercase
from typing import TYPE_CHECKING

from spikegraph.base.record import record
from spikegraph.dsl.ast import Argument, Call, Index, Name, Number
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.source import Span
from spikegraph.elaborate.context import text
from spikegraph.elaborate.decided_paths import at_decided_level
from spikegraph.elaborate.layers import UNKNOWN, Wired, ends
from spikegraph.ir.graph import Graph
from spikegraph.ir.opdef import Op
from spikegraph.ir.ops.recurrent import Previous
from spikegraph.ir.path import Path
from spikegraph.ir.type_rules import TypeRuleError
from spikegraph.ir.types import Kind, Value

if TYPE_CHECKING:
    from spikegraph.elaborate.network import NetworkBuilder
    from spikegraph.elaborate.scope import Scope

LOOP = "SG0331"
"""The code of loops without a type."""

Key = tuple[str, Span]
"""A use of `previous`: the path of the block and the place in the text."""


@record
class _Use:
    """A use of `previous` whose source isn't known yet: its node, if its type is known."""

    key: Key
    source: Name | Index
    node: str | None


@dataclass
class Delays:
    """The uses of `previous` in a network.

    Attributes:
        types: The types of sources that come later, as an earlier elaboration found them.
        guess: Whether unknown types are guessed; without it, their values are left out.
        real: Whether guesses are real values, which operations refuse least, and not of the kinds of other operands.
        found: The types of sources that this elaboration found.
        unknown: Uses whose type isn't known.
    """

    types: Mapping[Key, Value] = field(default_factory=dict[Key, Value])
    guess: bool = False
    real: bool = False
    found: dict[Key, Value] = field(default_factory=dict[Key, Value])
    unknown: dict[Key, Name | Index] = field(default_factory=dict[Key, Name | Index])
    _growing: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    _open: list[_Use] = field(default_factory=list[_Use])
    _supposed: set[str] = field(default_factory=set[str])

    def use(self, builder: NetworkBuilder, call: Call, piped: bool, scope: Scope, path: Path) -> Wired:
        """Adds the value of `previous(a)`; None after an error."""
        given = _source(call, piped, scope, builder.diagnostics)
        if given is None:
            return None
        name, source = given
        key = (str(scope.home), call.span)
        if name not in scope.names and name not in scope.later:
            return builder.lookup(name, source.span, scope)
        if name in scope.names:
            end = ends(builder.value(source, scope, Path()))
            if end is None or end == UNKNOWN:
                return end
            end = at_decided_level(builder.graph, end, builder.context.spec.paths)
            value = builder.graph.node(end).value
            if not self._carries(value, text(source), call.span, builder):
                return None
            node = builder.add(path, Previous.of(value), (), call.span)
            if node is not None:
                builder.graph.carried[node] = end
            return node
        value = self.types.get(key)
        node = None if value is None else self._suppose(builder, path, value, call.span)
        self._open.append(_Use(key, source, node))
        if value is None:
            self.unknown[key] = source
            return UNKNOWN if self.guess else None
        return node

    def close(self, builder: NetworkBuilder, scope: Scope, start: int = 0) -> None:
        """Takes the sources of the uses since `start`, when all statements of a network or block are added."""
        for use in self._open[start:]:
            end = ends(builder.value(use.source, scope, Path()))
            if end is None or end == UNKNOWN:
                continue
            end = at_decided_level(builder.graph, end, builder.context.spec.paths)
            value = builder.graph.node(end).value
            if not self._carries(value, text(use.source), use.key[1], builder):
                continue
            self.found[use.key] = value
            if use.node is None:
                continue
            own = builder.graph.node(use.node).value
            if own != value:
                self._grows(use, own, value, builder)
            else:
                builder.graph.carried[use.node] = end
        del self._open[start:]

    def _grows(self, use: _Use, own: Value, value: Value, builder: NetworkBuilder) -> None:
        """Adds the error that the type of a source grows, once for each source."""
        builder.complete = False
        source = (use.key[0], text(use.source))
        if source not in self._growing:
            self._growing.add(source)
            summary = f"the type of `previous({source[1]})` grows at each step, from {own} to {value}"
            builder.diagnostics.error(LOOP, use.key[1], summary, help="put a neuron into the loop")

    @property
    def count(self) -> int:
        """The number of uses whose sources aren't taken yet."""
        return len(self._open)

    def guessed(
        self, builder: NetworkBuilder, op: Op, operands: Sequence[str | None], span: Span
    ) -> Sequence[str | None] | None:
        """The operands of an operation, with guesses for those of unknown type; None if nothing can be guessed.

        A guess is the type of the first operand whose numbers the operation uses, or real values of its shape. An operand
        of which it uses the size alone, as in `resize(previous(a), like = x)`, says nothing of the others.
        """
        if None in operands:
            return operands
        values = [None if o is None or o == UNKNOWN else builder.graph.node(o).value for o in operands]
        guess = _guess(op.timed(builder.graph.time), values, real=self.real)
        if guess is None:
            return None
        path = Path() / f"guess{len(builder.graph)}"
        return [self._suppose(builder, path.at(str(i)), guess, span) if o == UNKNOWN else o for i, o in enumerate(operands)]

    def _suppose(self, builder: NetworkBuilder, path: Path, value: Value, span: Span) -> str | None:
        """Adds a value of a later source, of a type that it may not have in the end."""
        node = builder.add(path, Previous.of(value), (), span)
        if node is not None:
            self._supposed.add(node)
        return node

    def doubts(self, graph: Graph, operands: Collection[str]) -> bool:
        """Whether the types of operands depend on guesses, so that an operation that refuses them may be sound."""
        return self.guess and not self._supposed.isdisjoint(graph.ancestors(operands))

    def _carries(self, value: Value, name: str, span: Span, builder: NetworkBuilder) -> bool:
        """Whether a value can be carried to the next step; adds an error if not."""
        if value.levels > 1:
            summary = f"`{name}` is {value}: the trellis may end at any of its levels"
            builder.diagnostics.error("SG0303", span, summary, help="put `restore(...)` after the trellis")
        elif not value.steps:
            summary = f"`{name}` is the same at every time step, so it has no value of the step before"
            builder.diagnostics.error(LOOP, span, summary, help=f"write `{name}` in place of `previous({name})`")
        return value.levels == 1 and value.steps


def _guess(op: Op, operands: Sequence[Value | None], *, real: bool) -> Value | None:
    """A type that the unknown operands of an operation may have: one that it refuses only if it refuses all guesses."""
    refused: Value | None = None
    for number, known in enumerate(operands):
        if known is None:
            continue
        for guess in (*(() if real else (known,)), known.with_(kind=Kind.REAL)):
            values = [guess if value is None else value for value in operands]
            try:
                op.infer(*values)
            except TypeRuleError:
                continue
            computed = op.arithmetic(*values)
            if computed is None or computed.of is None or number in computed.of:
                return guess
            break
        else:
            refused = refused or known
    return refused


def _free_name(scope: Scope) -> str:
    """A name that nothing in a scope has: the first free letter, or `a2` and so on."""
    taken = {*scope.names, *scope.later, *scope.blocks, *scope.context.values, *scope.context.chosen}
    return next(name for name in chain(ascii_lowercase, (f"a{n}" for n in count(2))) if name not in taken)


def _source(call: Call, piped: bool, scope: Scope, diagnostics: Diagnostics) -> tuple[str, Name | Index] | None:
    """The argument of `previous`: the name of a value, and the value or an element of a chain; None after an error."""
    match call.arguments:
        case (Argument(None, Name(name) as source),) if not piped:
            return name, source
        case (Argument(None, Index(base=Name(name), items=(Number(),)) as source),) if not piped:
            return name, source
        case (Argument(None, value),) if not piped:
            name = _free_name(scope)
            summary = f"`previous` needs the name of a value, not `{text(value)}`"
            help = f"write `{name} = {text(value)}` and `previous({name})`"
            if isinstance(value, Number):
                help = "write `previous(a)`, with the name of a value"
        case _:
            summary = "`previous` takes nothing from `->`" if piped else "`previous` needs the name of one value"
            help = "write `previous(a)`, with the name of a value"
    diagnostics.error("SG0309", call.span, summary, help=help)
    return None
