"""The registry of neuron models: what a spec can write at `model`, with the equation of each, and numbers that are learned."""

from dataclasses import replace
from typing import Literal

from typing_extensions import override

from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.schema.calls import CallOf, Signature, bind
from spikegraph.dsl.schema.key import Key, Reading, Scope, ValueType
from spikegraph.dsl.schema.names import Choice
from spikegraph.dsl.schema.scalars import Real
from spikegraph.dsl.values import CallValue
from spikegraph.plugins.registry import Registry

Per = Literal["layer", "channel"]

INITIAL = Key("initial", Real(), None, "the value before training")
PER: Key[Per] = Key("per", Choice(("layer", "channel")), "layer", "one number for a layer of neurons, or for each channel")

Number = float | CallValue
"""A number, or `learn(initial, per)`, which has both parameters in `named`."""

LEARN = "learn"


@record
class Learnable(ValueType[Number]):
    """A number within bounds, or `learn(...)`: a parameter that training changes, without leaving the bounds."""

    low: float | None = None
    high: float | None = None
    open_low: bool = False

    def __post_init__(self) -> None:
        """Check that there is a function to stay within the bounds.

        Raises:
            ValueError: The bounds are others than none, above 0, and from 0 to 1.
        """
        if (self.low, self.high) not in ((None, None), (0, None), (0, 1)):
            raise ValueError("a number that can be learned has no bounds, is above 0, or lies between 0 and 1")

    @property
    @override
    def words(self) -> str:
        return f"{self._constant.words}, or `learn(...)`"

    @property
    def _constant(self) -> Real:
        return Real(self.low, self.high, open_low=self.open_low)

    @property
    def form(self) -> Literal["sigmoid", "exp", "identity"]:
        """The function of the trained parameter that the number is: between two bounds a sigmoid, above 0 an exponential."""
        return "identity" if self.low is None else "exp" if self.high is None else "sigmoid"

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
    """

    equation: str = ""
    source: str = ""
    keys: tuple[str, ...] = SPIKING
    spikes: bool = True
    remembers: bool = True
    constants: tuple[tuple[str, float], ...] = ()


_LIF = "u[t] = decay * v[t-1] + I[t]"

NEURON_MODELS: Registry[ModelSignature] = Registry(
    "neuron model",
    "spikegraph.neurons",
    {
        signature.name: signature
        for signature in (
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
    },
)
"""All neuron models by name; each backend has their equations under the same names."""

MODEL = CallOf("a neuron model", NEURON_MODELS)
