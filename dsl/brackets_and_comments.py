"""Comments and brackets, and what is beyond the limits, found before the text is parsed."""

import re

from spikegraph.base.record import record
from spikegraph.base.visible import CONTROL
from spikegraph.dsl.ast import Comment
from spikegraph.dsl.limits import DEEPEST_NESTING, LONGEST_LINE, LONGEST_NAME, LONGEST_TEXT
from spikegraph.dsl.source import SourceFile, Span

_INTERVAL = r"\bin[ \t]*[(\[][^()\[\]{}#\n]*[)\]]"
"""The range of a model's number, whose brackets may differ: `in (0, 1]`."""
_TOKENS = re.compile(rf'"[^"\n]*"|#[^\n]*|{_INTERVAL}|[(\[{{]|[)\]}}]')
_LONG_NAME = re.compile(rf"(?<![A-Za-z0-9_])[A-Za-z_][A-Za-z0-9_]{{{LONGEST_NAME}}}")
_TOKENS_AND_LONG_NAMES = re.compile(rf"{_TOKENS.pattern}|{_LONG_NAME.pattern}[A-Za-z0-9_]*+")
_LONG_LINE = re.compile(rf"^[^\n]{{{LONGEST_LINE + 1}}}", re.MULTILINE)
_CONTROL = re.compile(rf"(?!\r\r*\n){CONTROL.pattern}")  # lines may end with \r\n
CLOSER = {"(": ")", "[": "]", "{": "}"}


Refused = tuple[str, Span, str, str]
"""Code, place, summary and help of a text that is beyond a limit."""


@record
class Scan:
    """Comments in the order of the text; `refused` is the first place that is beyond a limit."""

    comments: tuple[Comment, ...]
    refused: Refused | None


def scan(source: SourceFile) -> Scan:
    """Finds the comments of a text, and the first bracket, line, name or string beyond the limits; linear in the text."""
    text = source.text
    comments: list[Comment] = []
    refused = _long_line(source) or _control(source)
    tokens = _TOKENS if _LONG_NAME.search(text) is None else _TOKENS_AND_LONG_NAMES
    depth = 0
    for match in tokens.finditer(text):
        first, (start, end) = text[match.start()], match.span()
        if first == "#":
            line_start = text.rfind("\n", 0, start) + 1
            own_line = text[line_start:start].isspace() or line_start == start
            comment = match.group().rstrip()
            comments.append(Comment(comment, own_line, source.span(start, start + len(comment))))
        elif first in "([{":
            depth += 1
            if depth > DEEPEST_NESTING and refused is None:
                help = f"at most {DEEPEST_NESTING} may be open at one place"
                refused = ("SG0105", source.span(start, end), "brackets are nested too deeply", help)
        elif first in ")]}":
            depth = max(0, depth - 1)
        elif first == "i" and match.group()[-1] in ")]":
            pass  # an interval
        elif refused is None and first != '"':
            help = f"a name has at most {LONGEST_NAME} characters"
            refused = ("SG0116", source.span(start, end), f"the name `{match.group()[:20]}...` is too long", help)
        elif refused is None and end - start - 2 > LONGEST_TEXT:
            summary, help = f"a string of {end - start - 2} characters", f"a string has at most {LONGEST_TEXT}"
            refused = ("SG0116", source.span(start, end), summary, help)
    return Scan(tuple(comments), refused)


def _long_line(source: SourceFile) -> Refused | None:
    match = _LONG_LINE.search(source.text)
    if match is None:
        return None
    place = source.span(match.start(), match.start() + 1)
    return "SG0116", place, "the line is too long", f"a line has at most {LONGEST_LINE} characters; break it"


def _control(source: SourceFile) -> Refused | None:
    match = _CONTROL.search(source.text)
    if match is None:
        return None
    place = source.span(match.start(), match.end())
    help = "leave it out, in strings and comments too: on a terminal it could hide other text"
    return "SG0109", place, f"`U+{ord(match[0]):04X}` has no meaning here", help


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
