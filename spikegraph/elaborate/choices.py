"""Elaboration of `choose`: an open choice on a wire, among whole branches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spikegraph.base.record import record
from spikegraph.dsl.ast import Argument, Call, Expr, Name, Pipe
from spikegraph.elaborate.context import text
from spikegraph.elaborate.layers import UNKNOWN, Wired
from spikegraph.elaborate.scope import Scope
from spikegraph.ir.ops.choose import Choose
from spikegraph.ir.path import Path

if TYPE_CHECKING:
    from spikegraph.elaborate.network import NetworkBuilder

CHOOSE = Choose.name
_FORM = "such as `x -> choose(skip = identity, c3 = conv(3, out = 8))`"


def add_choice(builder: NetworkBuilder, call: Call, source: str, scope: Scope, path: Path) -> Wired:
    """Adds the branches and the choice among them; None after an error.

    Args:
        builder: Builds the network.
        call: The call of `choose` without its operand.
        source: The operand, which every branch takes.
        scope: The names that the branches see.
        path: The path of the choice; its branches are parts of it.
    """
    if not _sound(builder, call):
        return None
    below = scope.below(path)
    ends: list[str] = []
    for argument in call.arguments:
        end = _Branch(builder, below, argument).add(source)
        if end is None:
            return None
        ends.append(end)
    if UNKNOWN in ends:
        return UNKNOWN
    branches = tuple(a.name for a in call.arguments if a.name is not None)
    op = Choose(network=builder.network.name, place=path.weights, branches=branches)
    return builder.add(path, op, tuple(ends), call.span)


def _sound(builder: NetworkBuilder, call: Call) -> bool:
    """Whether the arguments are at least two named branches; adds errors."""
    diagnostics, names = builder.diagnostics, [a.name for a in call.arguments]
    before = diagnostics.reports
    for number, a in enumerate(call.arguments):
        if a.name is None:
            help = f"write `NAME = {text(a.value)}`"
            diagnostics.error("SG0309", a.span, "a branch of `choose` needs a name", help=help)
        elif a.name in names[:number]:
            diagnostics.error("SG0308", a.span, f"`choose` has two branches called `{a.name}`", help="rename one of them")
    if diagnostics.reports == before and len(names) < 2:
        summary = f"`choose` needs at least two branches, not {len(names)}"
        diagnostics.error("SG0309", call.span, summary, help=_FORM)
    name = builder.network.name
    if diagnostics.reports == before and name in builder.context.spec.cells:
        summary = f"network `{name}` has choices and the name of a cell, so `genotype {name}` could be that of either"
        diagnostics.error("SG0319", call.span, summary, help="rename the cell or the network")
    return diagnostics.reports == before


@record
class _Branch:
    """One branch: a pipeline that takes the operand of the choice."""

    builder: NetworkBuilder
    scope: Scope
    argument: Argument

    def add(self, source: str) -> str | None:
        """Adds its operations; returns the node of its result, None after an error."""
        value, name = self.argument.value, self.argument.name or ""
        stages: tuple[Expr, ...] = value.stages if isinstance(value, Pipe) else (value,)
        wired: Wired = source
        for number, stage in enumerate(stages):
            if not isinstance(stage, Name | Call):
                summary = f"branch `{name}` of `choose` is a pipeline of operations, not `{text(value)}`"
                self.builder.diagnostics.error("SG0310", stage.span, summary, help=_FORM)
                return None
            last = number == len(stages) - 1
            wired = self.builder.apply(stage, (wired,), self.scope, Path() / name, last=last)
        return wired[-1] if isinstance(wired, tuple) else wired
