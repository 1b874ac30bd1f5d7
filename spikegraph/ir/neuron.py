"""The parameters of neurons in a graph (Che et al., NeurIPS 2022, Eq. 1)."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator
from typing_extensions import override

from spikegraph.dsl.models.library import library, library_model
from spikegraph.dsl.models.texts import model_of
from spikegraph.dsl.schema.neuron import MOST_LEVELS, MOST_STEPS
from spikegraph.dsl.schema.neuron import Neuron as Declaration
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS, Form, Learnable, ModelSignature, signature_of
from spikegraph.dsl.schema.record import keys
from spikegraph.equations.model import Equations, Model
from spikegraph.equations.silent import numbers_of_silent
from spikegraph.ir.surrogates import SURROGATES, Surrogate
from spikegraph.ir.traits import Data
from spikegraph.ir.types import Kind, Value
from spikegraph.plugins.later import later

EQUATION_1 = ("decay", "threshold", "reset", "detach_reset", "surrogate")
"""The fields that Eq. 1 and its training have."""


TEMPERATURE = "temperature"
"""The name of the parameter that b of the surrogate is trained as, where the model has no number or matrix of this name."""


class Constant(Data):
    """A number of a model itself, such as the strength of an adaptation."""

    name: str
    value: float = Field(allow_inf_nan=False)


class Chosen(Data):
    """The word that an option of a model has."""

    name: str
    word: str


class Learned(Data):
    """A number that training changes from its value here: one for a layer of neurons, for each channel, or for each step."""

    name: str
    per: Literal["layer", "channel", "step"] = "layer"


class Neuron(Data):
    """A spiking neuron; by default leaky integrate-and-fire (Eq. 1), whose `u[t]` other models replace.

    u[t] = decay * v[t-1] + I[t];  y[t] = u[t] > threshold;  v[t] = u[t] * (1 - y[t]), or u[t] - threshold * y[t]

    u: membrane potential, dimensionless, [T, N, C, H, W]; v, the potential after the reset, is 0 before the first step
    y: spikes, 0 or 1, same shape; with `levels` the number of multiples of the threshold that u exceeds, up to `levels`
    I: input current, same shape; times 1 - decay if `decay_input`
    model: name of the model in `NEURON_MODELS`, which has its equation
    decay: tau of the paper, 0 to 1 per step; 0 is a binary neuron without memory
    threshold: V_th, in the unit of u
    reset: `hard` sets u to 0 after a spike, `soft` subtracts the threshold for each spike; `late` subtracts it from the
        potential that has decayed, one step later: u[t] = decay * u[t-1] - threshold * y[t-1] + I[t]
    detach_reset: if true, no gradient flows through the reset
    surrogate: replaces dy/du in the backward pass
    fires: if false, there are no spikes and no reset, and the result is u
    spike_at: `reached` if u equal to a multiple of the threshold counts it; `nearest` counts u / threshold,
        rounded, halves to the even number
    steps: number of time steps of a model that has all at once; None for the network's `time`
    constants: numbers of the model itself
    learned: numbers among these that training changes
    options: words of the model's options, in their order
    text: the model's equations as text of the language; empty for one of `NEURON_MODELS`
    """

    model: str = "lif"
    decay: float = Field(0.2, ge=0, le=1)
    threshold: float = Field(0.5, gt=0)
    reset: Literal["hard", "soft", "late"] = "hard"
    detach_reset: bool = False
    surrogate: Surrogate = Surrogate.model_construct(name="dspike")  # not looked up while modules are imported
    fires: bool = True
    levels: int = Field(1, ge=1, le=MOST_LEVELS)
    spike_at: Literal["above", "reached", "nearest"] = "above"
    decay_input: bool = False
    steps: int | None = Field(default=None, ge=1, le=MOST_STEPS)
    constants: tuple[Constant, ...] = ()
    learned: tuple[Learned, ...] = ()
    options: tuple[Chosen, ...] = ()
    text: str = ""

    def _repr_svg_(self) -> str | None:
        """Its answers to currents, for notebooks; None of a model that is code or has all time steps at once."""
        shown: str | None = later("spikegraph.api.neuron_picture:shown")(self)
        return shown

    @override
    def __hash__(self) -> int:
        """A hash of all fields, so that what follows from a neuron is made once."""
        return hash(tuple(self.__dict__.values()))

    @model_serializer(mode="wrap")
    def _brief(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """All fields of Eq. 1, and of the others those that differ from their default."""
        fields = type(self).model_fields
        return {k: v for k, v in handler(self).items() if k in EQUATION_1 or getattr(self, k) != fields[k].default}

    @model_validator(mode="after")
    def _fits_its_model(self) -> "Neuron":
        if self.registered == "lif" and not self.constants and not self.learned:
            return self
        model = signature_of(model_of(self.text)) if self.text else NEURON_MODELS.get(self.model)
        if model is None or model.constants:
            raise ValueError(f"no neuron model is called {self.model!r}; there are {', '.join(sorted(NEURON_MODELS))}")
        unknown = sorted(set() if model.model is None else model.model.surrogates - SURROGATES.keys())
        if unknown:
            raise ValueError(f"the text of {self.model!r} has the surrogate {unknown[0]!r}, which isn't registered")
        if model.name != self.model:
            raise ValueError(f"the text of {self.model!r} is that of {model.name!r}")
        own = {c.name for c in self.constants} | {o.name for o in self.options}
        if own != {k.name for k in model.parameters} or len(own) < len(self.constants) + len(self.options):
            raise ValueError(f"the constants of {self.model!r} are {', '.join(k.name for k in model.parameters) or 'none'}")
        self._check_ranges(model)
        known = learnable(model)
        stepwise = model.model is not None and model.model.over_time
        for learned in self.learned:
            if learned.per == "step" and not stepwise:
                raise ValueError(f"{learned.name!r} of {self.model!r} can't be learned for each step")
            if learned.name not in known:
                raise ValueError(f"{learned.name!r} of {self.model!r} can't be learned")
            known[learned.name].form.parameter(self.number(learned.name))
        return self

    def _check_ranges(self, model: ModelSignature) -> None:
        if model.model is None:
            return
        for number in model.model.numbers:
            if self.number(number.name) not in number.range:
                raise ValueError(f"{number.name!r} of {self.model!r} is {self.number(number.name):g}, not in {number.range}")
        for option in model.model.options:
            if self.word(option.name) not in option.words:
                raise ValueError(
                    f"{option.name!r} of {self.model!r} is {self.word(option.name)!r}, not {' or '.join(option.words)}"
                )

    @property
    def registered(self) -> str:
        """The name of its model in registries; empty if the model is the spec's own text."""
        return "" if self.text else self.model

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of its currents; one without a name for a model that isn't text."""
        model = None if self.registered == "lif" else self.written_model
        return ("I",) if model is None else model.inputs

    @property
    def untempered(self) -> "Neuron":
        """The neuron with b = 1 in its surrogate."""
        return self.model_copy(update={"surrogate": self.surrogate.model_copy(update={"b": 1.0})})

    @property
    def silent(self) -> "Neuron":
        """The same neuron that never fires."""
        return self.model_copy(update={"fires": False, "levels": 1})

    @property
    def signature(self) -> ModelSignature:
        """The model's entry in the registry."""
        return signature_of(model_of(self.text)) if self.text else NEURON_MODELS[self.model]

    @property
    def written_model(self) -> Model | None:
        """The model whose text it has; None for one whose equations a plug-in registers for each backend."""
        if self.text:
            return model_of(self.text)
        known = NEURON_MODELS.get(self.model)
        if known is None or known.model is not None:
            return None if known is None else known.model
        return library_model(self.model) if self.model in library() and NEURON_MODELS.is_built_in(self.model) else None

    @property
    def equations(self) -> Equations | None:
        """Those of a model that is text, for the words of its options."""
        model = self.written_model
        return None if model is None else model.variants[tuple(self.word(option.name) for option in model.options)]

    def word(self, option: str) -> str:
        """The word of an option.

        Raises:
            KeyError: There is no such option.
        """
        return {"decay_input": "on" if self.decay_input else "off", **{o.name: o.word for o in self.options}}[option]

    @property
    def spikes(self) -> bool:
        """True if its result is spikes or counts of spikes, false if it is a real number."""
        return self.fires and (self.registered == "lif" or self.signature.spikes)

    @property
    def plain(self) -> bool:
        """True for the neuron of Eq. 1 without anything added, which compiled code computes."""
        return self.leaks_only and self.fires and self.levels == 1 and self.spike_at == "above" and self.reset != "late"

    @property
    def leaks_only(self) -> bool:
        """True if u[t] = decay * v[t-1] + I[t] with constants."""
        return self.registered == "lif" and not self.trained and not self.decay_input

    def number(self, name: str) -> float:
        """The constant, or the value before training, of `decay`, `threshold`, b or a number of the model itself.

        Raises:
            KeyError: There is no such number.
        """
        own: Mapping[str, float] = {"decay": self.decay, "threshold": self.threshold, self.temperature: self.surrogate.b}
        return {**own, **{c.name: c.value for c in self.constants}}[name]

    def result(self, x: Value) -> Value:
        """The type of the result for a current of type `x`."""
        steps = x.steps if self.registered != "lif" and not self.signature.remembers else True
        if not self.spikes:
            return x.with_(kind=Kind.REAL, steps=steps)
        equations = None if self.registered == "lif" else self.equations
        if equations is not None and equations.spikes == "sign":
            return x.with_(kind=Kind.EVENTS, steps=steps)
        bound = self.levels if equations is None or equations.bound is None else equations.bound
        return x.with_(kind=Kind.SPIKE if bound == 1 else Kind.COUNT, bound=bound, steps=steps)

    @property
    def temperature(self) -> str:
        """The name of b of the surrogate among the numbers of the model, and that of its trained parameter."""
        model, name = self.written_model, TEMPERATURE
        taken = {c.name for c in self.constants} | {m.name for m in (model.matrices if model else ())}
        while name in taken:
            name = f"surrogate_{name}"
        return name

    @property
    def trained(self) -> tuple[Learned, ...]:
        """What is learned, with b of the surrogate; without spikes neither that nor a threshold of these alone."""
        if not self.spikes:
            return tuple(n for n in self.learned if n.name != "threshold" or self._potential_has(n.name))
        per = self.surrogate.learned
        return self.learned if per is None else (*self.learned, Learned(name=self.temperature, per=per))

    def _potential_has(self, number: str) -> bool:
        """Whether the result of a neuron that never fires depends on a number."""
        equations = None if self.registered == "lif" else self.equations
        return equations is not None and number in numbers_of_silent(equations, self.reset)

    def weights(self, channels: int, steps: int = 1) -> dict[str, tuple[int, ...]]:
        """Shapes of the trained parameters by name: [1], [C] for each channel, or [T] for each step."""
        return {n.name: ({"layer": 1, "channel": channels, "step": steps}[n.per],) for n in self.trained}

    def initial(self) -> dict[str, float]:
        """The trained parameters before training, by name."""
        return {n.name: self.form(n.name).parameter(self.number(n.name)) for n in self.trained}

    def form(self, name: str) -> Form:
        """The function of its trained parameter that a learned number is."""
        return Form("exp") if name == self.temperature else learnable(self.signature)[name].form

    def written(self) -> dict[str, str]:
        """Its keys as in a spec, without the surrogate: those of Eq. 1, and others that differ from their default."""
        per = {n.name: n.per for n in self.learned}
        numbers = {"decay": self.decay, "threshold": self.threshold} | {c.name: c.value for c in self.constants}
        found = {k: f"learn({v}, per = {per[k]})" if k in per else str(v) for k, v in numbers.items()}
        for name in ("reset", "detach_reset", "fires", "levels", "spike_at", "decay_input", "steps"):
            value = getattr(self, name)
            if name in ("reset", "detach_reset") or value != type(self).model_fields[name].default:
                found[name] = str(value).lower() if isinstance(value, bool) else str(value)
        if self.registered == "lif":
            return found
        found |= {o.name: o.word for o in self.options}
        has = (*self.signature.keys, *(c.name for c in self.constants), *(o.name for o in self.options))
        return {"model": self.model, **{k: v for k, v in found.items() if k in has}}


def learnable(model: ModelSignature) -> dict[str, Learnable]:
    """The numbers of a model that can be learned, with their bounds."""
    own = {k.name: model.types.get(k.name, k.type) for k in keys(Declaration) if k.name in model.keys}
    found = own | {k.name: k.type for k in model.parameters}
    return {name: type_ for name, type_ in found.items() if isinstance(type_, Learnable)}
