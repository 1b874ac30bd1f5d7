"""The surrogates that compiled code has."""

import math

from spikegraph.equations.terms import Apply, Constant, Term

SURROGATES = ("dspike", "triangle", "superspike", "arctan", "rectangular", "exponential")
"""Those of the library, in its order."""

GENERATED_SURROGATES = (*SURROGATES, "sigmoid", "cauchy", "softsign", "gaussian", "hat")
"""Those of generated steps."""


_DIVISORS = {"arctan": 3.0, "exponential": 2.0, "cauchy": 2.0, "softsign": 2.0, "gaussian": math.sqrt(math.pi)}


def scale(surrogate: str, b: float) -> float:
    """The factor in a surrogate's formula that depends only on b."""
    return b / (2 * math.tanh(b / 2)) if surrogate == "dspike" else b / _DIVISORS.get(surrogate, 1.0)


def scale_of(surrogate: str, b: Term) -> Term:
    """The same as a term."""
    if surrogate == "dspike":
        half = Apply("tanh", (Apply("/", (b, Constant(2.0))),))
        return Apply("/", (b, Apply("*", (Constant(2.0), half))))
    return Apply("/", (b, Constant(_DIVISORS.get(surrogate, 1.0))))
