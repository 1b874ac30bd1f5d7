"""What a time step of a neuron costs, counted from the lines of its model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from spikegraph.equations.model import Equations
from spikegraph.equations.terms import Apply, Before, Constant, Current, Fire, Mixed, Number, Term, Value, parts
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.neuron_equations import expanded_equations
from spikegraph.ir.updates import Update

_COMPARED = {"relu": 1, "abs": 1, "min": 1, "max": 1, "clamp": 2, "round": 1, "floor": 1, ">": 1, ">=": 1, "<": 1, "<=": 1}
"""Comparisons of a function."""

_FUNCTIONS = ("sigmoid", "tanh", "erf", "exp", "log", "sin", "cos", "sqrt")


@lru_cache(256)
def update_of(neuron: Neuron, steps: int = 1) -> Update | None:
    """What a time step of one neuron costs; None for a model without text, whose equations nobody can count.

    Args:
        neuron: The neuron.
        steps: The number of time steps, which a model over time goes through at each.
    """
    if neuron.written_model is None:
        return None
    equations = expanded_equations(neuron)
    lines = equations.by_name
    count = _Count(lines, steps)
    needed, total = _needed(equations, equations.emitted if neuron.spikes else equations.instead), Update()
    for name, term in lines.items():
        if name in needed:
            total += count.of(term)
        count.add(name, term)
    return total


@lru_cache(256)
def states_of(neuron: Neuron) -> int:
    """How many numbers one neuron keeps: the lines that its model takes from the step before; 1 for a model without text."""
    if neuron.written_model is None:
        return 1
    waiting, found = list(expanded_equations(neuron).by_name.values()), set[str]()
    while waiting:
        term = waiting.pop()
        if isinstance(term, Before):
            found.add(term.name)
        waiting.extend(() if _vanishes(term) else parts(term))
    return len(found)


def _needed(equations: Equations, result: str) -> set[str]:
    """The lines that the result depends on, now or at later steps."""
    lines, found, waiting = equations.by_name, set[str](), [result]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        terms = [lines[name]]
        while terms:
            term = terms.pop()
            terms.extend(() if _vanishes(term) else parts(term))
            if isinstance(term, Value | Before):
                waiting.append(term.name)
    return found


@dataclass
class _Count:
    """Counts operations of terms.

    Attributes:
        lines: The lines by name.
        steps: The number of time steps.
        fixed: The lines so far that depend on nothing but numbers.
        kinds: The most spikes that a line stands for, None for a real number.
        fired: The comparisons of potentials and thresholds that were counted.
    """

    lines: Mapping[str, Term]
    steps: int
    fixed: set[str] = field(default_factory=set[str])
    kinds: dict[Term, int | None] = field(default_factory=dict[Term, int | None])
    fired: set[tuple[Term, Term]] = field(default_factory=set[tuple[Term, Term]])

    def kind(self, term: Term) -> int | None:
        """How many spikes a term may be at most; None if it is another number."""
        match term:
            case Fire(_, _, levels):
                return levels or 1
            case Value():
                return self.kinds.get(term)
            case Before(name):
                before = self.lines[name]
                return before.levels or 1 if isinstance(before, Fire) else None
            case Apply("+", (a, b)):
                counts = (self.kind(a), self.kind(b))
                return None if None in counts else sum(n for n in counts if n is not None)
            case Apply("-", (Constant(1.0), y)) | Apply(("detach" | "straight" | "neg"), (y,)):
                return self.kind(y)
            case Apply("-", (a, b)) if self.kind(a) == self.kind(b) == 1:
                return 1  # -1, 0 or 1, which adds, selects or subtracts
            case Apply("*", (a, b)) if self.kind(a) == self.kind(b) == 1:
                return 1
            case _:
                return None

    def of(self, term: Term) -> Update:
        """The operations of a term, those of its operands included; none if it is the same at every step."""
        if self._fixed(term):
            return Update()
        found = Update()
        for each in parts(term):
            found += self.of(each)
        return found + self._own(term)

    def _own(self, term: Term) -> Update:
        match term:
            case Fire(potential, threshold, levels):
                known = (potential, threshold) in self.fired
                self.fired.add((potential, threshold))
                return Update() if known else Update(comparisons=levels or 1)
            case Apply("-", (Constant(1.0), y)) if self.kind(y) is not None:
                return Update()
            case Apply(("+" | "-"), operands):
                return Update(additions=0 if any(_vanishes(each) for each in operands) else 1)
            case Apply("*", (a, b)):
                if any(_vanishes(each) or each == Constant(1.0) for each in (a, b)):
                    return Update()
                spikes = [n for n in (self.kind(a), self.kind(b)) if n is not None]
                return Update(additions=min(spikes) - 1) if spikes else Update(multiplications=1)
            case Mixed():
                return Update(additions=self.steps - 1, multiplications=self.steps)
            case Apply("/", (_, divisor)):
                return Update(multiplications=0 if divisor == Constant(1.0) else 1)
            case Apply(name) if name in _COMPARED:
                return Update(comparisons=_COMPARED[name])
            case Apply(name) if name in _FUNCTIONS:
                return Update(functions=1)
            case Apply() | Constant() | Number() | Current() | Before() | Value():
                return Update()
            case _:
                raise TypeError(f"{type(term).__name__} isn't expanded")

    def _fixed(self, term: Term) -> bool:
        """Whether a term depends on nothing but numbers, which a trained network knows."""
        if isinstance(term, Value):
            return term.name in self.fixed
        below = parts(term)
        return isinstance(term, Constant | Number) or (bool(below) and all(map(self._fixed, below)))

    def add(self, name: str, term: Term) -> None:
        """Notes what a line is, for those below."""
        self.kinds[Value(name)] = self.kind(term)
        if self._fixed(term):
            self.fixed.add(name)


def _vanishes(term: Term) -> bool:
    """Whether a term is 0."""
    return term == Constant(0.0) or (isinstance(term, Apply) and term.function == "*" and any(map(_vanishes, term.operands)))
