"""Runs with a truth for each pixel: label maps and optical flow of a plug-in's data sets."""

from pathlib import Path

import numpy as np
import pytest
import torch
from spikegraph.backends.torch.datasets.from_spec import data_sets
from spikegraph.data.maps import MapData, MapSample
from spikegraph.data.registries import READERS

from spikegraph.backends.report.record import Record
from spikegraph.backends.report.sections.examples import section
from spikegraph.backends.torch.datasets import collate_function
from spikegraph.backends.torch.evaluated import evaluated
from spikegraph.backends.torch.main import train_program
from spikegraph.backends.torch.trained import trained_model
from spikegraph.dsl.schema.dataset import SOURCES, MapDataset, Source
from spikegraph.errors import DataError, UntrainableError
from spikegraph.program import Program
from spikegraph.run_settings import Settings
from spikegraph.runs.record import read_run


class Drawn:
    """Images with a bright rectangle: its pixels are class 1, those of the image's border 255; or its motion."""

    def __init__(self, kind, seed, count):
        self.kind, self.seed, self.count = kind, seed, count

    def __len__(self):
        return self.count

    def sample(self, index):
        generator = np.random.default_rng([self.seed, index])
        top, left = generator.integers(0, 5, 2)
        labels = np.zeros((8, 8), np.int64)
        labels[top : top + 4, left : left + 4] = 1
        noise = generator.normal(0, 0.1, (8, 8))
        if self.kind == "labels":
            image = (labels + noise)[None].astype(np.float32)
            labels[[0, -1]] = 255
            return MapSample({"image": image}, labels, "labels")
        right = int(generator.integers(0, 2))
        frames = np.stack([np.roll(labels, right * t, 1) for t in range(3)])[:, None].astype(np.float32)
        flow = np.where(frames[-1] > 0, np.array([right, 0.0])[:, None, None], np.inf).astype(np.float32)
        return MapSample({"events": frames}, flow, "flow")


@pytest.fixture
def drawn(registrations):
    """The data sets `shapes`, with label maps, and `motion`, with optical flow."""
    label = Source(MapDataset, built_in="drawn", shape=(1, 8, 8), classes=2)
    SOURCES.register("shapes", label)
    flow = Source(MapDataset, built_in="drawn", shape=(1, 8, 8), truth="flow", views=("events",), events=True)
    SOURCES.register("motion", flow)
    for name, kind in (("shapes", "labels"), ("motion", "flow")):
        parts = (Drawn(kind, 0, 24), Drawn(kind, 1, 12))
        READERS.register(name, lambda dataset, folder, parts=parts: MapData(*parts, "drawn", classes=("background", "shape")))


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
    model = trained_model(program, read_run(folder), "deploy").eval()
    test, iou = Drawn("labels", 1, 12), []
    predicted = [model(torch.from_numpy(test.sample(k).inputs["image"])[None])[0].argmax(0).numpy() for k in range(12)]
    for k in (0, 1):
        both = [(predicted[n] == k, test.sample(n).truth == k, test.sample(n).truth != 255) for n in range(12)]
        inter = sum(int((p & t).sum()) for p, t, _ in both)
        union = sum(int(((p | t) & v).sum()) for p, t, v in both)
        iou.append(inter / union)
    assert summary.evaluation.metrics["mean_iou_percent"] == pytest.approx(50 * sum(iou), rel=1e-6)


def test_a_run_on_optical_flow_with_time_steps(drawn, tmp_path, monkeypatch):
    program = Program.read(written(tmp_path, FLOW))
    folder, summary = train_program(program, Settings(device="cpu"), out=tmp_path / "run")
    assert list(summary.evaluation.metrics) == ["mean_end_point_error_px", "outliers_percent"]
    model, test, errors = trained_model(program, read_run(folder), "deploy").eval(), Drawn("flow", 1, 12), []
    for k in range(12):
        frames = torch.from_numpy(test.sample(k).inputs["events"])[:, None]
        away = model(frames)[-1, 0].detach().numpy() - test.sample(k).truth
        known = np.isfinite(away).all(0)
        errors.append(np.sqrt((away[:, known] ** 2).sum(0)).mean())
    assert summary.evaluation.metrics["mean_end_point_error_px"] == pytest.approx(np.mean(errors), rel=1e-5)
    # Its predictions aren't stored, so nothing advises to store them.
    monkeypatch.setattr("spikegraph.plugins._installed", lambda package: True)  # the test that registers the data sets
    with pytest.raises(UntrainableError, match=r"predictions with a value for each pixel aren't stored.* leave out --examples"):
        evaluated(folder, examples=True)
    page = str(section([Record.read(folder)]).body)
    assert "Predictions with a value for each pixel aren" in page
    assert "--examples" not in page


def test_the_batches_of_a_data_set_with_time_steps(drawn, tmp_path):
    program = Program.read(written(tmp_path, FLOW))
    sets = data_sets(program.spec.datasets["motion"], None, 0)
    batch = collate_function(sets.train)([sets.train[k] for k in range(3)])
    assert batch.inputs["events"].shape == (3, 3, 1, 8, 8)
    assert torch.equal(batch.inputs["events"][:, 1], torch.from_numpy(Drawn("flow", 0, 24).sample(1).inputs["events"]))
    assert batch.truth.shape == (3, 2, 8, 8)


def test_an_augmentation_that_knows_no_maps(drawn, tmp_path):
    program = Program.read(written(tmp_path, SEGMENTATION.replace("horizontal_flip", "cutout(2)")))
    with pytest.raises(DataError, match="samples with a truth for each pixel can't be augmented by `cutout`"):
        data_sets(program.spec.datasets["shapes"], None, 0)


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
            "`seg` is real[2, 4, 4] once, but the truths of `shapes` are 8 x 8",
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
    assert "cross_entropy(seg, label_smoothing = 0, ignore = 255)" in program.text
    (again,) = Program.read(written(tmp_path, program.text)).spec.retrain.loss
    assert again.options == {"label_smoothing": 0.0, "ignore": 255}


def test_a_stereo_network_with_smooth_l1_is_sound(tmp_path):
    specs = Path(__file__).parents[2] / "specs"
    loss = "retrain.loss=smooth_l1(disparity, beta = 2)"
    program = Program.read(specs / "stereo.sdhs", genotype=specs / "genotypes" / "stereo.sdhs", overrides=(loss,))
    assert not program.check().has_errors
