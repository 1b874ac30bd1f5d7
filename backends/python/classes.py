"""The classes of a module: one for all uses of a block or cell that differ in numbers alone."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from spikegraph.backends.python.drafts import Draft
from spikegraph.backends.python.holes import filled, hole, parameters, values
from spikegraph.backends.python.names import MODULES

MOST_UNNAMED = 2
"""Arguments of a class that are written without their names."""


@dataclass
class Class:
    """A class.

    Attributes:
        name: Its name.
        doc: The lines of its docstring.
        drafts: Its uses.
        init: Its attributes: name and text.
        forward: The lines of `forward`.
        arguments: The names of its parameters.
        calls: How each use makes it, by the identity of the scope.
    """

    name: str
    doc: list[str]
    drafts: list[Draft]
    init: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    forward: list[str] = field(default_factory=list[str])
    arguments: list[str] = field(default_factory=list[str])
    calls: dict[int, str] = field(default_factory=dict[int, str])

    def resolve(self, reserved: Collection[str]) -> None:
        """Finds the parameters, and how each use makes the class; `reserved` are names that they can't have."""
        first = self.drafts[0]
        params = [dict(draft.scope.step.params) if draft.scope.step is not None else {} for draft in self.drafts]
        taken = {*first.arguments, *MODULES, "x", *reserved, *(name for name, _ in first.init)}
        found = parameters([values(draft.text) for draft in self.drafts], params, taken)
        expressions = iter(found.expressions)
        kept = dict[str, None]()  # what `forward` needs of the parameters is an attribute

        def of_self(expression: str) -> str:
            for name in found.arguments:
                if re.search(rf"\b{name}\b", expression):
                    kept[name] = None
                    expression = re.sub(rf"\b{name}\b", f"self.{name}", expression)
            return expression

        self.init = [(name, filled(text, [next(expressions) for _ in values(text)])) for name, text in first.init]
        self.forward = [filled(line, [of_self(next(expressions)) for _ in values(line)]) for line in first.forward]
        self.init = [*((name, name) for name in kept), *self.init]
        self.arguments = list(found.arguments)
        for k, draft in enumerate(self.drafts):
            given = [(name, hole(name, Number(found.arguments[name][k]))) for name in self.arguments]
            texts = [value if len(given) <= MOST_UNNAMED else f"{name}={value}" for name, value in given]
            self.calls[id(draft.scope)] = f"{self.name}({', '.join(texts)})"


class Number(str):
    """A number that is text already."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)
