"""Elaboration of declared neurons, their uses and their surrogates."""

from collections.abc import Mapping

from pydantic import ValidationError

from spikegraph.dsl.ast import Call, Expr, Name
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.nearest import did_you_mean, listed
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import CallValue, Spec
from spikegraph.elaborate.argument_values import argument_value
from spikegraph.elaborate.reserved_names import meaning
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.surrogates import SURROGATES, Surrogate
from spikegraph.registry import HINT


def surrogate_of(call: CallValue, diagnostics: Diagnostics) -> Surrogate | None:
    """The surrogate of a call such as `dspike(b = 3)`; None after an error."""
    definition = SURROGATES.get(call.name)
    if definition is None:
        known = did_you_mean(call.name, SURROGATES) or f"there are {listed(sorted(SURROGATES), last='and')}"
        diagnostics.error("SG0313", call.span, f"no surrogate is called `{call.name}`", help=f"{known} {HINT}")
        return None
    fields = dict(zip(definition.parameters, call.positional, strict=False)) | dict(call.named)
    for name in fields:
        if name not in definition.parameters:
            known = did_you_mean(name, definition.parameters) or f"it has {listed(definition.parameters, last='and')}"
            diagnostics.error("SG0308", call.span, f"surrogate `{call.name}` has no parameter `{name}`", help=known)
            return None
    if len(call.positional) > len(definition.parameters):
        summary = f"surrogate `{call.name}` has {len(definition.parameters)} parameter"
        diagnostics.error("SG0308", call.span, summary)
        return None
    try:
        return Surrogate.model_validate({"name": call.name, **fields})
    except ValidationError as error:
        diagnostics.error("SG0304", call.span, f"surrogate `{call.name}`: {first(error)}")
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


def neuron_use(expr: Expr, neurons: Mapping[str, Neuron], spec: Spec, diagnostics: Diagnostics) -> Neuron | None:
    """The neuron of `lif` or `lif(surrogate = dspike(b = 5))`; None after an error."""
    if not isinstance(expr, Name | Call):
        diagnostics.error("SG0313", expr.span, "expected a neuron", help="write a declared neuron's name")
        return None
    name = expr.id if isinstance(expr, Name) else expr.function.id
    if name not in neurons:
        if name not in spec.neurons:
            known = did_you_mean(name, spec.neurons) or f"declared are {listed(spec.neurons, last='and') or 'none'}"
            diagnostics.error("SG0307", expr.span, f"no neuron is called `{name}`", help=known)
        return None
    neuron = neurons[name]
    if isinstance(expr, Name):
        return neuron
    changes: dict[str, object] = {}
    for argument in expr.arguments:
        if argument.name not in Neuron.model_fields:
            what = "a neuron's parameters need names" if argument.name is None else f"a neuron has no `{argument.name}`"
            known = did_you_mean(argument.name or "", Neuron.model_fields)
            diagnostics.error("SG0308", argument.span, what, help=known or f"it has {listed(Neuron.model_fields, last='and')}")
            return None
        value = argument_value(argument.value, {}, diagnostics)
        if value is None:
            return None
        if argument.name == "surrogate":
            call = value if isinstance(value, CallValue) else CallValue(str(value), (), {}, argument.value.span)
            value = surrogate_of(call, diagnostics)
            if value is None:
                return None
        changes[argument.name] = value
    return changed(neuron, changes, expr.span, diagnostics)


def changed(neuron: Neuron, changes: dict[str, object], span: Span, diagnostics: Diagnostics) -> Neuron | None:
    """The neuron with some parameters changed; None after an error."""
    try:
        return Neuron.model_validate({**dict(neuron), **changes})
    except ValidationError as error:
        diagnostics.error("SG0304", span, f"the neuron's {first(error)}")
        return None


def first(error: ValidationError) -> str:
    """The first error of a validation, as a message."""
    e = error.errors()[0]
    where = ".".join(str(p) for p in e["loc"])
    got = e.get("input")
    message = e["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    return f"`{where}` is {got!r}: {message}" if where else message
