"""The number of time steps of an inference: the network's `time`, or that of the data set's samples."""

from pathlib import Path

import pytest

from spikegraph.analysis.statistics import Statistics
from spikegraph.analysis.statistics_json import as_object, statistics_object
from spikegraph.data.recorded_scenes import STEPS
from spikegraph.program.program import Program

SPECS = Path(__file__).parents[2] / "specs"

# From the specs' texts: `time`, the data set's `steps`; of stereo recordings each stack has a result.
NUMBERS = {
    "cifar10-dvs": 10,
    "cifar10-n4": 6,
    "cifar10": 6,
    "cifar100": 6,
    "dsec-semantic": 4,
    "dsec": 1,
    "dvs-gesture": 16,
    "events": 8,
    "flow": STEPS,
    "imagenet": 6,
    "images": 4,
    "segment": STEPS,
    "stereo": 1,
    "zoo/autodeeplab": None,  # no data set
    "zoo/darts": 1,
    "zoo/ddes": 1,
    "zoo/plif_net": 8,
    "zoo/snasnet_bw": 8,
    "zoo/spikformer": 4,
    "zoo/stereospike": 1,
}

NETWORK = """sdhs 1

neuron lif {{}}

network n {{
  param W = 3
  {time}
  input x : {kind}[2, 8, 8]
  output logits = x -> conv(3, out = W) -> lif -> pool -> linear(4) -> mean(time)
}}

dataset d {{
  source = {source}
}}

retrain n on d {{
  epochs = 1
  batch = 4
  weights = adam(lr = 0.01)
  loss = cross_entropy(logits)
}}
"""

DATA = {
    "rate": ("", "spike", 'arrays\n  file = "images.npz"\n  encoding = rate(steps = 7)', 7),
    "latency": ("", "real", 'arrays\n  file = "images.npz"\n  encoding = latency(steps = 9)', 9),
    "direct": ("time = W", "real", 'arrays\n  file = "images.npz"', 3),
    "counts": ("", "real", "events\n  steps = 12\n  size = [8, 8]", 12),
    "sbt": ("", "events", "events\n  encoding = sbt(frames = 2)\n  steps = 5\n  size = [8, 8]", 5),
    "python_events": ("", "real", "python_events\n  sensor = [8, 8]\n  steps = 3\n  size = [8, 8]", 3),
    "python_steps": ("", "real", "python_steps", None),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_bundled_specs(name):
    genotype = SPECS / name.replace("zoo/", "zoo/genotypes/") if name.startswith("zoo/") else SPECS / "genotypes" / name
    genotype = genotype.with_suffix(".sdhs")
    program = Program.read(SPECS / f"{name}.sdhs", genotype=genotype if genotype.exists() else None)
    assert program.build().time_steps == NUMBERS[name]


@pytest.mark.parametrize(("name", "number"), [("events", 6), ("dvs-gesture", 4), ("cifar10-dvs", 4), ("images", 2)])
def test_a_profile_has_its_own(name, number):
    assert Program.read(SPECS / f"{name}.sdhs", profile="sample").build().time_steps == number


@pytest.mark.parametrize("case", DATA)
def test_data_sets(case):
    time, kind, source, number = DATA[case]
    text = NETWORK.format(time=time, kind=kind, source=source).replace("  \n", "")
    assert Program.of_text(text, "n.sdhs").checked().build().time_steps == number


@pytest.mark.parametrize("name", ["events", "images"])
def test_each_step_costs_but_what_is_the_same_at_each_costs_once(name):
    """All operations of events happen at each step; the first convolution of images has the same input at each."""
    built = Program.read(SPECS / f"{name}.sdhs").build()
    found = Statistics.evaluated(built.outline, built.plain, None, time=built.time_steps)
    again = [n.name for n in built.plain if n.additions and not n.value.steps]
    assert again == ([] if name == "events" else ["stage0.conv"])
    once = sum(n.additions for n in built.plain if not n.value.steps) * 4.6e-9
    steps = NUMBERS[name]
    assert found.time == steps
    assert found.inference_millijoules == pytest.approx(steps * found.millijoules - (steps - 1) * once)
    assert f"per inference of {steps} time steps" in found.energy


def test_without_a_number_the_energy_is_that_of_a_step():
    time, kind, source, _ = DATA["python_steps"]
    built = Program.of_text(NETWORK.format(time=time, kind=kind, source=source), "n.sdhs").checked().build()
    found = Statistics.evaluated(built.outline, built.plain, None, time=built.time_steps)
    assert found.time is None
    assert found.inference_millijoules == found.millijoules
    energy = as_object(found, "n.sdhs", "deploy", [])["energy"]
    assert (energy["time_steps"], energy["inference_millijoules"]) == (None, found.millijoules)
    assert statistics_object(found, [])["time_steps"] is None
    # 2 x 3 x 9 x 64 products with real numbers, 3 x 4 additions of a mean, which is real too
    assert found.energy == "15.95 nJ (cmos-45nm) per time step, an upper bound: every input counts as a spike"
