"""The surrogates that compiled code has."""

import math

SURROGATES = ("dspike", "triangle", "superspike", "arctan", "rectangular", "exponential")
"""Those of the library, in its order."""

GENERATED_SURROGATES = (*SURROGATES, "sigmoid", "cauchy", "softsign", "gaussian", "hat")
"""Those of generated steps."""


def scale(surrogate: str, b: float) -> float:
    """The factor in a surrogate's formula that depends only on b."""
    if surrogate == "dspike":
        return b / (2 * math.tanh(b / 2))
    divisors = {"arctan": 3.0, "exponential": 2.0, "cauchy": 2.0, "softsign": 2.0, "gaussian": math.sqrt(math.pi)}
    return b / divisors.get(surrogate, 1.0)
