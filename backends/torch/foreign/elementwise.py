"""Which functions of PyTorch compute each number by itself, and how a model of the language writes them."""

from collections.abc import Callable, Mapping
from typing import Any

from spikegraph.equations.terms import Apply, Constant, Fire, Term

Operand = Term | float | bool | None
"""What a function is given: a term, or a number of the code."""

COMPARES = {
    "gt": ">",
    "greater": ">",
    "ge": ">=",
    "greater_equal": ">=",
    "lt": "<",
    "less": "<",
    "le": "<=",
    "less_equal": "<=",
}

_CONDITIONS = (">", ">=", "<", "<=", "and", "or", "not")


class NotATermError(Exception):
    """A function has no term in the language."""


def is_condition(term: Term) -> bool:
    """Whether a term is true or false, not a number."""
    return isinstance(term, Apply) and term.function in _CONDITIONS


def number(given: Operand) -> Term:
    """An operand as a number: a comparison is 1 where it holds, without a gradient."""
    match given:
        case bool() | int() | float():
            return Constant(float(given))
        case Apply(">" | ">=" as sign, (left, right)):
            return Fire(detached(left), detached(right), None, "reached" if sign == ">=" else None)
        case Apply("<" | "<=" as sign, (left, right)):
            return number(Apply(">" if sign == "<" else ">=", (right, left)))
        case Apply("not", (condition,)):
            return Apply("-", (Constant(1.0), number(condition)))
        case Apply("and", (left, right)):
            return Apply("*", (number(left), number(right)))
        case None | Apply("or"):
            raise NotATermError
        case _:
            return given


def condition(given: Operand) -> Term:
    """An operand as a condition: a number holds where it isn't 0, which spikes are if they are above 0."""
    if isinstance(given, Term) and is_condition(given):
        return given
    if isinstance(given, Fire):
        return Apply(">", (given, Constant(0.0)))
    raise NotATermError


def detached(term: Term) -> Term:
    """A term without gradient."""
    return term if isinstance(term, Constant) else Apply("detach", (term,))


def _binary(sign: str, *, swapped: bool = False) -> Callable[..., Term]:
    def of(x: Operand, y: Operand, *, alpha: float = 1, rounding_mode: Any = None, out: Any = None) -> Term:
        if rounding_mode is not None or out is not None:
            raise NotATermError
        left, right = (number(y), number(x)) if swapped else (number(x), number(y))
        if alpha != 1:
            right = Apply("*", (Constant(float(alpha)), right))
        return folded(Apply(sign, (left, right)))

    return of


def folded(term: Apply) -> Term:
    """A sum with 0, or a product with 1, as its other operand; results and gradients are the same."""
    match term:
        case Apply("+", (Constant(0.0), x)) | Apply("+" | "-", (x, Constant(0.0))):
            return x
        case Apply("-", (Constant(0.0), x)):
            return Apply("neg", (x,))
        case Apply("*", (Constant(1.0), x)) | Apply("*" | "/", (x, Constant(1.0))):
            return x
        case _:
            return term


def _plain(name: str, operands: int = 1) -> Callable[..., Term]:
    def of(*given: Operand, **rest: Any) -> Term:
        if len(given) != operands or any(rest.values()):
            raise NotATermError
        return Apply(name, tuple(number(g) for g in given))

    return of


def _compared(sign: str) -> Callable[..., Term]:
    def of(x: Operand, y: Operand) -> Term:
        return Apply(sign, (number(x), number(y)))

    return of


def _power(x: Operand, exponent: Any) -> Term:
    if exponent not in (2, 3):
        raise NotATermError
    square = Apply("*", (number(x), number(x)))
    return square if exponent == 2 else Apply("*", (square, number(x)))


def _where(given: Operand, x: Operand, y: Operand) -> Term:
    held, one, other = condition(given), number(x), number(y)
    if (one, other) == (Constant(1.0), Constant(0.0)):
        return number(held)
    return Apply("where", (held, one, other))


def _clamp(x: Operand, low: Any = None, high: Any = None, **ends: Any) -> Term:
    low, high = ends.get("min", low), ends.get("max", high)
    if any(isinstance(end, Term) for end in (low, high)):
        raise NotATermError
    if low is None or high is None:
        name, end = ("max", low) if high is None else ("min", high)
        return Apply("relu", (number(x),)) if (name, end) == ("max", 0) else Apply(name, (number(x), number(end)))
    return Apply("clamp", (number(x), number(low), number(high)))


def _same(x: Operand, *_: Any, **__: Any) -> Term:
    if x is None or isinstance(x, bool | int | float):
        raise NotATermError
    return x


def _as_number(x: Operand, *_: Any, **__: Any) -> Term:
    return number(x)


def _as_condition(x: Operand) -> Term:
    return condition(x)


def _filled(x: Operand, mask: Operand, value: Operand) -> Term:
    return Apply("where", (condition(mask), number(value), number(x)))


def _both(name: str) -> Callable[..., Term]:
    def of(x: Operand, y: Operand) -> Term:
        return Apply(name, (condition(x), condition(y)))

    return of


def _square(x: Operand) -> Term:
    return _power(x, 2)


def _at_most(x: Operand, high: Any) -> Term:
    return _clamp(x, None, high)


def _detach(x: Operand) -> Term:
    return detached(number(x))


def _not(x: Operand) -> Term:
    return Apply("not", (condition(x),))


ELEMENTWISE: Mapping[str, Callable[..., Term]] = {
    **{name: _binary("+") for name in ("add", "iadd")},
    **{name: _binary("-") for name in ("sub", "isub", "subtract")},
    "rsub": _binary("-", swapped=True),
    **{name: _binary("*") for name in ("mul", "imul", "multiply")},
    **{name: _binary("/") for name in ("truediv", "itruediv", "div", "divide", "true_divide")},
    **{name: _plain("neg") for name in ("neg", "negative")},
    **dict.fromkeys(("pow", "float_power"), _power),
    "square": _square,
    **{name: _compared(sign) for name, sign in COMPARES.items()},
    "where": _where,
    "masked_fill": _filled,
    **{
        name: _plain(name)
        for name in ("sigmoid", "tanh", "erf", "exp", "log", "abs", "relu", "sqrt", "sin", "cos", "round", "floor")
    },
    **{name: _plain(name[:3], 2) for name in ("minimum", "maximum", "min", "max")},
    **dict.fromkeys(("clamp", "clip"), _clamp),
    "clamp_min": _clamp,
    "clamp_max": _at_most,
    **dict.fromkeys(("detach", "data"), _detach),
    **dict.fromkeys(("clone", "contiguous", "requires_grad"), _same),
    **dict.fromkeys(("float", "double", "to", "type_as", "type"), _as_number),
    "bool": _as_condition,
    **dict.fromkeys(("logical_not", "invert", "bitwise_not"), _not),
    **{name: _both("and") for name in ("and_", "logical_and", "bitwise_and")},
    **{name: _both("or") for name in ("or_", "logical_or", "bitwise_or")},
}
"""By the last part of a function's name, without the underscore of one that computes in place."""

CASTS = ("float", "double", "to", "type_as", "type", "clone", "contiguous", "bool")
"""Those that give the same numbers in another type."""
