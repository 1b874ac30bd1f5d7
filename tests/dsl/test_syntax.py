"""The parser's stored tables match the grammar, and are used only for this grammar."""

import json
from pathlib import Path

import lark
import pytest

from spikegraph.dsl import syntax as module
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.parser import parse
from spikegraph.dsl.source import SourceFile
from spikegraph.dsl.syntax import FILES, MODELS, Grammar

STEREO = (Path(__file__).parents[2] / "specs" / "stereo.sdhs").read_text(encoding="utf-8")
REDUCE = 1


def described(tables):
    """The automaton with states numbered in traversal order, because the tables' numbers differ between runs."""
    parser, memo = tables["data"]["parser"]["parser"], tables["memo"]
    numbers, order = {}, []

    def number(state):
        if state not in numbers:
            numbers[state] = len(numbers)
            order.append(state)
        return numbers[state]

    starts = {name: number(state) for name, state in sorted(parser["start_states"].items())}
    states = []
    for state in order:
        actions = sorted((parser["tokens"][token], *action) for token, action in parser["states"][state].items())
        states.append([(t, a, json.dumps(memo[to["@"]]) if a == REDUCE else number(to)) for t, a, to in actions])
    ends = {name: numbers[state] for name, state in parser["end_states"].items()}
    terminals = {json.dumps(memo[t["@"]]) for t in tables["data"]["parser"]["lexer_conf"]["terminals"]}
    return starts, ends, states, terminals, tables["data"]["options"]


@pytest.fixture
def fresh():
    """Rebuilds the parser during the test and after it."""
    module._syntax.cache_clear()
    yield
    module._syntax.cache_clear()


@pytest.mark.parametrize("grammar", [FILES, MODELS], ids=["files", "models"])
def test_the_stored_tables_are_those_of_the_grammar(grammar):
    stored, computed = grammar.stored(), grammar.computed()
    if stored["lark"] != lark.__version__:
        pytest.skip(f"the tables are those of lark {stored['lark']}")
    assert stored["checksum"] == computed["checksum"], "run `python tools/parser_tables.py`"
    assert described(stored) == described(computed)


@pytest.mark.parametrize("change", [{"lark": "0"}, {"checksum": 0}])
def test_other_tables_are_computed_anew(change, fresh, monkeypatch):
    made = parse(SourceFile("spec", STEREO), Diagnostics())
    module._syntax.cache_clear()
    monkeypatch.setattr(Grammar, "stored", lambda self: {**change, "data": None, "memo": None})
    assert parse(SourceFile("spec", STEREO), Diagnostics()) == made
