"""The registry of neuron models: what a spec can write at `model`, with the equation of each, and numbers that are learned."""

import math
from collections import ChainMap
from collections.abc import Mapping, MutableMapping
from dataclasses import replace
from typing import Literal, NamedTuple, cast

from typing_extensions import override

from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.models.library import description, equation_lines, library, library_model, library_text
from spikegraph.dsl.models.texts import model_of
from spikegraph.dsl.numbers import write_number
from spikegraph.dsl.schema.calls import CallOf, Signature, bind
from spikegraph.dsl.schema.key import Key, Reading, Scope, ValueType
from spikegraph.dsl.schema.model_arguments import without_keys
from spikegraph.dsl.schema.names import Choice
from spikegraph.dsl.schema.scalars import Real
from spikegraph.dsl.values import CallValue
from spikegraph.equations.model import Model, Quantity
from spikegraph.plugins.registry import Registry

Per = Literal["layer", "channel", "step"]

INITIAL = Key("initial", Real(), None, "the value before training")
PER: Key[Per] = Key(
    "per",
    Choice(("layer", "channel", "step")),
    "layer",
    "one number for a layer of neurons, for each channel, or for each step",
)


class Form(NamedTuple):
    """How a trained parameter a gives a learned number within its bounds: offset + factor * f(a).

    f is a sigmoid between two bounds, an exponential above or below one, and a itself without bounds.
    """

    function: Literal["sigmoid", "exp", "identity"]
    offset: float = 0.0
    factor: float = 1.0

    @property
    def plain(self) -> bool:
        """Whether it is f(a) itself."""
        return (self.offset, self.factor) == (0, 1)

    def parameter(self, value: float) -> float:
        """The trained parameter at which the number has this value.

        Raises:
            ValueError: The number can't have this value.
        """
        x = (value - self.offset) / self.factor
        if not {"sigmoid": 0 < x < 1, "exp": x > 0, "identity": True}[self.function]:
            raise ValueError(f"a learned number can't begin at {value:g}, the end of its range")
        return {"sigmoid": lambda: math.log(x / (1 - x)), "exp": lambda: math.log(x), "identity": lambda: x}[self.function]()


Number = float | CallValue
"""A number, or `learn(initial, per)`, which has both parameters in `named`."""

LEARN = "learn"


@record
class Learnable(ValueType[Number]):
    """A number within bounds, or `learn(...)`: a parameter that training changes, without leaving the bounds."""

    low: float | None = None
    high: float | None = None
    open_low: bool = False
    open_high: bool = False

    @property
    @override
    def words(self) -> str:
        return f"{self._constant.words}, or `learn(...)`"

    @property
    def _constant(self) -> Real:
        return Real(self.low, self.high, open_low=self.open_low, open_high=self.open_high)

    @property
    def form(self) -> "Form":
        """The function of the trained parameter that the number is."""
        match self.low, self.high:
            case None, None:
                return Form("identity")
            case None, high:
                return Form("exp", high, -1.0)
            case low, None:
                return Form("exp", low)
            case low, high:
                return Form("sigmoid", low, high - low)

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[Number] | None:
        if not (isinstance(expr, ast.Call) and expr.function.id == LEARN):
            return self._constant.read(expr, scope)
        initial = replace(INITIAL, type=Real(self.low, self.high, open_low=True, open_high=True))
        signature = Signature(LEARN, (initial, PER), "a number that is trained with the weights")
        bound = bind(signature, expr.function, expr.arguments, scope)
        if bound is None:
            return None
        arguments = tuple(ast.Argument(name, reading.expr, reading.expr.span) for name, reading in bound.items())
        values = {name: reading.value for name, reading in bound.items()}
        return Reading(CallValue(LEARN, (), values, expr.span), ast.Call(expr.function, arguments, expr.span))


SPIKING = ("decay", "threshold", "reset", "surrogate", "detach_reset", "fires", "levels", "spike_at", "decay_input")
"""The keys of `neuron`, besides `model`."""


@record
class ModelSignature(Signature):
    """A neuron model.

    Attributes:
        equation: One time step as text, from the current I[t] and the state to the potential u[t] and the new state, with
            y[t] for the spikes.
        source: Where the equation is from.
        keys: The keys of `neuron` that it uses.
        spikes: If false, its result is a real number.
        remembers: If false, it has no state between time steps.
        constants: For another spelling of `lif`: the keys that it fixes, with their values.
        model: The equations as text; None for a model whose equations are registered for each backend.
    """

    equation: str = ""
    source: str = ""
    keys: tuple[str, ...] = SPIKING
    spikes: bool = True
    remembers: bool = True
    constants: tuple[tuple[str, float], ...] = ()
    model: Model | None = None

    @property
    def types(self) -> Mapping[str, ValueType[Number]]:
        """The types of keys of `neuron` that the model narrows."""
        return {} if self.model is None else {n.name: type_of(n, self.model) for n in self.model.numbers if n.name in self.keys}

    @property
    def defaults(self) -> Mapping[str, str]:
        """The values of keys of `neuron` that the model gives."""
        if self.model is None:
            return {}
        given = {n.name: written_number(n) for n in self.model.numbers}
        given |= {o.name: {"off": "false", "on": "true"}.get(o.value, o.value) for o in self.model.options}
        return {name: value for name, value in given.items() if name in self.keys}


_LIF = "u[t] = decay * v[t-1] + I[t]"

_MODELS = (
    ModelSignature("lif", (), "leaky integrate-and-fire", _LIF, "Eq. 1"),
    ModelSignature(
        "if",
        (),
        "integrate-and-fire: `lif` with decay 1",
        "u[t] = v[t-1] + I[t]",
        "Eq. 1",
        tuple(key for key in SPIKING if key not in ("decay", "decay_input")),
        constants=(("decay", 1.0),),
    ),
    ModelSignature(
        "alif",
        (
            Key("adaptation", Learnable(0, open_low=True), "0.2", "how much a trace of 1 adds to the threshold"),
            Key("adaptation_decay", Learnable(0, 1), "0.95", "share of the trace that remains after a time step"),
        ),
        "adaptive threshold: a trace a of the neuron's spikes is added to it",
        f"{_LIF}; y[t] = 1 where u[t] > threshold + adaptation * a[t-1]; a[t] = adaptation_decay * a[t-1] + y[t]",
        "Bellec et al., Nature Communications 2020",
        tuple(key for key in SPIKING if key != "levels"),
    ),
    ModelSignature(
        "cuba",
        (Key("current_decay", Learnable(0, 1), "0.5", "share of the synaptic current that remains after a time step"),),
        "current-based: a synaptic current s, which decays too, charges the membrane",
        "s[t] = current_decay * s[t-1] + I[t]; u[t] = decay * v[t-1] + s[t]",
        "Davies et al., IEEE Micro 2018",
    ),
    ModelSignature(
        "relu",
        (Key("slope", Real(0, 1), "0", "factor of negative currents; above 0 it is a leaky ReLU"),),
        "no spikes and no state",
        "u[t] = I[t] where I[t] > 0, else slope * I[t]",
        keys=(),
        spikes=False,
        remembers=False,
    ),
)

NEURON_MODELS: Registry[ModelSignature] = Registry(
    "neuron model", "spikegraph.neurons", {m.name: m for m in _MODELS}, kind=ModelSignature
)
"""All neuron models by name: those above, whose texts are in the library too, and the others of the library."""


def signature_of(model: Model) -> ModelSignature:
    """The signature of a model that is written as text."""
    numbers = [
        Key(n.name, type_of(n, model), written_number(n), "a number of the model")
        for n in model.numbers
        if n.name not in SPIKING
    ]
    options = [Key(o.name, Choice(o.words), o.value, "an option of the model") for o in model.options if o.name not in SPIKING]
    equation = "; ".join(equation_lines(model.text))
    return ModelSignature(
        model.name,
        (*numbers, *options),
        "",
        equation,
        keys=model.keys,
        spikes=model.fires,
        remembers=model.remembers,
        model=model,
    )


def type_of(number: Quantity, model: Model) -> Learnable | Real:
    """The values that a number of a model can have."""
    range = number.range
    low, high = (None if math.isinf(end) else end for end in (range.low, range.high))
    kind = Real if number.name in model.fixed else Learnable
    return kind(low, high, open_low=range.open_low and low is not None, open_high=range.open_high and high is not None)


def written_number(number: Quantity) -> str:
    """A number's default as text of the language."""
    value = write_number(abs(number.value))
    value = f"-{value}" if number.value < 0 else value
    return value if number.learned is None else f"learn({value}, per = {number.learned})"


@record
class _ModelOf(CallOf):
    """A model of the spec, or of the library."""

    @override
    def among(self, scope: Scope) -> Mapping[str, Signature]:
        own: dict[str, Signature] = {name: signature_of(model) for name, model in scope.models.items()}
        return ChainMap(own, cast("MutableMapping[str, Signature]", self.known)) if own else self.known

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[CallValue] | None:
        name = expr.id if isinstance(expr, ast.Name) else expr.function.id if isinstance(expr, ast.Call) else None
        known = self.among(scope)
        if name is not None and name not in known and (scope.incomplete or ("model", name) in scope.broken):
            scope.lost = True
            return None
        signature = known.get(name or "")
        if isinstance(expr, ast.Call) and isinstance(signature, ModelSignature):
            model = without_keys(expr, signature.keys, signature, scope)
            if model != expr:
                super().read(model, scope)
                return None
        return super().read(expr, scope)


def register_model(text: str, *, replace: bool = False) -> ModelSignature:
    """Adds a model to those that every spec can name.

    Args:
        text: `model NAME(INPUTS) { ... }`; comments above it say in their first line what it is, in their second its source.
        replace: Whether it may take the place of a model of the same name.

    Raises:
        ValueError: The text isn't one sound model.
        RegistrationError: The name has another model, and `replace` is false.
    """
    what, source = description(text)
    found = signature_of(model_of(text))
    return NEURON_MODELS.register(found.name, _described(found, what, source), replace=replace)


def _described(signature: ModelSignature, what: str, source: str) -> ModelSignature:
    return replace(signature, doc=what, source=source)


def _of_library(name: str) -> ModelSignature:
    what, source = description(library_text(name))
    return _described(signature_of(library_model(name)), what, source)


NEURON_MODELS.read_later((name for name in library() if name not in {m.name for m in _MODELS}), _of_library)
MODEL = _ModelOf("a neuron model", NEURON_MODELS)
