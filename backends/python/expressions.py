"""Expressions with their operands in their places."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from spikegraph.backends.python.rule_table import Expression


@dataclass
class Text:
    """An expression, and whether it needs no parentheses as an operand."""

    text: str
    whole: bool = True

    def __str__(self) -> str:
        return self.text if self.whole else f"({self.text})"


def expression(found: Expression, operands: Sequence[Text]) -> Text:
    """An operation's expression on operands."""
    if found.text == "{0}":
        return operands[0]
    return Text(re.sub(r"\{(\d)\}", lambda m: str(operands[int(m[1])]), found.text), found.whole)
