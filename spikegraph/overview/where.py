"""Conditions that choose runs, and the order of runs: `state=failed`, `seed>=3`, `-accuracy_percent`."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from spikegraph.base.nearest import nearest
from spikegraph.overview.listed import Listed
from spikegraph.program.spec_settings import Value
from spikegraph.runs.state import STATES

_CONDITION = re.compile(r"\s*(?P<column>[^<>=!\s]+)\s*(?P<sign><=|>=|!=|=|<|>)\s*(?P<value>|[^<>=!\s].*?)\s*")
_SECOND = re.compile(r"[<>!]|\s[\w.]+\s*=")
"""What a second condition behind a value looks like."""

_INSIDE = re.compile(r'"[^"]*"|\([^()]*\)|\[[^\[\]]*\]')
"""What stands in quotes or brackets of a value, such as the arguments of a call."""
_ORDERS: dict[str, Callable[[float, float], bool]] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}

FREE = ("run", "note")
"""The columns whose values may have signs, such as `runs/lr=0.01`; elsewhere one outside of brackets and quotes,
but for an `=` within a word, is that of a second condition."""

EXAMPLE = "such as state=failed, seed>=3, spec=stereo or search.weights.lr=0.01"


class WhereError(ValueError):
    """A condition or an order that can't be understood; the text says why."""


@dataclass(frozen=True)
class Condition:
    """A comparison of a column with a value.

    Attributes:
        column: The column's name.
        sign: One of `=`, `!=`, `<`, `<=`, `>`, `>=`.
        value: The text behind the sign; for `=` and `!=`, `*` stands for any characters.
    """

    column: str
    sign: str
    value: str

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Reads a condition.

        Raises:
            WhereError: It is none, or compares the size of something that isn't a number.
        """
        match = _CONDITION.fullmatch(text)
        if match is None or (match["column"] not in FREE and _SECOND.search(_outside(match["value"]))):
            raise WhereError(f"`{text}` is not a condition; write COLUMN, one of = != < <= > >=, and a value, {EXAMPLE}")
        column, sign, value = match["column"], match["sign"], match["value"]
        if sign in _ORDERS and column != "started" and number_of(value) is None:
            raise WhereError(f"`{text}` compares with `{value}`, which isn't a number; `{sign}` compares numbers")
        if column == "state" and sign in ("=", "!=") and not any(fnmatchcase(state, value) for state in STATES):
            raise WhereError(f"`{text}`: no state is called `{value}`; the states are {', '.join(STATES)}")
        return cls(column, sign, value)

    def holds(self, run: Listed) -> bool:
        """Whether a run fulfils the condition; without a value in the column it fulfils none but `!=`."""
        found = run.values.get(self.column)
        if self.sign in ("=", "!="):
            return (self.sign == "=") == (found is not None and self._equal(found))
        if found is None:
            return False
        compare = _ORDERS[self.sign]
        if self.column == "started":  # dates of ISO 8601 have the order of their texts
            return compare(*_ranks(str(found), self.value))
        a, b = number_of(found), number_of(self.value)
        return a is not None and b is not None and compare(a, b)

    def _equal(self, found: Value) -> bool:
        a, b = number_of(found), number_of(self.value)
        if a is not None and b is not None:
            return a == b
        texts = (str(found), str(found).removesuffix(".sdhs")) if self.column == "spec" else (str(found),)
        return any(text == self.value or fnmatchcase(text, self.value) for text in texts)  # brackets mean themselves too


def _outside(value: str) -> str:
    """A value without what is in its brackets and quotes."""
    while (shorter := _INSIDE.sub("", value)) != value:
        value = shorter
    return value


def chosen(runs: Sequence[Listed], conditions: Iterable[Condition]) -> list[Listed]:
    """The runs that fulfil all conditions.

    Raises:
        WhereError: No run has a column that a condition names.
    """
    found = list(runs)
    for condition in conditions:
        _require(condition.column, runs)
        found = [run for run in found if condition.holds(run)]
    return found


def ordered(runs: Sequence[Listed], column: str, *, reverse: bool = False) -> list[Listed]:
    """The runs by a column, `-COLUMN` for descending; numbers come before texts, and runs without a value last.

    Raises:
        WhereError: No run has the column.
    """
    name = column.removeprefix("-")
    _require(name, runs)
    descending = column.startswith("-") != reverse
    having = [run for run in runs if run.values.get(name) is not None]
    having.sort(key=lambda run: rank(run.values[name]), reverse=descending)
    return [*having, *(run for run in runs if run.values.get(name) is None)]


def number_of(value: Value | None) -> float | None:
    """A value as a number; None if it isn't one."""
    if value is None:
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def rank(value: Value | None) -> tuple[int, float, str]:
    """The place of a value in an ascending order: numbers, then texts."""
    number = number_of(value)
    return (1, 0.0, str(value)) if number is None else (0, number, "")


def _ranks(a: str, b: str) -> tuple[float, float]:
    return float((a > b) - (a < b)), 0.0


def _require(column: str, runs: Sequence[Listed]) -> None:
    known = dict.fromkeys(name for run in runs for name in run.values)
    if runs and column not in known:
        near = nearest(column, known)
        help = "`--json` names the columns" if near is None else f"did you mean `{near}`?"
        raise WhereError(f"no run has a column `{column}`; {help}")
