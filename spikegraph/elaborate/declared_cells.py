"""Elaboration of declared cells and candidates."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl.ast import Call, Expr, Name
from spikegraph.dsl.name_fixes import name_span, rename
from spikegraph.dsl.spec import Candidate, Cell
from spikegraph.elaborate.argument_values import argument_value
from spikegraph.elaborate.context import Context
from spikegraph.elaborate.declared_neurons import has_one_current, neuron_use
from spikegraph.elaborate.edge_blocks import written_out
from spikegraph.elaborate.habits import named_behind_first, says_what_it_must
from spikegraph.elaborate.invalid_values import check_word, report
from spikegraph.elaborate.unknown_operations import as_call, report_unknown
from spikegraph.ir.cellspec import CandidateSpec, CellSpec, EdgeStage
from spikegraph.ir.opdef import OPS
from spikegraph.ir.ops.activation import activation


def declared(context: Context) -> dict[str, CellSpec]:
    """All valid cells of the context's spec by name."""
    spec = context.spec
    candidates = {name: tuple(candidate(o, context) for o in c.operations) for name, c in spec.candidates.items()}
    cells: dict[str, CellSpec] = {}
    for name, cell in spec.cells.items():
        made = cell_spec(cell, candidates, context)
        if made is not None:
            cells[name] = made
    return cells


def cell_spec(cell: Cell, candidates: Mapping[str, tuple[CandidateSpec | None, ...]], context: Context) -> CellSpec | None:
    """The specification of a cell; None if its declaration or one that it refers to is invalid."""
    fires = not (isinstance(cell.neuron, Name) and cell.neuron.id == "none")
    neuron = neuron_use(cell.neuron, context) if fires else None
    operations = candidates.get(cell.candidates, (None,))
    valid = tuple(o for o in operations if o is not None)
    preprocess = pipeline(cell.preprocess, context)
    if neuron is not None and not has_one_current(neuron, f"the cell `{cell.name}`", cell.neuron.span, context.diagnostics):
        return None
    if (fires and neuron is None) or len(valid) < len(operations) or preprocess is None:
        return None
    if not fires and cell.mix == "membrane":
        summary = f"cell `{cell.name}` mixes at the membrane, but its nodes have no neuron"
        context.diagnostics.error("SG0208", cell.span, summary, help="write `mix = spike`, or give its nodes a neuron")
        return None
    if cell.max_skips is not None and all(o.skip for o in valid):
        summary = f"cell `{cell.name}` limits its skips, but has no other candidate"
        context.diagnostics.error("SG0208", cell.span, summary, help="remove `max_skips`, or add a candidate")
        return None
    return CellSpec.model_validate(
        {
            "name": cell.name,
            "inputs": cell.inputs,
            "nodes": cell.nodes,
            "candidates": valid,
            "neuron": neuron,
            "mix": cell.mix,
            "keep": cell.keep,
            "rank_without": cell.rank_without,
            "max_skips": cell.max_skips,
            "output": cell.output,
            "preprocess": preprocess,
            "edges": tuple(cell.edges.items()),
        }
    )


def candidate(c: Candidate, context: Context) -> CandidateSpec | None:
    """One candidate; None after an error."""
    diagnostics = context.diagnostics
    valid = pipeline(c.stages, context)
    if valid is None:
        return None
    alone = next((s.op for s in valid if s.neuron is None and (OPS[s.op].traits.forwards or OPS[s.op].traits.silent)), None)
    if alone is not None and len(valid) > 1:
        diagnostics.error("SG0312", c.span, f"candidate `{c.name}`: `{alone}` must be the only stage", help="remove it")
        return None
    return CandidateSpec(name=c.name, stages=valid)


def pipeline(exprs: Sequence[Expr], context: Context) -> tuple[EdgeStage, ...] | None:
    """The stages of a pipeline, with those of its blocks; None after an error."""
    stages: list[EdgeStage | None] = []
    for written in written_out(exprs, context):
        if written is None:
            stages.append(None)
            continue
        with written.noting():
            stages.append(stage(written.expr, written.context))
    valid = tuple(s for s in stages if s is not None)
    return valid if len(valid) == len(stages) else None


def stage(expr: Expr, context: Context) -> EdgeStage | None:
    """One stage of a pipeline; None after an error."""
    spec, neurons, diagnostics = context.spec, context.neurons, context.diagnostics
    if not isinstance(expr, Name | Call):
        diagnostics.error("SG0312", expr.span, "a candidate is a pipeline of operations", help="such as `conv(3) -> norm`")
        return None
    name = expr.id if isinstance(expr, Name) else expr.function.id
    if name in context.chosen or name in spec.neurons or name in neurons:
        neuron = neuron_use(expr, context)
        if neuron is None or not has_one_current(neuron, "a candidate", expr.span, diagnostics):
            return None
        return EdgeStage(op=activation(neuron).name, neuron=neuron)
    op = OPS.get(name)
    if (op is None or not op.written) and any(context.broken.excuses(kind, name) for kind in ("neuron", "block")):
        return None
    if op is None or not op.written or op.traits.expanded_by is not None or op.operands != ("x",):
        on_edge = sorted(n for n, o in OPS.items() if o.traits.on_edge)
        if op is None:
            report_unknown(as_call(expr), [*on_edge, *spec.neurons, *context.chosen, *spec.blocks], context)
            return None
        known = did_you_mean(name, [*on_edge, *spec.neurons])
        help = known or f"it can hold {listed((*on_edge, *spec.neurons))}"
        diagnostics.error("SG0307", expr.span, f"a candidate can't hold `{name}`", help=help)
        return None
    arguments = expr.arguments if isinstance(expr, Call) else ()
    params: dict[str, Any] = {}
    values: dict[str, Expr] = {}
    names, before = list(op.parameters()), diagnostics.reports
    for i, a in enumerate(arguments):
        key = a.name or (names[i] if i < len(names) else None)
        if key not in names or key in op.traits.set_by_edge:
            help = "the edge sets channels and stride" if key in names else did_you_mean(key or "", names)
            what = f"`{name}` on an edge has no parameter `{key}`" if key else f"`{name}` has {len(names)} parameters"
            fixes = rename(name_span(a), key or "", names) if key not in names else ()
            diagnostics.error("SG0308", a.span, what, help=help, fixes=fixes)
            continue
        if key in params:
            diagnostics.error("SG0308", a.span, f"`{key}` of `{name}` is given twice")
            continue
        numbers = context.values_of(op, key, a.value)
        value = argument_value(a.value, numbers, diagnostics)
        field = op.model_fields[key]
        if value is None or not check_word(f"`{name}`", key, field, a.value, value, numbers or None, diagnostics):
            return None
        params[key], values[key] = value, a.value
    if diagnostics.reports > before or not named_behind_first(op, arguments, list(params), context):
        return None
    try:
        made = op.model_validate(params)
    except ValidationError as error:
        report(f"`{name}`", op, error, values, expr.span, diagnostics)
        return None
    if not says_what_it_must(made, expr, params, context):
        return None
    # An explicit default value, as in a resolved spec, must give an equal candidate.
    return EdgeStage(op=name, params={k: v for k, v in params.items() if v != op.model_fields[k].default})
