"""The equations of models that are text, in torch's operations: what each function computes, and its gradient."""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from spikegraph.equations.terms import Apply, Before, Constant, Current, Fire, Mixed, Number, Term, Value

Each = Tensor | float
"""A value of each neuron, [N, C, *size], or a number that is broadcast with it."""

Count = Callable[[Tensor, Each, Fire], Tensor]
"""The spikes of a potential and a threshold."""


Function = Callable[[Sequence[Each], Count], Each]
"""The value of a term from the values that are known, and from what computes spikes."""


def function_of(lines: Sequence[tuple[str, Term]], given: Sequence[Term], wanted: Sequence[Term]) -> "Functions":
    """A function for terms that are known when a network is built, so that no step looks at terms.

    Args:
        lines: Lines of an expanded model, by name.
        given: The currents, states and numbers whose values it takes, in order; the first one that isn't a number is a tensor.
        wanted: What it returns.
    """
    places: dict[Term, int] = {term: place for place, term in enumerate(given)}
    functions: list[Function] = []
    for name, term in lines:
        functions.append(_function(term, places))
        places[Value(name)] = len(places)
    results = [_function(term, places) for term in wanted]

    def compute(values: Sequence[Each], fire: Count) -> list[Each]:
        known = list(values)
        for function in functions:
            known.append(function(known, fire))
        return [function(known, fire) for function in results]

    return compute


Functions = Callable[[Sequence[Each], Count], list[Each]]
"""The values of several terms from those that are given, and from what computes spikes."""


def _function(term: Term, places: Mapping[Term, int], *, straight: bool = False) -> Function:
    """The function of a term; `places` are those of what is known, and with `straight` `round` and `floor` have gradient 1."""
    match term:
        case Constant(value):
            return lambda known, fire: value
        case Current() | Before() | Number() | Value():
            place = places[term]
            return lambda known, fire: known[place]
        case Mixed(weights, value):
            matrix, mixed = places[Number(weights)], _function(value, places)
            return lambda known, fire: _mixed(_tensor(known[matrix]), _of_each_step(mixed(known, fire), known))
        case Fire(potential, threshold):
            u, above = _function(potential, places), _function(threshold, places)
            return lambda known, fire: fire(_potential(u(known, fire), known), above(known, fire), term)
        case Apply("straight", (operand,)):
            return _function(operand, places, straight=True)
        case Apply(("round" | "floor") as name, (operand,)):
            whole, of = _WHOLE[name], _function(operand, places, straight=straight)
            return lambda known, fire: _rounded(whole, _tensor(of(known, fire)), straight=straight)
        case Apply("where", (condition, Constant(x), Constant(y))):
            chosen = _function(condition, places, straight=straight)
            return lambda known, fire: _constants(_tensor(chosen(known, fire)), x, y, known)
        case Apply(name, operands):
            function, each = FUNCTIONS[name], tuple(_function(operand, places, straight=straight) for operand in operands)
            return lambda known, fire: function(*[operand(known, fire) for operand in each])
        case _:
            raise TypeError(f"{type(term).__name__} isn't expanded")


def _potential(x: Each, known: Sequence[Each]) -> Tensor:
    """A potential that may be a constant, which then is one like the first tensor that is known."""
    return x if isinstance(x, Tensor) else torch.full_like(_first(known), x)


def _of_each_step(x: Each, known: Sequence[Each]) -> Tensor:
    """A value of each step and neuron, [T, N, C, ...] like the first current; one without an axis T is that of all steps."""
    like = _first(known)
    if not isinstance(x, Tensor):
        return torch.full_like(like, x)
    return x if len(x.shape) == len(like.shape) and len(x) == len(like) else x.expand_as(like)


def _first(known: Sequence[Each]) -> Tensor:
    return next(each for each in known if isinstance(each, Tensor))


def _mixed(weights: Tensor, x: Tensor) -> Tensor:
    return torch.matmul(weights, x.flatten(1)).reshape(x.shape)


_WHOLE: Mapping[str, Callable[[Tensor], Tensor]] = {"round": torch.round, "floor": torch.floor}


def _rounded(whole: Callable[[Tensor], Tensor], x: Tensor, *, straight: bool) -> Tensor:
    found = whole(x.detach())
    return found + (x - x.detach()) if straight else found


def _constants(condition: Tensor, x: float, y: float, known: Sequence[Each]) -> Tensor:
    like = _first(known)
    return torch.where(condition, like.new_full((), x), like.new_full((), y))


def _quotient(x: Each, y: Each) -> Each:
    return x / y


def _chosen(condition: Each, x: Each, y: Each) -> Each:
    return torch.where(_tensor(condition), x, y)


def _least(x: Each, y: Each) -> Each:
    """The smaller, y where they are equal."""
    return _chosen(_tensor(x < y), x, y)


def _largest(x: Each, y: Each) -> Each:
    return _chosen(_tensor(x > y), x, y)


def _tensor(x: "Each | bool") -> Tensor:
    assert isinstance(x, Tensor)
    return x


def _clamped(x: Each, low: float, high: float) -> Each:
    x = _tensor(x)
    return torch.where((x > low) & (x < high), x, x.detach().clamp(low, high))


def _detached(x: Each) -> Each:
    return x.detach() if isinstance(x, Tensor) else x


def _of_tensor(function: Callable[[Tensor], Tensor]) -> Callable[[Each], Each]:
    return lambda x: function(_tensor(x))


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _quotient,
    "neg": operator.neg,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "and": torch.logical_and,
    "or": torch.logical_or,
    "not": _of_tensor(torch.logical_not),
    "relu": _of_tensor(torch.relu),
    "sigmoid": _of_tensor(torch.sigmoid),
    "tanh": _of_tensor(torch.tanh),
    "erf": _of_tensor(torch.erf),
    "exp": _of_tensor(torch.exp),
    "log": _of_tensor(torch.log),
    "abs": _of_tensor(torch.abs),
    "sin": _of_tensor(torch.sin),
    "cos": _of_tensor(torch.cos),
    "sqrt": _of_tensor(torch.sqrt),
    "min": _least,
    "max": _largest,
    "clamp": _clamped,
    "where": _chosen,
    "detach": _detached,
}
"""By name. Operands are tensors or numbers, at least one of them a tensor."""
