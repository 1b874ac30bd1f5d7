"""Warnings about parts of a training that never come to act, since it ends before."""

from collections.abc import Mapping
from dataclasses import replace

from spikegraph.dsl import ast, spec
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.schema.schedules import duration, first_change
from spikegraph.dsl.shown import counted
from spikegraph.dsl.source import Span


def warn_of_no_effect(run: spec.Run, exprs: Mapping[str, ast.Expr], node: ast.Run, scope: Scope) -> None:
    """Adds a warning (SG0905) for a `dgs` that is never searched, and for a schedule that never changes the learning rate.

    A number of epochs that a profile or `--set` gives is often that of a short try, which no warning needs.

    Args:
        run: The run.
        exprs: Its values as expressions, by key.
        node: The run as it is written.
        scope: Gets the warnings.
    """
    epochs = exprs["epochs"].span
    if epochs.file != node.span.file or not node.span.line <= epochs.line <= node.span.end_line:
        return
    for dgs in run.dgs if isinstance(run, spec.Retrain) else ():
        if dgs.every > run.epochs:
            summary = f"this `dgs` searches after each {dgs.every} epochs, which the training of {run.epochs} doesn't reach"
            help = "lower its `every`, or raise `epochs`"
            scope.diagnostics.warning("SG0905", _head(dgs.span), summary, help=help)
    last, left = run.schedule[-1], run.epochs - sum(duration(call) or 0 for call in run.schedule[:-1])
    first = first_change(last)
    if first is not None and first >= left:
        summary = f"`{last.name}` first changes the learning rate after {counted(first, 'epoch')}, and has only {left}"
        help = "change it earlier, or raise `epochs`"
        scope.diagnostics.warning("SG0905", exprs["schedule"].span, summary, help=help)


def _head(span: Span) -> Span:
    return replace(span, end_line=span.line, end_column=span.column + len("dgs"))
