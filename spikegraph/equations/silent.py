"""What the potential of a neuron that never fires depends on."""

from functools import lru_cache

from spikegraph.equations.expansion import ZERO, Keys, expanded
from spikegraph.equations.model import Equations
from spikegraph.equations.terms import Apply, Before, Number, Term, Value, parts


@lru_cache(maxsize=256)
def numbers_of_silent(equations: Equations, reset: str) -> frozenset[str]:
    """The numbers that the result of a neuron with `fires = false` depends on: not those that only its spikes had a use for."""
    silent = expanded(equations, Keys({}, reset=reset, fires=False))
    lines = silent.by_name
    never = {state.name for state in silent.states if state.initial == ZERO and lines[state.name] == ZERO}
    found, seen = set[str](), {silent.instead}
    waiting = [lines[silent.instead]]
    while waiting:
        match waiting.pop():
            case Number(name):
                found.add(name)
            case Value(name) | Before(name):
                waiting += [] if name in seen else [lines[name]]
                seen.add(name)
            case Apply("*", operands) if any(_is_zero(each, never) for each in operands):
                pass
            case term:
                waiting += parts(term)
    return frozenset(found)


def _is_zero(term: Term, never: set[str]) -> bool:
    """Whether it is 0 at every step; `never` are the states that are."""
    match term:
        case Before(name):
            return name in never
        case Apply("*", operands):
            return any(_is_zero(each, never) for each in operands)
        case _:
            return term == ZERO
