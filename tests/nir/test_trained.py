"""A run that was trained on images reaches the same accuracy in SpikingJelly."""

from pathlib import Path

import numpy as np
import pytest
import torch
from readers import in_spikingjelly
from torch.utils.data import TensorDataset

import spikegraph
from spikegraph.backends.torch.fold import load_folded
from spikegraph.cli.entry import run
from spikegraph.plugins.targets import lower
from spikegraph.runs.record import read_run

IMAGES = Path(__file__).parents[2] / "spikegraph" / "data" / "fashion_mnist_small.npz"
SPEC = """sdhs 1
neuron lif { decay = 0.5 }
network net {
  input image : real[1, 28, 28]
  time = 2
  a = image -> conv(3, out = 8, stride = 2) -> norm -> lif
  b = a -> conv(3, out = 8) -> norm -> lif
  output logits = concat(a, b) -> conv(3, out = 16, stride = 2) -> norm -> lif -> flatten -> linear(10) -> mean(time)
}
dataset mine { source = python }
retrain net on mine { epochs = 1  batch = 32  weights = adam(lr = 0.01)  loss = cross_entropy(logits) }
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    (folder / "net.sdhs").write_text(SPEC)
    with np.load(IMAGES) as file:
        arrays = {name: file[name] for name in file.files}
    sets = [
        TensorDataset(
            torch.from_numpy(arrays[f"{part}_images"][:, None].copy()),
            torch.from_numpy(arrays[f"{part}_labels"].astype(np.int64)),
        )
        for part in ("train", "test")
    ]
    spikegraph.fit(folder / "net.sdhs", train=sets[0], test=sets[1], out=folder / "run")
    images, labels = sets[1].tensors
    return folder / "run", images.double() / 255, labels


def test_accuracy(trained, tmp_path):
    folder, images, labels = trained
    assert run(["export", str(folder), "--to", "nir", "-o", str(tmp_path / "net.nir")]) == 0
    inputs = np.broadcast_to(images.numpy(), (2, *images.shape)).copy()
    found = in_spikingjelly(tmp_path / "net.nir", inputs)["output"].mean(0).argmax(1)
    accuracy = 100 * float((found == labels.numpy()).mean())
    stated = read_run(folder).metrics["accuracy_percent"]
    assert stated > 60
    assert accuracy == pytest.approx(stated, abs=0.11)  # one of 1,000 images, as the run computes in float32


def test_folded_and_unfolded(trained):
    """Folding norms changes rounding: few spikes differ, and no prediction, in float64."""
    folder, images, labels = trained
    spikes, predictions, weights = {}, {}, {}
    for phase in ("retrain", "deploy"):
        model = spikegraph.load_run(folder, phase=phase)
        plain = lower(model.plain, "torch").double()
        if phase == "retrain":
            plain.load_state_dict(model.state_dict())
            weights = plain.state_dict()
        else:  # folded in float64 too, since weights of float32 would be rounded once more
            load_folded(plain, weights)
        names = [node.name for node in model.plain if node.op.traits.fires]
        with torch.inference_mode():
            values, _ = plain.eval().run({"image": images}, wanted=(*names, *model.plain.outputs.values()))
        spikes[phase] = [values[name] for name in names]
        predictions[phase] = values[model.plain.outputs["logits"]].argmax(1)
    differing = sum(int((a != b).sum()) for a, b in zip(*spikes.values(), strict=True))
    assert differing / sum(a.numel() for a in spikes["deploy"]) < 1e-6
    assert (predictions["retrain"] == predictions["deploy"]).all()
    assert (predictions["deploy"] == labels).double().mean() > 0.6
