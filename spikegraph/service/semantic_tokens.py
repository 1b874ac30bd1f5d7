"""What each word of a text is, for colours."""

from collections.abc import Iterator
from typing import Literal, NamedTuple, get_args

from spikegraph.dsl.source import SourceFile
from spikegraph.ir.opdef import OPS
from spikegraph.service.document import At, Document
from spikegraph.service.lexer import Token
from spikegraph.service.outline import Node
from spikegraph.service.vocabulary import FORMS
from spikegraph.service.workspace import Workspace

Sort = Literal[
    "keyword",
    "comment",
    "string",
    "number",
    "operator",
    "function",
    "class",
    "namespace",
    "parameter",
    "variable",
    "property",
    "enumMember",
]
"""The sorts of words, with the protocol's names: an operation is a `function`, a declaration a `class`, a wire a `variable`, a
key a `property`, a word among a key's values an `enumMember`."""

MODEL_WORDS = ("in", "of", "learned", "per", "else", "case", "not", "and", "or")
"""Words that are reserved in the bodies of models, besides those that begin lines."""

SORTS: tuple[Sort, ...] = get_args(Sort)

_SORTS: dict[str, Sort] = {
    "param": "parameter",
    "parameter": "parameter",
    "input": "variable",
    "wire": "variable",
    "number": "parameter",
    "weights": "parameter",
    "option": "parameter",
    "state": "variable",
    "import": "namespace",
    "candidate": "enumMember",
    "block": "function",
}


class Word(NamedTuple):
    """A word with its place in its line and its sort; `declares` where it is a declaration's name."""

    line: int
    column: int
    length: int
    sort: Sort
    declares: bool


def semantic_tokens(workspace: Workspace, document: Document) -> tuple[Word, ...]:
    """The words of a text in order; brackets and signs have none, and neither have unknown words.

    The words of a piece are made once for the same declarations of all files that it sees.
    """
    found: list[Word] = []
    declared = hash(frozenset(_declared(workspace, document)))
    for number, piece in enumerate(document.pieces):
        key = piece.text, declared
        known = workspace.words.get(key)
        if known is None:
            if len(workspace.words) > MOST_KEPT:
                workspace.words.clear()
            known = workspace.words[key] = _words(workspace, document, number)
        found += [word._replace(line=piece.line + word.line) for word in known] if piece.line else known
    return tuple(found)


def _declared(workspace: Workspace, document: Document) -> Iterator[tuple[str, ...]]:
    """What names can mean: each import, and each definition with what it is part of and what else it has its parts from."""
    for each in workspace.imported(document, named=True):
        yield from ((str(each.path), text, name or "") for text, name in each.imports)
        for piece, names in enumerate(each.names):
            for d in names.definitions:
                above = "" if d.parent is None else names.definitions[d.parent].name
                yield str(each.path), d.kind, d.name, above, *_parts_from(each, piece, d.node)


def _parts_from(document: Document, piece: int, node: Node) -> Iterator[str]:
    """The declaration behind `like`, the candidates of a cell, the source of a data set."""
    if node.base is not None:
        yield document.token(piece, node.base).text
    for entry in node.body if node.kind in ("cell", "dataset") else ():
        if document.text_of(piece, entry.range[0]) in ("candidates", "source"):
            yield from (document.text_of(piece, i) for i in range(*entry.value))


def _words(workspace: Workspace, document: Document, number: int) -> tuple[Word, ...]:
    """The words of a piece, with lines that count from its own first one."""
    piece, sorts = document.pieces[number], _of_piece(workspace, document, number)
    words: list[tuple[Token, Sort, bool]] = [(c, "comment", False) for c in piece.outline.comments]
    for i, token in enumerate(piece.outline.tokens):
        sort = _LEXICAL.get(token.kind)
        if i in sorts:
            words.append((token, *sorts[i]))
        elif sort is not None:
            words.append((token, sort, False))
    lines = SourceFile("", piece.text)
    found: list[Word] = []
    for token, sort, declares in sorted(words, key=lambda word: word[0].start):
        span = lines.span(token.start, token.end)
        found.append(Word(span.line, span.column, span.end_column - span.column, sort, declares))
    return tuple(found)


def keywords(document: Document, piece: int) -> set[int]:
    """The numbers of the tokens of a piece that are keywords."""
    outline = document.pieces[piece].outline
    found = {i for node in outline.walk() for i in node.keywords}
    for node in outline.walk():
        if node.kind == "model":
            found |= {i for i in range(*node.range) if outline.tokens[i].text in MODEL_WORDS}
        elif node.kind == "dgs":
            inside = range(node.value[0], node.value[1] - 1)
            found |= {i for i in inside if outline.tokens[i].text == "all" and outline.tokens[i + 1].kind == "name"}
    return found


MOST_KEPT = 4096
"""Pieces whose words are kept."""

_LEXICAL: dict[str, Sort] = {"text": "string", "open": "string", "number": "number"}


def _of_piece(workspace: Workspace, document: Document, piece: int) -> dict[int, tuple[Sort, bool]]:
    """The sorts of names, by the number of the token."""
    outline, names = document.pieces[piece].outline, document.names[piece]
    found: dict[int, tuple[Sort, bool]] = {}
    texts = [token.text for token in outline.tokens]
    for i, token in enumerate(outline.tokens):
        if token.text == "->":
            found[i] = "operator", False
        elif token.kind == "name":
            behind = texts[i + 1] if i + 1 < len(texts) else ""
            found[i] = "property" if behind == "=" else "function" if behind == "(" else "enumMember", False
    found |= {i: ("property", False) for node in outline.walk() if node.kind == "entry" for i in node.names}
    for number, mention in enumerate(names.mentions):
        meant = workspace.meaning(document, At(piece, number))
        if meant is not None:
            found[mention.token] = _of_kind(meant.document.names[meant.at.piece].definitions[meant.at.number].kind), False
        elif mention.called and (mention.name in OPS or mention.name in FORMS):
            found[mention.token] = "function", False
    found |= {each.token: (_of_kind(each.kind), True) for each in names.definitions}
    return found | dict.fromkeys(keywords(document, piece), ("keyword", False))


def _of_kind(kind: str) -> Sort:
    return _SORTS.get(kind, "class")
