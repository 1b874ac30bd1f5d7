"""Firing rates, parameters and energy on the page."""

import json
import shutil
from statistics import mean, stdev

import pytest
import reader
from reader import absent, rows, section
from saved_files import saved

from spikegraph.analysis.energy import energy_text
from spikegraph.backends.report.page import report
from spikegraph.backends.report.record import Record
from spikegraph.backends.report.sections.costs import rates_section
from spikegraph.cli.entry import run
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


def test_neurons_that_only_a_loss_takes_have_no_rate(runs, tmp_path):
    """An evaluation doesn't compute them."""
    folder = shutil.copytree(runs["images"], tmp_path / "auxiliary")
    before, of, retrained = (folder / "resolved.sdhs").read_text().partition("\nretrain ")
    changed = retrained.replace("class_weights = none)", "class_weights = none) + 0.4 * cross_entropy(aux)", 1)
    (folder / "resolved.sdhs").write_text(before + of + changed)
    record = Record.read(folder)
    assert "aux.0.lif" in record.built.plain
    assert "no firing rate" not in str(rates_section([record]).body)


def test_costs_are_those_of_the_command(tree, runs, capsys):
    assert run(["stats", str(runs["seed0"]), "--json"]) == 0
    counted = json.loads(capsys.readouterr().out)
    part = section(tree("seed0"), "costs")
    assert f"{counted['parameters']:,} (" in part.text
    every = next(d for d in part.all("details") if next(d.all("summary")).text == "All layers")
    for row, layer, priced in zip(rows(every)[1:], counted["layers"], counted["energy"]["layers"], strict=True):
        assert [row[0], row[1], row[3]] == [layer["name"], layer["op"], f"{layer['parameters']:,}"]
        assert [row[5], row[6]] == [f"{priced['additions']:,.0f}", f"{layer['multiplications']:,}"]
    assert any(
        of["additions"] < layer["additions"] for layer, of in zip(counted["layers"], counted["energy"]["layers"], strict=True)
    )
    assert next(every.all("p")).text.endswith("Additions are those at the measured firing rates.")
    assert f"{counted['energy']['millijoules']:.4g} mJ" in part.text
    assert "at the measured firing rates" in part.text


def counted(folder, capsys, model="all"):
    """What `stats` counts of a run."""
    assert run(["stats", str(folder), "--energy", model, "--json"]) == 0
    return json.loads(capsys.readouterr().out)["energy"]


def charts(tree):
    """The charts of energies and rates, by title."""
    found = {figure.one("strong").text: figure for figure in section(tree, "costs").all("figure")}
    return {title: figure for title, figure in found.items() if title != "parameters"}


def energies(tree):
    """The rows of the table of models."""
    return rows(next(section(tree, "costs").all("div", aria_label="energies of an inference by model")))


def test_energies_by_model_are_those_of_the_command(tree, runs, capsys):
    found = counted(runs["images"], capsys)
    head, *body = energies(tree("images"))
    assert head[:3] == ["model", "spiking network", "quantised ANN"]
    names = ("cmos-45nm", "simple", "lemaire", "spikesim", "loihi", "yan2026")
    assert [row[0] for row in body] == list(names)
    for row, of in zip(body, [found[name] for name in names], strict=True):
        keys = ("inference_millijoules", "ann_inference_millijoules")
        assert row[1:3] == [energy_text(of[key]) if key in of else "–" for key in keys]
    assert body[1][3] == f"{100 * found['simple']['equal_firing_rate']:.3g} %"
    # Additions alone cost less at any rate: two steps of them cost less than a multiply-accumulate.
    assert body[0][3] == "none: the network always needs less"
    assert [row[5] for row in body] == [*["spiking network"] * 3, "–", "–", "ANN"]
    assert (
        f"loihi can't price this network: {found['loihi']['refused']}".replace("`", "") in section(tree("images"), "costs").text
    )


@pytest.mark.parametrize("model", ["simple", "lemaire"])
def test_energies_of_layers_are_those_of_the_command(tree, runs, capsys, model):
    found = counted(runs["images"], capsys, model)
    _, (head, *body) = saved(charts(tree("images"))[f"energy by {model}"])
    assert head == ["name", "spiking network (mJ per inference)", "quantised ANN of 2 bits (mJ per inference)"]
    own = {layer["name"]: layer["millijoules"] * found["time_steps"] for layer in found["layers"] if layer["millijoules"]}
    assert {name: float(value) for name, value, _ in body if float(value)} == pytest.approx(own)
    assert sum(float(ann) for *_, ann in body) == pytest.approx(found[model]["ann_inference_millijoules"])


def test_rates_stand_beside_those_of_equal_energy(tree, runs, capsys):
    found = counted(runs["images"], capsys)
    figure = charts(tree("images"))["firing rates and equal energies"]
    _, (_, first, *body) = saved(figure)
    rates = {layer["name"]: layer["firing_rate"] for layer in found["layers"] if layer["additions"]}
    assert {name: float(rate) for name, rate in body} == pytest.approx(rates)
    drawing = next(figure.all("svg", role="img"))
    room = float(next(drawing.all("rect")).attributes["width"])
    drawn = [float(line.attributes["x1"]) for line in drawing.all("line", class_="crossing")]
    crossing = ("simple", "lemaire", "yan2026")
    equal = [found[model]["equal_firing_rate"] for model in crossing]
    assert drawn == pytest.approx([rate * room for rate in equal], abs=0.06)
    assert [li.text for li in figure.one("ul").all("li")] == [
        f"equal by {model}: {100 * rate:.3g} %" for model, rate in zip(crossing, equal, strict=True)
    ]
    assert first[0].startswith("all layers")
    assert energies(tree("images"))[2][4] == f"{100 * float(first[1]):.3g} %"


@pytest.fixture(scope="module")
def seeds(runs, tmp_path_factory):
    """Three runs with firing rates in the ratio 1 : 2 : 3.5; by two models the ANN needs less than one of them."""
    folder, paths = tmp_path_factory.mktemp("rates"), []
    for seed, factor in enumerate((0.8, 1.6, 2.8)):
        path = shutil.copytree(runs["images"], folder / f"seed{seed}")
        for name in ("summary", "manifest"):
            record = json.loads((path / f"{name}.json").read_text())
            if name == "summary":
                rates = record["evaluation"]["firing_rates"]
                record["evaluation"]["firing_rates"] = {neuron: factor * rate for neuron, rate in rates.items()}
            else:
                record["seed"] = seed
            (path / f"{name}.json").write_text(json.dumps(record))
        paths.append(path)
    return paths


def test_several_runs_have_means_and_deviations(seeds, capsys):
    tree = reader.read(report([Record.read(path) for path in seeds]))
    found = [counted(path, capsys) for path in seeds]
    for row in energies(tree)[1:4]:
        of = [each[row[0]] for each in found]
        millijoules = [each["inference_millijoules"] for each in of]
        unit = row[1].split()[-1]
        factor = {"mJ": 1.0, "µJ": 1e3}[unit]
        assert row[1] == f"{mean(millijoules) * factor:.4g} ± {stdev(millijoules) * factor:.2g} {unit}"
        assert row[2] == energy_text(of[0]["ann_inference_millijoules"])
        wins = sum(each["inference_millijoules"] > each["ann_inference_millijoules"] for each in of)
        assert row[5] == {0: "spiking network", 3: "ANN"}.get(wins, f"ANN in {wins} of 3 runs")
    assert [row[5] for row in energies(tree)[2:4]] == ["ANN in 1 of 3 runs"] * 2
    (said,) = (p.text for p in section(tree, "costs").all("p", class_="verdict"))
    assert said == (
        "cifar10.sdhs: mean of 3, ± deviation: By yan2026 the quantised ANN of 2 bits needs less energy than the"
        " spiking network; by cmos-45nm the spiking network needs less energy than the quantised ANN of 2 bits; by"
        " simple the quantised ANN of 2 bits needs less in 1 of 3 runs; by lemaire the quantised ANN of 2 bits needs"
        " less in 1 of 3 runs."
    )
    layers = [
        {layer["name"]: 2 * layer["millijoules"] for layer in counted(path, capsys, "simple")["layers"]} for path in seeds
    ]
    _, (head, *body) = saved(charts(tree)["energy by simple"])
    label = "cifar10.sdhs: mean of 3, ± deviation (mJ per inference)"
    assert head == ["name", label, "standard deviation", "quantised ANN of 2 bits (mJ per inference)"]
    for name, value, deviation, _ in body:
        of = [each[name] for each in layers]
        assert float(value) == pytest.approx(mean(of))
        assert float(deviation or 0) == pytest.approx(stdev(of), abs=1e-12)


def test_a_run_without_rates_says_why_there_is_no_chart(tree, runs, tmp_path):
    assert absent(tree("retraining"), "costs") == (
        "There is no chart of retraining's energy and firing rates, since they are not measured yet. The evaluation at the end"
        " of a run measures them; the energy below is an upper bound."
    )
    assert charts(tree("retraining")) == {}
    folder = shutil.copytree(runs["images"], tmp_path / "older")
    found = json.loads((folder / "summary.json").read_text())
    del found["evaluation"]["firing_rates"]["stem"]
    (folder / "summary.json").write_text(json.dumps(found))
    said = absent(reader.read(report([Record.read(folder)])), "costs")
    assert said.startswith(
        "There is no chart of older's energy and firing rates, since an older version of spikegraph evaluated"
    )
