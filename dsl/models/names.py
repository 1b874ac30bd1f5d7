"""What the lines of a model can name, and what they have used."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.models.typed import Typed
from spikegraph.dsl.source import Span
from spikegraph.equations.interval import Interval
from spikegraph.equations.model import Option, Quantity
from spikegraph.equations.terms import Before, Current, Mixed, Number, Term, Value, parts

MOST_OPERATIONS = 500
"""The most operations of a step, with those that resets repeat."""


@dataclass
class Names:
    """What the lines of a model can name.

    Attributes:
        inputs: The currents.
        numbers: The numbers.
        states: The states.
        options: The options.
        words: The chosen word of each option.
        ranges: Where the states lie of which that is known.
        lines: The lines above.
        later: All names that are set, with their places.
        broken: Names whose lines are wrong, which is reported there.
        used: The names that were used.
        keys: The keys of `neuron` that were called for.
        fires: The lines above that are spikes, as they are written.
        stepped: Whether lines above have a value for each step, of those that were asked for.
        matrices: Weights of all steps; None in a model of one step.
        single: Whether spikes are computed with, so that each `fire` without `levels` has one, whatever the neuron says.
    """

    inputs: tuple[str, ...]
    numbers: Mapping[str, Quantity]
    states: tuple[str, ...]
    options: Mapping[str, Option]
    words: Mapping[str, str]
    later: Mapping[str, Span]
    ranges: Mapping[str, Interval]
    matrices: Collection[str] | None = None
    single: bool = False
    lines: dict[str, Typed] = field(default_factory=dict[str, Typed])
    broken: set[str] = field(default_factory=set[str])
    used: set[str] = field(default_factory=set[str])
    keys: set[str] = field(default_factory=set[str])
    fires: dict[str, Term] = field(default_factory=dict[str, Term])
    stepped: dict[str, bool] = field(default_factory=dict[str, bool])

    @property
    def all(self) -> tuple[str, ...]:
        """Everything that a line can name."""
        return (*self.inputs, *self.numbers, *self.lines)

    def by_step(self, name: str) -> bool:
        """Whether a name has a value for each step of a model over time."""
        if name not in self.lines:
            return name in self.inputs or (name in self.numbers and self.numbers[name].learned == "step")
        if name not in self.stepped:
            self.stepped[name] = self._differs(self.lines[name].term)
        return self.stepped[name]

    def _differs(self, term: Term) -> bool:
        """Whether a term has a value for each step."""
        match term:
            case Current() | Before() | Mixed():
                return True
            case Number(name) | Value(name):
                return self.by_step(name)
            case _:
                return any(map(self._differs, parts(term)))

    def number(self, name: str) -> Typed:
        """A number, which is used now."""
        number = self.numbers[name]
        self.used.add(name)
        if name in ("decay", "threshold"):
            self.keys.add(name)
        return Typed(Number(name), "constant" if number.learned is None else "number", number.range)


class Reader(Protocol):
    """Makes terms of expressions; None after an error, which is in the diagnostics."""

    names: Names
    diagnostics: Diagnostics

    def typed(self, expr: ast.Expr) -> Typed | None:
        """The value of an expression."""
        ...

    def repeat(self, *terms: Term) -> None:
        """Counts the operations of terms that stand in another one once more."""
        ...

    def operands(self, call: ast.Call, wanted: tuple[str, ...], keys: tuple[str, ...] = ()) -> list[ast.Expr] | None:
        """The operands of a call without its named arguments, which must be among `keys`."""
        ...
