"""Sorts the arguments of an operation in a spec into operands and parameters, and builds the operation."""

from typing import Any, get_args

from pydantic import ValidationError

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.base.record import record
from spikegraph.dsl.ast import Argument, Call, Expr
from spikegraph.dsl.name_fixes import name_span, rename
from spikegraph.dsl.param_values import written
from spikegraph.dsl.source import Span
from spikegraph.elaborate.argument_values import argument_value
from spikegraph.elaborate.context import Context, text
from spikegraph.elaborate.declared_neurons import has_one_current, neuron_use
from spikegraph.elaborate.habits import named_behind_first
from spikegraph.elaborate.hidden_names import warn_of_hidden_word
from spikegraph.elaborate.invalid_values import check_word, report
from spikegraph.ir.arity import arity
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import Op

KEEPS = "keeps_neuron"
"""The hidden parameter of an operation that names its own neuron, which a run can't replace then."""


@record
class SortedArguments:
    """Operands of a call in order (None for implied ones that are omitted), and its parameters by name."""

    operands: tuple[Expr | None, ...]
    parameters: dict[str, Expr]


@record
class KnownCall:
    """What a sound call makes in a context, found once: uses of a block with the same params share it.

    It holds the call and the context, by whose identities it is known.
    """

    call: Call
    context: Context
    sorted: SortedArguments
    op: Op


def sort(op: type[Op], arguments: tuple[Argument, ...], piped: bool, span: Span, context: Context) -> SortedArguments | None:
    """Sorts the arguments of a call; None after an error.

    Positional arguments are first the operands that the pipeline does not provide, then the parameters in order. Operands that
    may be left out are given by name.
    """
    names = [o.lstrip("*") for o in op.operands]
    variadic = any(o.startswith("*") for o in op.operands)
    free = [] if variadic else names[1 if piped else 0 :]
    parameters = [p for p in op.parameters() if p not in op.hidden]
    given: dict[str, Expr] = {}
    rest: list[Expr] = []
    taken: list[str] = []
    positions = [*(o for o in free if o not in op.optional), *parameters]
    keys = [*positions, *op.optional]
    count, before = 0, context.diagnostics.reports
    for a in arguments:
        key = a.name
        if key is None and variadic:
            rest.append(a.value)
            taken.append(names[0])
            continue
        if key is None:
            if count >= len(positions):
                help = f"its arguments are {listed(positions)}"
                context.diagnostics.error("SG0309", a.span, f"too many arguments for `{op.name}`", help=help)
                return None
            key, count = positions[count], count + 1
        if key not in keys:
            help = did_you_mean(key, keys) or (f"it has {listed(keys)}" if keys else "it has no parameters")
            fixes = rename(name_span(a), key, keys)
            context.diagnostics.error("SG0308", a.span, f"`{op.name}` has no parameter `{key}`", help=help, fixes=fixes)
            continue
        if key in given:
            context.diagnostics.error("SG0308", a.span, f"`{key}` of `{op.name}` is given twice")
            continue
        given[key] = a.value
        taken.append(key)
    if context.diagnostics.reports > before or not named_behind_first(op, arguments, taken, context):
        return None
    least, _ = arity(op)
    if variadic and len(rest) + piped < least:
        context.diagnostics.error("SG0309", span, f"`{op.name}` needs an operand")
        return None
    missing = [n for n in free if n not in given and n not in (*op.implied, *op.optional)]
    if missing:
        help = f"write `{op.name}({', '.join(missing)}, ...)`" if piped else f"its operands are {listed(names, last='and')}"
        context.diagnostics.error("SG0309", span, f"`{op.name}` needs its operand {listed(missing, last='and')}", help=help)
        return None
    operands = rest if variadic else [given.get(n) for n in free if n in given or n not in op.optional]
    return SortedArguments(tuple(operands), {k: v for k, v in given.items() if k in parameters})


def make(op: type[Op], parameters: dict[str, Expr], span: Span, context: Context) -> Op | None:
    """Builds the operation from its parameters; None after an error."""
    fields: dict[str, Any] = {}
    for name, expr in parameters.items():
        values, field = context.values, op.model_fields[name]
        wanted = field.annotation
        if wanted is Neuron:
            value: Any = neuron_use(expr, context)
            if value is not None and not has_one_current(value, f"`{op.name}`", expr.span, context.diagnostics):
                return None
        else:
            values = context.values_of(op, name, expr)
            warn_of_hidden_word(op, name, expr, context)
            value = argument_value(expr, values, context.diagnostics)
        if value is None:
            return None
        if isinstance(value, bool) and bool not in (wanted, *get_args(wanted)):
            shown = f"`{text(expr)}`" if text(expr) == written(value) else f"`{text(expr)}`, which is `{written(value)}`"
            context.diagnostics.error("SG0304", expr.span, f"`{name}` of `{op.name}` can't be {shown}")
            return None
        if not check_word(f"`{op.name}`", name, field, expr, value, values, context.diagnostics):
            return None
        fields[name] = value
    if "neuron" in op.model_fields and "neuron" not in fields:
        default = context.default_neuron(stem=op.traits.stem)
        excuses = ("neuron", "search", "retrain") if op.traits.stem else ("neuron",)
        if default is None and not context.broken.has(*excuses):
            names = listed(context.spec.neurons, last="and") or "none"
            help = f"write `neuron = ...` here or in the network; declared are {names}"
            context.diagnostics.error("SG0314", span, f"`{op.name}` needs a neuron here", help=help)
        if default is None or default not in context.neurons:
            return None
        if not has_one_current(context.neurons[default], f"`{op.name}`", span, context.diagnostics):
            return None
        fields["neuron"] = context.neurons[default]
    elif KEEPS in op.model_fields:
        fields[KEEPS] = True
    missing = [p for p, d in op.parameters().items() if d is ... and p not in fields]
    if missing:
        words = op.choices(missing[0])
        help = f"write `{missing[0]} = {words[0] if len(words) == 1 else '...'}`"
        context.diagnostics.error("SG0304", span, f"`{op.name}` needs its parameter {listed(missing, last='and')}", help=help)
        return None
    try:
        return op.model_validate(fields)
    except ValidationError as error:
        report(f"`{op.name}`", op, error, parameters, span, context.diagnostics)
        return None
