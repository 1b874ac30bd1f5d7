"""The functions that lines of models can call, apart from `fire`, `reset` and `leak`."""

import math
from collections.abc import Callable, Mapping

from spikegraph.base.record import record
from spikegraph.equations.interval import Interval

UNIT = Interval(-1, 1)


@record
class Function:
    """A function of one or more numbers.

    Attributes:
        operands: Names of its operands.
        range: The range of its result for those of its operands.
        doc: What it gives, and its gradient where that isn't plain.
        domain: Where its first operand must be, if not everywhere.
        grows: Whether its result has no bound although a function of a state, so that a state can run away.
    """

    operands: tuple[str, ...]
    range: Callable[..., Interval]
    doc: str
    domain: Interval | None = None
    grows: bool = False


def sigmoid(x: float) -> float:
    """1 / (1 + exp(-x)), 0 far below."""
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def exp(x: float) -> float:
    """e^x, infinite far above."""
    return math.exp(x) if x < 700 else math.inf


def _log(x: float) -> float:
    return math.log(x) if 0 < x < math.inf else math.inf if x > 0 else -math.inf


def _relu(a: Interval) -> Interval:
    return _largest(a, Interval(0, 0))


def _abs(a: Interval) -> Interval:
    return _relu(a) | _relu(-a) if 0 in a else Interval.of(*((abs(value), is_open) for value, is_open in a.ends))


def _least(a: Interval, b: Interval) -> Interval:
    return -_largest(-a, -b)


def _largest(a: Interval, b: Interval) -> Interval:
    """The maximum is at its low end only if both may be, and at its high end if one may be."""
    high, is_closed = max((value, not is_open) for value, is_open in (a.ends[1], b.ends[1]))
    return Interval.of(max(a.ends[0], b.ends[0]), (high, not is_closed))


def _clamp(a: Interval, low: Interval, high: Interval) -> Interval:
    return _least(_largest(a, low), high)


def _same(a: Interval) -> Interval:
    return a


def _either(_: Interval, a: Interval, b: Interval) -> Interval:
    return a | b


def _wave(_: Interval) -> Interval:
    return UNIT


def _through(function: Callable[[float], float]) -> Callable[[Interval], Interval]:
    """The range of a function that never falls."""
    return lambda a: a.through(function)


def _root(x: float) -> float:
    return math.sqrt(max(x, 0))


def _floor(a: Interval) -> Interval:
    return _wholes(a, math.floor, math.floor, lambda x: math.ceil(x) - 1)


def _round(a: Interval) -> Interval:
    return _wholes(a, round, _round_above, lambda x: -_round_above(-x))


def _round_above(x: float) -> int:
    """What numbers just above x round to."""
    return math.floor(x) + (x - math.floor(x) >= 0.5)


def _wholes(a: Interval, at: Callable[[float], int], above: Callable[[float], int], below: Callable[[float], int]) -> Interval:
    """The range of a function to whole numbers that never falls, by its results at a number, just above and just below it.

    A whole number that it comes near to is reached, so that only infinite ends are open.
    """
    (low, open_low), (high, open_high) = a.ends
    return Interval(
        low if math.isinf(low) else float((above if open_low else at)(low)),
        high if math.isinf(high) else float((below if open_high else at)(high)),
    )


FUNCTIONS: Mapping[str, Function] = {
    "relu": Function(("x",), _relu, "x where x > 0, else 0; gradient 0 at 0"),
    "sigmoid": Function(("x",), _through(sigmoid), "1 / (1 + exp(-x))"),
    "tanh": Function(("x",), _through(math.tanh), "hyperbolic tangent"),
    "erf": Function(("x",), _through(math.erf), "error function"),
    "exp": Function(("x",), _through(exp), "exponential", grows=True),
    "log": Function(("x",), _through(_log), "natural logarithm", Interval(0, math.inf, open_low=True)),
    "abs": Function(("x",), _abs, "x without its sign; gradient 0 at 0"),
    "min": Function(("x", "y"), _least, "the smaller; where they are equal, the gradient goes to y"),
    "max": Function(("x", "y"), _largest, "the larger; where they are equal, the gradient goes to y"),
    "clamp": Function(
        ("x", "low", "high"), _clamp, "x within low and high, constants of which a lower high counts; gradient 0 from there on"
    ),
    "sin": Function(("x",), _wave, "sine"),
    "cos": Function(("x",), _wave, "cosine"),
    "sqrt": Function(("x",), _through(_root), "square root", Interval(0)),
    "where": Function(("condition", "x", "y"), _either, "x where the condition holds, else y"),
    "detach": Function(("x",), _same, "x, with gradient 0"),
    "straight": Function(("x",), _same, "x, where `round` and `floor` have gradient 1"),
    "round": Function(("x",), _round, "the nearest whole number, of two the even one; gradient 0"),
    "floor": Function(("x",), _floor, "the largest whole number up to x; gradient 0"),
}
"""By name."""
