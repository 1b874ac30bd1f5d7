"""`spikegraph.fit`: a spec that is trained on data sets in Python."""

import pytest
import torch
from torch.utils.data import Dataset, TensorDataset

import spikegraph
from spikegraph.errors import DataError, UserError
from spikegraph.runs.record import read_run

SPEC = """\
sdhs 1
neuron lif {
  decay = 0.5
}
network net {
  input image : real[1, 8, 8]
  time = 2
  output logits = image -> conv(3, out = 8) -> norm -> lif -> pool -> linear(2) -> mean(time)
}
dataset mine {
  source = python
}
retrain net on mine {
  epochs  = 6
  batch   = 16
  weights = adam(lr = 0.02)
  loss    = cross_entropy(logits)
}
"""


class Bars(Dataset):
    """Bright above or below; a data set as anybody writes it."""

    def __init__(self, count, seed):
        generator = torch.Generator().manual_seed(seed)
        self.noise = torch.rand(count, 1, 8, 8, generator=generator) / 3

    def __len__(self):
        return len(self.noise)

    def __getitem__(self, index):
        label = index % 2
        image = self.noise[index].clone()
        image[:, 4 * label : 4 * label + 4] += 0.6
        return image, label


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC)
    return path


def test_a_data_set_in_python(spec, tmp_path):
    run = spikegraph.fit(spec, train=Bars(160, 0), test=Bars(40, 1), out=tmp_path / "run")
    record = read_run(run)
    assert record.summary.evaluation.metrics["accuracy_percent"] > 90
    assert record.summary.baselines["majority class"]["accuracy_percent"] == 50
    model = spikegraph.load_run(run)
    test = Bars(40, 1)
    found = model(torch.stack([image for image, _ in test])).argmax(-1)
    right = (found == torch.tensor([label for _, label in test])).float().mean()
    assert 100 * right == record.summary.evaluation.metrics["accuracy_percent"]
    spikegraph.fit(spec, train=Bars(160, 0), test=Bars(40, 1), out=run, resume=True)


def test_uint8_is_divided_by_255(spec, tmp_path):
    pairs = [(image, label) for image, label in Bars(64, 0)]
    bytes_ = [((255 * image).round().to(torch.uint8), torch.tensor(label)) for image, label in pairs]
    whole = [(image / 255, int(label)) for image, label in bytes_]
    program = spikegraph.load(spec, overrides=["retrain.epochs=1"])
    runs = [spikegraph.fit(program, train=d, test=d, out=tmp_path / str(k)) for k, d in enumerate((bytes_, whole))]
    one, other = (spikegraph.load_run(run).state_dict() for run in runs)
    for name, value in one.items():
        torch.testing.assert_close(value, other[name])


@pytest.mark.parametrize(
    ("samples", "why", "help"),
    [
        ([3], "sample 0 of the training set: it isn't a pair", "give an image and its class"),
        (
            TensorDataset(torch.zeros(2, 8, 8), torch.zeros(2)),
            "sample 0 of the training set: its image has the shape [8, 8] and the type float32",
            "give a tensor [C, H, W] of floating-point numbers, or of uint8",
        ),
        (
            [(torch.zeros(1, 8, 8), "cat")],
            "sample 0 of the training set: its class is 'cat'",
            "give a whole number, counted from 0",
        ),
        (
            [(torch.zeros(1, 8, 8), 0), (torch.zeros(1, 8, 8), -1)],
            "sample 1 of the training set: its class is -1",
            "give a whole number, counted from 0",
        ),
        ([], "the training set has no sample", None),
    ],
)
def test_samples_of_another_form_name_the_declaration(spec, tmp_path, samples, why, help):
    with pytest.raises(DataError) as error:
        spikegraph.fit(spec, train=samples, test=Bars(4, 1), out=tmp_path / "run")
    assert (error.value.summary, error.value.help) == (f"{spec}:10:1: {why}", help)
    assert not (tmp_path / "run").exists()


def test_other_shapes_than_the_spec_declares(spec, tmp_path):
    samples = [(torch.zeros(3, 8, 8), 0), (torch.zeros(3, 8, 8), 1)]
    with pytest.raises(UserError) as error:
        spikegraph.fit(spec, train=samples, test=samples, out=tmp_path / "run")
    assert "[3, 8, 8]" in str(error.value)
    assert "[1, 8, 8]" in str(error.value)


def test_sources_do_not_mix(spec, tmp_path):
    with pytest.raises(DataError) as error:
        spikegraph.fit("specs/cifar10.sdhs", train=Bars(4, 0), test=Bars(4, 1), out=tmp_path / "run")
    assert error.value.summary.endswith("the data set `cifar10` has the source `cifar10`")
    assert error.value.help == "write `source = python` in it"
    from spikegraph.cli.entry import run

    assert run(["compile", str(spec), "--train", "--out", str(tmp_path / "run")]) == 1
