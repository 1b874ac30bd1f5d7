"""`previous(a)`: the value of `a` at the step before, where `a` may be defined later and depend on it.

The type of `previous(a)` is that of `a`. Where `a` comes later, the network is elaborated several times (`loop_types.py`):
first with guesses, an operand of unknown type having that of another operand; then with the types that `a` had, until they
stay the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from spikegraph.elaborate.layers import Wired, ends
from spikegraph.ir.ops.recurrent import Previous
from spikegraph.ir.path import Path
from spikegraph.ir.types import Value

if TYPE_CHECKING:
    from spikegraph.elaborate.network import NetworkBuilder
    from spikegraph.elaborate.scope import Scope

UNKNOWN = "?"
"""Stands for a value whose type isn't known yet; no node has this name."""

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
        found: The types of sources that this elaboration found.
        unknown: Uses whose type isn't known.
    """

    types: Mapping[Key, Value] = field(default_factory=dict[Key, Value])
    guess: bool = False
    found: dict[Key, Value] = field(default_factory=dict[Key, Value])
    unknown: dict[Key, Name | Index] = field(default_factory=dict[Key, Name | Index])
    _growing: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    _open: list[_Use] = field(default_factory=list[_Use])

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
        node = None if value is None else builder.add(path, Previous.of(value), (), call.span)
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

    def guessed(self, builder: NetworkBuilder, operands: Sequence[str | None], span: Span) -> list[str | None] | None:
        """The operands of an operation, with guesses for those of unknown type; None if all are unknown."""
        known = next((o for o in operands if o is not None and o != UNKNOWN), None)
        if known is None:
            return None
        value = Previous.of(builder.graph.node(known).value)
        path = Path() / f"guess{len(builder.graph)}"
        return [builder.add(path.at(str(i)), value, (), span) if o == UNKNOWN else o for i, o in enumerate(operands)]

    def _carries(self, value: Value, name: str, span: Span, builder: NetworkBuilder) -> bool:
        """Whether a value can be carried to the next step; adds an error if not."""
        if value.levels > 1:
            summary = f"`{name}` is {value}: the trellis may end at any of its levels"
            builder.diagnostics.error("SG0303", span, summary, help="put `restore(...)` after the trellis")
        elif not value.steps:
            summary = f"`{name}` is the same at every time step, so it has no value of the step before"
            builder.diagnostics.error(LOOP, span, summary, help=f"write `{name}` in place of `previous({name})`")
        return value.levels == 1 and value.steps


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
