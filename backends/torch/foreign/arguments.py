"""The value of an input, and arguments of layers with their values in one form."""

from typing import Any

from spikegraph.foreign.adapters import Call
from spikegraph.foreign.layout import Layout, whole
from spikegraph.foreign.product import Product
from spikegraph.foreign.statements import Value


def input_value(number: int, shape: tuple[int, ...], axis: int | None) -> Value:
    """An input: [N, C, *size], with its time steps as dimension `axis`."""
    if axis is None or axis == 0:
        lead = ("N",) if axis is None else ("T", "N")
        return Value(number, shape, lead, len(shape) - len(lead) - 1)
    still = [n for k, n in enumerate(shape) if k != axis]
    size = tuple(still[2:])
    names = ["N", "C", *map(str, range(len(size)))]
    names.insert(axis, "T")
    return Value(number, shape, (), len(size), Layout(tuple(map(whole, names, shape)), still[1], size))


def ordered(call: Call, given: Any) -> Any:
    """Arguments whose values have their dimensions in the order of the language."""
    match given:
        case Value():
            return call.ordered(given)
        case dict():
            return {k: ordered(call, v) for k, v in given.items()}  # pyright: ignore[reportUnknownVariableType]
        case tuple() | list():
            parts = [ordered(call, v) for v in given]  # pyright: ignore[reportUnknownVariableType]
            return tuple(parts) if isinstance(given, tuple) else parts
        case _:
            return given


def settled(given: Any) -> Any:
    """Arguments with products of matrices as values."""
    match given:
        case Product():
            return given.settled()
        case dict():
            return {k: settled(v) for k, v in given.items()}  # pyright: ignore[reportUnknownVariableType]
        case tuple() | list():
            parts = [settled(v) for v in given]  # pyright: ignore[reportUnknownVariableType]
            return tuple(parts) if isinstance(given, tuple) else parts
        case _:
            return given
