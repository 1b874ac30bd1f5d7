"""A plug-in's task with arrays of one's own: checked, trained, evaluated, predicted, and what is refused."""

import csv
from pathlib import Path

import numpy as np
import pytest
import torch

import spikegraph
from spikegraph.cli.entry import run
from spikegraph.runs.record import read_run

SPEC = """sdhs 1
neuron lif {{ }}
dataset mine {{ {keys}  time_steps = true  file = "lights.npz"  augment = [horizontal_flip] }}
network net {{
  input x : real[2, 16, 16]
  output points = x -> conv(3, out = 4) -> norm -> lif -> flatten -> linear(6) -> mean(time)
}}
retrain net on mine {{ epochs = 2  batch = 8  validate = 0.25  weights = adam(lr = 0.03)  loss = apart(points, factor = 0.5) }}
"""
KEYS = {"arrays": "source = arrays  task = lights", "maps": "source = maps  truth = lights"}


@pytest.fixture
def arrays(own):
    """Events of recordings, counted in four steps, and the rows and columns of their lights."""
    inputs, places = np.zeros((40, 4, 2, 16, 16), np.float32), np.zeros((40, 3, 2), np.float32)
    for k in range(40):
        (columns, rows, t, polarity), places[k] = own.recording(k)
        np.add.at(inputs[k], (t // 10_000, polarity, rows, columns), 1)
    return {"inputs": inputs, "targets": places}


@pytest.fixture
def written(tmp_path, monkeypatch, capsys):
    """Writes a spec and arrays into the working directory; what `check` says of them, and `data check`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "500")

    def write(keys, **arrays):
        (tmp_path / "net.sdhs").write_text(SPEC.format(keys=keys), encoding="utf-8")
        np.savez("lights.npz", **arrays)
        capsys.readouterr()
        status = run(["check", "net.sdhs"]) or run(["data", "check", ".", "--spec", "net.sdhs"])
        said = capsys.readouterr()
        return status, said.out + said.err

    return write


@pytest.mark.parametrize("source", KEYS)
def test_runs(written, arrays, source):
    """Scores and predictions are those of the saved network, measured here."""
    status, said = written(KEYS[source], **arrays)
    assert status == 0, said
    assert run(["compile", "net.sdhs", "--train", "--out", "run", "--device", "cpu"]) == 0
    assert run(["predict", "run", "lights.npz", "-o", "out", "--device", "cpu"]) == 0
    assert run(["evaluate", "run", "--device", "cpu"]) == 0
    with torch.no_grad():
        values = spikegraph.load_run("run")(torch.from_numpy(arrays["inputs"]).transpose(0, 1)).numpy()
    lines = csv.DictReader(Path("out/predictions.csv").read_text(encoding="utf-8").splitlines())
    rows = [[float(row[f"prediction_{k}"]) for k in range(6)] for row in lines]
    np.testing.assert_allclose(rows, values, rtol=1e-3, atol=1e-4)
    samples = [(next(iter(sample.inputs.values())), sample.target) for sample in spikegraph.data("net.sdhs").test.samples()]
    at = [next(k for k, x in enumerate(arrays["inputs"]) if np.array_equal(x, held)) for held, _ in samples]
    places = arrays["targets"][at]
    assert np.array_equal([target for _, target in samples], places, equal_nan=True)
    errors = np.linalg.norm(values[at].reshape(-1, 3, 2) - places, axis=-1)
    found = read_run(Path("run")).summary.evaluation
    assert (found.samples, len(at)) == (8, 8)
    assert found.metrics["mean_point_error_px"] == pytest.approx(errors[np.isfinite(errors)].mean(), rel=1e-4)


@pytest.mark.parametrize("source", KEYS)
def test_targets_that_the_task_refuses(written, arrays, source):
    why, help = "`targets`: the target of sample 0 isn't one of `lights`", "give rows and columns [P, 2]"
    arrays["targets"] = arrays["targets"][:, :, :1]
    status, said = written(KEYS[source], **arrays)
    assert status == 1
    assert f"lights.npz: {why} ({help})" in said
    with pytest.raises(spikegraph.DataError) as error:
        spikegraph.data("net.sdhs")
    assert (error.value.summary, error.value.help) == (why, help)


@pytest.mark.parametrize(
    ("keys", "help"),
    [
        ("source = arrays  task = light", "did you mean `lights`?"),
        ("source = arrays  task = map", "the choices are `class`, `step_class`, `numbers` or `lights`"),
        ("source = maps  truth = numbers", "the choices are `labels`, `flow`, `depth`, `map` or `lights`"),
    ],
)
def test_other_tasks_are_listed(written, arrays, keys, help):
    status, text = written(keys, **arrays)
    assert status == 1
    assert "error[SG0209]" in text
    assert f"help: {help} (or load its plug-in: --plugin FILE.py)" in text


def test_a_loss_names_the_task_that_the_data_lack(written, arrays):
    status, text = written("source = arrays", **arrays)
    assert status == 1
    assert "help: write `task = lights` in `mine` if it has true lights" in text
