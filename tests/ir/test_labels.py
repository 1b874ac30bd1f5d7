"""What diagrams and tables say of convolutions, shapes, products and norms."""

import pytest
from operation_parameters import OPERANDS
from typed import typed

from spikegraph.ir.opdef import OPS
from spikegraph.ir.operation_text import type_text, usage

LABELS = [
    ("conv", {"kernel": 3, "out": 4}, "conv 3 × 3"),
    ("conv", {"kernel": [3, 1], "out": 4, "stride": [1, 2]}, "conv 3 × 1, stride 1 × 2"),
    (
        "conv",
        {"kernel": 3, "out": 4, "stride": [1, 1], "dilation": [2, 1], "groups": 2},
        "conv 3 × 3, dilation 2 × 1, 2 groups",
    ),
    ("conv", {"kernel": 3, "out": 4, "groups": "all", "sign": "inhibitory"}, "conv 3 × 3, each channel alone, inhibitory"),
    ("conv", {"kernel": 5, "out": 4, "stride": 2, "padding": 0}, "conv 5 × 5, stride 2, padding 0"),
    ("pool", {"kind": "max", "padding": [1, 0]}, "max pool 2 × 2, stride 2, padding 1 × 0"),
    ("transposed", {"kernel": 4, "out": 4, "stride": 2}, "transposed conv 4 × 4, stride 2"),
    ("pool", {"kind": "max", "kernel": [1, 2], "stride": [1, 2]}, "max pool 1 × 2, stride 1 × 2"),
    ("reduce", {"over": "width", "by": "max"}, "max over width"),
    ("vote", {"voters": 2}, "vote of 2 channels"),
    ("dropout", {"probability": 0.25}, "dropout, probability 0.25"),
    ("flatten", {}, "flatten"),
    ("mul", {}, "product"),
    ("iand", {}, "(1 - x) AND y"),
    ("attend", {"heads": 2}, "attention, 2 heads, scale 0.125"),
    ("product", {"transpose": "right", "heads": 2}, "matrix product, 2 heads, right one transposed"),
    ("rate_scale", {"heads": 2}, "scale by firing rate, 2 heads"),
    ("tokens", {}, "tokens"),
    ("reshape", {"size": [12]}, "reshape to 16 × 12"),
    ("swap_axes", {"first": "channels", "second": "width"}, "channels and width exchanged"),
    ("channel_shuffle", {"groups": 2}, "shuffle of 2 groups of channels"),
    ("time_to_channels", {"steps": 3}, "3 time steps as channels"),
    ("reduce", {"over": "channels", "by": "max", "heads": 2}, "max over channels, 2 heads"),
    ("product", {"transpose": "left"}, "matrix product, left one transposed"),
    ("norm", {"scale": 0.5}, "batch norm, scale 0.5"),
    ("norm", {"margin": 2}, "batch norm, margin 2"),
    ("norm", {"kind": "layer", "per": "step", "steps": 2}, "layer norm, a factor per step"),
]


@pytest.mark.parametrize(("name", "parameters", "label"), LABELS)
def test_labels(name, parameters, label):
    op = OPS[name].model_validate(parameters)
    operands = [typed("spike[4, 8, 6]")] * (1 if name == "transposed" else len(OPERANDS.get(name, ("x",))))
    assert op.describe(op.infer(*operands), {}) == label


def test_a_folded_norm():
    for name in ("conv", "transposed"):
        op = OPS[name].model_validate({"kernel": 3, "out": 4})
        assert op.describe(op.infer(typed("spike[4, 8, 6]")), {"folded": "n"}).endswith("3 × 3, norm folded")


def test_pages():
    assert usage(OPS["transposed"]).startswith("x -> transposed(kernel, out, stride = 1,")
    assert usage(OPS["transposed"]).endswith("groups = 1, like = ...)")
    assert usage(OPS["iand"]) == "x -> iand(y)"
    assert type_text(OPS["conv"], "kernel") == "a whole number, or a list of one for each axis"
    assert type_text(OPS["conv"], "groups") == "a whole number or all"
    assert type_text(OPS["norm"], "steps") == "a whole number"
    assert type_text(OPS["reduce"], "by") == "max or mean or sum"
