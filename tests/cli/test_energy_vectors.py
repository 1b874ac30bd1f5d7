"""The additions of the vectors, counted by brute force, through runs: `stats RUN --data` and `evaluate --energy`."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

VECTORS = Path(__file__).parents[1] / "vectors" / "energy.npz"

SPEC = """sdhs 1

neuron lif {{
  decay     = {decay}
  threshold = {threshold}
}}

dataset mine {{
  source     = arrays
  file       = "mine.npz"
  inputs     = inputs
  targets    = targets
  test_inputs  = test_inputs
  test_targets = test_targets
  time_steps = true
}}

network net {{
  input x : real[{shape}]
{layers}
  output logits = {last} -> pool -> linear(2) -> mean(time)
}}

retrain net on mine {{
  epochs  = 1
  batch   = 2
  weights = sgd(lr = 1e-30)
  loss    = cross_entropy(logits)
}}
"""


def written(folder, z, name):
    """Writes a spec of a net of the vectors, its weights, and a data set whose test samples are the net's input.

    Returns:
        The number of time steps, of samples, and of channels of the last layer, which a linear layer multiplies.
    """
    decay, threshold = map(float, z[f"{name}/decay_threshold"])
    layers, weights, last, out = [], {}, "x", 0
    for i in range(sum(key.startswith(f"{name}/weight") for key in z)):
        out, kernel, stride, padding, dilation, groups = map(int, z[f"{name}/layer{i}"])
        keys = f"out = {out}, stride = {stride}, padding = {padding}, dilation = {dilation}, groups = {groups}, bias = false"
        layers.append(f"  l{i} = {last} -> conv({kernel}, {keys}) -> lif")
        weights[f"l{i}.conv.weight"] = torch.tensor(z[f"{name}/weight{i}"]).float()
        last = f"l{i}"
    inputs = z[f"{name}/input"].swapaxes(0, 1).astype(np.float32)
    shape = ", ".join(map(str, inputs.shape[2:]))
    text = SPEC.format(decay=decay, threshold=threshold, shape=shape, layers="\n".join(layers), last=last)
    (folder / "net.sdhs").write_text(text)
    save_file(weights, folder / "net.safetensors")
    several = np.concatenate([inputs] * 2)
    classes, of_test = np.arange(len(several)) % 2, np.arange(len(inputs)) % 2
    np.savez(folder / "mine.npz", inputs=several, targets=classes, test_inputs=inputs, test_targets=of_test)
    return inputs.shape[1], len(inputs), out


@pytest.mark.parametrize("name", ["plain", "strided", "signed"])
def test_additions_of_a_run(spikegraph, tmp_path, name):
    with np.load(VECTORS) as z:
        steps, samples, channels = written(tmp_path, z, name)
        additions = [int(z[f"{name}/additions{i}"]) / samples for i in range(3) if f"{name}/additions{i}" in z]
    picojoules = 0.9 * sum(additions) + 4.6 * steps * channels * 2
    run, data = tmp_path / "run", ("--data", tmp_path)
    start = ("--weights", tmp_path / "net.safetensors", "--device", "cpu", "--out", run)
    done = spikegraph("compile", tmp_path / "net.sdhs", "--train", *data, *start)
    assert done.status == 0, done.err
    measured = spikegraph("stats", run, *data, "--json").json["energy"]
    evaluated = spikegraph("evaluate", run, *data, "--device", "cpu", "--energy", "--json").json["energy"]
    for found in (measured, evaluated):
        assert found["exact"]
        each = [layer["synaptic_operations"] for layer in found["layers"] if layer["synaptic_operations"]]
        assert each == pytest.approx(additions, rel=1e-12)
        assert found["synaptic_operations"] == pytest.approx(sum(additions), rel=1e-12)
        assert found["cmos-45nm"]["inference_millijoules"] == pytest.approx(1e-9 * picojoules, rel=1e-12)
    text = spikegraph("evaluate", run, *data, "--device", "cpu", "--energy").out
    assert f"{sum(additions):,.0f} synaptic operations per inference, a mean over the samples\ncmos-45nm: " in text
