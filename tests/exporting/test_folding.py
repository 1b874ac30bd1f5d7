"""`evaluate --folding`: both forms of a trained run have equal metrics, and equal spikes but for rounding."""

import json
import re

import pytest
import torch

import spikegraph
from spikegraph.backends.torch import trained
from spikegraph.backends.torch.evaluated import Evaluated
from spikegraph.cli.entry import run as command
from spikegraph.cli.evaluate import form_text
from spikegraph.runs.record import read_run
from spikegraph.runs.summary import Evaluation

from ..data.image_files import SMALL_FASHION, read_images
from ..rounded_results import percent

pytestmark = pytest.mark.unchecked

NEURONS = ("first", "second")
BOUND = 1e-5
"""The largest share of spikes that rounding may change."""


@pytest.fixture
def folding(run, capsys):
    """Runs the command on the trained run; with `json` it returns the data, else the text. A failed check ends it with 1."""

    def call(*more, status=0):
        capsys.readouterr()
        assert command(["evaluate", str(run), "--device", "cpu", "--folding", *more]) == status
        printed = capsys.readouterr().out
        return json.loads(printed) if "--json" in more else printed

    return call


@pytest.fixture
def wrong(monkeypatch):
    """Folds norms wrongly: one of 16 channels of the second convolution gets another bias."""

    def load(model, tensors, right=trained.load_folded):
        right(model, tensors)
        with torch.no_grad():
            model.get_parameter("second.conv.bias")[3] += 0.05

    monkeypatch.setattr(trained, "load_folded", load)


@pytest.fixture
def disturbed(wrong, monkeypatch):
    """As `wrong`, where the weights aren't validated when they are loaded."""
    monkeypatch.setattr(trained, "validate_folded", lambda *given: None)


def spikes(run):
    """By form and neurons, the spikes [T, N, C, H, W] of all test images at once."""
    found = read_images(SMALL_FASHION, [], None, seed=0).test
    pixels = torch.stack([torch.from_numpy(s.inputs["image"]) for s in found.samples()])
    values = {}
    with torch.inference_mode():
        for phase in ("deploy", "retrain"):
            model = spikegraph.load_run(run, phase=phase)
            values[phase], _ = model.run({"image": pixels}, wanted=NEURONS)
    return values


def test_metrics_are_equal_and_hardly_a_spike_differs(folding, run):
    found = folding("--json")
    assert found["phase"] == "deploy"
    assert found["metrics"]["accuracy_percent"] > 30
    separate = found["retrain"]["metrics"]["accuracy_percent"]
    assert found["metrics"] == {"accuracy_percent": percent(separate, 1000)}
    assert read_run(run).metrics == {"accuracy_percent": percent(separate, 1000)}
    assert found["samples"] == found["retrain"]["samples"] == 1000
    places = {"first": 2 * 1000 * 8 * 14 * 14, "second": 2 * 1000 * 16 * 7 * 7}
    assert {name: of["places"] for name, of in found["neurons"].items()} == places
    assert all(0.02 < of["spikes"] / of["places"] < 0.98 for of in found["neurons"].values())
    assert sum(of["differing"] for of in found["neurons"].values()) <= BOUND * sum(places.values())


def test_a_disturbed_weight_is_found(folding, run, disturbed):
    """As many spikes as a comparison of all values at once finds, in the disturbed layer alone; and in one channel of it."""
    counted = folding("--json", status=1)["neurons"]
    found = spikes(run)
    differ = {name: found["deploy"][name] != found["retrain"][name] for name in NEURONS}
    for name in NEURONS:  # in other batches, so up to rounding
        few = max(1, BOUND * counted[name]["places"])
        assert counted[name]["differing"] == pytest.approx(int(differ[name].sum()), abs=2 * few)
        assert counted[name]["spikes"] == pytest.approx(int(found["deploy"][name].sum()), abs=few)
    assert counted["first"]["differing"] <= BOUND * counted["first"]["places"]
    assert counted["second"]["differing"] > 20 * BOUND * counted["second"]["places"]
    few = BOUND * counted["second"]["places"]
    assert int(differ["second"][:, :, 3].sum()) >= counted["second"]["differing"] - 4 * few


def test_text(folding, disturbed):
    text = folding(status=1)
    lines = [line.split() for line in text.splitlines()]
    begin = lines.index(["neurons", "places", "spikes", "differing", "share"])
    assert lines[0] == ["metric", "standard", "norms", "separate"]
    assert lines[1][0] == "accuracy_percent"
    rows = {line[0]: [float(x.replace(",", "")) for x in line[1:5]] for line in lines[begin + 1 : begin + 4]}
    assert list(rows) == [*NEURONS, "all"]
    assert rows["all"][:3] == [rows["first"][k] + rows["second"][k] for k in range(3)]
    for places, _, differing, shown in rows.values():
        assert shown == pytest.approx(100 * differing / places, rel=0.05)
    assert "so the last digits may differ" not in text
    (neuron, potential, explains) = re.search(
        r"wrong: rounding doesn't explain how the forms differ: neuron (\[.*?\]) of `second` at step \d of sample \d+, whose "
        r"potential is (\S+) from its threshold \(rounding explains (\S+)\); please report it\n$",
        text,
    ).groups()
    assert neuron.startswith("[3, ")
    assert float(potential) > float(explains)


def test_the_digits_are_said_to_differ_only_if_they_may(folding, run, capsys, tmp_path):
    """A note of rounding belongs to a network in which norms fold, and whose spikes or metrics differ."""
    found, text = folding("--json"), folding()
    same = all(of["differing"] == 0 for of in found["neurons"].values()) and found["metrics"] == found["retrain"]["metrics"]
    assert text.endswith("Both forms gave the same spikes and metrics.\n") == same
    assert ("so the last digits may differ" in text) != same
    assert command(["evaluate", str(run), "--device", "cpu"]) == 0
    assert capsys.readouterr().out.endswith("so the last digits may differ.\n")


@pytest.mark.parametrize("folds", [True, False])
def test_what_is_said_of_a_network_without_folded_norms(folds):
    result = Evaluation(metrics={"accuracy_percent": 50.0}, samples=1, seconds=1.0)
    text = form_text(Evaluated(result, folds=folds))
    assert ("last digits" in text) == folds == ("with norms folded" in text)
    assert ("no norm is folded" in text) != folds


@pytest.mark.parametrize(
    "arguments", [["evaluate"], ["export", "--to", "safetensors", "-o", "net.safetensors"]], ids=["evaluate", "export"]
)
def test_wrong_weights_are_refused_where_they_are_loaded(run, wrong, capsys, monkeypatch, tmp_path, arguments):
    monkeypatch.chdir(tmp_path)
    name, *more = arguments
    assert command([name, str(run), *more]) == 3
    said = capsys.readouterr().err
    assert "error[SG0605]: the network with folded norms doesn't compute what the trained one does: neuron [3, " in said
    assert list(tmp_path.iterdir()) == []


def test_the_first_samples_beside_the_reference(run, capsys):
    assert command(["evaluate", str(run), "--device", "cpu", "--reference"]) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    spikes = 4 * 2 * (8 * 14 * 14 + 16 * 7 * 7)
    found = re.fullmatch(
        rf"reference: 4 samples, (\d) of {spikes:,} spikes differ, by rounding alone; the results are equal but for rounding",
        line,
    )
    assert found is not None, line


def test_a_network_that_differs_from_the_reference_is_an_error(run, disturbed, capsys):
    assert command(["evaluate", str(run), "--device", "cpu", "--reference"]) == 3
    said = capsys.readouterr().err
    assert "error[SG0605]: on the test set the network doesn't compute what the reference does: neuron [3, " in said
    # Which one comes first follows from the trained weights, whose last digits depend on the processor.
    assert re.search(r" of `second` at step [0-3] of sample [0-3], whose potential is \S+ from its threshold", said), said


def test_the_passes_of_a_run_are_validated_with_its_weights(run, capsys):
    assert command(["evaluate", str(run), "--device", "cpu", "--validate"]) == 0
    assert re.search(
        r"^validated deploy: \d+ passes on inputs of \d+x\d+, \d+% of [\d,]+ neurons fired$", capsys.readouterr().err, re.M
    )
