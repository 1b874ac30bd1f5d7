"""`stats` of runs: energy from the spikes of the test set, of inputs too, counted one by one in numpy."""

import json

import numpy as np
import pytest
import torch

import spikegraph as package
from spikegraph.backends.report.page import report
from spikegraph.backends.report.record import Record

STEPS, ADDITION = 5, 0.9e-9
"""Time steps, and the millijoules of an addition (Che et al., NeurIPS 2022, section 5)."""

SPEC = """sdhs 1

neuron lif {{
  threshold = 0.1
}}

network net {{
  input image : {kind}[1, 8, 8]
  first  = image -> conv(3, out = 3, stride = 2) -> norm -> lif
  second = first -> conv(5, out = 4) -> norm -> lif
  output logits = second -> flatten -> linear(2) -> mean(time)
}}

dataset mine {{
  source       = arrays
  file         = "pictures.npz"
  test_inputs  = test_images
  test_targets = test_labels
  encoding     = latency(steps = 5, least = 0.5)
}}

retrain net on mine {{
  epochs  = 1
  batch   = 8
  weights = adam(lr = 0.01)
  loss    = cross_entropy(logits)
}}
"""


def images(folder, seed):
    """Writes 40 training images and 10 test images of bytes, [N, 8, 8, 1]; returns those of the test."""
    folder.mkdir()
    random, arrays = np.random.default_rng(seed), {}
    for part, count in (("", 40), ("test_", 10)):
        arrays[f"{part}images"] = random.integers(0, 256, (count, 8, 8, 1), np.uint8)
        arrays[f"{part}labels"] = np.arange(count) % 2
    np.savez(folder / "pictures.npz", **arrays)
    return arrays["test_images"]


def latency(pictures):
    """Spikes [T, N, C, H, W]: of each pixel of at least 0.5 one, the earlier the brighter it is."""
    x = pictures.transpose(0, 3, 1, 2) / np.float32(255)
    when = np.rint((1 - x) * (STEPS - 1))
    return np.stack([(when == t) & (x >= 0.5) for t in range(STEPS)]).astype(np.float64)


def met(spikes, out, kernel, stride):
    """Additions of a convolution with centred windows: one for each weight that a spike meets."""
    found, n, reach = 0, spikes.shape[-1], kernel // 2
    for y in range(0, n, stride):
        for x in range(0, n, stride):
            rows, columns = (slice(max(c - reach, 0), c + reach + 1) for c in (y, x))
            found += int(spikes[..., rows, columns].sum())
    return found * out


def counted(run, pictures):
    """The additions of the three layers with weights for the test images, per sample, at the spikes of the trained network."""
    model, spikes, seen = package.load_run(run, phase="retrain"), latency(pictures), {}
    with torch.no_grad():
        model.run({"image": torch.tensor(spikes).float()}, watch=seen.__setitem__)
    first, second = (seen[name].double().numpy() for name in ("first", "second"))
    total = met(spikes, 3, 3, 2), met(first, 4, 5, 1), 2 * int(second.sum())
    return [n / len(pictures) for n in total]


@pytest.fixture(scope="module", params=["real", "spike"])
def run(request, tmp_path_factory):
    """A trained run, and its test images."""
    from spikegraph.cli.entry import run as call

    folder = tmp_path_factory.mktemp(request.param)
    pictures = images(folder / "data", 0)
    (folder / "net.sdhs").write_text(SPEC.format(kind=request.param))
    out = folder / "run"
    command = ["compile", folder / "net.sdhs", "--train", "--data", folder / "data", "--out", out, "--device", "cpu"]
    assert call([str(part) for part in command]) == 0
    return out, pictures


def additions(found):
    return [layer["additions"] * found["energy"]["time_steps"] for layer in found["energy"]["layers"] if layer["additions"]]


def test_spikes_of_inputs_and_neurons_are_counted(run, spikegraph):
    folder, pictures = run
    found = spikegraph("stats", folder, "--json").json
    expected = counted(folder, pictures)
    assert (found["energy"]["time_steps"], found["energy"]["firing_rates"]) == (STEPS, "measured")
    assert additions(found) == pytest.approx(expected, rel=1e-12)
    assert sum(layer["multiplications"] for layer in found["layers"]) == 0
    assert found["energy"]["inference_millijoules"] == pytest.approx(sum(expected) * ADDITION, rel=1e-12)
    summary = json.loads((folder / "summary.json").read_text())["evaluation"]
    assert summary["firing_rates"]["image"] == pytest.approx(latency(pictures).mean(), rel=1e-12)
    assert summary["time_steps"] == STEPS


def test_the_table_has_the_additions_that_were_counted(run, spikegraph):
    folder, pictures = run
    lines = spikegraph("stats", folder).out.splitlines()
    column = lines[0].split().index("additions")
    rows = {line.split()[0]: line.split() for line in lines if line}
    expected = [n / STEPS for n in counted(folder, pictures)]
    found = [float(rows[name][column].replace(",", "")) for name in ("first.conv", "second.conv", "logits.linear")]
    assert found == pytest.approx(expected, abs=0.5)
    assert "; additions are those at the measured firing rates" in "\n".join(lines)


def test_the_report_has_the_same_energy(run, spikegraph):
    folder, _ = run
    line = spikegraph("stats", folder).out.splitlines()[-1].removeprefix("energy: ")
    assert "per inference of 5 time steps" in line and line.endswith("at the measured firing rates")
    assert line in report([Record.read(folder)])


def test_other_data_are_measured(run, spikegraph, tmp_path):
    """In the form of the phase; the folded one may round otherwise, but its input has the same spikes."""
    folder, _ = run
    pictures = images(tmp_path / "data", 1)
    found = spikegraph("stats", folder, "--data", tmp_path / "data", "--json").json
    assert additions(found) == pytest.approx(counted(folder, pictures), rel=1e-12)
    deployed = spikegraph("stats", folder, "--data", tmp_path / "data", "--phase", "deploy", "--json").json
    assert additions(deployed)[0] == pytest.approx(met(latency(pictures), 3, 3, 2) / 10, rel=1e-12)
    assert additions(spikegraph("stats", folder, "--json").json) != additions(found)


def test_counts_are_those_of_the_network_as_it_was_trained(run, spikegraph):
    """Of an edited network the rates are still a guess."""
    folder, _ = run
    found = spikegraph("stats", folder, "--json", "--set", "mine.encoding=latency(steps = 2)").json
    rates = json.loads((folder / "summary.json").read_text())["evaluation"]["firing_rates"]
    assert found["energy"]["time_steps"] == 2
    dense = [3 * 9 * 16, 4 * 25 * 3 * 16, 2 * 64]
    expected = [2 * n * rates[name] for n, name in zip(dense, ("image", "first", "second"), strict=True)]
    assert additions(found) == pytest.approx(expected, rel=1e-12)


def test_data_are_for_runs(run, spikegraph, tmp_path):
    folder, _ = run
    done = spikegraph("stats", "specs/events.sdhs", "--data", tmp_path)
    assert done.status == 2
    assert "--data measures the network of a run, but specs/events.sdhs is a spec; train it with --train first" in done.err
    done = spikegraph("stats", folder, "--data", tmp_path, "--set", "retrain.epochs=2")
    assert done.status == 2
    assert "leave out --genotype, --profile, --set and --phase search" in done.err
