"""The registry of surrogate gradients: what a spec may name, and what each name means.

A spike is a step function of the membrane potential `u`; its derivative is zero almost everywhere. Training
replaces that derivative by a surrogate `dy/du`, a bump around the threshold. Formulas are written in
`x = u - threshold`, so that a surrogate is centred on the threshold of its neuron, whatever that is. Here they
take single numbers, for plots and tests; each backend has its own table of functions under the same names.
Equations and sections are those of "Differentiable hierarchical and surrogate gradient search for spiking
neural networks" (SpikeDHS).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field, field_validator

INITIAL_B = 3.0
"""`b` by default (paper, 10: all surrogates start with b = 3)."""


def _initial_b() -> Mapping[str, float]:
    return MappingProxyType({"b": INITIAL_B})


@dataclass(frozen=True)
class SurrogateDef:
    """A surrogate gradient that specs may name.

    Attributes:
        name: the name in a spec, an identifier.
        doc: what it is, in one line.
        formula: dy/du as text, in x = u - threshold and the parameters.
        source: the equation or section of the paper.
        derivative: dy/du at x with b.
        parameters: the names of the parameters and their defaults; always with `b`, which is positive.
    """

    name: str
    doc: str
    formula: str
    source: str
    derivative: Callable[[float, float], float]
    parameters: Mapping[str, float] = field(default_factory=_initial_b)

    def __post_init__(self) -> None:
        """Refuse a definition that no spec could use.

        Raises:
            ValueError: the name is not an identifier, or the only parameter is not `b`.
        """
        if not self.name.isidentifier():
            raise ValueError(f"the surrogate's name {self.name!r} is not an identifier")
        if set(self.parameters) != {"b"}:
            raise ValueError(f"the surrogate {self.name!r} must have the one parameter `b`")


class Surrogate(BaseModel):
    """A surrogate gradient as a neuron of the graph carries it: a registered name and its `b`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    b: float = Field(default=INITIAL_B, gt=0, allow_inf_nan=False)

    @field_validator("name")
    @classmethod
    def _registered(cls, name: str) -> str:
        if name not in SURROGATES:
            raise ValueError(f"no surrogate is called {name!r}; there are {', '.join(sorted(SURROGATES))}")
        return name

    def __str__(self) -> str:
        """Give the surrogate as a spec writes it: `dspike(b = 3)`."""
        b = str(int(self.b)) if self.b == math.floor(self.b) else repr(self.b)
        return f"{self.name}(b = {b})"


SURROGATES: dict[str, SurrogateDef] = {}
"""Every surrogate that a spec may name, by its name."""


def register_surrogate(definition: SurrogateDef) -> SurrogateDef:
    """Add a surrogate to the registry; a backend's function for it is registered in that backend.

    Args:
        definition: the surrogate.

    Returns:
        The same definition.

    Raises:
        ValueError: the name is taken.
    """
    if definition.name in SURROGATES:
        raise ValueError(f"a surrogate called {definition.name!r} is registered already")
    SURROGATES[definition.name] = definition
    return definition


for _definition in (
    SurrogateDef(
        "dspike",
        "the slope of a tanh of temperature b scaled to rise from 0 to 1 over a unit interval; narrower with larger b",
        "b / 2 * (1 - tanh(b * x)^2) / tanh(b / 2) where |x| <= 1/2, else 0",
        "Eq. 14",
        lambda x, b: b / 2 * (1 - math.tanh(b * x) ** 2) / math.tanh(b / 2) if abs(x) <= 0.5 else 0.0,
    ),
    SurrogateDef(
        "triangle",
        "a triangle of height b and half-width 1",
        "b * max(0, 1 - |x|)",
        "Eq. 15",
        lambda x, b: b * max(0.0, 1 - abs(x)),
    ),
    SurrogateDef(
        "superspike",
        "the slope of a fast sigmoid, of height 1; narrower with larger b",
        "1 / (b * |x| + 1)^2",
        "Eq. 16",
        lambda x, b: 1 / (b * abs(x) + 1) ** 2,
    ),
    SurrogateDef(
        "arctan",
        "the slope of an arc tangent, of height b / 3",
        "(b / 3) / (1 + (pi * x)^2)",
        "Eq. 17",
        lambda x, b: (b / 3) / (1 + (math.pi * x) ** 2),
    ),
    SurrogateDef(
        "rectangular",
        "a rectangle of height b and width 1 / b, so of unit area; narrower with larger b",
        "b where |x| <= 1 / (2 * b), else 0",
        "section 3.1",
        lambda x, b: b if abs(x) * b <= 0.5 else 0.0,
    ),
    SurrogateDef(
        "exponential",
        "a two-sided exponential of unit area that decays over a length of 1 / b",
        "b / 2 * exp(-b * |x|)",
        "section 3.1",
        lambda x, b: b / 2 * math.exp(-b * abs(x)),
    ),
):
    register_surrogate(_definition)
