"""`spikegraph predict`: files without labels, by runs of several tasks."""

import csv

import numpy as np
import pytest
from PIL import Image

import spikegraph
from spikegraph.backends.torch.predicting import Prediction
from spikegraph.base.errors import DataError
from spikegraph.cli.entry import run
from spikegraph.cli.predict import write_map
from spikegraph.data.sample import Sample
from spikegraph.tasks import TASKS

NET = """sdhs 1
neuron lif {{ }}
dataset mine {{ source = arrays  file = "a.npz"  inputs = inputs  targets = targets  {keys} }}
network net {{
  input x : real[{shape}]
  {time}
  output o = x -> {net}
}}
retrain net on mine {{ epochs = 4  batch = 8  weights = adam(lr = 0.05)  loss = {loss} }}
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Runs on drawn arrays, by task, with their folders of data."""
    random, made = np.random.default_rng(0), {}
    y = np.arange(40) % 2
    images = (random.integers(0, 60, (40, 8, 8)) + 190 * y[:, None, None]).astype(np.uint8)
    walks = (random.normal(0, 0.1, (40, 6, 3)) + (2 * y - 1)[:, None, None]).astype(np.float32)
    ends = {
        2: "norm -> lif -> linear(2) -> mean(time)",
        4: "conv(3, out = 4) -> norm -> lif -> pool -> linear(2) -> mean(time)",
    }
    names = np.array(["dark", "light"])[y]
    numbers = np.stack([y, 1 - y], 1).astype(np.float32)
    for task, keys, shape, time, net, loss, x, targets in (
        ("images", "", "1, 8, 8", "time = 2", ends[4], "cross_entropy(o)", images, names),
        ("walks", "time_steps = true", "3", "", f"linear(8) -> {ends[2]}", "cross_entropy(o)", walks, y),
        ("numbers", "task = numbers", "3", "time = 2", f"linear(8) -> {ends[2]}", "mse(o)", walks[:, 0], numbers),
    ):
        folder = tmp_path_factory.mktemp(task)
        np.savez(folder / "a.npz", inputs=x, targets=targets)
        (folder / "a.sdhs").write_text(NET.format(keys=keys, shape=shape, time=time, net=net, loss=loss))
        assert run(("compile", str(folder / "a.sdhs"), "--train", "--out", str(folder / "run"), "--device", "cpu")) == 0
        made[task] = folder
    return made


def arrays(path):
    """All arrays of an .npz, read and the file closed."""
    with np.load(path) as file:
        return dict(file)


def predicted(folder, *files, out="out"):
    status = run(("predict", str(folder / "run"), *map(str, files), "-o", str(folder / out), "--device", "cpu"))
    text = (folder / out / "predictions.csv").read_text() if status == 0 else ""
    return status, list(csv.DictReader(text.splitlines()))


def test_images_have_the_names_of_their_classes(runs):
    folder = runs["images"]
    held = arrays(folder / "a.npz")
    paths = [folder / f"{name}.png" for name in ("one", "two")]
    for path, image in zip(paths, held["inputs"], strict=False):
        Image.fromarray(image).save(path)
    np.savez(folder / "new.npz", inputs=held["inputs"][:2])
    status, rows = predicted(folder, *paths, folder / "new.npz")
    assert status == 0
    assert [row["file"] for row in rows] == [*map(str, paths), f"{folder / 'new.npz'}[0]", f"{folder / 'new.npz'}[1]"]
    assert [row["prediction"] for row in rows] == ["dark", "light"] * 2
    assert [row["probability"] for row in rows[:2]] == [row["probability"] for row in rows[2:]]
    model = spikegraph.load_run(folder / "run")
    logits = model(spikegraph_tensor(held["inputs"][:2, None] / np.float32(255))).softmax(-1).amax(-1)
    assert [float(row["probability"]) for row in rows[:2]] == pytest.approx(logits.tolist(), abs=1e-5)


def spikegraph_tensor(array):
    import torch

    return torch.from_numpy(array.astype(np.float32))


def test_sequences_and_numbers(runs):
    for task in ("walks", "numbers"):
        folder = runs[task]
        held = arrays(folder / "a.npz")
        np.savez(folder / "new.npz", inputs=held["inputs"][:4])
        status, rows = predicted(folder, folder / "new.npz")
        assert status == 0
        if task == "walks":
            assert [row["prediction"] for row in rows] == ["0", "1", "0", "1"]
        else:
            found = np.array([[float(row["prediction_0"]), float(row["prediction_1"])] for row in rows])
            assert np.abs(found - held["targets"][:4]).max() < 0.5


def test_sequences_of_different_lengths(runs, capsys):
    folder = runs["walks"]
    held = arrays(folder / "a.npz")["inputs"]
    steps = np.concatenate([held[0, :4], held[1], held[2, :2]])
    np.savez(folder / "lengths.npz", inputs=steps, offsets=[0, 4, 10, 12])
    status, rows = predicted(folder, folder / "lengths.npz")
    assert (status, [row["prediction"] for row in rows]) == (0, ["0", "1", "0"])
    model = spikegraph.load_run(folder / "run")
    for row, (first, end) in zip(rows, ((0, 4), (4, 10), (10, 12)), strict=True):
        odds = model(spikegraph_tensor(steps[first:end, None])).softmax(-1)
        assert float(row["probability"]) == pytest.approx(odds.max().item(), abs=1e-5)
    np.savez(folder / "wrong.npz", inputs=steps, offsets=[0, 4, 11])
    assert predicted(folder, folder / "wrong.npz")[0] == 1
    assert "`offsets` ends at 11, but `inputs` has 12 steps" in capsys.readouterr().err


def test_a_file_that_does_not_exist_is_wrong_usage_before_anything_is_predicted(runs, capsys):
    folder = runs["walks"]
    np.savez(folder / "one.npz", inputs=np.zeros((1, 6, 3), np.float32))
    assert predicted(folder, folder / "one.npz", folder / "none.npz", out="nothing")[0] == 2
    assert f"Path '{folder / 'none.npz'}' does not exist." in capsys.readouterr().err
    assert not (folder / "nothing").exists()


def test_what_isnt_a_sample_is_refused(runs, capsys):
    folder = runs["walks"]
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(folder / "image.png")
    np.savez(folder / "other.npz", x=np.zeros(3))
    np.savez(folder / "empty.npz", inputs=np.zeros((0, 6, 3), np.float32))
    np.savez(folder / "whole.npz", inputs=np.zeros((2, 8, 8), int))
    assert predicted(folder, folder)[0] == 1
    assert "it is a folder\nhelp: name its files, such as `DIR/*.png`" in capsys.readouterr().err
    assert predicted(runs["images"], folder / "whole.npz")[0] == 1
    assert "whole.npz: `inputs` has images of the type int64" in capsys.readouterr().err
    with pytest.raises(DataError, match=r"\[0\] has images of the type int64"):
        spikegraph.predict(spikegraph.load_run(runs["images"] / "run"), np.zeros((2, 1, 8, 8), int))
    (folder / "notes.txt").write_text("mine")
    for file, text in (
        ("image.png", "the network was trained on samples of `mine`, which this file isn't"),
        ("other.npz", "it has no array `inputs`, but `x`"),
        ("notes.txt", "the network was trained on samples of `mine`, which this file isn't"),
        ("empty.npz", "empty.npz: `inputs` has no sample\nhelp: store one or more, [N, ...]"),
    ):
        assert predicted(folder, folder / file, out="refused")[0] == 1
        assert text in capsys.readouterr().err
    assert not (folder / "refused" / "predictions.csv").exists()


def test_predictions_before_a_wrong_file_are_kept(runs):
    folder = runs["walks"]
    np.savez(folder / "two.npz", inputs=arrays(folder / "a.npz")["inputs"][:2])
    (folder / "wrong.npz").write_text("mine")
    assert predicted(folder, folder / "two.npz", folder / "wrong.npz", out="kept")[0] == 1
    lines = (folder / "kept" / "predictions.csv").read_text().splitlines()
    two = folder / "two.npz"
    assert [line.partition(",")[0] for line in lines] == ["file", f"{two}[0]", f"{two}[1]"]


@pytest.mark.parametrize("each", [False, True])
def test_an_output_with_time_steps_has_a_row_for_each_step_that_was_trained(tmp_path, each):
    """One target of a sample is compared with the last step, whose numbers alone are the prediction."""
    random = np.random.default_rng(0)
    x = random.normal(size=(12, 5, 3)).astype(np.float32)
    np.savez(tmp_path / "a.npz", inputs=x, targets=x[:, :, :2] if each else x[:, -1, :2])
    keys, loss = "task = numbers  time_steps = true", "mse(o)"
    spec = NET.format(keys=keys, shape="3", time="", net="linear(8) -> lif -> linear(2)", loss=loss)
    (tmp_path / "a.sdhs").write_text(spec)
    run_of = spikegraph.fit(tmp_path / "a.sdhs", data=tmp_path, out=tmp_path / "run", overrides=["retrain.epochs=1"])
    model = run_of.model("retrain")
    model.save(tmp_path / "saved")
    deployed = tmp_path / "net.safetensors"
    assert run(("export", str(tmp_path / "run"), "--to", "safetensors", "-o", str(deployed))) == 0
    again = spikegraph.compile(tmp_path / "a.sdhs", weights=run_of)
    wanted = model(spikegraph_tensor(x[:2].swapaxes(0, 1))).detach().numpy()  # [T, N, K]
    wanted = [row.tolist() for k in range(2) for row in (wanted[:, k] if each else wanted[-1:, k])]
    for network in (run_of, model, tmp_path / "saved", deployed, again):
        rows = spikegraph.predict(network, x[:2])
        assert [row.get("step") for row in rows] == ([*range(5)] * 2 if each else [None, None])
        found = [[row["prediction_0"], row["prediction_1"]] for row in rows]
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_numbers_of_each_step_have_a_row():
    rows = TASKS["numbers"].rows(np.array([[1.0, 2.0], [3.0, 4.5]], np.float32), ())
    assert rows == [
        {"step": 0, "prediction_0": 1.0, "prediction_1": 2.0},
        {"step": 1, "prediction_0": 3.0, "prediction_1": 4.5},
    ]


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("new/scene.png", "0007-scene"),
        ("scene[3].png", "0007-scene[3]"),
        ("run[1]/a.png", "0007-a"),
        ("run[1]/more[2].npz", "0007-more[2]"),
        ("run[1]/more[2].NPZ[12]", "0007-more[2]"),
    ],
)
def test_maps_are_called_like_their_files(tmp_path, name, stem):
    planes = np.arange(6, dtype=np.float32).reshape(1, 2, 3)
    prediction = Prediction(Sample({}, np.zeros(0), name), (), planes)
    values, picture = write_map(tmp_path, 7, prediction, "depth", ())
    assert (values, picture) == (tmp_path / f"{stem}.npy", tmp_path / f"{stem}.png")
    assert np.load(values).tolist() == planes[0].tolist()
    assert picture.read_bytes().startswith(b"\x89PNG")
