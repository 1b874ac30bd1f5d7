"""The tokens of sound texts by the grammar alone: its parser keeps them all, in the tree of its rules."""

from functools import cache

import lark
from lark import Token

from spikegraph.dsl.syntax import FILES, MODELS


@cache
def _parsers():
    options = {"parser": "lalr", "lexer": "contextual", "keep_all_tokens": True, "maybe_placeholders": False}
    return tuple(lark.Lark(grammar.text, start=list(grammar.start), **options) for grammar in (FILES, MODELS))


def grammar_tokens(text: str) -> list[tuple[int, str, str]]:
    """The tokens: the characters before each, its text, and its terminal.

    The terminal is `NAME` for all that the grammar takes as names, and `KIND` for the first word of a declaration.
    """
    files, models = _parsers()

    def walk(tree, within, offset):
        for child in tree.children:
            if not isinstance(child, Token):
                yield from walk(child, child.data, offset)
            elif child.type == "MODEL_BODY":
                yield from walk(models.parse(str(child), start="model_body"), "model_body", offset + child.start_pos)
            elif within in ("declaration", "alias") and child.type == "NAME":
                yield offset + child.start_pos, str(child), "KIND"
            else:
                yield offset + child.start_pos, str(child), "NAME" if within == "name" else child.type

    return list(walk(files.parse(text, start="file"), "file", 0))
