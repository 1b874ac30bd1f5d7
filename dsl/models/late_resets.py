"""Which decay a late reset applies: that of the `leak` of the state that it sets."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from spikegraph.equations.model import Line
from spikegraph.equations.terms import Apply, Leak, Reset, Term, Value, parts, with_parts


def paired(lines: Sequence[Line], states: Collection[str]) -> tuple[Line, ...]:
    """The lines, whose resets have their state's decay; a `leak` of a state that no reset sets becomes a product.

    If a reset sets states of several decays, or one with a decay and one without, none can be late: all leaks are products, and
    late resets are soft.
    """
    terms = {line.name: line.term for line in lines}
    leaks = {(leak.value.name, leak.decay) for term in terms.values() for leak in _leaks(term)}
    own = leaks | {(state, None) for state in set(states).difference(state for state, _ in leaks)}
    setting = {state: _resetting(state, terms, states) for state in states}
    decays = {name: {decay for state, decay in own if name in setting.get(state, ())} for name in terms}
    if any(len(found) > 1 for found in decays.values()):
        setting, decays = {}, {}
    late = {state for state, names in setting.items() if names}
    return tuple(Line(name, _paired(term, next(iter(decays.get(name, ())), None), late)) for name, term in terms.items())


def _leaks(term: Term) -> Iterator[Leak]:
    if isinstance(term, Leak):
        yield term
    for part in parts(term):
        yield from _leaks(part)


def _resetting(state: str, terms: Mapping[str, Term], states: Collection[str]) -> set[str]:
    """The lines with a reset that set a state: its own, and those of names that this one uses and that are no states."""
    found: set[str] = set()
    seen, waiting = {state}, [(state, terms[state])]
    while waiting:
        line, term = waiting.pop()
        match term:
            case Reset():
                found.add(line)
            case Value(name) if name not in states and name not in seen:
                seen.add(name)
                waiting.append((name, terms[name]))
            case Apply(_, operands):
                waiting += [(line, each) for each in operands]
            case _:
                pass
    return found


def _paired(term: Term, decay: Term | None, late: Collection[str]) -> Term:
    def of(part: Term) -> Term:
        return _paired(part, decay, late)

    match term:
        case Leak(value, own) if value.name not in late:
            return Apply("*", (own, value))
        case Reset():
            return replace(with_parts(term, of), leak=decay)
        case _:
            return with_parts(term, of)
