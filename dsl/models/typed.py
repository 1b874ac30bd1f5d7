"""What is known of a term of a model: its kind, its range, and whether it remembers."""

from typing import Literal

from spikegraph.base.record import record
from spikegraph.equations.interval import Interval
from spikegraph.equations.terms import Term

Kind = Literal["constant", "number", "spike", "sign", "count", "multiple", "real"]
"""A constant; a number that may be trained; what `fire` gives; a constant times that; anything else."""

SPIKES = ("spike", "sign", "count")

WORDS: dict[Kind, str] = {
    "constant": "a constant",
    "number": "a number",
    "spike": "a spike",
    "sign": "a spike with a sign",
    "count": "a count of spikes",
    "multiple": "a constant times spikes",
    "real": "a real number",
}


@record
class Typed:
    """A term with what is known of it.

    Attributes:
        term: The term.
        kind: What it may be.
        range: Where it lies.
        bound: The largest count; None if the `levels` of the neuron are, 1 for other kinds.
        remembers: Whether it depends on a state.
    """

    term: Term
    kind: Kind
    range: Interval
    bound: int | None = 1
    remembers: bool = False


def joined(operator: str, a: Typed, b: Typed) -> tuple[Kind, int | None]:
    """The kind of `a + b`, `a - b`, `a * b` or `a / b`, and the bound if it is a count."""
    kinds = {a.kind, b.kind}
    if kinds == {"constant"}:
        return "constant", 1
    if kinds <= {"constant", "number"}:
        return "number", 1
    match operator:
        case "-" if kinds == {"spike"}:
            return "sign", 1
        case "+" if kinds <= {"spike", "count"}:
            return "count", None if None in (a.bound, b.bound) else (a.bound or 0) + (b.bound or 0)
        case "*" if kinds == {"spike"}:
            return "spike", 1
        case "*" | "/" if "constant" in kinds and (operator == "*" or b.kind == "constant"):
            other = a if b.kind == "constant" else b
            return ("multiple" if other.kind in (*SPIKES, "multiple") else "real"), 1
        case _:
            return "real", 1
