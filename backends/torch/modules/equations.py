"""The equations of models that are text, in torch's operations: what each function computes, and its gradient."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from spikegraph.equations.terms import Apply, Before, Constant, Current, Fire, Mixed, Number, Term, Value

Each = Tensor | float
"""A value of each neuron, [N, C, *size], or a number that is broadcast with it."""

Count = Callable[[Tensor, Each, Fire], Tensor]
"""The spikes of a potential and a threshold."""


def computed(term: Term, known: Mapping[Term, Each], fire: Count, *, straight: bool = False) -> Each:
    """The value of a term.

    Args:
        term: A term of an expanded model.
        known: The values of currents, states, numbers and the lines above.
        fire: What computes spikes.
        straight: Whether `round` and `floor` have gradient 1.
    """
    match term:
        case Constant(value):
            return value
        case Current() | Before() | Number() | Value():
            return known[term]
        case Mixed(weights, value):
            x, w = computed(value, known, fire), known[Number(weights)]
            assert isinstance(x, Tensor)
            assert isinstance(w, Tensor)
            return torch.matmul(w, x.flatten(1)).reshape(x.shape)
        case Fire(potential, threshold):
            u = computed(potential, known, fire)
            assert isinstance(u, Tensor)
            return fire(u, computed(threshold, known, fire), term)
        case Apply("straight", (operand,)):
            return computed(operand, known, fire, straight=True)
        case Apply(("round" | "floor") as name, (operand,)):
            x = computed(operand, known, fire, straight=straight)
            assert isinstance(x, Tensor)
            found = (torch.round if name == "round" else torch.floor)(x.detach())
            return found + (x - x.detach()) if straight else found
        case Apply("where", (condition, Constant(x), Constant(y))):
            chosen = computed(condition, known, fire, straight=straight)
            assert isinstance(chosen, Tensor)
            like = next(each for each in known.values() if isinstance(each, Tensor))
            return torch.where(chosen, like.new_tensor(x), like.new_tensor(y))
        case Apply(name, operands):
            return FUNCTIONS[name](*(computed(each, known, fire, straight=straight) for each in operands))
        case _:
            raise TypeError(f"{type(term).__name__} isn't expanded")


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
