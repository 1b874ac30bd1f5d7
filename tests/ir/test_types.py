"""The types of wires: a table for every operation, as in the language reference."""

import pytest
from typed import C, E, R, S, check_refusal, check_rule, typed

from spikegraph.ir.neuron import Constant, Learned, Neuron
from spikegraph.ir.opdef import OPS
from spikegraph.ir.type_rules import TypeRuleError
from spikegraph.ir.types import Kind, Value, total, widest

NEURON = Neuron()
PARALLEL = Neuron(model="psn", constants=(Constant(name="bias", value=-1.0),), learned=(Learned(name="bias", per="step"),))

TABLE = [
    # A convolution of anything is real; 2-d and 3-d; ceil(size / stride).
    ("conv", {"kernel": 3, "out": 5}, [S], "real[5, 8, 6]"),
    ("conv", {"kernel": 3, "out": 5}, [E], "real[5, 8, 6]"),
    ("conv", {"kernel": 3, "out": 5, "stride": 3}, [C], "real[5, 3, 2]"),
    ("conv", {"kernel": 5, "out": 2, "stride": 2}, ["spike[1, 3, 8, 7]"], "real[2, 2, 4, 4]"),
    ("conv", {"kernel": 1, "out": 2}, ["real[3, 8, 8] once"], "real[2, 8, 8] once"),
    ("linear", {"out": 10}, ["spike[4]"], "real[10]"),
    ("linear", {"out": 10}, ["real[4] once"], "real[10] once"),
    ("delayed", {"out": 10, "most": 4}, ["spike[4]"], "real[10]"),
    ("delayed", {"out": 10, "most": 4}, ["real[4] once"], "real[10]"),
    # A neuron outputs spikes, also for an input that is the same at every step.
    ("lif", {"neuron": NEURON}, [R], S),
    ("lif", {"neuron": NEURON}, ["real[4, 8, 6] once"], S),
    ("neuron", {"neuron": Neuron(learned=(Learned(name="decay"),))}, [R], S),
    ("neuron", {"neuron": Neuron(levels=4)}, ["real[4, 8, 6] once"], "count(4)[4, 8, 6]"),
    (
        "graded",
        {"neuron": Neuron(model="relu", constants=(Constant(name="slope", value=0.1),))},
        ["real[4, 8, 6] once"],
        "real[4, 8, 6] once",
    ),
    ("neuron_over_time", {"neuron": PARALLEL, "steps": 3}, [R], S),
    ("neuron_over_time", {"neuron": PARALLEL, "steps": 3}, ["real[4, 8, 6] once"], S),
    ("graded", {"neuron": Neuron(fires=False, decay_input=True)}, ["real[4, 8, 6] once"], R),
    ("potential", {"decay": 0.2}, [S], R),
    ("potential", {"decay": 0.2}, ["real[4, 8, 6] once"], R),
    ("relu", {}, [C], R),
    ("relu", {}, ["real[4, 8, 6] once"], "real[4, 8, 6] once"),
    # The three kinds of stem: spiking, with ReLU, each after an input of events or an image.
    ("stem", {"kernel": 3, "out": 6, "neuron": NEURON}, [S], "spike[6, 8, 6]"),
    ("stem", {"kernel": 3, "out": 6, "neuron": NEURON, "relu": True}, [S], "real[6, 8, 6]"),
    ("stem", {"kernel": 3, "out": 6, "stride": 3, "neuron": NEURON}, [E], "spike[6, 3, 2]"),
    ("stem", {"kernel": 3, "out": 6, "stride": 3, "neuron": NEURON, "relu": True}, [E], "real[6, 3, 2]"),
    ("stem", {"kernel": 3, "out": 6, "neuron": NEURON}, ["real[3, 8, 6] once"], "spike[6, 8, 6]"),
    ("stem", {"kernel": 3, "out": 6, "neuron": NEURON, "relu": True}, ["real[3, 8, 6] once"], "real[6, 8, 6] once"),
    # Nearest resizing keeps the kind, bilinear makes it real.
    ("upsample", {}, [S], "spike[4, 16, 12]"),
    ("upsample", {"scale": 3}, ["count(2)[4, 7, 6]"], "count(2)[4, 19, 18]"),
    ("upsample", {"mode": "bilinear"}, [S], "real[4, 16, 12]"),
    ("resize", {}, [S, "real[9, 3, 3]"], "spike[4, 3, 3]"),
    ("resize", {}, [E, "real[9, 3, 3]"], "events[4, 3, 3]"),
    ("resize", {"mode": "bilinear"}, [S, "real[9, 3, 3]"], "real[4, 3, 3]"),
    ("resize", {"margin": 2}, [S, "real[9, 3, 4]"], "spike[4, 7, 8]"),
    ("resize", {"margin": 1, "down": 2}, [S, "real[9, 3, 4]"], "spike[4, 4, 4]"),
    ("fit", {}, [S, "real[9, 3, 3]"], "spike[4, 3, 3]"),
    ("previous", {"kind": "count", "channels": 4, "size": [8, 6], "bound": 3}, [], C),
    ("fit", {"mode": "bilinear"}, [C, "real[9, 3, 3]"], "real[4, 3, 3]"),
    ("restore", {"neuron": NEURON}, [S, "real[9, 16, 11]"], "spike[9, 16, 11]"),
    ("restore", {"neuron": NEURON, "out": 1, "last": "membrane"}, [S, "real[9, 8, 6]"], "real[1, 8, 6]"),
    # The first, fourth and seventh of eight channels, and the others.
    ("every", {"step": 3}, ["spike[8, 4]"], "spike[3, 4]"),
    ("every", {"start": 2, "step": 3}, ["real[8, 4]"], "real[2, 4]"),
    ("weighted_gather", {"cell": "a", "edges": [0, 2], "of": 3, "keep": 1}, [S, S], R),
    ("pool", {}, [S], "real[4]"),
    ("pool", {"kind": "max"}, [S], "spike[4, 4, 3]"),
    ("pool", {"kind": "max", "stride": 3}, [C], "count(3)[4, 3, 2]"),
    ("pool", {"kind": "avg"}, ["spike[4, 3, 8, 6]"], "real[4, 2, 4, 3]"),
    ("mean", {"over": "time"}, [S], "real[4, 8, 6] once"),
    # Sums: of spikes a count; wider ones make it real. Concatenation keeps spikes.
    ("identity", {}, [C], C),
    ("add", {}, [S, S], "count(2)[4, 8, 6]"),
    ("add", {}, [S, C], "count(4)[4, 8, 6]"),
    ("add", {}, [S], S),
    ("add", {}, [E], E),
    ("add", {}, [E, E], R),
    ("add", {}, [S, R], R),
    ("add", {}, [S, "spike[4, 8, 6] once"], "count(2)[4, 8, 6]"),
    ("gather", {}, [R, S], R),
    ("gather", {}, [S, S, S], C),
    ("concat", {}, [S, "spike[1, 8, 6]"], "spike[5, 8, 6]"),
    ("concat", {}, [S, C], "count(3)[8, 8, 6]"),
    ("concat", {}, [E, E], "events[8, 8, 6]"),
    ("concat", {}, [S, E], "events[8, 8, 6]"),
    ("concat", {}, [C, E], "real[8, 8, 6]"),
    ("concat", {}, ["real[4, 8, 6] once", S], "real[8, 8, 6]"),
    ("mix", {"cell": "c", "edge": 0}, [S, S], R),
    ("choose", {"network": "n", "place": "w", "branches": ["a", "b"]}, [S, C], R),
    ("choose", {"network": "n", "place": "w", "branches": ["a", "b"]}, ["real[4] once", "spike[4]"], "real[4]"),
    ("choose", {"network": "n", "place": "w", "branches": ["a"]}, ["spike[4, 8] once"], "real[4, 8] once"),
    ("zero", {}, [R], S),
    ("trellis_end", {"level": 0}, [S], S),
    ("zero", {"out": 3, "stride": 2}, ["real[4, 7, 6] once"], "spike[3, 4, 3] once"),
    ("route", {"trellis": "t", "layer": 0, "level": 0, "levels": 2, "sources": [0, 1]}, [S, S], R),
    ("cost_volume", {"planes": 5}, [S, S], "spike[8, 5, 8, 6]"),
    ("cost_volume", {"planes": 5}, [S, C], "count(3)[8, 5, 8, 6]"),
    ("cost_volume", {"planes": 5}, [S, R], "real[8, 5, 8, 6]"),
    ("cost_volume", {"planes": 5}, [E, S], "events[8, 5, 8, 6]"),
    ("cost_volume", {"planes": 5}, ["spike[4, 8, 6] once", S], "spike[8, 5, 8, 6]"),
    ("planes", {}, ["real[1, 7, 4, 3]", S], "real[7, 8, 6]"),
    ("estimate", {}, ["real[7, 8, 6]"], "real[1, 8, 6]"),
    ("subpixel", {}, ["real[1, 7, 4, 3]", E], "real[1, 8, 6]"),
    ("planes", {"scale": 4}, ["real[1, 7, 4, 3]", S], "real[28, 8, 6]"),
    ("subpixel", {"support": "all", "scale": 4, "step": 1}, ["real[1, 7, 4, 3]", E], "real[1, 8, 6]"),
    ("cost_volume", {"planes": 5, "zero": "both"}, [S, S], "spike[8, 5, 8, 6]"),
    ("disparity", {}, ["real[1, 8, 6]"], "real[1, 8, 6]"),
    ("norm", {"kind": "plane", "affine": False}, ["real[2, 3, 4, 5] once"], "real[2, 3, 4, 5] once"),
    # Padding and cropping keep the kind.
    ("pad", {"multiple": 4}, [E], "events[4, 8, 8]"),
    ("pad", {"multiple": 3}, ["count(3)[2, 4, 3, 5]"], "count(3)[2, 6, 3, 6]"),
    ("crop", {}, [S, "real[9, 7, 6]"], "spike[4, 7, 6]"),
    ("crop", {"at": "end"}, ["real[4, 8, 6] once", "real[1, 3, 2]"], "real[4, 3, 2] once"),
    ("crop", {}, ["real[2, 9, 8, 6]", "spike[1, 7, 5]"], "real[2, 9, 7, 5]"),
    ("stack", {"planes": 3}, [S], "spike[4, 3, 8, 6]"),
    ("frame_times", {}, [E], "real[1, 4] once"),
    ("learned", {}, [S], "real[4, 8, 6] once"),
    ("weigh_frames", {}, [E, "real[7, 4] once"], "real[7, 8, 6]"),
    ("project", {}, [S, "real[4, 8, 6]"], "spike[4, 8, 6]"),
    ("project", {}, [S, "spike[9, 4, 3]"], "real[9, 4, 3]"),
    ("project", {}, [S, "spike[4, 3, 2]"], "real[4, 3, 2]"),
    ("project", {}, [S, "spike[4, 8, 3]"], "real[4, 8, 3]"),
    ("project", {}, ["real[4, 8, 6, 2] once", "spike[5, 8, 6, 2]"], "real[5, 8, 6, 2] once"),
    ("auxiliary", {"classes": 10, "neuron": NEURON}, [S], "real[10] once"),
    ("input", {"kind": "events", "channels": 5, "size": [4, 3]}, [], "events[5, 4, 3]"),
    ("input", {"kind": "real", "channels": 3, "size": [4, 3], "steps": False}, [], "real[3, 4, 3] once"),
]


@pytest.mark.parametrize(("op", "parameters", "operands", "result"), TABLE)
def test_the_rule(op, parameters, operands, result):
    check_rule(op, parameters, operands, result)


def test_the_table_has_every_operation():
    ours = {
        name
        for name, op in OPS.items()
        if op.__module__.startswith("spikegraph.ir.ops.") and op.__module__.rpartition(".")[2] not in ELSEWHERE
    }
    assert ours - {row[0] for row in TABLE} == {"cell", "trellis"}


ELSEWHERE = (
    "wide",
    "fused",
    "joined_neurons",
    "transposed",
    "shapes",
    "reduction",
    "channels",
    "elementwise",
    "products",
    "matrices",
    "rates",
    "reshaping",
    "steps",
    "normalisation",
)
"""Modules whose operations have tests of their own: `test_joined_operations.py` and `test_types_of_*.py`."""

REFUSED = [
    ("norm", {"kind": "plane"}, [S], "SG0302", "a norm of planes needs 3 spatial axes, not spike[4, 8, 6]"),
    ("disparity", {}, [S], "SG0302", "`disparity` needs a map [1, H, W], not spike[4, 8, 6]"),
    ("pad", {"multiple": 2}, ["real[4]"], "SG0302", "`pad` needs 1 to 3 spatial axes, not real[4]"),
    ("crop", {}, [S, "real[1, 8, 7]"], "SG0302", "`crop` can't cut [8, 7] out of spike[4, 8, 6]"),
    ("stack", {"planes": 2}, ["real[1, 2, 2, 2]"], "SG0302", "`stack` needs a map [C, H, W], not real[1, 2, 2, 2]"),
    ("crop", {}, [S, "real[1, 2, 2, 2]"], "SG0302", "`crop` can't cut [2, 2, 2] out of spike[4, 8, 6]"),
    (
        "weigh_frames",
        {},
        [E, "real[7, 5]"],
        "SG0302",
        "`weigh_frames` needs weights [out, 4] for events[4, 8, 6], not real[7, 5]",
    ),
    ("conv", {"kernel": 3, "out": 5}, ["real[4]"], "SG0301", "`conv` needs 1 to 3 spatial axes, not real[4]"),
    ("conv", {"kernel": 3}, [S], "SG0304", "`conv` needs a number of output channels here"),
    ("linear", {"out": 2}, [S], "SG0305", "`linear` needs a value without spatial axes, not spike[4, 8, 6]"),
    ("delayed", {"out": 2, "most": 3}, [S], "SG0305", "`delayed` needs a value without spatial axes, not spike[4, 8, 6]"),
    ("pool", {}, ["real[4]"], "SG0302", "`pool` needs 1 to 3 spatial axes, not real[4]"),
    ("upsample", {}, ["real[4]"], "SG0302", "`upsample` needs 1 to 3 spatial axes, not real[4]"),
    ("resize", {}, ["real[4]", "real[4]"], "SG0302", "`resize` needs 1 to 3 spatial axes, not real[4]"),
    (
        "resize",
        {},
        [S, "real[4]"],
        "SG0302",
        "`resize` needs operands with equal numbers of axes, not spike[4, 8, 6] and real[4]",
    ),
    (
        "restore",
        {"neuron": NEURON},
        [S, "real[4, 4, 4]"],
        "SG0302",
        "`restore` can't reduce the resolution from spike[4, 8, 6] to real[4, 4, 4]",
    ),
    (
        "restore",
        {"neuron": NEURON},
        [S, "real[4, 9, 9, 9]"],
        "SG0302",
        "`restore` needs operands with equal numbers of axes, not spike[4, 8, 6] and real[4, 9, 9, 9]",
    ),
    (
        "add",
        {},
        [S, "spike[4, 8, 7]"],
        "SG0302",
        "`add` needs operands of equal channels and sizes, not spike[4, 8, 6] and spike[4, 8, 7] (operands 1 and 2)",
    ),
    (
        "add",
        {},
        [S, S, "spike[5, 8, 6]"],
        "SG0302",
        "`add` needs operands of equal channels and sizes, not spike[4, 8, 6] and spike[5, 8, 6] (operands 1 and 3)",
    ),
    (
        "concat",
        {},
        [S, "spike[4, 8, 7]"],
        "SG0302",
        "`concat` needs operands of equal sizes, not spike[4, 8, 6] and spike[4, 8, 7] (operands 1 and 2)",
    ),
    (
        "cost_volume",
        {"planes": 2},
        [S, "spike[5, 8, 6]"],
        "SG0302",
        "`cost_volume` needs operands of equal channels and sizes, not spike[4, 8, 6] and spike[5, 8, 6] (operands 1 and 2)",
    ),
    ("cost_volume", {"planes": 2}, ["real[4]", "real[4]"], "SG0302", "`cost_volume` needs feature maps [C, H, W], not real[4]"),
    ("planes", {}, [S, S], "SG0302", "a subpixel estimate needs one channel of planes [1, D, H, W], not spike[4, 8, 6]"),
    (
        "subpixel",
        {},
        ["real[1, 7, 4, 3]", "real[4]"],
        "SG0302",
        "a subpixel estimate needs the size of a 2-d value, not real[4]",
    ),
    (
        "project",
        {},
        [S, "spike[4, 8, 5]"],
        "SG0302",
        "`project` finds no stride that leads from spike[4, 8, 6] to spike[4, 8, 5]",
    ),
    ("project", {}, ["real[4]", "real[5]"], "SG0302", "`project` finds no stride that leads from real[4] to real[5]"),
    ("auxiliary", {"classes": 2, "neuron": NEURON}, ["real[4]"], "SG0302", "`auxiliary` needs a feature map, not real[4]"),
    (
        "route",
        {"trellis": "t", "layer": 0, "level": 0, "levels": 2, "sources": [0, 1]},
        [S],
        "SG0301",
        "`route` has 2 sources and 1 operands",
    ),
]


@pytest.mark.parametrize(("op", "parameters", "operands", "code", "summary"), REFUSED)
def test_what_a_rule_refuses(op, parameters, operands, code, summary):
    check_refusal(op, parameters, operands, code, summary)


@pytest.mark.parametrize("op", ["relu", "norm", "identity", "pool", "upsample"])
def test_only_restore_accepts_an_open_level(op):
    open_ = Value(Kind.SPIKE, 4, (8, 8), levels=4)
    assert str(open_) == "spike[4, 8, 8] at 4 levels"
    if op == "identity":
        assert OPS[op]().infer(open_) == open_
        return
    with pytest.raises(TypeRuleError) as told:
        OPS[op]().infer(open_)
    assert told.value.code == "SG0303"
    assert told.value.summary == f"`{op}` can't take spike[4, 8, 8] at 4 levels: the trellis may end at any of its levels"
    restored = OPS["restore"].model_validate({"neuron": NEURON}).infer(open_, Value(Kind.REAL, 4, (8, 8)))
    assert str(restored) == "real[4, 8, 8]"


def test_mixing_at_the_spike_counts_and_at_the_membrane_is_real(small):
    network = (
        "network net {\n  input x : spike[4, 8, 8]\n  output y = x -> chain([small], width = 2)\n}\n"
        "genotype small { n0 = c3(prev2) + c5(prev) }\n"
    )
    made = small(network, nodes=1)
    for at, kind in (("spike", "count(2)[2, 8, 8]"), ("membrane", "real[2, 8, 8]")):
        graph = made.after(f"bind-genotype,expand-cells,mix{{at={at}}}")
        assert str(graph.node("y[0].n0.sum").value) == kind
        assert str(graph.node("y[0]").value) == "spike[2, 8, 8]"


def test_only_counts_have_a_bound():
    count = typed("count(3)[4, 8, 6]")
    assert count.with_(kind=Kind.REAL) == typed("real[4, 8, 6]")
    assert count.with_(channels=2) == typed("count(3)[2, 8, 6]")
    assert total((count, count)).bound == 6
    assert widest((typed(S), count)) == (Kind.COUNT, 3)
