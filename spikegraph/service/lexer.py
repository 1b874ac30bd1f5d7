"""Tokens of a text of the language, also of one that isn't sound: what has no meaning is a token of its own."""

import re
from typing import NamedTuple

COMMENT = r"#[^\n]*"
TEXT = r'"[^"\n]*"'
NUMBER = r"[0-9](?:[eE][+-]?[0-9]|[A-Za-z0-9_.])*"
NAME = r"[A-Za-z_][A-Za-z0-9_]*"
OPERATOR = r"->|>=|<=|[=+\-*/|<>]"
BRACKET = r"[,:.(){}\[\]]"
"""How tokens look; grammars of editors are written from these too."""

_TOKEN = re.compile(
    rf"(?P<comment>{COMMENT})"
    rf"|(?P<text>{TEXT})"
    rf"|(?P<number>{NUMBER})"
    rf"|(?P<name>{NAME})"
    rf"|(?P<sign>{OPERATOR}|{BRACKET})"
    r'|(?P<open>"[^"\n]*)'
    r"|(?P<wrong>[^ \t\r\n])"
)
OPENING, CLOSING = "([{", ")]}"


class Token(NamedTuple):
    """A token.

    Attributes:
        kind: `name`, `number`, `text`, `sign`, `comment`; `open` for a string without its end, `wrong` for other characters.
        text: Its characters.
        start: Characters of the text before it.
    """

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Characters of the text before its end."""
        return self.start + len(self.text)


def tokens(text: str) -> list[Token]:
    """All tokens of a text in order, comments included; white space is between them."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "wrong"
        value = match[0].rstrip() if kind in ("comment", "open") else match[0]
        found.append(Token(kind, value, match.start()))
    return found
