"""`spikegraph.fit`: a spec that is trained on data sets in Python."""

import numpy as np
import pytest
import torch
from torch.utils.data import Dataset, TensorDataset

import spikegraph
from spikegraph.backends.torch.main import train_program
from spikegraph.backends.torch.train.evaluate import evaluate
from spikegraph.base.errors import DataError, TrainError, UserError
from spikegraph.data.given import given
from spikegraph.data.sample import Sample
from spikegraph.data.sets import DataSet, data_sets
from spikegraph.data.source import Samples
from spikegraph.dsl.schema.class_datasets import ImageDataset
from spikegraph.dsl.schema.dataset import SOURCES, Source
from spikegraph.program.run_settings import Settings
from spikegraph.runs.record import read_run
from spikegraph.tasks import TASKS

from ..rounded_results import percent
from .bars import SPEC, VECTORS, Bars


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
    assert 100 * float(right) == percent(record.summary.evaluation.metrics["accuracy_percent"], 40)  # norms folded
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
        ([3], "sample 0 of the training set: it isn't a pair", "give a value and its target"),
        (
            TensorDataset(torch.zeros(2, 8, 8), torch.zeros(2)),
            "sample 0 of the training set: its image has the shape [8, 8] and the type float32",
            "give a tensor [C, H, W] or [F] of floating-point numbers, or of uint8",
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


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf"), 1e300])
@pytest.mark.parametrize("part", ["train", "test"])
def test_a_sample_that_is_not_finite_is_refused_with_its_number(spec, tmp_path, wrong, part):
    pairs = [(image.double(), label) for image, label in Bars(12, 0)]
    pairs[7][0][0, 3, 4] = wrong
    given = {"train": Bars(12, 0), "test": Bars(4, 1), part: pairs}
    with pytest.raises(DataError) as error:
        spikegraph.fit(spec, **given, out=tmp_path / "run")
    name = {"train": "training", "test": "test"}[part]
    why = f"{spec}:10:1: sample 7 of the {name} set: its image has numbers that aren't finite"
    assert (error.value.summary, error.value.help) == (why, "remove it, or replace them")
    assert not (tmp_path / "run").exists()


class Blank(Samples):
    """Three samples, of which the last has a value that isn't finite."""

    def __init__(self, target):
        self.target = target

    def __len__(self):
        return 3

    def sample(self, index):
        values = np.zeros((1, 4, 4), np.float32)
        values[0, 1, 1] = np.nan if index == 2 else 0
        return Sample({"image": values}, self.target)


@pytest.mark.parametrize(("task", "shape"), [("class", ()), ("labels", (4, 4))])
def test_a_source_of_a_plugin_with_values_that_are_not_finite(task, shape):
    samples = DataSet(Blank(np.zeros(shape, np.int64)), TASKS[task])
    assert samples.sample(1).target.shape == shape
    with pytest.raises(DataError) as error:
        samples.sample(2)
    assert error.value.summary == "sample 2: the input `image` has numbers that aren't finite"
    assert error.value.help == "remove it, or replace them"


def test_other_shapes_than_the_spec_declares(spec, tmp_path):
    samples = [(torch.rand(3, 8, 8), 0), (torch.rand(3, 8, 8), 1)]
    with pytest.raises(UserError) as error:
        spikegraph.fit(spec, train=samples, test=samples, out=tmp_path / "run")
    assert "[3, 8, 8]" in str(error.value)
    assert "[1, 8, 8]" in str(error.value)


def test_sources_do_not_mix(spec, tmp_path):
    with pytest.raises(DataError) as error:
        spikegraph.fit("specs/cifar10.sdhs", train=Bars(4, 0), test=Bars(4, 1), out=tmp_path / "run")
    assert error.value.summary.endswith("the data set `cifar10` has the source `cifar10`")
    assert error.value.help == "write `source = python` in it (or python_steps, python_events)"
    from spikegraph.cli.entry import run

    assert run(["compile", str(spec), "--train", "--out", str(tmp_path / "run")]) == 1


STEPS = SPEC.replace("input image : real[1, 8, 8]\n  time = 2", "input film : real[2, 8, 8]").replace("= image", "= film")


class Films(Dataset):
    """Bars that appear in the first step or in the last."""

    def __init__(self, count, seed):
        self.noise = torch.rand(count, 3, 2, 8, 8, generator=torch.Generator().manual_seed(seed)) / 3

    def __len__(self):
        return len(self.noise)

    def __getitem__(self, index):
        film, label = self.noise[index].clone(), index % 2
        film[:, label] += 0.6
        return film, label


def given_set(path, samples):
    return data_sets(spikegraph.load(path).spec.datasets["mine"], None, 0, given=(samples, samples)).test


def test_samples_with_time_steps(tmp_path, spec):
    path = tmp_path / "steps.sdhs"
    path.write_text(STEPS.replace("source = python", "source = python_steps"))
    run = spikegraph.fit(path, train=Films(160, 0), test=Films(40, 1), out=tmp_path / "run")
    assert read_run(run).summary.evaluation.metrics["accuracy_percent"] > 90
    model, test = spikegraph.load_run(run), Films(40, 1)
    films = given_set(path, Films(41, 1))
    both = [evaluate(model, films, batch, stream=stream) for stream in (False, True) for batch in (1, 8)]
    assert all(of.confusion == both[0].confusion for of in both)
    with pytest.raises(TrainError, match="the samples are still images, which have no time steps to stream"):
        evaluate(spikegraph.compile(spec), given_set(spec, Bars(4, 1)), stream=True)
    found = model(torch.stack([film for film, _ in test], dim=1)).argmax(-1)
    right = (found == torch.tensor([label for _, label in test])).float().mean()
    assert 100 * float(right) == percent(read_run(run).summary.evaluation.metrics["accuracy_percent"], 40)  # norms folded


EVENT = np.dtype([("x", "<i2"), ("y", "<i2"), ("t", "<i8"), ("p", "?")])
"""The type of tonic's events."""


@pytest.mark.parametrize(("source", "shape", "time"), [("python", (3,), "time = 2"), ("python_steps", (5, 3), "")])
def test_samples_that_are_vectors(tmp_path, source, shape, time):
    text = VECTORS.format(source=source, task="class", time=time, end="linear(2) -> mean(time)", loss="cross_entropy(o)")
    (tmp_path / "net.sdhs").write_text(text)
    random = np.random.default_rng(0)
    samples = [(torch.from_numpy(random.normal(4 * (k % 2) - 2, 1, shape)).float(), k % 2) for k in range(24)]
    run = spikegraph.fit(tmp_path / "net.sdhs", train=samples, test=samples[:8], out=tmp_path / "run")
    model = spikegraph.load_run(run)
    x = torch.stack([x for x, _ in samples], 1 if len(shape) == 2 else 0)
    right = (model(x).argmax(-1) == torch.arange(24) % 2).float().mean().item()
    assert spikegraph.evaluate(model, samples) == {"accuracy_percent": pytest.approx(100 * right)}
    assert right > 0.9
    with pytest.raises(DataError, match="the samples have the class 2, but the network has 2"):
        spikegraph.evaluate(model, [*samples, (samples[0][0], 2)])


def recording(label, random):
    """60 events, on for the first class and off for the second."""
    events = np.zeros(60, EVENT)
    events["x"], events["y"] = random.integers(0, 8, (2, 60))
    events["t"] = np.sort(random.integers(0, 90_000, 60))
    events["p"] = label == 0
    return events


def test_events_as_tonic_has_them(tmp_path):
    path = tmp_path / "net.sdhs"
    text = "source = python_events\n  sensor = [8, 8]\n  steps = 3"
    path.write_text(STEPS.replace("source = python", text))
    random = np.random.default_rng(0)
    train, test = ([(recording(k % 2, random), k % 2) for k in range(n)] for n in (160, 40))
    run = spikegraph.fit(path, train=train, test=test, out=tmp_path / "run")
    assert read_run(run).summary.evaluation.metrics["accuracy_percent"] > 90
    # The network gets the counts in three steps of 30 ms, from the first event on.
    events, film = test[0][0], np.zeros((3, 2, 8, 8), np.float32)
    span = events["t"][-1] + 1 - events["t"][0]
    for x, y, t, p in events.tolist():
        film[int((t - events["t"][0]) * 3 // span), 0 if p else 1, y, x] += 1
    sets = data_sets(spikegraph.load(path).spec.datasets["mine"], None, 0, given=(train, test))
    assert np.array_equal(sets.test.sample(0).inputs["events"], film)


@pytest.mark.parametrize(
    ("value", "why", "help"),
    [
        (
            np.zeros((5, 4)),
            "sample 0 of the training set: its events have the shape [5, 4] and the fields none",
            "give an array [N] with the fields x, y, t in microseconds and p, as tonic's data sets do",
        ),
        (
            np.zeros(5, [("x", "i4"), ("t", "f8"), ("p", "?")]),
            "sample 0 of the training set: its times are float64",
            "give whole microseconds",
        ),
    ],
)
def test_events_of_another_form(tmp_path, value, why, help):
    path = tmp_path / "net.sdhs"
    path.write_text(STEPS.replace("source = python", "source = python_events\n  sensor = [8, 8]\n  steps = 3"))
    with pytest.raises(DataError) as error:
        spikegraph.fit(path, train=[(value, 0)], test=[(value, 0)], out=tmp_path / "run")
    assert (error.value.summary, error.value.help) == (f"{path}:9:1: {why}", help)


def test_a_package_names_data_sets_in_python(spec, tmp_path, registrations):
    """A spec names no code; a package registers the name of its data sets, and what makes them."""

    def read(dataset, folder):
        return given(dataset, Bars(160, 0), Bars(40, 1), "drawn bars")

    SOURCES.register("bars", Source(ImageDataset, read, built_in="drawn bars", shape=(1, 8, 8), classes=2))
    spec.write_text(SPEC.replace("source = python", "source = bars"))
    _, summary = train_program(spikegraph.load(spec), Settings(device="cpu"), out=tmp_path / "run")
    assert summary.evaluation.metrics["accuracy_percent"] > 90


class Flipped(Bars):
    """Random transforms with a generator of their own: each reading of a sample may turn it."""

    random = np.random.default_rng(0)

    def __getitem__(self, index):
        image, label = super().__getitem__(index)
        return image.flip(-1) if self.random.random() < 0.5 else image, label


@pytest.mark.in_python
def test_a_data_set_with_random_transforms_is_resumed(spec, tmp_path):
    program = spikegraph.load(spec, overrides=["retrain.epochs=1"])
    run = spikegraph.fit(program, train=Flipped(32, 0), test=Bars(8, 1), out=tmp_path / "run")
    assert spikegraph.fit(program, train=Flipped(32, 0), test=Bars(8, 1), out=run, resume=True) == run
    with pytest.raises(UserError) as caught:
        spikegraph.fit(program, train=Flipped(30, 0), test=Bars(8, 1), out=run, resume=True)
    assert caught.value.details[0].endswith(" (another run; give the run's data with `data`, or `train` and `test`)")
    assert caught.value.help == "undo what differs, or choose another folder with `out`"
