"""Runs with a truth for each pixel: label maps and optical flow of a plug-in's data sets."""

from pathlib import Path

import numpy as np
import pytest
import torch
from typing_extensions import override

from spikegraph.backends.report.record import Record
from spikegraph.backends.report.sections.examples import section
from spikegraph.backends.torch.datasets import collate, item
from spikegraph.backends.torch.evaluated import evaluated
from spikegraph.backends.torch.main import train_program
from spikegraph.backends.torch.train.checkpoint import read_weights
from spikegraph.backends.torch.trained import with_weights
from spikegraph.base.errors import DataError
from spikegraph.data.sample import About, Sample
from spikegraph.data.sets import data_sets
from spikegraph.data.source import Read, Samples
from spikegraph.dsl.schema.dataset import SOURCES, Source
from spikegraph.dsl.schema.map_datasets import MapDataset
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings
from spikegraph.runs.examples import read_examples


class Drawn(Samples):
    """Images with a bright rectangle: its pixels are class 1, those of the image's border 255; or its motion."""

    def __init__(self, kind, seed, count):
        self.kind, self.seed, self.count = kind, seed, count

    @property
    @override
    def about(self):
        return About(("background", "shape") if self.kind == "labels" else ())

    @override
    def __len__(self):
        return self.count

    @override
    def sample(self, index):
        generator = np.random.default_rng([self.seed, index])
        top, left = generator.integers(0, 5, 2)
        labels = np.zeros((8, 8), np.int64)
        labels[top : top + 4, left : left + 4] = 1
        noise = generator.normal(0, 0.1, (8, 8))
        if self.kind == "labels":
            image = (labels + noise)[None].astype(np.float32)
            labels[[0, -1]] = 255
            return Sample({"image": image}, labels)
        right = int(generator.integers(0, 2))
        frames = np.stack([np.roll(labels, right * t, 1) for t in range(3)])[:, None].astype(np.float32)
        flow = np.where(frames[-1] > 0, np.array([right, 0.0])[:, None, None], np.inf).astype(np.float32)
        return Sample({"events": frames}, flow, f"motion {index}", steps=3)


@pytest.fixture
def drawn(registrations):
    """The data sets `shapes`, with label maps, and `motion`, with optical flow."""

    def read(dataset, folder):
        return Read(Drawn(dataset.task_name, 0, 24), Drawn(dataset.task_name, 1, 12), "drawn")

    drawn = {"built_in": "drawn", "shape": (1, 8, 8)}
    SOURCES.register("shapes", Source(MapDataset, read, classes=2, **drawn))
    SOURCES.register("motion", Source(MapDataset, read, task="flow", views=("events",), events=True, **drawn))


SEGMENTATION = """sdhs 1
neuron lif { }
network net {
  input image : real[1, 8, 8]
  time = 2
  output seg = image -> conv(3, out = 4) -> norm -> lif -> conv(1, out = 2) -> mean(time)
}
dataset shapes { augment = [horizontal_flip] }
retrain net on shapes {
  epochs   = 6
  batch    = 4
  validate = 0.25
  weights  = adam(lr = 0.02)
  loss     = cross_entropy(seg, ignore = 255)
}
"""
FLOW = """sdhs 1
neuron lif { }
network net {
  input events : events[1, 8, 8]
  output flow = events -> conv(3, out = 4) -> norm -> lif -> conv(3, out = 2)
}
dataset motion { augment = [] }
retrain net on motion {
  epochs  = 1
  batch   = 4
  weights = adam(lr = 0.02)
  loss    = end_point_error(flow)
}
"""


def written(tmp_path, text):
    path = tmp_path / "net.sdhs"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_run_on_label_maps(drawn, tmp_path):
    program = Program.read(written(tmp_path, SEGMENTATION))
    folder, summary = train_program(program, Settings(device="cpu"), out=tmp_path / "run")
    assert list(summary.evaluation.metrics) == ["mean_iou_percent", "pixel_accuracy_percent"]
    assert summary.evaluation.metrics["mean_iou_percent"] > summary.baselines["most frequent label"]["mean_iou_percent"] + 20
    model = with_weights(program, read_weights(folder / "weights.safetensors")[0], "deploy").eval()
    test, iou = Drawn("labels", 1, 12), []
    predicted = [model(torch.from_numpy(test.sample(k).inputs["image"])[None])[0].argmax(0).numpy() for k in range(12)]
    for k in (0, 1):
        both = [(predicted[n] == k, test.sample(n).target == k, test.sample(n).target != 255) for n in range(12)]
        inter = sum(int((p & t).sum()) for p, t, _ in both)
        union = sum(int(((p | t) & v).sum()) for p, t, v in both)
        iou.append(inter / union)
    assert summary.evaluation.metrics["mean_iou_percent"] == pytest.approx(50 * sum(iou), rel=1e-6)
    # The run stores three of the predictions, and the page has each beside the input and the truth.
    found = read_examples(folder / "examples.npz")
    for example, k in zip(found.found, (2, 6, 10), strict=True):
        assert np.array_equal(example.truth[0], test.sample(k).target)
        assert (example.predicted[0] == predicted[k]).mean() > 0.98  # norms folded
    page = str(section([Record.read(folder)]).body)
    assert page.count("<img") == 9
    assert 'alt="predicted labels, sample 3"' in page
    for meaning in ("background", "shape", "no class"):
        assert f" {meaning}</span>" in page


def test_a_run_on_optical_flow_with_time_steps(drawn, tmp_path, monkeypatch):
    program = Program.read(written(tmp_path, FLOW))
    folder, summary = train_program(program, Settings(device="cpu"), out=tmp_path / "run")
    assert list(summary.evaluation.metrics) == ["mean_end_point_error_px", "outliers_percent"]
    model = with_weights(program, read_weights(folder / "weights.safetensors")[0], "deploy").eval()
    test = Drawn("flow", 1, 12)
    flows, errors = [], []
    for k in range(12):
        frames = torch.from_numpy(test.sample(k).inputs["events"])[:, None]
        flows.append(model(frames)[-1, 0].detach().numpy())
        away = flows[k] - test.sample(k).target
        known = np.isfinite(away).all(0)
        errors.append(np.sqrt((away[:, known] ** 2).sum(0)).mean())
    assert summary.evaluation.metrics["mean_end_point_error_px"] == pytest.approx(np.mean(errors), rel=1e-5)
    # Its predictions are stored at the end, and again by an evaluation.
    monkeypatch.setattr("spikegraph.plugins.local_files._installed", lambda package: True)  # the data sets of the test
    path = folder / "examples.npz"
    first = read_examples(path)
    path.unlink()
    evaluated(folder, examples=True)
    again = read_examples(path)
    assert [e.name for e in first.found] == [e.name for e in again.found] == ["motion 2", "motion 6", "motion 10"]
    for before, after, k in zip(first.found, again.found, (2, 6, 10), strict=True):
        assert np.array_equal(before.predicted, after.predicted)
        assert np.array_equal(after.truth, test.sample(k).target)
        assert after.predicted == pytest.approx(flows[k], rel=1e-4, abs=1e-5)
    page = str(section([Record.read(folder)]).body)
    assert page.count("<img") == 9
    assert 'alt="true flow, motion 6"' in page
    for meaning in ("to the right", "down", "to the left", "up"):
        assert f" {meaning}</span>" in page


def test_the_batches_of_a_data_set_with_time_steps(drawn, tmp_path):
    program = Program.read(written(tmp_path, FLOW))
    sets = data_sets(program.spec.datasets["motion"], None, 0)
    batch = collate([item(sets.train.sample(k)) for k in range(3)], sets.task)
    assert batch.inputs["events"].shape == (3, 3, 1, 8, 8)
    assert torch.equal(batch.inputs["events"][:, 1], torch.from_numpy(Drawn("flow", 0, 24).sample(1).inputs["events"]))
    assert batch.target.shape == (3, 2, 8, 8)


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("resize(4)", "resize: between two pixels there is no target"),
        ("pad([9, 9])", "pad: there is no target in the padding"),
        ("random_crop([8, 8], padding = 1)", "random_crop: there is no target in the padding; remove `padding`"),
    ],
)
def test_an_augmentation_that_does_not_suit_maps(drawn, tmp_path, step, why):
    program = Program.read(written(tmp_path, SEGMENTATION.replace("horizontal_flip", step)))
    with pytest.raises(DataError) as error:
        data_sets(program.spec.datasets["shapes"], None, 0).train.sample(0)
    assert error.value.summary == f"sample 0: {why}"
    assert error.value.help == "change the data set's `augment`"


def test_cutout_leaves_the_truth(drawn, tmp_path):
    program = Program.read(written(tmp_path, SEGMENTATION.replace("horizontal_flip", "cutout(6)")))
    train, whole = data_sets(program.spec.datasets["shapes"], None, 0).train, Drawn("labels", 0, 24)
    assert (train.sample(3).inputs["image"] == 0).sum() >= 9
    assert np.array_equal(train.sample(3).target, whole.sample(3).target)


@pytest.mark.parametrize(
    ("text", "old", "new", "line", "message", "help"),
    [
        (
            SEGMENTATION,
            "conv(1, out = 2) -> mean(time)",
            "pool -> linear(2) -> mean(time)",
            14,
            "`cross_entropy` needs logits [classes, H, W], not real[2] once",
            "end the output with `conv(1, out = CLASSES)`",
        ),
        (SEGMENTATION, "out = 2", "out = 3", 6, "`seg` has the logits of 3 classes, but `shapes` has 2", None),
        (
            SEGMENTATION,
            "lif -> conv",
            "lif -> pool(max) -> conv",
            6,
            "`seg` is real[2, 4, 4] once, but the targets of `shapes` are 8 x 8",
            "resize it, for example with `resize(like = ...)`",
        ),
        (
            SEGMENTATION,
            "cross_entropy(seg, ignore = 255)",
            "end_point_error(seg)",
            14,
            "`end_point_error` needs true optical flow, but `shapes` has label maps",
            "use `cross_entropy` of logits of each pixel",
        ),
        (
            FLOW,
            "conv(3, out = 2)",
            "conv(3, out = 3)",
            12,
            "`end_point_error` needs an optical flow [2, H, W], not real[3, 8, 8]",
            "end the output with `conv(1, out = 2)`",
        ),
        (
            FLOW,
            "end_point_error(flow)",
            "smooth_l1(flow)",
            12,
            "`smooth_l1` needs an output of `subpixel` or `disparity`, not of `conv`",
            "end it with `subpixel(...)` or `disparity`",
        ),
        (
            FLOW,
            "end_point_error(flow)",
            "cross_entropy(flow)",
            12,
            "`cross_entropy` needs label maps, but `motion` has true optical flow",
            "use `end_point_error`",
        ),
    ],
)
def test_what_does_not_fit_is_an_error_of_the_check(drawn, tmp_path, text, old, new, line, message, help):
    assert not Program.read(written(tmp_path, text)).check().has_errors
    (found,) = Program.read(written(tmp_path, text.replace(old, new))).check()
    assert (found.span.line, found.summary) == (line, message)
    assert help in (None, found.help)


def test_the_resolved_text_keeps_the_ignored_label(drawn, tmp_path):
    program = Program.read(written(tmp_path, SEGMENTATION))
    assert "cross_entropy(seg, label_smoothing = 0, ignore = 255, class_weights = none)" in program.text
    (again,) = Program.read(written(tmp_path, program.text)).spec.retrain.loss
    assert again.options == {"label_smoothing": 0.0, "ignore": 255}


def test_a_stereo_network_with_smooth_l1_is_sound(tmp_path):
    specs = Path(__file__).parents[2] / "specs"
    loss = "retrain.loss=smooth_l1(disparity, beta = 2)"
    program = Program.read(specs / "stereo.sdhs", genotype=specs / "genotypes" / "stereo.sdhs", overrides=(loss,))
    assert not program.check().has_errors
