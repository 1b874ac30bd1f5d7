"""Slips are repaired by what the tools say; `tools/campaigns agent_repairs` has two hundred."""

import json
from pathlib import Path

import pytest
from agent_repairs import mistake, network
from repairing import repaired, replaced
from slips import KINDS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("seed", range(len(KINDS)), ids=list(KINDS))
def test_a_slip_is_repaired_over_the_protocol(session, seed):
    kind, text, wrong = mistake(seed)
    assert kind == tuple(KINDS)[seed]
    assert not session.data("check", text=wrong)["sound"]
    made = repaired(wrong, lambda name, arguments: session.data(name, **arguments))
    assert made is not None
    assert network(made) == network(text)


def test_a_text_that_no_edit_repairs_is_said_to_be_none(session):
    assert repaired("sdhs 1\nnetwork net { }\n", lambda name, arguments: session.data(name, **arguments)) is None


def test_places_of_the_tools_are_those_of_the_text():
    place = {"line": 1, "column": 2, "end_line": 2, "end_column": 1}
    assert replaced("abc\nde\n", place, "-") == "a-de\n"


def test_the_record_has_two_hundred():
    entry = json.loads((ROOT / "docs" / "trust" / "agent_repairs.json").read_text(encoding="utf-8"))
    assert entry["cases"] == 200
    assert set(entry["kinds"]) == set(KINDS)
    assert entry["passed"] >= 196
