"""What the lines of a neuron depend on."""

from collections.abc import Sequence

from spikegraph.equations.model import Line
from spikegraph.equations.terms import Apply, Before, Constant, Current, Term, Value, parts


def used_terms(term: Term) -> list[Term]:
    """A term and its parts, but not those of a product with 0."""
    found, waiting = list[Term](), [term]
    while waiting:
        found.append(waiting.pop())
        last = found[-1]
        vanishes = isinstance(last, Apply) and last.function == "*" and Constant(0.0) in last.operands
        waiting += () if vanishes else parts(last)
    return found


def of_numbers_alone(lines: Sequence[Line]) -> frozenset[str]:
    """The lines that follow from numbers alone, without currents and states, so that they haven't the shape of these."""
    found = set[str]()
    for line in lines:
        used = used_terms(line.term)
        if not any(isinstance(t, Current | Before) or (isinstance(t, Value) and t.name not in found) for t in used):
            found.add(line.name)
    return frozenset(found)
