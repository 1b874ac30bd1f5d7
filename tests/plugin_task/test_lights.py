"""A task of a plug-in, several points of which some aren't seen, in everything that a task is for."""

import csv
import json
import re

import h5py
import numpy as np
import pytest
import torch
from PIL import Image

import spikegraph
from spikegraph.backends.report.pictures import VIRIDIS, ramp
from spikegraph.cli.entry import run
from spikegraph.runs.record import read_run

CPU = ("--device", "cpu")


@pytest.fixture(scope="module")
def truth(own):
    """Rows and columns of the lights of each recording as they are evaluated: in the middle of the sensor."""
    return np.stack([own.recording(k)[1] - 2 for k in range(64)])


def mean_error(values, targets):
    """The mean distance of points that are seen, in pixels."""
    found = np.linalg.norm(np.reshape(values, (-1, 3, 2)) - targets, axis=-1)
    return found[np.isfinite(found)].mean()


def test_scores_and_baselines(folder, truth):
    """The network's results and the baseline's, measured here."""
    test, model = spikegraph.data(folder / "net.sdhs").test, spikegraph.load_run(folder / "run")
    inputs = torch.stack([torch.from_numpy(sample.inputs["events"]) for sample in test.samples()], 1).float()
    with torch.no_grad():
        values = model(inputs).numpy()
    summary = read_run(folder / "run").summary
    assert np.isnan(truth).any()
    assert summary.evaluation.metrics["mean_point_error_px"] == pytest.approx(mean_error(values, truth[48:]), rel=1e-4)
    mean = np.nanmean(truth[:48], 0)
    assert summary.baselines["mean places"]["mean_point_error_px"] == pytest.approx(mean_error(mean, truth[48:]), rel=1e-5)


def test_show(folder, truth, capsys):
    capsys.readouterr()
    assert run(["data", "show", str(folder / "net.sdhs"), "--part", "test"]) == 0
    text = capsys.readouterr().out
    known = truth[48:][np.isfinite(truth[48:])]
    low, high, mean, share = (f"{x:.4g}" for x in (known.min(), known.max(), known.mean(), 100 * known.size / 96))
    assert text.splitlines()[-1] == f"truth: {low} to {high}, mean {mean}; known for {share} % of the numbers"
    assert run(["data", "show", str(folder / "net.sdhs"), "--part", "test", "-o", str(folder / "a.png"), "--samples", "1"]) == 0
    with Image.open(folder / "a.png") as picture:
        colours = {tuple(c) for c in np.asarray(picture.convert("RGB")).reshape(-1, 3)}
    assert {tuple(c) for c in ramp(VIRIDIS, 256)[:: 85 if np.isfinite(truth[48]).all() else 255]} <= colours


def test_examples_and_report(folder, truth):
    """Pictures of the targets, and of predictions."""
    examples = read_run(folder / "run").examples.found
    assert [example.task for example in examples] == ["lights", "lights"]
    for example in examples:
        places = truth[int(example.name.removeprefix("lights "))]
        drawn = {(int(row), int(column)) for row, column in places if ((row >= 0) & (row < 12) & (column >= 0) & (column < 12))}
        assert set(zip(*(found.tolist() for found in np.nonzero(example.truth[0])), strict=True)) == drawn
    assert run(["report", str(folder / "run"), "-o", str(folder / "report.html")]) == 0
    page = (folder / "report.html").read_text()
    assert "mean point error" in page
    assert "large lights" in page


def test_streams_and_predictions(folder, recording, capsys):
    """The last of a recording's results is the prediction for the whole, and the mean over the steps is that of the network."""
    out = folder / "streamed"
    assert run(["stream", str(folder / "run"), str(recording), "-o", str(out), "--to", "hdf5", "--to", "png", *CPU]) == 0
    assert run(["predict", str(folder / "run"), str(recording), "-o", str(folder / "predicted"), *CPU]) == 0
    (row,) = csv.DictReader((folder / "predicted" / "predictions.csv").read_text().splitlines())
    sample = spikegraph.data(folder / "net.sdhs").test[0]
    with torch.no_grad():
        values = spikegraph.load_run(folder / "run")(torch.from_numpy(sample.inputs["events"])[:, None].float())[0].tolist()
    assert [float(row[f"prediction_{k}"]) for k in range(6)] == pytest.approx(values, rel=1e-4)
    steps = [json.loads(line) for line in (out / "steps.jsonl").read_text().splitlines()]
    assert steps[-1]["outputs"]["points"]["values"] == pytest.approx(values, rel=1e-4)
    with h5py.File(out / "results.h5") as file:
        assert file["outputs/points"][-1].tolist() == pytest.approx(values, rel=1e-4)
    assert len(list((out / "frames").iterdir())) == len(steps) == 4
    capsys.readouterr()
    assert run(["evaluate", str(folder / "run"), "--stream", *CPU]) == 0
    found = re.search(r"^mean_point_error_px +(\S+) +(\S+)$", capsys.readouterr().out, re.MULTILINE)
    assert found is not None
    assert found[1] == found[2]


def test_fit(folder, own):
    """The same task with recordings that are given in Python."""
    fields = [("x", "i8"), ("y", "i8"), ("t", "i8"), ("p", "i8")]

    def pairs(first, count):
        for k in range(first, first + count):
            events, places = own.recording(k)
            yield np.array(list(zip(*events, strict=True)), fields), places

    overrides = ["lights.source=python_events", "lights.task=lights", "lights.sensor=[16, 16]", "retrain.epochs=1"]
    spec = spikegraph.load(folder / "net.sdhs", overrides=overrides)
    fitted = spikegraph.fit(spec, train=list(pairs(0, 16)), test=list(pairs(48, 8)), out=folder / "fitted")
    assert list(read_run(fitted).metrics) == ["mean_point_error_px"]
    wrong = [(events, places[0]) for events, places in pairs(0, 2)]
    refused = r"sample 0 of the training set: its lights is .* \(help: give rows and columns \[P, 2\]\)"
    with pytest.raises(spikegraph.DataError, match=refused):
        spikegraph.fit(spec, train=wrong, test=wrong, out=folder / "wrong")
