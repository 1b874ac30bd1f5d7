"""Pygments has the grammar's tokens: the same texts at the same places, keywords as keywords and names as names."""

from pathlib import Path

import pytest
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, Punctuation, String, Token

from spikegraph.service.pygments_lexer import SdhsLexer

from ..sampled import sampled
from .grammar_tokens import grammar_tokens
from .texts import TEXT

ROOT = Path(__file__).parents[2]
SPECS = [str(p.relative_to(ROOT)) for folder in ("specs", "dsl/library") for p in sorted((ROOT / folder).rglob("*.sdhs"))]
SORTS = {"NAME": Name, "NUMBER": Number, "TEXT": String}
SIGNS = {"->": Operator, "=": Operator, **dict.fromkeys(",:.(){}[]", Punctuation), **dict.fromkeys("+-*/|<>", Operator)}


def sort(terminal, text):
    """What Pygments calls a terminal of the grammar."""
    if not text[0].isalpha() and terminal not in SORTS:
        return SIGNS.get(text, Operator)
    return SORTS.get(terminal, Keyword)


@pytest.mark.parametrize("name", sampled(SPECS, 12))
def test_it_has_the_tokens_of_the_grammar(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    found = list(SdhsLexer().get_tokens_unprocessed(text))
    assert "".join(value for _, _, value in found) == text
    words = [(start, value, kind) for start, kind, value in found if value.strip() and kind not in Comment]
    expected = grammar_tokens(text)
    assert [(start, value) for start, value, _ in words] == [(start, value) for start, value, _ in expected]
    for (start, value, kind), (_, _, terminal) in zip(words, expected, strict=True):
        assert kind in sort(terminal, value), (start, value, kind, terminal)


def test_comments_and_what_has_no_meaning():
    text = 'sdhs 1 # a "b" \nneuron a { decay = "x\n  ? }'
    found = [(kind, value) for _, kind, value in SdhsLexer().get_tokens_unprocessed(text) if value.strip()]
    assert found == [
        (Keyword, "sdhs"),
        (Number, "1"),
        (Comment.Single, '# a "b"'),
        (Keyword, "neuron"),
        (Name.Class, "a"),
        (Punctuation, "{"),
        (Name.Attribute, "decay"),
        (Operator, "="),
        (Error, '"x'),
        (Error, "?"),
        (Punctuation, "}"),
    ]


def test_words_of_a_dataflow_differ():
    found = {value: kind for _, kind, value in SdhsLexer().get_tokens_unprocessed(TEXT)}
    assert (found["stage"], found["pool"], found["classes"]) == (Name.Function, Name.Function, Name.Attribute)
    assert found["return"] is Token.Keyword


def test_pygments_finds_it():
    assert isinstance(get_lexer_by_name("sdhs"), SdhsLexer)
    assert isinstance(get_lexer_for_filename("net.sdhs"), SdhsLexer)
