"""Parameters other than the defaults, and operands, of every operation."""

from spikegraph.ir.neuron import Constant, Learned, Neuron
from spikegraph.ir.surrogates import Surrogate

NEURON = Neuron(decay=0, threshold=1e-05, reset="soft", detach_reset=True, surrogate=Surrogate(name="arctan", b=2.5))
DECAYS = (Learned(name="decay", per="channel"), Learned(name="current_decay"))
MODEL = Neuron(model="cuba", levels=4, constants=(Constant(name="current_decay", value=0.5),), learned=DECAYS)
BIAS = (Constant(name="bias", value=-0.5),)
PARALLEL = Neuron(model="psn", constants=BIAS, learned=(Learned(name="bias", per="step"),))

CELL = {
    "name": "c",
    "inputs": ["prev2", "prev"],
    "nodes": 2,
    "candidates": [
        {"name": "c3", "stages": [{"op": "conv", "params": {"kernel": 3, "bias": False}}, {"op": "lif", "neuron": NEURON}]},
        {"name": "skip", "stages": [{"op": "identity"}]},
    ],
    "neuron": NEURON,
    "mix": "membrane",
    "keep": 1,
    "rank_without": ["skip"],
    "edges": [["n0", ["prev2", "prev"]], ["n1", ["n0"]]],
}
PARAMETERS = {
    "conv": {"kernel": [3, 2], "out": 8, "stride": [1, 2], "bias": False, "dilation": 2, "groups": 4, "padding": 1},
    "norm": {"eps": 0.01, "momentum": 0.5, "scale": 0.25, "per": "step", "steps": 3, "kind": "layer"},
    "linear": {"out": 3, "bias": False},
    "lif": {"neuron": NEURON},
    "neuron": {"neuron": MODEL},
    "neuron_over_time": {"neuron": PARALLEL, "steps": 3},
    "graded": {"neuron": {"fires": False, "decay_input": True}},
    "potential": {"decay": 0.25},
    "norm_lif": {
        "terms": [{"norms": [{"weights": "a.norm", "channels": 4}], "eps": 0.5, "momentum": 0.25, "scale": 2}, {}],
        "neuron": NEURON,
        "width": 2,
        "b": [2.0, 3.0],
    },
    "stem": {"kernel": 5, "out": 2, "stride": 2, "neuron": NEURON, "relu": True},
    "restore": {"out": 1, "last": "membrane", "kernel": 1, "neuron": NEURON},
    "cell": {
        "cell": CELL,
        "width": 2,
        "down": 2,
        "resize": "bilinear",
        "source": 1,
        "genotype": [{"node": "n0", "operation": "c3", "source": "prev"}, {"node": "n1", "operation": "skip", "source": "n0"}],
    },
    "trellis": {"trellis": "t", "cell": CELL, "layers": 2, "levels": 3, "resize": "bilinear"},
    "auxiliary": {"classes": 2, "channels": 3, "features": 4, "neuron": NEURON},
    "upsample": {"scale": 3, "mode": "bilinear"},
    "resize": {"mode": "bilinear", "down": 2},
    "fit": {"mode": "bilinear"},
    "pool": {"kind": "max", "kernel": [3, 1], "stride": 1, "padding": "centred"},
    "transposed": {"kernel": 4, "out": 8, "stride": [1, 1], "dilation": 2, "groups": "all", "bias": False},
    "reduce": {"over": "height", "by": "sum"},
    "vote": {"voters": 2},
    "dropout": {"probability": 0.25},
    "attend": {"heads": 2, "scale": 1},
    "mean": {"over": "time"},
    "cost_volume": {"planes": 2, "zero": "both"},
    "planes": {"scale": 3},
    "estimate": {"step": 3, "support": 0 + 1},
    "subpixel": {"step": 3, "support": "all", "scale": 2},
    "pad": {"multiple": 5},
    "crop": {"at": "end"},
    "stack": {"planes": 3},
    "every": {"start": 1, "step": 2},
    "previous": {"kind": "spike", "channels": 4, "size": [6, 8], "bound": 1},
    "weighted_gather": {"cell": "c", "edges": [0, 2], "of": 3, "keep": 1},
    "mix": {"cell": "c", "edge": 2},
    "trellis_end": {"level": 0},
    "choose": {"network": "net", "place": "b1", "branches": ["a", "b"]},
    "route": {"trellis": "t", "layer": 1, "level": 1, "levels": 3, "sources": [1]},
}
OPERANDS = {
    "input": (),
    "linear": ("flat",),
    "previous": (),
    "restore": ("x", "x"),
    "project": ("x", "x"),
    "resize": ("x", "x"),
    "transposed": ("x", "x"),
    "mul": ("x", "x"),
    "iand": ("x", "x"),
    "attend": ("x", "x", "x"),
    "fit": ("x", "x"),
    "cell": ("x", "x", "x"),
    "add": ("x", "x"),
    "concat": ("x", "x"),
    "gather": ("x", "x"),
    "weighted_gather": ("x", "x"),
    "norm_lif": ("x", "x"),
    "mix": ("x", "x"),
    "choose": ("x", "x"),
    "cost_volume": ("x", "x"),
    "crop": ("x", "x"),
    "disparity": ("map",),
    "weigh_frames": ("x", "times"),
    "planes": ("volume", "x"),
    "subpixel": ("volume", "x"),
}
