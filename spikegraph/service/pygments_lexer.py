"""The language for Pygments: colours in documentation, terminals and notebooks."""

from collections.abc import Iterator
from pathlib import Path

from pygments.lexer import Lexer
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, Punctuation, String, Whitespace
from pygments.token import _TokenType as TokenType  # pyright: ignore[reportPrivateUsage]
from typing_extensions import override

from spikegraph.service.document import Document
from spikegraph.service.lexer import Token as Word
from spikegraph.service.semantic_tokens import keywords

_KINDS = {"number": Number, "text": String.Double, "open": Error, "wrong": Error}
_OPERATORS = ("->", "=", "+", "-", "*", "/", "|", "<", ">", "<=", ">=")


class SdhsLexer(Lexer):
    """Specs of spikegraph."""

    name = "spikegraph"
    url = "https://github.com/spikegraph/spikegraph"
    aliases = ["sdhs"]  # noqa: RUF012 (as Pygments declares it)
    filenames = ["*.sdhs"]  # noqa: RUF012

    @override
    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, TokenType, str]]:
        """The tokens of a text, with the characters before each; white space included."""
        end = 0
        for start, kind, value in sorted(_words(Document(Path(), text))):
            if start > end:
                yield end, Whitespace, text[end:start]
            yield start, kind, value
            end = start + len(value)
        if end < len(text):
            yield end, Whitespace, text[end:]


def _words(document: Document) -> Iterator[tuple[int, TokenType, str]]:
    for number, piece in enumerate(document.pieces):
        tokens, reserved = piece.outline.tokens, keywords(document, number)
        declared = {definition.token for definition in document.names[number].definitions}
        keys = {i for node in piece.outline.walk() if node.kind == "entry" for i in node.names}
        for i, token in enumerate(tokens):
            kind = Keyword if i in reserved else _kind(token, i, tokens, declared, keys)
            yield piece.start + token.start, kind, token.text
        yield from ((piece.start + comment.start, Comment.Single, comment.text) for comment in piece.outline.comments)


def _kind(token: Word, i: int, tokens: tuple[Word, ...], declared: set[int], keys: set[int]) -> TokenType:
    if token.kind == "sign":
        return Operator if token.text in _OPERATORS else Punctuation
    if token.kind != "name":
        return _KINDS[token.kind]
    if i in declared:
        return Name.Class
    if i in keys:
        return Name.Attribute
    called = i + 1 < len(tokens) and tokens[i + 1].text == "("
    return Name.Function if called or (i > 0 and tokens[i - 1].text == "->") else Name
