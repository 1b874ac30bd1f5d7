"""Numbers in the text of a class that may differ from use to use, and become its parameters."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

HOLE = re.compile("\x00(\\w+)=([^\x00]*)\x00")
OPTION = re.compile("\x01([^|]*)\\|([^\x01]*)\x01")

FIRST = "\x02"
"""Stands before an option that is the first argument, so that it begins with no comma."""

MULTIPLES = (2, 3, 4, 6, 8)
"""Multiples of a param of the spec that are written as such."""

SMALLEST = 8
"""Numbers of channels below this aren't taken for a param's value by chance, unless the use has another one."""


def hole(name: str, value: object) -> str:
    """A number in a text; `name` is that of the parameter which it becomes where it differs."""
    return f"\x00{name}={value!r}\x00"


def option(name: str, value: object, default: object) -> str:
    """`, NAME = VALUE` behind other arguments, left out where all uses have the default."""
    return f"\x01{default!r}|, {name}={hole(name, value)}\x01"


def values(text: str) -> list[tuple[str, str]]:
    """Name and value of each number in a text, in order."""
    return HOLE.findall(text)


def skeleton(text: str) -> str:
    """The text without its numbers: equal for uses that can be one class."""
    return HOLE.sub("\x00\\1\x00", text)


def filled(text: str, expressions: Sequence[str]) -> str:
    """The text with an expression for each number."""
    found = iter(expressions)
    text = HOLE.sub(lambda _: next(found), text)
    text = OPTION.sub(lambda m: "" if m[2].rpartition("=")[2] == m[1] else m[2], text)
    return text.replace(f"{FIRST}, ", "").replace(FIRST, "")


def plain(text: str) -> str:
    """The text with its numbers as they are."""
    return filled(text, [value for _, value in values(text)])


@dataclass
class Parameters:
    """The parameters of a class, from the numbers of all of its uses.

    Attributes:
        expressions: What is written for each number of the text.
        arguments: For each parameter its value in each use.
    """

    expressions: list[str]
    arguments: dict[str, tuple[str, ...]]


def parameters(uses: Sequence[Sequence[tuple[str, str]]], params: Sequence[Mapping[str, float]], taken: set[str]) -> Parameters:
    """Finds the parameters of a class.

    Args:
        uses: Name and value of each number, for each use.
        params: The params that the spec gives each use.
        taken: Names that parameters can't have.
    """
    return _Finder(uses, params, taken).found()


@dataclass
class _Finder:
    uses: Sequence[Sequence[tuple[str, str]]]
    params: Sequence[Mapping[str, float]]
    taken: set[str]
    spec: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    known: dict[tuple[str, ...], str] = field(default_factory=dict[tuple[str, ...], str])
    arguments: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def found(self) -> Parameters:
        spec = {
            name: tuple(repr(p[name]) for p in self.params) for name in self.params[0] if all(name in p for p in self.params)
        }
        self.spec = {name: vector for name, vector in spec.items() if name.isidentifier() and name not in self.taken}
        columns = list(zip(*self.uses, strict=True))
        # Numbers of outputs come first: inputs are often among them.
        order = sorted(range(len(columns)), key=lambda k: columns[k][0][0] == "channels")
        made = {k: self.expression(columns[k][0][0], tuple(value for _, value in columns[k])) for k in order}
        first = sorted(self.arguments, key=lambda name: name != "channels")
        return Parameters([made[k] for k in range(len(columns))], {name: self.arguments[name] for name in first})

    def expression(self, name: str, vector: tuple[str, ...]) -> str:
        """What is written for a number."""
        constant = len(set(vector)) == 1
        wide = name in ("channels", "out") and (not constant or int(vector[0]) >= SMALLEST)
        if self.spec.get(name) == vector:
            return self.parameter(name, vector)
        if name == "padding":
            for known, other in self.known.items():
                if tuple(str(int(k) // 2) if k.isdigit() else "" for k in known) == vector and other == "kernel":
                    return f"{other} // 2"
        if constant and not wide:
            return self.known.get(vector, vector[0]) if name in ("channels", "out") else vector[0]
        if vector in self.known:
            return self.known[vector]
        for param, given in self.spec.items():
            if given == vector:
                return self.parameter(param, vector)
        if name == "out":
            for param, given in self.spec.items():
                for factor in MULTIPLES:
                    if _times(given, factor) == vector:
                        self.parameter(param, given)
                        return self.known.setdefault(vector, f"{factor} * {param}")
                    if _times(vector, factor) == given:
                        self.parameter(param, given)
                        return self.known.setdefault(vector, f"{param} // {factor}")
        return vector[0] if constant else self.parameter(name, vector)

    def parameter(self, name: str, vector: tuple[str, ...]) -> str:
        """The name of a parameter with these values."""
        own, count = name, 1
        while own in self.taken or any(known.get(own, vector) != vector for known in (self.arguments, self.spec)):
            count += 1
            own = f"{name}{count}"
        self.arguments[own] = vector
        return self.known.setdefault(vector, own)


def _times(vector: tuple[str, ...], factor: int) -> tuple[str, ...]:
    return tuple(str(int(value) * factor) if value.isdigit() else "" for value in vector)
