"""Where in the structure of a text a place is: in which declaration, at which key's value, in which call."""

from itertools import pairwise

from spikegraph.base.record import record
from spikegraph.service.document import Document
from spikegraph.service.lexer import Token
from spikegraph.service.outline import Node
from spikegraph.service.places import Place

_GOES_ON = frozenset(("=", "->", ",", "(", "[", "+", "-", "*", "/", ":", ".", "|", "in", "of", "on", "like", "at", "as"))
"""Tokens behind which a value, or what else they begin, goes on in the next line."""


@record
class Call:
    """An open call: its function's name, the number of the argument, its name if it has one, and those that are given.

    The name of a named import's function is that which it has without a dot: `lib_lif` for `lib.lif`.
    """

    function: str
    argument: int
    name: str | None
    given: tuple[str, ...]
    piped: bool


@record
class Cursor:
    """A place in a text.

    Attributes:
        piece: Number of the piece.
        prefix: The part of a name before the place.
        before: The tokens of the piece before that.
        around: The declarations and blocks around the place, outermost first.
        statement: The statement whose value it is in; None where a new one begins.
        call: The innermost open call.
        path: The names before a dot that ends in front of the place.
        comment: Whether it is in a comment.
        quoted: Whether it is in a string, whose part before the place is the prefix.
    """

    piece: int
    prefix: str
    before: tuple[Token, ...]
    around: tuple[Node, ...]
    statement: Node | None
    call: Call | None
    path: tuple[str, ...]
    comment: bool
    quoted: bool

    @property
    def last(self) -> str:
        """The text of the last token before the place."""
        return self.before[-1].text if self.before else ""


def cursor(document: Document, place: Place) -> Cursor:
    """What surrounds a place."""
    offset = document.offset(place)
    number = document.piece_at(offset)
    piece = document.pieces[number]
    at = offset - piece.start
    before = [t for t in piece.outline.tokens if t.start < at]
    quoted = bool(before) and before[-1].kind in ("text", "open") and (at < before[-1].end or before[-1].kind == "open")
    commented = any(c.start < at <= c.end for c in piece.outline.comments)
    prefix = ""
    if quoted:
        prefix = before[-1].text[1 : at - before[-1].start]
        before = before[:-1]
    elif before and before[-1].kind == "name" and at <= before[-1].end:
        prefix = before[-1].text[: at - before[-1].start]
        before = before[:-1]
    around = _around(piece.outline.nodes, piece.outline.tokens, at, ())
    statement = _statement(piece.text, before, around, at - len(prefix))
    first = 0 if statement is None else statement.range[0]
    call = _call(before, first)
    return Cursor(number, prefix, tuple(before), around, statement, call, _path(before), commented, quoted)


def _around(nodes: tuple[Node, ...], tokens: tuple[Token, ...], at: int, found: tuple[Node, ...]) -> tuple[Node, ...]:
    for node in nodes:
        if node.braces is None:
            continue
        opened, closed = node.braces
        if tokens[opened].end <= at and (closed is None or at <= tokens[closed].start):
            return _around(node.body, tokens, at, (*found, node))
    return found


def _statement(text: str, before: list[Token], around: tuple[Node, ...], at: int) -> Node | None:
    """The statement that goes on at a place; one ends with its line, unless a bracket is open or an operator is last."""
    if not before or not around:
        return None
    last = len(before) - 1
    node = next((n for n in reversed(around[-1].body) if n.range[0] <= last), None)
    if node is None or node.braces is not None or before[last].text == "}":
        return None
    if "\n" not in text[before[last].end : at] or before[last].text in _GOES_ON:
        return node
    return node if _call(before, node.range[0]) is not None or _open(before[node.range[0] :]) else None


def _open(tokens: list[Token]) -> bool:
    return sum((t.text in "([") - (t.text in ")]") for t in tokens if t.kind == "sign") > 0


def _call(before: list[Token], first: int) -> Call | None:
    open_: list[tuple[int, int]] = []
    for i in range(first, len(before)):
        text = before[i].text
        if text in ("(", "["):
            open_.append((i, 0))
        elif text in (")", "]") and open_:
            open_.pop()
        elif text == "," and open_:
            open_[-1] = (open_[-1][0], open_[-1][1] + 1)
    for opened, commas in reversed(open_):
        if before[opened].text == "(" and opened > 0 and before[opened - 1].kind == "name":
            inside = before[opened + 1 :]
            names = [a.text for a, b in pairwise(inside) if a.kind == "name" and b.text == "="]
            end = len(before) - 2 * len(_path(before))
            name = before[end - 2].text if end > opened + 2 and before[end - 1].text == "=" else None
            path = _path(before[: opened - 1])
            first = opened - 1 - 2 * len(path)
            piped = first > 0 and before[first - 1].text == "->"
            return Call("_".join((*path, before[opened - 1].text)), commas, name, tuple(names), piped)
    return None


def _path(before: list[Token]) -> tuple[str, ...]:
    names: list[str] = []
    i = len(before)
    while i > 1 and before[i - 1].text == "." and before[i - 2].kind == "name":
        names.insert(0, before[i - 2].text)
        i -= 2
    return tuple(names)
