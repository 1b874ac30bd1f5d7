"""Comments and the nesting of brackets, found before the text is parsed."""

import re
from dataclasses import dataclass

from spikegraph.dsl.ast import Comment
from spikegraph.dsl.source import SourceFile, Span

_TOKENS = re.compile(r'"[^"\n]*"|#[^\n]*|[(\[{]|[)\]}]')
CLOSER = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Scan:
    """Comments in the order of the text; `too_deep` is the first bracket that is nested too deeply."""

    comments: tuple[Comment, ...]
    too_deep: Span | None


def scan(source: SourceFile, limit: int) -> Scan:
    """Find the comments of `source` and the first bracket nested deeper than `limit`; linear in the text."""
    text = source.text
    comments: list[Comment] = []
    too_deep: Span | None = None
    depth = 0
    for match in _TOKENS.finditer(text):
        first = text[match.start()]
        if first == "#":
            line_start = text.rfind("\n", 0, match.start()) + 1
            own_line = text[line_start : match.start()].isspace() or line_start == match.start()
            end = match.start() + len(match.group().rstrip())
            comments.append(Comment(match.group().rstrip(), own_line, source.span(match.start(), end)))
        elif first in "([{":
            depth += 1
            if depth > limit and too_deep is None:
                too_deep = source.span(match.start(), match.end())
        elif first in ")]}":
            depth = max(0, depth - 1)
    return Scan(tuple(comments), too_deep)


def open_brackets(text: str) -> list[tuple[str, int]]:
    """The brackets that `text` leaves open, outermost first, each with its offset."""
    stack: list[tuple[str, int]] = []
    for match in _TOKENS.finditer(text):
        token = match.group()
        if token in CLOSER:
            stack.append((token, match.start()))
        elif token in ")]}":
            while stack and CLOSER[stack[-1][0]] != token:
                stack.pop()
            if stack:
                stack.pop()
    return stack
