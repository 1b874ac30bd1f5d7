"""Edits of one sign, word or line near an error, of which one may be what its author meant."""

from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import NamedTuple

from spikegraph.base.nearest import nearest
from spikegraph.dsl.schema.statements import ITEM_WORDS
from spikegraph.service.lexer import CLOSING, OPENING, Token

CALLS = ("previous", "repeat", "chain")
_GRAMMAR = (
    *(
        "sdhs",
        *ITEM_WORDS,
        "like",
        "input",
        "output",
        "param",
        "return",
        "number",
        "option",
        "state",
        "weights",
        "emit",
        "else",
    ),
    *("over", "time", "case", "where", "learned", "per", "channel", "layer", "step", *CALLS),
)
"""Words of the grammar, and of calls that are no operations."""

_BETWEEN = ("->", "=", ",", ":", "{")
_FAR = 30
"""Most tokens before a closing bracket among which its opening one is looked for."""

_LEAST = 3
"""Least letters of a name that is looked for at the beginning of a word."""


class Likely(NamedTuple):
    """An edit: `text` in place of the characters from `start` to `end`, in words `says`."""

    start: int
    end: int
    text: str
    says: str


def likely_edits(text: str, tokens: list[Token], at: int, names: Collection[str]) -> Iterator[Likely]:
    """Edits near the token that begins at an offset or behind it, the most local first; each keeps all other characters.

    `tokens` are those of the text without comments, and `names` those that may stand before a bracket.
    """
    number = next((i for i, token in enumerate(tokens) if token.end > at), len(tokens))
    near, (first, last) = tokens[max(0, number - 2) : number + 2], _line(text, tokens, number)
    yield from _doubled(tokens[max(0, first - 1) : last + 1])
    for before, here in pairwise(near):
        yield from _between(before, here)
    yield from _brackets(text, tokens, first, last, names)
    for token in (*near[min(number, 2) :], *reversed(near[: min(number, 2)])):
        yield from _instead(token)


def twice(text: str, at: int) -> Iterator[Likely]:
    """Leaves out the line of an offset, if there is the same line before it."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at) + 1 or len(text)
    line = text[start:end].strip()
    if line and line in (other.strip() for other in text[:start].split("\n")):
        yield Likely(start, end, "", "leave out the second of two equal lines")


def _doubled(near: list[Token]) -> Iterator[Likely]:
    """Leaves out the second of two equal signs side by side."""
    for one, two in pairwise(near):
        if one.text == two.text and one.end == two.start and one.kind == "sign":
            yield Likely(two.start, two.end, "", f"leave out the second `{two.text}`")


def _between(before: Token, here: Token) -> Iterator[Likely]:
    """A sign that is missing between two tokens."""
    for sign in _BETWEEN:
        if before.text not in _BETWEEN and here.text not in _BETWEEN:
            space = "" if sign == "," else " "
            yield Likely(
                before.end, here.start if sign != "{" else before.end, f"{space}{sign} ", f"write `{sign}` before `{here.text}`"
            )


def _instead(token: Token) -> Iterator[Likely]:
    """Another sign or word in place of a token, or none."""
    if token.kind == "number" and token.text.endswith("."):
        yield Likely(token.end - 1, token.end, ",", f"write `,` behind `{token.text[:-1]}`")
    if token.kind in ("sign", "wrong"):
        for sign in (*_BETWEEN, *OPENING, *CLOSING):
            if sign != token.text:
                yield Likely(token.start, token.end, sign, f"write `{sign}` in place of `{token.text}`")
    yield Likely(token.start, token.end, "", f"leave out `{token.text}`")
    if token.kind == "name":
        word = nearest(token.text, _GRAMMAR)
        if word is not None and word != token.text:
            yield Likely(token.start, token.end, word, f"write `{word}`")


def _brackets(text: str, tokens: list[Token], first: int, last: int, names: Collection[str]) -> Iterator[Likely]:
    """Brackets of a line: another closing or opening one, one that is missing, or one too many."""
    open_: list[Token] = []
    for i, token in enumerate(tokens[first:last], first):
        if token.text in OPENING and token.kind == "sign":
            open_.append(token)
        elif token.text in CLOSING and token.kind == "sign":
            if open_ and OPENING.index(open_[-1].text) == CLOSING.index(token.text):
                open_.pop()
            else:
                yield from _wrong_closing(text, tokens, i, open_, names)
    for token in open_:
        yield from _unclosed(text, tokens, token, last)


def _line(text: str, tokens: list[Token], number: int) -> tuple[int, int]:
    """The numbers of the first token of a token's line, and of the one behind its last."""
    starts = [i for i, token in enumerate(tokens) if i == 0 or "\n" in text[tokens[i - 1].end : token.start]]
    first = max((i for i in starts if i <= number), default=0)
    return first, min((i for i in starts if i > number), default=len(tokens))


def _wrong_closing(text: str, tokens: list[Token], number: int, open_: list[Token], names: Collection[str]) -> Iterator[Likely]:
    """A closing bracket behind another opening one, or behind none."""
    token = tokens[number]
    if open_:
        right, opening = CLOSING[OPENING.index(open_[-1].text)], OPENING[CLOSING.index(token.text)]
        called = text[open_[-1].start - 1 : open_[-1].start].isalnum()
        edits = [
            Likely(token.start, token.end, right, f"write `{right}` in place of `{token.text}`"),
            Likely(open_[-1].start, open_[-1].end, opening, f"write `{opening}` in place of `{open_[-1].text}`"),
        ]
        yield from reversed(edits) if called and opening == "(" else edits
    opening = OPENING[CLOSING.index(token.text)]
    inside = (each for each in tokens[max(0, number - _FAR) : number] if not open_ or each.start > open_[-1].start)
    for before in reversed(list(inside)):
        for i in range(len(before.text) - 1, _LEAST - 1, -1) if before.kind == "name" else ():
            if before.text[:i] in names:
                at = before.start + i
                yield Likely(at, at, opening, f"write `{opening}` behind `{before.text[:i]}`")
        if before.kind in ("name", "number") or before.text in OPENING:
            yield Likely(before.start, before.start, opening, f"write `{opening}` before `{before.text}`")


def _unclosed(text: str, tokens: list[Token], opened: Token, last: int) -> Iterator[Likely]:
    """An opening bracket whose closing one is missing: one behind each value of the line that follows, or no bracket."""
    closing = CLOSING[OPENING.index(opened.text)]
    if closing == "}":
        lines = (one for one, two in pairwise(tokens) if "\n" in text[one.end : two.start])
        behind = [one.end for one in lines if one.start > opened.start]
        for end in (*behind, tokens[-1].end):
            yield Likely(end, end, "\n}", "write `}` behind this line")
    for i in range(last - 1, 0, -1):
        token = tokens[i]
        if token.start <= opened.start:
            break
        if token.kind in ("name", "number", "text") or token.text in CLOSING:
            yield Likely(token.end, token.end, closing, f"write `{closing}` behind `{token.text}`")
    yield Likely(opened.start, opened.end, "", f"leave out `{opened.text}`")
