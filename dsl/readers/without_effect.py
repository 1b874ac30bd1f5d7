"""Warnings about parts of a training that never come to act, or not as they are meant."""

from collections.abc import Mapping
from dataclasses import replace

from spikegraph.dsl import ast, spec
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.schema.optimisers import LR
from spikegraph.dsl.schema.schedules import duration, first_change, learning_rate
from spikegraph.dsl.shown import counted
from spikegraph.dsl.source import Span


def warn_of_no_effect(run: spec.Run, exprs: Mapping[str, ast.Expr], node: ast.Run, scope: Scope) -> None:
    """Adds a warning (SG0905) for a `dgs` that is never searched, and for schedules that end early, rise or change nothing.

    A number of epochs that a profile or `--set` gives is often that of a short try, for which what comes too late needs none.

    Args:
        run: The run.
        exprs: Its values as expressions, by key.
        node: The run as it is written.
        scope: Gets the warnings.
    """
    _warn_of_rates(run, exprs["schedule"].span if "schedule" in exprs else node.span, scope)
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


def _warn_of_rates(run: spec.Run, span: Span, scope: Scope) -> None:
    """Warns where nothing is trained behind the last schedule, and where a learning rate rises to its `min`."""
    base, last = LR.of(run.weights.named), run.schedule[-1]
    rest = run.epochs - sum(duration(call) or 0 for call in run.schedule)
    if duration(last) is not None and rest > 0 and not learning_rate(run.schedule, base, run.epochs - rest, run.epochs):
        summary = (
            f"`{last.name}` ends with a learning rate of 0, so that nothing is trained in the last {counted(rest, 'epoch')}"
        )
        help = f"leave out the `epochs` of `{last.name}`, or lower those of the training"
        scope.diagnostics.warning("SG0905", span, summary, help=help)
    for call in run.schedule:
        least = call.named.get("min")
        if isinstance(least, int | float) and least > base:
            summary = f"`{call.name}` raises the learning rate, from {base:g} to its `min` of {least:g}"
            scope.diagnostics.warning("SG0905", span, summary, help="lower `min`, or raise `lr`")


def _head(span: Span) -> Span:
    return replace(span, end_line=span.line, end_column=span.column + len("dgs"))
