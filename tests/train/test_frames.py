"""The bundled network of events and images: a step of training, and its stream."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

import spikegraph
from spikegraph.backends.torch.datasets import item
from spikegraph.backends.torch.main import train_program
from spikegraph.backends.torch.predicting import predictor_of
from spikegraph.backends.torch.streaming import Task, stream_run
from spikegraph.base.errors import DataError
from spikegraph.data.sets import data_sets
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings
from spikegraph.streaming.cutting import StepEvents
from spikegraph.streaming.images import image_views
from spikegraph.streaming.origin import origin_of
from spikegraph.streaming.plan import prepared_of

SPECS = Path(__file__).parents[2] / "specs"
SMALL = ("retrain.epochs=1", "retrain.epoch_samples=2", "frames.W=2", "mvsec.burn_in=0", "lif.threshold=0.01")


@pytest.fixture(scope="module")
def recording(short_recording: Path) -> Path:
    return short_recording


@pytest.fixture(scope="module")
def run(recording: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = Program.read(SPECS / "frames.sdhs", profile="sample", overrides=SMALL)
    return train_program(program, Settings(seed=1), data=recording, out=tmp_path_factory.mktemp("frames") / "run")[0]


def inputs_of_first(run: Path, recording: Path) -> dict[str, torch.Tensor]:
    """The inputs of the first training sample, [T, N, C, H, W]."""
    declared = Program.read(run / "resolved.sdhs").spec.datasets["mvsec"]
    sample = data_sets(declared, recording, 0).train.plain().sample(0)
    assert sample.name == "sample/0"
    return {name: x[:, None] for name, x in item(sample).inputs.items()}


def test_what_was_trained_sees_both(run: Path, recording: Path) -> None:
    assert json.loads((run / "summary.json").read_text())["evaluation"]["metrics"]["mean_disparity_error_px"] > 0
    model, inputs = spikegraph.load_run(run), inputs_of_first(run, recording)
    with torch.inference_mode():
        whole = model(*inputs.values())
        for name, values in inputs.items():
            assert not torch.equal(model(*{**inputs, name: torch.zeros_like(values)}.values()), whole), name


def test_the_stream_of_the_recording_gives_what_its_samples_give(run: Path, recording: Path, tmp_path: Path) -> None:
    """Steps of the stream end where true disparities are, from 50 ms on: both begin at the first image, at 0."""
    stream_run(Task(run, recording / "sample_data.hdf5", tmp_path / "out"))
    with h5py.File(tmp_path / "out" / "results.h5", swmr=True) as file:
        streamed = file["outputs/estimate"][:]
        begin = int(file["start_us"][0])
    assert begin == 1_500_000_000_000_000
    with torch.inference_mode():
        found = spikegraph.load_run(run)(*inputs_of_first(run, recording).values())
    np.testing.assert_allclose(streamed[0], found[0, 0].numpy(), rtol=1e-5, atol=1e-5)
    assert np.ptp(streamed[0]) > 0


def test_a_stream_without_images_is_refused(run: Path, recording: Path, tmp_path: Path) -> None:
    other = tmp_path / "sample_data.hdf5"
    shutil.copy(recording / "sample_data.hdf5", other)
    with h5py.File(other, "r+") as file:
        del file["davis/left/image_raw"]
    with pytest.raises(DataError) as caught:
        stream_run(Task(run, other, tmp_path / "out"))
    assert caught.value.message == f"{other}: there is no `davis/left/image_raw`"
    assert caught.value.help == "leave `images` out of the data set, or use a recording with images"
    assert not (tmp_path / "out").exists()


def test_two_files_have_no_images(run: Path, tmp_path: Path) -> None:
    for side in ("left", "right"):
        np.savez(tmp_path / f"{side}.npz", x=[1, 2], y=[1, 2], t=[0, 100_000], p=[1, 0])
    with pytest.raises(DataError) as caught:
        stream_run(Task(run, tmp_path / "left.npz", tmp_path / "out", tmp_path / "right.npz", sensor=(260, 346)))
    assert caught.value.summary == "the network takes images beside the events, as `frame`, which it doesn't have"
    assert caught.value.help == "stream a recording in MVSEC's layout that has images"


def test_predict_names_stream(run: Path, recording: Path) -> None:
    path = recording / "sample_data.hdf5"
    with pytest.raises(DataError) as caught:
        list(predictor_of(run).of_file(path))
    assert caught.value.summary == "the network takes recordings of two cameras"
    arrays = "give .npz files with the arrays `left`, `right` and `frame` [N, ...]"
    assert caught.value.help == f"use `spikegraph stream RUN RECORDING`, or {arrays}"


def test_predict_takes_an_array_for_each_input(run: Path, recording: Path, tmp_path: Path) -> None:
    inputs, path = inputs_of_first(run, recording), tmp_path / "two.npz"
    samples = {name: np.stack([x[:, 0].numpy(), 0 * x[:, 0].numpy()]) for name, x in inputs.items()}
    np.savez(path, **samples)
    first, second = predictor_of(run).of_file(path)
    assert [first.sample.name, second.sample.name] == [f"{path}[0]", f"{path}[1]"]
    with torch.inference_mode():
        found = spikegraph.load_run(run)(*inputs.values())
    assert first.planes is not None and second.planes is not None
    np.testing.assert_allclose(first.planes[0], found[-1, 0, 0].numpy(), rtol=1e-5, atol=1e-5)
    assert np.abs(first.planes - second.planes).max() > 0
    for changed, told in (
        ({"right": samples["right"].repeat(2, 1)}, "store as many samples and time steps of each"),
        ({"frame": np.array(["a", "b"])}, "store numbers [N, T, ...]"),
    ):
        np.savez(path, **{**samples, **changed})
        with pytest.raises(DataError) as caught:
            list(predictor_of(run).of_file(path))
        assert (caught.value.path, caught.value.help) == (path, told)


SEEN = ("  still  = frame ", "  seen   = left -> conv(3, out = 1) -> sigmoid\n  still  = right ")


@pytest.fixture(scope="module")
def seeing(recording: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in which only a loss takes the image: what is made of the left events is compared with it."""
    text = (SPECS / "frames.sdhs").read_text(encoding="utf-8").replace(*SEEN)
    path = tmp_path_factory.mktemp("seeing") / "frames.sdhs"
    path.write_text(text.replace("= smooth_l1", "= smooth_l1 + 0.5 * l1(seen, to = frame)"), encoding="utf-8")
    program = Program.read(path, profile="sample", overrides=SMALL)
    return train_program(program, Settings(seed=1), data=recording, out=path.parent / "run")[0]


def test_an_input_that_only_a_loss_takes_is_not_deployed(seeing: Path, recording: Path, tmp_path: Path) -> None:
    assert json.loads((seeing / "summary.json").read_text())["evaluation"]["metrics"]["mean_disparity_error_px"] > 0
    program = Program.read(seeing / "resolved.sdhs")
    assert list(program.build("retrain").graph.inputs()) == ["left", "right", "frame"]
    assert list(program.build("deploy").graph.inputs()) == ["left", "right"]
    records = [json.loads(line) for line in (seeing / "metrics.jsonl").read_text().splitlines()]
    (step,) = (record["losses"] for record in records if record["event"] == "step")
    assert 0 < step["l1(seen)"] < 1
    assert step["loss"] == pytest.approx(step["smooth_l1(estimate)"] + 0.5 * step["l1(seen)"])
    without = tmp_path / "sample_data.hdf5"
    shutil.copy(recording / "sample_data.hdf5", without)
    with h5py.File(without, "r+") as file:
        del file["davis/left/image_raw"]
    stream_run(Task(seeing, without, tmp_path / "out"))
    with h5py.File(tmp_path / "out" / "results.h5", swmr=True) as file:
        assert np.ptp(file["outputs/estimate"][0]) > 0


def test_a_stream_has_the_images_of_both_cameras(recording: Path) -> None:
    """Each from its own camera, 25 in a second from 0 on."""
    path = recording / "sample_data.hdf5"
    origin = origin_of(path, None, 2, None)
    declared = Program.read(SPECS / "frames.sdhs", profile="sample", overrides=("mvsec.images=both",)).spec.datasets["mvsec"]
    asked = declared.events()
    assert asked is not None
    views = image_views(asked.images, origin, prepared_of(declared))
    assert [view.name for view in views] == ["frame_left", "frame_right"]
    step = StepEvents(0, 0, 0, 1_500_000_000_050_000, 1_500_000_000_100_000, None, np.zeros(0), 1, 0, None, 0.0)  # type: ignore[arg-type]
    with h5py.File(path) as file:
        for view, side in zip(views, ("left", "right"), strict=True):
            np.testing.assert_allclose(view.array(step)[0, 0], file[f"davis/{side}/image_raw"][2] / 255, rtol=1e-6)
