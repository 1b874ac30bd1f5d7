"""Firing rates, parameters and energy on the page."""

import json
import shutil

import pytest
import reader
from reader import absent, rows, section

from spikegraph.backends.report.page import report
from spikegraph.backends.report.record import Record
from spikegraph.program.program import Program


@pytest.mark.parametrize("name", ["seed0", "images"])
def test_every_neuron_has_a_firing_rate_between_0_and_1(tree, runs, name):
    folder = runs[name]
    rates = json.loads((folder / "summary.json").read_text())["evaluation"]["firing_rates"]
    graph = Program.read(folder / "resolved.sdhs", genotype=folder / "genotype.sdhs").build().plain
    neurons = [n.name for n in graph if n.op.traits.fires]
    part = section(tree(name), "rates")
    assert rows(part)[1:] == [[neuron, f"{rates[neuron]:.4g}"] for neuron in neurons]
    full, drawn = [], []
    for group in part.all("g"):
        track, bar = group.all("rect")
        full.append(float(track.attributes["width"]))
        drawn.append(float(bar.attributes["width"]))
    assert len(drawn) == len(neurons)
    assert drawn == pytest.approx([rates[n] * w for n, w in zip(neurons, full, strict=True)], abs=0.06)
    for drawing in part.all("svg", role="img"):
        assert [t.text for t in drawing.all("text", class_="label")] == ["0", "0.5", "1"]
        assert [float(t.attributes["x"]) for t in drawing.all("text", class_="label")] == [0, full[0] / 2, full[0]]


def test_neurons_without_a_rate_are_named(runs, tmp_path):
    folder = shutil.copytree(runs["seed0"], tmp_path / "part")
    found = json.loads((folder / "summary.json").read_text())
    del found["evaluation"]["firing_rates"]["features@right.stem0"]
    (folder / "summary.json").write_text(json.dumps(found))
    root = reader.read(report([Record.read(folder)]))
    assert "part has no firing rate of features@right.stem0:" in absent(root, "rates")


def test_costs_are_those_of_the_command(tree, runs, capsys):
    from spikegraph.cli.entry import run

    assert run(["stats", str(runs["seed0"]), "--json"]) == 0
    counted = json.loads(capsys.readouterr().out)
    part = section(tree("seed0"), "costs")
    assert f"{counted['parameters']:,} (" in part.text
    every = next(d for d in part.all("details") if d.one("summary").text == "All layers")
    for row, layer in zip(rows(every)[1:], counted["layers"], strict=True):
        assert [row[0], row[1], row[3]] == [layer["name"], layer["op"], f"{layer['parameters']:,}"]
        assert [row[5], row[6]] == [f"{layer['additions']:,}", f"{layer['multiplications']:,}"]
    assert f"{counted['energy']['millijoules']:.4g} mJ" in part.text
    assert "at the measured firing rates" in part.text
