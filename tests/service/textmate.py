"""Tokens of a text by a TextMate grammar, of which this has the parts that ours uses: `match`, `begin` and `end`, captures.

Line by line; of the rules that match, the one that matches first counts, of several at the same place the first in the grammar.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple


class Scoped(NamedTuple):
    """A part of a text that has a scope; `start` are the characters before it."""

    start: int
    text: str
    scope: str


@cache
def _compiled(pattern):
    return re.compile(pattern)


def textmate_tokens(grammar: dict, text: str) -> list[Scoped]:
    """The parts of a text that the grammar gives a scope, in order."""
    found, stack, start = [], [grammar], 0
    for line in text.splitlines(keepends=True):
        found += [Scoped(start + at, part, scope) for at, part, scope in _line(grammar, line.rstrip("\n"), stack)]
        start += len(line)
    return found


def _line(grammar: dict, line: str, stack: list[dict]) -> Iterator[tuple[int, str, str]]:
    at = 0
    while True:
        rules = [("end", stack[-1])] if "end" in stack[-1] else []
        for each in stack[-1]["patterns"]:
            rule = grammar["repository"][each["include"].removeprefix("#")]
            rules.append(("begin" if "begin" in rule else "match", rule))
        searched = [(_compiled(rule[how]).search(line, at), how, rule) for how, rule in rules]
        matches = [(match, how, rule) for match, how, rule in searched if match is not None]
        if not matches:
            return
        match, how, rule = min(matches, key=lambda found: found[0].start())
        assert match.end() > at or how == "end", (line, at, rule)
        captures = rule.get({"match": "captures", "begin": "beginCaptures", "end": "endCaptures"}[how], {})
        for number, capture in captures.items():
            if match[int(number)]:
                yield match.start(int(number)), match[int(number)], capture["name"]
        at = match.end()
        if how == "begin":
            stack.append(rule)
        elif how == "end":
            stack.pop()
