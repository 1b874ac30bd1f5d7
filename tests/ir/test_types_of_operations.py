"""The types of convolutions of any window, and of operations on shapes and products."""

import pytest
from typed import C, E, R, S, check_refusal, check_rule

from spikegraph.ir.opdef import OPS

TABLE = [
    # One axis; a number for each axis; even windows; dilation and groups don't change the size.
    ("conv", {"kernel": 3, "out": 5, "stride": 2}, ["spike[4, 7]"], "real[5, 4]"),
    ("conv", {"kernel": [3, 1, 1], "out": 2, "stride": [1, 2, 2]}, ["spike[1, 3, 8, 7]"], "real[2, 3, 4, 4]"),
    ("conv", {"kernel": 4, "out": 2, "stride": 4}, ["spike[1, 9, 8]"], "real[2, 3, 2]"),
    ("conv", {"kernel": 3, "out": 8, "dilation": [2, 4], "groups": "all"}, [S], "real[8, 8, 6]"),
    ("conv", {"kernel": 2, "out": 6, "groups": 2, "sign": "excitatory"}, [S], "real[6, 8, 6]"),
    ("conv", {"kernel": 5, "out": 2, "stride": 2, "padding": 0}, ["spike[1, 9, 8]"], "real[2, 3, 2]"),
    ("conv", {"kernel": 3, "out": 2, "padding": [2, 0]}, ["spike[1, 9, 8]"], "real[2, 11, 6]"),
    ("pool", {"kind": "max", "padding": 0}, ["spike[4, 7]"], "spike[4, 3]"),
    ("transposed", {"kernel": 4, "out": 3, "stride": 2}, [S], "real[3, 16, 12]"),
    ("transposed", {"kernel": 3, "out": 3, "stride": [2, 1]}, [S, "real[9, 15, 6]"], "real[3, 15, 6]"),
    ("transposed", {"kernel": 2, "out": 3, "stride": 3}, ["spike[4, 2] once"], "real[3, 6] once"),
    # Poolings along each axis; values without axes beside others.
    ("pool", {"kind": "max"}, ["spike[4, 7]"], "spike[4, 4]"),
    ("pool", {"kind": "avg", "kernel": [1, 3], "stride": [1, 2], "padding": "centred"}, [S], "real[4, 8, 3]"),
    ("resize", {}, ["spike[4]", "real[9, 3, 3]"], "spike[4, 3, 3]"),
    ("upsample", {}, ["spike[4, 3]"], "spike[4, 5]"),
    ("add", {}, ["spike[4]", S], "count(2)[4, 8, 6]"),
    ("add", {}, [S, "real[4]", R], R),
    ("flatten", {}, [C], "count(3)[192]"),
    ("flatten", {}, ["spike[4]"], "spike[4]"),
    ("reduce", {"over": "depth", "by": "max"}, ["spike[4, 3, 8, 6]"], S),
    ("reduce", {"over": "depth", "by": "mean"}, ["spike[4, 3, 8, 6]"], R),
    ("reduce", {"over": "width", "by": "sum"}, [S], "count(6)[4, 8]"),
    ("reduce", {"over": "height", "by": "sum"}, [C], "count(24)[4, 6]"),
    ("reduce", {"over": "channels", "by": "sum"}, [S], "count(4)[1, 8, 6]"),
    ("reduce", {"over": "channels", "by": "sum"}, ["spike[1, 8]"], "spike[1, 8]"),
    ("reduce", {"over": "channels", "by": "max"}, [E], "events[1, 8, 6]"),
    ("reduce", {"over": "width", "by": "sum"}, [E], "real[4, 8]"),
    ("reduce", {"over": "width", "by": "max"}, ["real[4, 8] once"], "real[4] once"),
    ("reduce", {"over": "space", "by": "sum"}, [C], "count(144)[4]"),
    ("reduce", {"over": "space", "by": "max"}, ["events[4, 8, 6] once"], "events[4] once"),
    ("reduce", {"over": "space", "by": "mean"}, ["spike[4, 2, 3, 5]"], "real[4]"),
    ("reduce", {"over": "channels", "by": "sum", "heads": 2}, [C], "count(6)[2, 8, 6]"),
    ("reduce", {"over": "channels", "by": "sum", "heads": 4}, [S], S),
    ("reduce", {"over": "channels", "by": "mean", "heads": 4}, [S], R),
    ("reduce", {"over": "heads", "by": "sum", "heads": 4}, [C], "count(12)[1, 8, 6]"),
    ("reduce", {"over": "heads", "by": "max", "heads": 2}, ["spike[4]"], "spike[2]"),
    ("reduce", {"over": "heads", "by": "sum"}, [E], E),
    ("reduce", {"over": "time", "by": "max"}, [C], "count(3)[4, 8, 6] once"),
    ("reduce", {"over": "time", "by": "mean"}, [S], "real[4, 8, 6] once"),
    ("reduce", {"over": "time", "by": "sum", "steps": 5}, [C], "count(15)[4, 8, 6] once"),
    ("reduce", {"over": "time", "by": "sum", "steps": 5}, ["spike[4] once"], "count(5)[4] once"),
    ("reduce", {"over": "time", "by": "sum"}, [S], "real[4, 8, 6] once"),
    ("spread", {"to": 12}, [C], "count(3)[12, 8, 6]"),
    ("spread", {"to": 4}, ["real[4] once"], "real[4] once"),
    ("split", {"parts": 2, "part": 1}, [E], "events[2, 8, 6]"),
    ("split", {"parts": [1, 3], "part": 1}, ["count(3)[4] once"], "count(3)[3] once"),
    ("vote", {"voters": 2}, ["spike[4]"], "real[2]"),
    ("dropout", {}, [C], C),
    # Norms; a factor for each step makes a value that is the same at every step differ.
    ("norm", {"per": "step", "steps": 3}, ["real[4, 8] once"], "real[4, 8]"),
    ("norm", {}, [S], R),
    ("norm", {}, ["real[4] once"], "real[4] once"),
    ("norm", {"scale": 0.5}, [S], R),
    ("norm", {"affine": False}, [S], R),
    ("norm", {"kind": "layer"}, [S], R),
    ("norm", {"kind": "layer", "affine": False}, ["real[4] once"], "real[4] once"),
    ("norm", {"kind": "instance"}, [S], R),
    # Products: of spikes a spike, of counts a count; a spike lets through what it meets.
    ("mul", {}, [S, S], S),
    ("mul", {}, [S, C], C),
    ("mul", {}, [C, C], "count(9)[4, 8, 6]"),
    ("mul", {}, [E, S], E),
    ("mul", {}, [E, C], R),
    ("mul", {}, [S, R], R),
    ("mul", {}, ["spike[4]", "spike[4, 8, 6] once"], S),
    ("iand", {}, [S, S], S),
    ("sub", {}, [S, S], E),
    ("sub", {}, [S, C], R),
    ("sub", {}, ["real[4] once", "spike[4, 8, 6] once"], "real[4, 8, 6] once"),
    ("div", {}, [S, R], R),
    ("div", {}, ["spike[4]", "real[4, 8, 6] once"], R),
    ("scale", {"by": 1}, [S], S),
    ("scale", {"by": 1}, [E], E),
    ("scale", {"by": 3}, [S], C),
    ("scale", {"by": 2}, ["count(3)[4] once"], "count(6)[4] once"),
    ("scale", {"by": 2}, [E], R),
    ("scale", {"by": 0.5}, [S], R),
    ("scale", {"by": -1}, [S], R),
    ("scale", {"by": 0}, [C], R),
    ("sigmoid", {}, [S], R),
    ("tanh", {}, ["real[4] once"], "real[4] once"),
    ("exp", {}, [C], R),
    ("iand", {}, [R, S], R),
    ("attend", {"heads": 2}, [S, S, S], R),
    ("attend", {"heads": 2, "scale": 1}, [S, S, S], "count(96)[4, 8, 6]"),
    ("attend", {"heads": 2, "scale": 1}, [S, "count(2)[4, 5]", "spike[6, 5]"], "count(20)[6, 8, 6]"),
    ("attend", {"scale": 1}, [S, R, S], R),
]


@pytest.mark.parametrize(("op", "parameters", "operands", "result"), TABLE)
def test_the_rule(op, parameters, operands, result):
    check_rule(op, parameters, operands, result)


def test_the_table_has_every_operation():
    own = ("transposed", "shapes", "reduction", "channels", "elementwise", "products", "normalisation")
    modules = tuple(f"spikegraph.ir.ops.{name}" for name in own)
    assert {name for name, op in OPS.items() if op.__module__ in modules} <= {row[0] for row in TABLE}


REFUSED = [
    ("norm", {"kind": "instance"}, ["real[4]"], "SG0302", "an instance norm needs spatial axes, not real[4]"),
    ("norm", {"per": "step"}, [S], "SG0304", "`norm` with `per = step` needs the number of time steps"),
    ("norm", {"steps": 4}, [S], "SG0304", "`norm` has `steps` only with `per = step`"),
    (
        "norm",
        {"scale": 0.5, "affine": False},
        [S],
        "SG0304",
        "`norm` with `affine = false` has no weight that `scale` could set",
    ),
    (
        "pool",
        {"kind": "max", "kernel": [2, 2]},
        ["real[4, 8]"],
        "SG0302",
        "`kernel` of `pool` is [2, 2], but its operand has 1 spatial axis",
    ),
    (
        "conv",
        {"kernel": [3, 1, 1], "out": 1},
        [S],
        "SG0302",
        "`kernel` of `conv` is [3, 1, 1], but its operand has 2 spatial axes",
    ),
    (
        "conv",
        {"kernel": 3, "out": 1, "stride": [2, 1]},
        ["real[4, 8]"],
        "SG0302",
        "`stride` of `conv` is [2, 1], but its operand has 1 spatial axis",
    ),
    ("conv", {"kernel": 3, "out": 6, "groups": 3}, [S], "SG0304", "`conv` can't divide 4 input channels into 3 groups"),
    ("conv", {"kernel": 3, "out": 6, "groups": "all"}, [S], "SG0304", "`conv` can't divide 6 output channels into 4 groups"),
    (
        "transposed",
        {"kernel": 4, "out": 6, "stride": 2},
        [S, "real[1, 16, 13]"],
        "SG0302",
        "`transposed` with stride 2 can't enlarge spike[4, 8, 6] to the size of real[1, 16, 13]",
    ),
    (
        "transposed",
        {"kernel": 4, "out": 6, "stride": 2},
        [S, "real[1, 16]"],
        "SG0302",
        "`transposed` needs operands with equal numbers of axes, not spike[4, 8, 6] and real[1, 16]",
    ),
    ("reduce", {"over": "depth", "by": "max"}, [S], "SG0302", "spike[4, 8, 6] has no axis `depth`"),
    ("reduce", {"over": "height", "by": "max"}, ["real[4, 8]"], "SG0302", "real[4, 8] has no axis `height`"),
    ("reduce", {"over": "space", "by": "max"}, ["real[4]"], "SG0302", "real[4] has no axis `space`"),
    ("reduce", {"over": "channels", "by": "sum", "heads": 3}, [S], "SG0304", "`reduce` can't divide 4 channels into 3 heads"),
    ("reduce", {"over": "width", "by": "sum", "heads": 2}, [S], "SG0304", "`reduce` over `width` has no `heads`"),
    (
        "reduce",
        {"over": "time", "by": "sum"},
        ["real[4] once"],
        "SG0304",
        "`reduce` can't add the time steps of real[4] once, which is the same at every step",
    ),
    ("spread", {"to": 6}, [S], "SG0304", "`spread` can't repeat 4 channels equally often to make 6 of them"),
    ("split", {"parts": 3, "part": 0}, [S], "SG0304", "`split` can't divide 4 channels into 3 equal parts"),
    ("split", {"parts": 2, "part": 2}, [S], "SG0304", "`split` has no part 2 of 2"),
    ("split", {"parts": [1, 2], "part": 2}, [S], "SG0304", "`split` has no part 2 of 2"),
    ("split", {"parts": [1, 2], "part": 1}, [S], "SG0304", "the parts of `split` have 3 channels, but spike[4, 8, 6] has 4"),
    ("vote", {"voters": 3}, [S], "SG0302", "`vote` can't divide 4 channels by 3 voters"),
    ("iand", {}, [S, C], "SG0302", "`iand` needs spikes of one shape, not count(3)[4, 8, 6]"),
    ("iand", {}, [S, "spike[4]"], "SG0302", "`iand` needs spikes of one shape, not spike[4]"),
    (
        "mul",
        {},
        [S, "spike[3]"],
        "SG0302",
        "`mul` needs operands of equal channels and sizes, not spike[4, 8, 6] and spike[3] (operands 1 and 2)",
    ),
    ("div", {}, [R, S], "SG0302", "`div` can't divide by spike[4, 8, 6], which may be 0"),
    (
        "sub",
        {},
        [S, "spike[4, 8, 7]"],
        "SG0302",
        "`sub` needs operands of equal channels and sizes, not spike[4, 8, 6] and spike[4, 8, 7] (operands 1 and 2)",
    ),
    ("attend", {}, [S, S, "spike[4]"], "SG0302", "`attend` needs positions as tokens, not spike[4]"),
    ("attend", {"heads": 3}, [S, S, S], "SG0304", "`attend` can't divide 4 channels into 3 heads"),
    (
        "attend",
        {},
        [S, "spike[2, 8, 6]", S],
        "SG0302",
        "`attend` needs q and k with equal channels, not spike[4, 8, 6] and spike[2, 8, 6]",
    ),
    (
        "attend",
        {},
        [S, "spike[4, 8]", S],
        "SG0302",
        "`attend` needs k and v of equal sizes, not spike[4, 8] and spike[4, 8, 6]",
    ),
]


@pytest.mark.parametrize(("op", "parameters", "operands", "code", "summary"), REFUSED)
def test_what_a_rule_refuses(op, parameters, operands, code, summary):
    check_refusal(op, parameters, operands, code, summary)
