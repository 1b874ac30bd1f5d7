"""The published stereo network as retrained, compared with Table 7 of Che et al., NeurIPS 2022."""

import pytest

from spikegraph.analysis.energy import spiking_inputs
from spikegraph.analysis.statistics import Statistics
from spikegraph.program.program import Program

COMMAND = ("stats", "specs/stereo.sdhs", "--phase", "retrain", "--genotype", "specs/genotypes/stereo.sdhs")

TABLE_7 = [
    ("stem", [12, 260, 346]),
    ("stem", [24, 87, 116]),
    ("cell", [48, 44, 58]),
    ("cell", [24, 87, 116]),
    ("restore", [24, 87, 116]),
    ("cost_volume", [48, 33, 87, 116]),
    ("stem", [24, 33, 87, 116]),
    ("stem", [24, 33, 87, 116]),
    ("cell", [48, 17, 44, 58]),
    ("cell", [96, 9, 22, 29]),
    ("cell", [96, 9, 22, 29]),
    ("cell", [48, 17, 44, 58]),
    ("restore", [1, 33, 87, 116]),
    ("subpixel", [1, 260, 346]),
]


@pytest.fixture(scope="module")
def graph():
    from pathlib import Path

    root = Path(__file__).parents[2] / "specs"
    return Program.read(root / "stereo.sdhs", genotype=root / "genotypes" / "stereo.sdhs").build("retrain").plain


def test_every_row_of_table_7(spikegraph):
    found = spikegraph(*COMMAND, "--json").json
    assert [(layer["op"], layer["shape"]) for layer in found["layers"]] == TABLE_7


def test_parameters(spikegraph):
    found = spikegraph(*COMMAND, "--json").json
    assert 0.865e6 <= found["parameters"] <= 0.875e6
    assert found["parameters"] == sum(found["parameters_by_role"].values())
    assert found["parameters"] == sum(layer["parameters"] for layer in found["layers"])


def test_the_form_of_the_json(spikegraph):
    done = spikegraph(*COMMAND, "--json")
    assert (done.status, done.err) == (0, "")
    found = done.json
    keys = ["format_version", "spec", "phase", "parameters", "parameters_by_role", "layers", "energy"]
    assert list(found) == keys
    assert (found["format_version"], found["spec"], found["phase"]) == (1, "specs/stereo.sdhs", "retrain")
    row = ["name", "op", "kind", "shape", "parameters", "additions", "multiplications"]
    assert all(list(layer) == row for layer in found["layers"])
    assert [layer["kind"] for layer in found["layers"]] == ["spike"] * 12 + ["real"] * 2


def test_operations(spikegraph):
    first, second, *_ = spikegraph(*COMMAND, "--json").json["layers"]
    # Both views; the events of the first stem are signs, which are added or subtracted.
    assert (first["additions"], first["multiplications"]) == (2 * 12 * 260 * 346 * 5 * 9, 0)
    assert (second["additions"], second["multiplications"]) == (2 * 24 * 87 * 116 * 12 * 9, 0)


def test_energy_without_measured_rates_is_a_bound(spikegraph):
    energy = spikegraph(*COMMAND, "--json").json["energy"]
    assert energy["firing_rates"] == "bound"
    for layer in energy["layers"]:
        picojoules = 0.9 * layer["additions"] + 4.6 * layer["multiplications"]
        assert layer["millijoules"] == pytest.approx(picojoules * 1e-9)
    assert energy["millijoules"] == pytest.approx(sum(layer["millijoules"] for layer in energy["layers"]))


def test_measured_rates_scale_the_additions(graph):
    inputs = spiking_inputs(graph)
    tenth = Statistics.of(graph, graph, dict.fromkeys(inputs, 0.1))
    bound = Statistics.of(graph, graph)
    assert (tenth.measured, bound.measured) == (True, False)
    assert sum(layer.fired for layer in tenth.layers) == pytest.approx(0.1 * sum(layer.additions for layer in bound.layers))
    assert tenth.millijoules < bound.millijoules
    # Rates of only some inputs aren't a measurement of the network.
    assert not Statistics.of(graph, graph, dict.fromkeys(sorted(inputs)[1:], 0.1)).measured


def test_events_without_a_rate_are_all_counted(graph):
    """Runs of older versions have rates of neurons alone."""
    neurons = spiking_inputs(graph) - {"left", "right"}
    assert len(neurons) == len(spiking_inputs(graph)) - 2
    found, bound = Statistics.of(graph, graph, dict.fromkeys(neurons, 0.1)), Statistics.of(graph, graph)
    events = 2 * 12 * 260 * 346 * 5 * 9
    assert (found.measured, found.unmeasured) == (True, ("left", "right"))
    fired = sum(layer.fired for layer in found.layers)
    assert fired == pytest.approx(events + 0.1 * (sum(layer.additions for layer in bound.layers) - events))
    end = "at the measured firing rates; `left` and `right` without a measured rate: each value counts as a spike"
    assert found.energy.endswith(end)


def test_a_table_for_people(spikegraph):
    done = spikegraph(*COMMAND)
    assert done.status == 0
    assert done.out.splitlines()[0].split()[:4] == ["name", "op", "kind", "shape"]
    assert "phase retrain: 869,763 parameters" in done.out
    assert "; additions and energies of the spiking network are upper bounds" in done.out
    assert "every input counts as a spike" in done.out


def test_a_wrong_spec_is_reported_as_json_too(spikegraph):
    done = spikegraph("stats", "specs/stereo.sdhs", "--profile", "smple", "--json")
    assert (done.status, done.err) == (1, "")
    assert [d["code"] for d in done.json["diagnostics"]] == ["SG0701"]


@pytest.mark.parametrize("phase", ["search", "deploy"])
def test_other_phases(spikegraph, phase):
    found = spikegraph(*COMMAND[:2], *COMMAND[4:], "--phase", phase, "--json").json
    assert found["phase"] == phase
    assert found["parameters"] == sum(layer["parameters"] for layer in found["layers"])


@pytest.mark.usefixtures("registrations")
def test_an_energy_model_is_chosen_by_name(spikegraph):
    from spikegraph.analysis.energy import ENERGY_MODELS, EnergyModel

    model = EnergyModel("reads", "every weight is read once", "a test", {"read": 2.0}, lambda x, c: x.parameters * c["read"])
    ENERGY_MODELS.register("reads", model)
    found = spikegraph(*COMMAND, "--energy", "reads", "--json").json
    assert found["energy"]["millijoules"] == pytest.approx(2e-9 * found["parameters"])
    assert (found["energy"]["model"], found["energy"]["read_picojoules"]) == ("reads", 2.0)
    last = spikegraph(*COMMAND, "--energy", "reads").out.splitlines()[-1]
    assert last.endswith("every input counts as a spike (reads: every weight is read once)")
    assert spikegraph(*COMMAND, "--energy", "cmos-45nm").out.splitlines()[-1] == spikegraph(*COMMAND).out.splitlines()[-1]


def test_an_unknown_energy_model(spikegraph):
    done = spikegraph(*COMMAND, "--energy", "cmos")
    assert done.status == 2
    help = "did you mean `cmos-45nm`? (or load its plug-in: --plugin FILE.py)"
    assert f"no energy model is called `cmos`; {help}" in done.err
