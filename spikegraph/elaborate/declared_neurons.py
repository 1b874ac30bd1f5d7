"""Elaboration of declared neurons, their uses and their surrogates."""

from pydantic import ValidationError

from spikegraph.dsl.ast import Call, Expr, Name
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.nearest import did_you_mean, listed, name_span, rename
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import CallValue, Spec
from spikegraph.elaborate.argument_values import argument_value
from spikegraph.elaborate.context import Context
from spikegraph.elaborate.invalid_values import check_word, report, wanted
from spikegraph.elaborate.reserved_names import meaning
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.surrogates import SURROGATES, Surrogate
from spikegraph.registry import HINT


def surrogate_of(call: CallValue, diagnostics: Diagnostics) -> Surrogate | None:
    """The surrogate of a call such as `dspike(b = 3)`; None after an error."""
    definition = SURROGATES.get(call.name)
    if definition is None:
        known = did_you_mean(call.name, SURROGATES) or f"there are {listed(sorted(SURROGATES), last='and')}"
        span = call.span
        name_only = Span(span.file, span.line, span.column, span.line, span.column + len(call.name))
        fixes = rename(name_only, call.name, SURROGATES)
        diagnostics.error("SG0313", span, f"no surrogate is called `{call.name}`", help=f"{known} {HINT}", fixes=fixes)
        return None
    fields = dict(zip(definition.parameters, call.positional, strict=False)) | dict(call.named)
    for name in fields:
        if name not in definition.parameters:
            known = did_you_mean(name, definition.parameters) or f"it has {listed(definition.parameters, last='and')}"
            diagnostics.error("SG0308", call.span, f"surrogate `{call.name}` has no parameter `{name}`", help=known)
            return None
    if len(call.positional) + len(call.named) > len(definition.parameters):
        summary = f"surrogate `{call.name}` has {len(definition.parameters)} parameter"
        diagnostics.error("SG0308", call.span, summary)
        return None
    owner, model = f"surrogate `{call.name}`", Surrogate.model_fields
    for name, value in fields.items():
        if isinstance(value, bool | str):  # pydantic takes them for numbers
            shown = str(value).lower() if isinstance(value, bool) else value
            diagnostics.error("SG0304", call.span, f"`{name}` of {owner} must be {wanted(model[name])}, not `{shown}`")
            return None
    try:
        return Surrogate.model_validate({"name": call.name, **fields})
    except ValidationError as error:
        report(owner, Surrogate, error, {}, call.span, diagnostics)
        return None


def declared(spec: Spec, diagnostics: Diagnostics) -> dict[str, Neuron]:
    """All valid neurons of a spec by name, without those with a reserved name, which `check_names` reports."""
    neurons: dict[str, Neuron] = {}
    for name, n in spec.neurons.items():
        surrogate = surrogate_of(n.surrogate, diagnostics)
        if surrogate is not None and meaning(name) is None:
            neurons[name] = Neuron.model_validate(
                {
                    "decay": n.decay,
                    "threshold": n.threshold,
                    "reset": n.reset,
                    "detach_reset": n.detach_reset,
                    "surrogate": surrogate,
                }
            )
    return neurons


def neuron_use(expr: Expr, context: Context) -> Neuron | None:
    """The neuron of `lif` or `lif(surrogate = dspike(b = 5))`; None after an error."""
    neurons, spec, diagnostics = context.neurons, context.spec, context.diagnostics
    if not isinstance(expr, Name | Call):
        diagnostics.error("SG0313", expr.span, "expected a neuron", help="write a declared neuron's name")
        return None
    name = expr.id if isinstance(expr, Name) else expr.function.id
    if name in context.chosen:
        neuron = context.chosen[name]
        if neuron is None:
            return None
    elif name not in neurons:
        if name not in spec.neurons and not context.broken.excuses("neuron", name):
            known = did_you_mean(name, spec.neurons) or f"declared are {listed(spec.neurons, last='and') or 'none'}"
            place = expr.span if isinstance(expr, Name) else expr.function.span
            fixes = rename(place, name, spec.neurons)
            diagnostics.error("SG0307", place, f"no neuron is called `{name}`", help=known, fixes=fixes)
        return None
    else:
        neuron = neurons[name]
    if isinstance(expr, Name):
        return neuron
    changes: dict[str, object] = {}
    for argument in expr.arguments:
        if argument.name not in Neuron.model_fields:
            what = "a neuron's parameters need names" if argument.name is None else f"a neuron has no `{argument.name}`"
            known = did_you_mean(argument.name or "", Neuron.model_fields)
            fixes = rename(name_span(argument), argument.name or "", Neuron.model_fields)
            help = known or f"it has {listed(Neuron.model_fields, last='and')}"
            diagnostics.error("SG0308", argument.span, what, help=help, fixes=fixes)
            return None
        value = argument_value(argument.value, {}, diagnostics)
        if value is None:
            return None
        if argument.name == "surrogate":
            call = value if isinstance(value, CallValue) else CallValue(str(value), (), {}, argument.value.span)
            value = surrogate_of(call, diagnostics)
            if value is None:
                return None
        field = Neuron.model_fields[argument.name]
        if not check_word("a neuron", argument.name, field, argument.value, value, None, diagnostics):
            return None
        changes[argument.name] = value
    try:
        return Neuron.model_validate({**dict(neuron), **changes})
    except ValidationError as error:
        values = {a.name: a.value for a in expr.arguments if a.name is not None}
        report("a neuron", Neuron, error, values, expr.span, diagnostics)
        return None
