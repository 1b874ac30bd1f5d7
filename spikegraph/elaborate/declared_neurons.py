"""Elaboration of declared neurons, their uses and their surrogates."""

from collections.abc import Collection, Mapping
from typing import cast

from pydantic import ValidationError

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl.ast import Argument, Call, Expr, Name, Negative, Number
from spikegraph.dsl.defaults import default_expr
from spikegraph.dsl.diagnostics import Diagnostics, Label
from spikegraph.dsl.name_fixes import name_span, rename
from spikegraph.dsl.other_neurons import meant
from spikegraph.dsl.param_values import substituted, written
from spikegraph.dsl.schema.key import Scope, ValueType
from spikegraph.dsl.schema.neuron import Neuron as Declaration
from spikegraph.dsl.schema.neuron_models import INITIAL, LEARN, PER, SPIKING, ModelSignature, Per
from spikegraph.dsl.schema.per_step import refused_per_step
from spikegraph.dsl.schema.record import keys
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import CallValue, Spec, Value
from spikegraph.elaborate.argument_values import argument_value
from spikegraph.elaborate.context import Context, text
from spikegraph.elaborate.invalid_values import check_word, report, wanted
from spikegraph.elaborate.reserved_names import meaning
from spikegraph.ir.annotations import parts_of
from spikegraph.ir.neuron import Chosen, Constant, Learned, Neuron
from spikegraph.ir.surrogates import SURROGATES, Surrogate, SurrogateDef
from spikegraph.plugins.registry import HINT

NOWHERE = Span("<defaults>", 1, 1, 1, 1)
"""The place of defaults, which have no text."""


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
    unknown = [name for name in fields if name not in definition.parameters]
    for name in unknown:
        known = did_you_mean(name, definition.parameters) or f"it has {listed(definition.parameters, last='and')}"
        diagnostics.error("SG0308", call.span, f"surrogate `{call.name}` has no parameter `{name}`", help=known)
    if unknown:
        return None
    if len(call.positional) + len(call.named) > len(definition.parameters):
        summary = f"surrogate `{call.name}` has {len(definition.parameters)} parameter"
        diagnostics.error("SG0308", call.span, summary)
        return None
    owner, model = f"surrogate `{call.name}`", Surrogate.model_fields
    b = fields.get("b")
    if isinstance(b, CallValue) and b.name == LEARN:
        found = _learned(b, definition, diagnostics)
        if found is None:
            return None
        fields |= {"b": found[0], "learned": found[1]}
    for name, value in fields.items():
        if name == "learned":
            continue
        if isinstance(value, bool | str | CallValue):  # pydantic takes the first two for numbers
            shown = str(value).lower() if isinstance(value, bool) else value if isinstance(value, str) else f"{value.name}(...)"
            diagnostics.error("SG0304", call.span, f"`{name}` of {owner} must be {wanted(model[name])}, not `{shown}`")
            return None
    try:
        return Surrogate.model_validate({"name": call.name, **fields})
    except ValidationError as error:
        report(owner, Surrogate, error, {}, call.span, diagnostics)
        return None


def _learned(call: CallValue, surrogate: SurrogateDef, diagnostics: Diagnostics) -> tuple[Value, Per] | None:
    """The initial value of a learned b, and for what there is one; None after an error."""
    if surrogate.by_b is None:
        summary = f"`b` of surrogate `{surrogate.name}` can't be learned"
        diagnostics.error("SG0308", call.span, summary, help="write a number: its gradient by `b` isn't known")
        return None
    given = dict(zip(("initial", "per"), call.positional, strict=False)) | dict(call.named)
    per = given.get("per", "layer")
    if not {"initial"} <= given.keys() <= {"initial", "per"} or len(given) < len(call.positional) + len(call.named):
        diagnostics.error("SG0216", call.span, "`learn` of a surrogate needs `initial`", help="write `learn(3, per = layer)`")
        return None
    if per not in ("layer", "channel"):
        diagnostics.error(
            "SG0209",
            call.span,
            f"`{per if isinstance(per, str) else '...'}` is not among the choices",
            help="the choices are `layer` or `channel`",
        )
        return None
    return given["initial"], cast("Per", per)


def declared(spec: Spec, diagnostics: Diagnostics) -> dict[str, Neuron]:
    """All valid neurons of a spec by name, without those with a reserved name, which `check_names` reports."""
    neurons: dict[str, Neuron] = {}
    for name, n in spec.neurons.items():
        surrogate = surrogate_of(n.surrogate, diagnostics)
        if surrogate is None or meaning(name) is not None:
            continue
        signature = n.signature
        given = {key: getattr(n, key) for key in signature.keys} | dict(signature.constants)
        if "surrogate" in given:
            given["surrogate"] = surrogate
        own = spec.models.get(signature.name)
        unknown = sorted(set() if own is None else own.surrogates - SURROGATES.keys())
        if unknown:
            help = did_you_mean(unknown[0], SURROGATES) or f"there are {listed(sorted(SURROGATES), last='and')}"
            summary = f"no surrogate is called `{unknown[0]}`, which the model `{signature.name}` has"
            diagnostics.error("SG0313", n.model.span, summary, help=f"{help} {HINT}")
            continue
        text = "" if own is None else own.text
        bare = Neuron.model_construct(model="lif" if signature.constants else signature.name, text=text)
        neurons[name] = with_numbers(bare, given | dict(n.model.named))
    return neurons


def default_neuron(signature: ModelSignature) -> Neuron:
    """A neuron of a registered model with all its defaults."""
    types, scope = changeable(signature), Scope(Diagnostics(), {})
    values: dict[str, object] = {}
    for name, written_so in ({k.name: str(k.default) for k in signature.parameters} | dict(signature.defaults)).items():
        reading = types[name].read(default_expr(written_so, NOWHERE), scope)
        assert reading is not None
        values[name] = reading.value
    bare = Neuron.model_construct(model="lif" if signature.constants else signature.name)
    return with_numbers(bare, values | dict(signature.constants))


def with_numbers(neuron: Neuron, changes: Mapping[str, object]) -> Neuron:
    """The neuron with other values of its keys and of the numbers of its model, constant or `learn(...)`.

    Raises:
        ValidationError: A value is out of range.
    """
    fields = dict(neuron)
    constants = {c.name: c.value for c in neuron.constants}
    words = {o.name: o.word for o in neuron.options}
    learned: dict[str, Per] = {n.name: n.per for n in neuron.learned}
    for name, value in changes.items():
        number = INITIAL.of(value.named) if isinstance(value, CallValue) else value
        learned.pop(name, None)
        if isinstance(value, CallValue):
            learned[name] = PER.of(value.named)
        if name in Neuron.model_fields:
            fields[name] = number
        elif isinstance(number, str):
            words[name] = number
        else:
            constants[name] = cast("float", number)
    fields["options"] = tuple(Chosen(name=name, word=word) for name, word in words.items())
    fields["constants"] = tuple(Constant(name=name, value=value) for name, value in constants.items())
    fields["learned"] = tuple(Learned(name=name, per=per) for name, per in learned.items())
    return Neuron.model_validate(fields)


def changeable(found: ModelSignature) -> Mapping[str, ValueType[object]]:
    """The types of the values that a use of a neuron of this model can change."""
    own = {key.name: found.types.get(key.name, key.type) for key in keys(Declaration) if key.name in found.keys}
    return {**own, **{key.name: key.type for key in found.parameters}}


def _by_schema(argument: Argument) -> bool:
    """True for a number of the model itself, and for `learn(...)`."""
    learned = isinstance(argument.value, Call) and argument.value.function.id == LEARN
    return argument.name not in SPIKING or learned


def has_one_current(neuron: Neuron, what: str, place: Span, diagnostics: Diagnostics) -> bool:
    """Whether a neuron has one current; adds an error if not."""
    if len(neuron.inputs) > 1:
        summary = f"{what} gives its neurons one current, but those of the model `{neuron.model}` have {len(neuron.inputs)}"
        inputs = ", ".join(f"{name} = ..." for name in neuron.inputs)
        diagnostics.error("SG0309", place, summary, help=f"use the neuron as a stage of a network, `NAME({inputs})`")
        return False
    return True


def _fits(value: Value, type_: ValueType[object] | None, place: Span, diagnostics: Diagnostics) -> bool:
    """Whether a number lies in the range of the model's own; adds an error if not."""
    if type_ is None or isinstance(value, bool) or not isinstance(value, float | int):
        return True
    number: Expr = Number(abs(value), None, place)
    return type_.read(Negative(number, place) if value < 0 else number, Scope(diagnostics, {})) is not None


def _known(use: Call, model: ModelSignature, types: Collection[str], diagnostics: Diagnostics) -> bool:
    """Whether all arguments of a neuron's use have names that its model knows, each once; adds an error for each other one."""
    if not given_once(use, diagnostics):
        return False
    unknown = [a for a in use.arguments if a.name is None or a.name not in types]
    for argument in unknown:
        name = argument.name or ""
        what = f"a neuron has no `{name}`" if name else "a neuron's parameters need names"
        if name in SPIKING:
            what = f"a neuron with `model = {model.name}` has no `{name}`"
        other = meant(name, argument.value, argument.span) if {"decay", "threshold"} <= {*types} else None
        known = did_you_mean(name, types) or (f"it has {listed(types, last='and')}" if types else f"write `{use.function.id}`")
        help, fixes = (known, rename(name_span(argument), name, types)) if other is None else (other.help, other.fixes)
        diagnostics.error("SG0308", argument.span, what, help=help, fixes=fixes)
    return not unknown


def given_once(use: Call, diagnostics: Diagnostics) -> bool:
    """Whether each named argument of a neuron or a chain is given once; adds an error for each that isn't."""
    first: dict[str, Span] = {}
    for argument in (a for a in use.arguments if a.name is not None):
        if (before := first.setdefault(argument.name or "", argument.span)) is not argument.span:
            summary, labels = f"`{argument.name}` of `{use.function.id}` is given twice", [Label(before, "first here")]
            diagnostics.error("SG0308", argument.span, summary, help="leave one of them out", labels=labels)
    return len(first) == sum(a.name is not None for a in use.arguments)


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
    model = neuron.signature if name in context.chosen else spec.neurons[name].signature
    types = changeable(model)
    if not _known(expr, model, types, diagnostics):
        return None
    for argument in expr.arguments:
        assert argument.name is not None
        if _by_schema(argument):
            before = diagnostics.reports
            given = substituted(argument.value, context.values, diagnostics)
            reading = None if diagnostics.reports > before else types[argument.name].read(given, Scope(diagnostics, {}))
            if reading is None or refused_per_step(argument.name, reading.value, model, diagnostics):
                return None
            changes[argument.name] = reading.value
            continue
        value = argument_value(argument.value, context.values, diagnostics)
        if value is None or not _fits(value, model.types.get(argument.name), argument.value.span, diagnostics):
            return None
        if argument.name == "surrogate":
            call = value if isinstance(value, CallValue) else CallValue(str(value), (), {}, argument.value.span)
            value = surrogate_of(call, diagnostics)
            if value is None:
                return None
        field = Neuron.model_fields[argument.name]
        if isinstance(value, bool) and bool not in parts_of(field.annotation):  # pydantic takes it for a number
            shown = f"`{text(argument.value)}`" + (
                "" if text(argument.value) == written(value) else f", which is `{written(value)}`"
            )
            summary = f"`{argument.name}` of a neuron must be {wanted(field)}, not {shown}"
            diagnostics.error("SG0304", argument.value.span, summary)
            return None
        if not check_word("a neuron", argument.name, field, argument.value, value, context.values or None, diagnostics):
            return None
        changes[argument.name] = value
    try:
        return with_numbers(neuron, changes)
    except ValidationError as error:
        values = {a.name: a.value for a in expr.arguments if a.name is not None}
        report("a neuron", Neuron, error, values, expr.span, diagnostics)
        return None
