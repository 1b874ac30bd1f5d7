"""Whether a recurrence is linear as long as it doesn't fire, so that a few probes say what it computes for every input."""

from collections.abc import Collection, Mapping
from enum import IntEnum

from spikegraph.equations.terms import Apply, Before, Constant, Current, Fire, Number, Term, Value
from spikegraph.foreign.recurrence import Recurrence, replaced

_FLIPPED = {"above": "reached", "reached": "above"}


class _Kind(IntEnum):
    """What a term depends on."""

    CONSTANT = 0
    SPIKES = 1
    """Numbers of the code, learned ones, and spikes."""
    LINEAR = 2
    """Currents and states too, with factors that are of the other kinds."""


class _NotLinearError(Exception):
    """A term is of no kind."""


def fires_at(recurrence: Recurrence) -> str | None:
    """Whether a recurrence fires above its threshold or when this is reached; None if it isn't linear between its spikes.

    It is if its lines have only sums, differences, products with one factor that depends on currents or states, quotients by a
    constant, `detach`, spikes that are all those of one threshold, and `where` by them; of a learned number only the sigmoid.
    """
    lines, kinds = dict(recurrence.lines), dict[str, _Kind]()
    firing = {name for name, term in recurrence.lines if isinstance(term, Fire)}
    try:
        for name, term in recurrence.lines:
            kinds[name] = _kind(term, kinds, firing)
        fires = {_form(fire, kinds, firing) for fire in recurrence.fires}
    except _NotLinearError:
        return None
    emitted = lines[recurrence.emitted]
    if not isinstance(emitted, Fire):
        return None if fires else "above"
    return (emitted.at or "above") if len(fires) == 1 else None


def _kind(term: Term, kinds: Mapping[str, _Kind], firing: Collection[str]) -> _Kind:
    """That of a term, by the kinds of the lines before it, and the lines that are spikes."""
    match term:
        case Constant():
            return _Kind.CONSTANT
        case Current():
            return _Kind.LINEAR
        case Value(name):
            return kinds[name]
        case Before(name):
            return _Kind.SPIKES if name in firing else _Kind.LINEAR
        case Fire(potential, threshold):
            return _Kind.SPIKES if max(_kind(potential, kinds, firing), _kind(threshold, kinds, firing)) else _Kind.CONSTANT
        case Apply("sigmoid", (Number() | Apply("neg", (Number(),)),)):
            return _Kind.SPIKES
        case Apply("detach" | "neg", (operand,)):
            return _kind(operand, kinds, firing)
        case Apply("+" | "-", (left, right)):
            return max(_kind(left, kinds, firing), _kind(right, kinds, firing))
        case Apply("*", (left, right)) if min(_kind(left, kinds, firing), _kind(right, kinds, firing)) < _Kind.LINEAR:
            return max(_kind(left, kinds, firing), _kind(right, kinds, firing))
        case Apply("/", (left, right)) if _kind(right, kinds, firing) is _Kind.CONSTANT:
            return _kind(left, kinds, firing)
        case Apply("where", (condition, yes, no)) if _of_spikes(condition, kinds, firing):
            return max(_Kind.SPIKES, _kind(yes, kinds, firing), _kind(no, kinds, firing))
        case _:
            raise _NotLinearError


def _of_spikes(condition: Term, kinds: Mapping[str, _Kind], firing: Collection[str]) -> bool:
    match condition:
        case Apply("not", (operand,)):
            return _of_spikes(operand, kinds, firing)
        case Apply(">" | ">=" | "<" | "<=", (left, right)):
            return max(_kind(left, kinds, firing), _kind(right, kinds, firing)) < _Kind.LINEAR
        case _:
            return False


def _form(fire: Fire, kinds: Mapping[str, _Kind], firing: Collection[str]) -> tuple[Term, Term, str]:
    """What fires, at which threshold, and whether above it: the same for the spikes of the step before, and for 1 - spikes."""

    def shorter(term: Term) -> Term | None:
        match term:
            case Apply("detach", (operand,)):
                return replaced(operand, shorter)
            case Before(name):
                return Value(name)
            case _:
                return None

    potential, threshold, at = replaced(fire.potential, shorter), replaced(fire.threshold, shorter), fire.at or "above"
    if _kind(potential, kinds, firing) is _Kind.CONSTANT:
        return threshold, potential, _FLIPPED[at]
    return potential, threshold, at
