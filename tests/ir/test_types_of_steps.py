"""The types of operations between values with time steps and those that are the same at every step, and of recurrent layers."""

import pytest
from typed import C, S, check_refusal, check_rule

TABLE = [
    ("linear", {"out": 4, "autapses": False}, ["spike[4]"], "real[4]"),
    # Time steps that become channels, and the other way round.
    ("each_step", {}, ["count(3)[4, 8, 6] once"], C),
    ("each_step", {}, [S], S),
    ("time_to_channels", {"steps": 3}, [C], "count(3)[12, 8, 6] once"),
    ("time_to_channels", {"steps": 2}, ["real[4] once"], "real[8] once"),
    ("channels_to_time", {"steps": 2}, ["spike[4, 8, 6] once"], "spike[2, 8, 6]"),
]


@pytest.mark.parametrize(("op", "parameters", "operands", "result"), TABLE)
def test_the_rule(op, parameters, operands, result):
    check_rule(op, parameters, operands, result)


REFUSED = [
    (
        "linear",
        {"out": 3, "autapses": False},
        ["real[4]"],
        "SG0304",
        "`linear` with `autapses = false` has as many channels as its operand, 4, not 3",
    ),
    ("time_to_channels", {}, [S], "SG0304", "`time_to_channels` needs the number of time steps"),
    ("channels_to_time", {}, ["real[4] once"], "SG0304", "`channels_to_time` needs the number of time steps"),
    (
        "channels_to_time",
        {"steps": 2},
        [S],
        "SG0302",
        "`channels_to_time` needs a value that is the same at every time step, not spike[4, 8, 6]",
    ),
    ("channels_to_time", {"steps": 3}, ["real[4] once"], "SG0302", "`channels_to_time` can't divide 4 channels among 3 steps"),
]


@pytest.mark.parametrize(("op", "parameters", "operands", "code", "summary"), REFUSED)
def test_what_a_rule_refuses(op, parameters, operands, code, summary):
    check_refusal(op, parameters, operands, code, summary)
