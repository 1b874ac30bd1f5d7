"""The registry of surrogate gradients that a spec can use.

A spike is a step function of the membrane potential `u`, whose derivative is zero almost everywhere. Training
replaces this derivative by a surrogate `dy/du`, a bump around the threshold. Formulas use `x = u - threshold`, so
that a surrogate is centred on the threshold of its neuron. The functions in this module take single numbers, for
plots and tests; each backend has its own functions under the same names. Equations and sections are those of Che et
al., "Differentiable hierarchical and surrogate gradient search for spiking neural networks", NeurIPS 2022.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, field_validator, model_serializer

from spikegraph.base.record import record
from spikegraph.plugins.registry import Registry

INITIAL_B = 3.0
"""Default of `b` (section 10: all surrogates start with b = 3)."""


def _initial_b() -> Mapping[str, float]:
    return MappingProxyType({"b": INITIAL_B})


@record
class SurrogateDef:
    """Definition of a surrogate gradient.

    Attributes:
        name: Name in a spec; an identifier.
        doc: Description in one line.
        formula: dy/du as text, in x = u - threshold and the parameters.
        source: Equation or section of the paper.
        derivative: Function of x and b that returns dy/du.
        parameters: Defaults of the parameters by name; the only parameter is `b`, which is positive.
        by_b: Function of x and b that returns the derivative by b of the smoothed spike, which is the integral of the
            surrogate from 0 to x, plus 1/2; None if b can't be learned.
    """

    name: str
    doc: str
    formula: str
    source: str
    derivative: Callable[[float, float], float]
    parameters: Mapping[str, float] = field(default_factory=_initial_b)
    by_b: Callable[[float, float], float] | None = None

    def __post_init__(self) -> None:
        """Check the name and the parameters.

        Raises:
            ValueError: The name is not an identifier, or the only parameter is not `b`.
        """
        if not self.name.isidentifier():
            raise ValueError(f"the surrogate's name {self.name!r} is not an identifier")
        if set(self.parameters) != {"b"}:
            raise ValueError(f"the surrogate {self.name!r} must have the one parameter `b`")


class Surrogate(BaseModel):
    """The surrogate gradient of a neuron in a graph: a registered name and a value of `b`.

    With `learned`, training changes b from this value: one for a layer of neurons, or one for each channel.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: str
    b: float = Field(default=INITIAL_B, gt=0, allow_inf_nan=False)
    learned: Literal["layer", "channel"] | None = None

    @model_serializer(mode="wrap")
    def _brief(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Name and b, and `learned` if b is."""
        return {k: v for k, v in handler(self).items() if k != "learned" or v is not None}

    @field_validator("name")
    @classmethod
    def _registered(cls, name: str) -> str:
        if name not in SURROGATES:
            raise ValueError(f"no surrogate is called {name!r}; there are {', '.join(sorted(SURROGATES))}")
        return name

    def __str__(self) -> str:
        """Format as in a spec: `dspike(b = 3)`."""
        b = str(int(self.b)) if self.b == math.floor(self.b) else repr(self.b)
        return f"{self.name}(b = {b})" if self.learned is None else f"{self.name}(b = learn({b}, per = {self.learned}))"


def _dspike_by_b(x: float, b: float) -> float:
    if abs(x) > 0.5:
        return 0.0
    half = math.tanh(b / 2)
    return x * (1 - math.tanh(b * x) ** 2) / (2 * half) - math.tanh(b * x) * (1 - half**2) / (4 * half**2)


_BUILT_IN = (
    SurrogateDef(
        "dspike",
        "derivative of a tanh with temperature b, scaled to rise from 0 to 1 over a unit interval; narrower with larger b",
        "b / 2 * (1 - tanh(b * x)^2) / tanh(b / 2) where |x| <= 1/2, else 0",
        "Eq. 14",
        lambda x, b: b / 2 * (1 - math.tanh(b * x) ** 2) / math.tanh(b / 2) if abs(x) <= 0.5 else 0.0,
        by_b=_dspike_by_b,
    ),
    SurrogateDef(
        "triangle",
        "triangle of height b and half-width 1",
        "b * max(0, 1 - |x|)",
        "Eq. 15",
        lambda x, b: b * max(0.0, 1 - abs(x)),
        by_b=lambda x, b: max(-1.0, min(1.0, x)) * (1 - min(1.0, abs(x)) / 2),
    ),
    SurrogateDef(
        "superspike",
        "derivative of a fast sigmoid, of height 1; narrower with larger b",
        "1 / (b * |x| + 1)^2",
        "Eq. 16",
        lambda x, b: 1 / (b * abs(x) + 1) ** 2,
        by_b=lambda x, b: -x * abs(x) / (b * abs(x) + 1) ** 2,
    ),
    SurrogateDef(
        "arctan",
        "derivative of an arc tangent, of height b / 3",
        "(b / 3) / (1 + (pi * x)^2)",
        "Eq. 17",
        lambda x, b: (b / 3) / (1 + (math.pi * x) ** 2),
        by_b=lambda x, b: math.atan(math.pi * x) / (3 * math.pi),
    ),
    SurrogateDef(
        "rectangular",
        "rectangle of height b and width 1 / b, so its area is 1; narrower with larger b",
        "b where |x| <= 1 / (2 * b), else 0",
        "section 3.1",
        lambda x, b: b if abs(x) * b <= 0.5 else 0.0,
        by_b=lambda x, b: x if abs(x) * b <= 0.5 else 0.0,
    ),
    SurrogateDef(
        "exponential",
        "two-sided exponential of area 1 with decay length 1 / b",
        "b / 2 * exp(-b * |x|)",
        "section 3.1",
        lambda x, b: b / 2 * math.exp(-b * abs(x)),
        by_b=lambda x, b: x / 2 * math.exp(-b * abs(x)),
    ),
    SurrogateDef(
        "sigmoid",
        "derivative of a logistic function of slope b, of height b / 4; narrower with larger b",
        "b * s * (1 - s) with s = 1 / (1 + exp(-b * x))",
        "Neftci et al., IEEE Signal Processing Magazine 2019",
        lambda x, b: b / (2 + 2 * math.cosh(b * x)) if abs(b * x) < 700 else 0.0,
        by_b=lambda x, b: x / (2 + 2 * math.cosh(b * x)) if abs(b * x) < 700 else 0.0,
    ),
    SurrogateDef(
        "cauchy",
        "derivative of an arc tangent of area 1 and height b / 2; narrower with larger b; `arctan(b = 3)` with b = 2",
        "b / 2 / (1 + (pi / 2 * b * x)^2)",
        "Fang et al., ICCV 2021",
        lambda x, b: b / 2 / (1 + (math.pi / 2 * b * x) ** 2),
        by_b=lambda x, b: x / 2 / (1 + (math.pi / 2 * b * x) ** 2),
    ),
    SurrogateDef(
        "softsign",
        "derivative of a fast sigmoid, of area 1 and height b / 2; narrower with larger b",
        "b / 2 / (1 + b * |x|)^2",
        "Zenke and Ganguli, Neural Computation 2018",
        lambda x, b: b / 2 / (1 + b * abs(x)) ** 2,
        by_b=lambda x, b: x / 2 / (1 + b * abs(x)) ** 2,
    ),
    SurrogateDef(
        "gaussian",
        "bell curve of area 1 and height b / sqrt(pi), derivative of the error function; narrower with larger b",
        "b / sqrt(pi) * exp(-(b * x)^2)",
        "Yin et al., ICONS 2020",
        lambda x, b: b / math.sqrt(math.pi) * math.exp(-((b * x) ** 2)),
        by_b=lambda x, b: x / math.sqrt(math.pi) * math.exp(-((b * x) ** 2)),
    ),
    SurrogateDef(
        "hat",
        "triangle of height b and half-width 1 / b, so its area is 1; narrower with larger b",
        "b * max(0, 1 - b * |x|)",
        "Esser et al., PNAS 2016",
        lambda x, b: b * max(0.0, 1 - b * abs(x)),
        by_b=lambda x, b: x * max(0.0, 1 - b * abs(x)),
    ),
    SurrogateDef(
        "open_rectangular",
        "`rectangular` without its ends: where a potential of 0 lies at one of them, silent neurons have no gradient",
        "b where |x| < 1 / (2 * b), else 0",
        "Wu et al., Frontiers in Neuroscience 2018, as usually programmed",
        lambda x, b: b if abs(x) * b < 0.5 else 0.0,
        by_b=lambda x, b: x if abs(x) * b < 0.5 else 0.0,
    ),
)

SURROGATES: Registry[SurrogateDef] = Registry(
    "surrogate", "spikegraph.surrogates", {definition.name: definition for definition in _BUILT_IN}, kind=SurrogateDef
)
"""All surrogates by name."""


def register_surrogate(definition: SurrogateDef, *, replace: bool = False) -> SurrogateDef:
    """Adds a surrogate to the registry and returns it; each backend registers its own function for it.

    Raises:
        RegistrationError: A surrogate of this name is registered already, and `replace` is false.
    """
    return SURROGATES.register(definition.name, definition, replace=replace)
