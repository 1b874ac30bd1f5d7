"""The grammar of the VS Code extension has the tokens of the language's own: the same texts, keywords as keywords."""

import json
import os
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

from ..sampled import sampled
from .grammar_tokens import grammar_tokens
from .textmate import textmate_tokens

ROOT = Path(__file__).parents[2]
FILE = ROOT / "tools" / "vscode" / "syntaxes" / "sdhs.tmLanguage.json"
GRAMMAR = json.loads(FILE.read_text(encoding="utf-8"))
SPECS = [str(p.relative_to(ROOT)) for folder in ("specs", "dsl/library") for p in sorted((ROOT / folder).rglob("*.sdhs"))]
SORTS = {"NAME": ("variable", "entity"), "NUMBER": ("constant",), "TEXT": ("string",)}


def sorts(terminal, text):
    """How scopes of a terminal begin."""
    if not text[0].isalpha() and terminal not in SORTS:
        return ("punctuation",) if text in ",:.(){}[]" else ("keyword.operator",)
    return SORTS.get(terminal, ("keyword.control",))


def shown(text):
    return [(found.text, found.scope.removesuffix(".sdhs")) for found in textmate_tokens(GRAMMAR, text)]


def test_the_file_is_what_its_program_writes():
    written = runpy.run_path(str(FILE.parents[1] / "grammar.py"))["text"]()
    assert FILE.read_text(encoding="utf-8") == written, "run `python tools/vscode/grammar.py`"


@pytest.mark.parametrize("name", sampled(SPECS, 12))
def test_it_has_the_tokens_of_the_grammar(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    found = [each for each in textmate_tokens(GRAMMAR, text) if not each.scope.startswith("comment")]
    expected = grammar_tokens(text)
    assert [(each.start, each.text) for each in found] == [(start, value) for start, value, _ in expected]
    for each, (_, _, terminal) in zip(found, expected, strict=True):
        assert each.scope.startswith(sorts(terminal, each.text)), (each, terminal)


def test_words_are_keywords_by_their_neighbours():
    assert shown("  input   = input -> path(param = 3) # input x") == [
        ("input", "variable.other.property"),
        ("=", "keyword.operator"),
        ("input", "variable.other"),
        ("->", "keyword.operator"),
        ("path", "entity.name.function"),
        ("(", "punctuation"),
        ("param", "variable.other.property"),
        ("=", "keyword.operator"),
        ("3", "constant.numeric"),
        (")", "punctuation"),
        ("# input x", "comment.line.number-sign"),
    ]


def test_words_of_models_are_keywords_in_models_alone():
    body = "model m(x) {\n  y = case mode { a: { 1 } }\n  emit y\n}\ncell emit like over { state = 1 }\n"
    keywords = [text for text, scope in shown(body) if scope.startswith("keyword") and text[0].isalpha()]
    assert keywords == ["model", "case", "emit", "cell", "like"]


def test_what_has_no_end_is_marked():
    assert shown('  path = "data')[-1] == ('"data', "invalid.illegal.unclosed")


@pytest.mark.skipif(
    "SPIKEGRAPH_NODE_MODULES" not in os.environ, reason="SPIKEGRAPH_NODE_MODULES names no folder of Node modules"
)
def test_the_engine_of_vs_code_finds_the_same():
    """Every text of the tests, broken ones too; `tools/vscode/build.py --modules DIR` makes the folder."""
    files = [ROOT / name for name in SPECS] + sorted((ROOT / "tests" / "diagnostics").rglob("*.sdhs"))
    texts = [path.read_text(encoding="utf-8") for path in files]
    command = [shutil.which("node"), str(FILE.parents[1] / "tokens.mjs"), str(FILE), *map(str, files)]
    done = subprocess.run(command, cwd=os.environ["SPIKEGRAPH_NODE_MODULES"], capture_output=True, text=True, check=True)
    found = [[tuple(each) for each in json.loads(line)] for line in done.stdout.splitlines()]
    for path, text, tokens in zip(files, texts, found, strict=True):
        if text.isascii():  # the engine counts units of UTF-16
            assert tokens == [tuple(each) for each in textmate_tokens(GRAMMAR, text)], path
