"""Arithmetic, numbers and the nearest name."""

# A wrong type fails the test anyway, and narrowing every value first would hide the assertions.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportArgumentType=false, reportOperatorIssue=false

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikegraph.base.nearest import did_you_mean, listed, nearest
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.evaluate import evaluate, whole
from spikegraph.dsl.numbers import MalformedError, read_number, write_number
from spikegraph.dsl.parser import parse_expression
from spikegraph.dsl.source import SourceFile, Span


def value(text, function=evaluate, **environment):
    diagnostics = Diagnostics()
    expr = parse_expression(SourceFile("expr", text), diagnostics)
    result = function(expr, environment, diagnostics)
    return result, [(d.code, d.span.column) for d in diagnostics]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 * C + 1", 25),
        ("C / 2", 6),
        ("C / 5", 2.4),
        ("-C - -3", -9),
        ("(C - 2) / (3 - 1) / 5", 1),
        ("50ms * 2", 0.1),
        ("1e-3", 0.001),
        ("500us + 1s", 1.0005),
    ],
)
def test_values(text, expected):
    result, told = value(text, C=12)
    assert (result, told) == (pytest.approx(expected), [])
    assert isinstance(result, type(expected))


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("2 * D", "SG0202", 5),
        ("C / (C - 12)", "SG0213", 1),
        ("C * [3]", "SG0207", 5),
        ("C + true", "SG0207", 5),
        ('"12"', "SG0207", 1),
        ("C -> 3", "SG0207", 1),
        ("C.x", "SG0207", 1),
        ("1000000000 * 1000000000", "SG0218", 1),
    ],
)
def test_no_values(text, code, column):
    assert value(text, C=12) == (None, [(code, column)])


def test_an_unknown_value_is_reported_once():
    assert value("C / 2", C=None) == (None, [])
    assert value("C / 2", whole, C=None) == (None, [])


def test_whole():
    assert value("C / 2", whole, C=12) == (6, [])
    assert value("C / 2 * 2", whole, C=13) == (13, [])
    assert value("C / 2", whole, C=13) == (None, [("SG0212", 1)])
    assert value("2s", whole) == (None, [("SG0212", 1)])


def test_integer_errors_name_the_parameter():
    diagnostics = Diagnostics()
    whole(parse_expression(SourceFile("expr", "C / k"), diagnostics), {"C": 13, "k": 2, "D": 1}, diagnostics)
    assert [d.summary for d in diagnostics] == ["expected a whole number, found 6.5 for C = 13, k = 2"]


@given(st.integers(0, 10**15) | st.floats(0, 1e15))
def test_numbers_are_written_and_read_back(number):
    back, unit = read_number(write_number(abs(number)))
    assert (back, type(back), unit) == (abs(number), type(number), None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.2.3", "SG0107"),
        ("1.", "SG0107"),
        ("1e", "SG0108"),
        ("1e+", "SG0107"),
        ("3px", "SG0108"),
        ("9" * 500, "SG0107"),
        ("1e999", "SG0218"),
    ],
)
def test_malformed_numbers(text, code):
    with pytest.raises(MalformedError) as error:
        read_number(text)
    assert error.value.code == code


def test_numbers_that_cannot_be_written():
    for number in (-1, -0.5, math.inf, math.nan):
        with pytest.raises(ValueError, match=r"written|negative"):
            write_number(number)


def test_nearest():
    known = ["mix", "keep", "nodes", "neuron"]
    assert nearest("mixx", known) == "mix"
    assert nearest("NODE", known) == "nodes"
    assert nearest("zebra", known) is None
    assert nearest("x" * 10**6, known) is None
    assert did_you_mean("kepe", known) == "did you mean `keep`?"
    assert did_you_mean("zebra", known) is None
    assert listed(known) == "`mix`, `keep`, `nodes` or `neuron`"
    assert listed(map(str, range(20)), 2) == "`0`, `1` and 18 more"


def test_spans():
    source = SourceFile("f", "aé\n語b\r\n\nlast")
    assert [source.line(i) for i in range(6)] == ["", "aé", "語b", "", "last", ""]
    span = source.span(1, 4)
    assert span == Span("f", 1, 2, 2, 2)
    assert (source.offset(2, 2), source.byte(2, 2)) == (4, 7)
