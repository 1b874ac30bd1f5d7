"""Samples of one's own with a truth for each pixel, in arrays: forms, the split, runs, and what is refused."""

import h5py
import numpy as np
import pytest

import spikegraph
from spikegraph.backends.torch.main import train_program
from spikegraph.base.errors import DataError
from spikegraph.data.class_labels import ignoring
from spikegraph.data.own_maps import check_maps
from spikegraph.data.sets import data_sets
from spikegraph.data.trainable import SHOW, Range, constant_targets, require_trainable
from spikegraph.data.unlabelled import unlabelled
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings

SPEC = """\
sdhs 1
neuron lif {{ }}
network net {{
  input view : {input}
  {time}
  output result = view -> conv(3, out = 6) -> norm -> lif -> conv(1, out = 2){mean}
}}
dataset mine {{
  source  = maps
  file    = "maps.{suffix}"
  {keys}
}}
retrain net on mine {{
  epochs  = 12
  batch   = 4
  weights = adam(lr = 0.02)
  loss    = {loss}
}}
"""


def spec(folder, keys="", suffix="npz", steps=False, flow=False):
    text = SPEC.format(
        input="events[1, 6, 8]" if steps else "real[1, 6, 8]",
        time="" if steps else "time = 2",
        mean="" if flow else " -> mean(time)",
        suffix=suffix,
        keys=keys,
        loss="end_point_error(result)" if flow else "cross_entropy(result, ignore = 255)",
    )
    path = folder / "net.sdhs"
    path.write_text(text.replace("{{", "{").replace("}}", "}"))
    return Program.read(path)


def sets(folder, **keys):
    return data_sets(spec(folder, **keys).spec.datasets["mine"], folder, 0)


def write(path, **arrays):
    if path.suffix == ".npz":
        np.savez(path, **arrays)
    else:
        with h5py.File(path, "w") as file:
            for name, array in arrays.items():
                file[name] = array


def labelled(count, seed=0):
    """Images [N, 1, 6, 8] whose bright pixels have the label 1, but for unlabelled corners."""
    random = np.random.default_rng(seed)
    labels = (random.random((count, 6, 8)) < 0.4).astype(np.uint8)
    images = (labels * 200 + random.integers(0, 50, labels.shape)).astype(np.uint8)[:, None]
    labels[:, 0, 0] = 255
    return images, labels


@pytest.mark.parametrize("suffix", ["npz", "h5"])
def test_label_maps_train(tmp_path, suffix):
    images, labels = labelled(40)
    write(tmp_path / f"maps.{suffix}", images=images, labels=labels)
    program = spec(tmp_path, suffix=suffix)
    assert not program.check().has_errors
    _, summary = train_program(program, Settings(device="cpu"), data=tmp_path, out=tmp_path / "run")
    assert summary.evaluation.samples == 8
    assert summary.evaluation.metrics["pixel_accuracy_percent"] > 95
    assert summary.baselines["most frequent label"]["pixel_accuracy_percent"] < 75


def test_the_samples_are_those_of_the_file_and_drawn_by_the_seed_alone(tmp_path):
    images, labels = labelled(10)
    write(tmp_path / "maps.npz", images=images, labels=labels)
    made = sets(tmp_path)
    found = [part.sample(k) for part in (made.train, made.test) for k in range(len(part))]
    assert (len(made.train), len(made.test)) == (8, 2)
    key = lambda sample: (sample.inputs["image"].tobytes(), sample.target.astype(np.int64).tobytes())  # noqa: E731
    expected = {
        ((image / np.float32(255)).astype(np.float32).tobytes(), label.astype(np.int64).tobytes())
        for image, label in zip(images, labels, strict=True)
    }
    assert {key(sample) for sample in found} == expected
    again, other = sets(tmp_path), sets(tmp_path, keys="split_seed = 1")
    assert [key(s) for s in again.test.samples()] == [key(s) for s in made.test.samples()]
    assert [key(s) for s in other.test.samples()] != [key(s) for s in made.test.samples()]


def test_images_to_be_predicted_are_scaled_as_those_of_the_training(tmp_path):
    images, labels = labelled(4)
    write(tmp_path / "maps.npz", images=images, labels=labels)
    write(tmp_path / "new.npz", inputs=images)
    found = unlabelled(spec(tmp_path).spec.datasets["mine"], tmp_path / "new.npz", 1)
    read = {
        sample.inputs["image"].tobytes() for part in (sets(tmp_path).train, sets(tmp_path).test) for sample in part.samples()
    }
    assert {sample.inputs["image"].astype(np.float32).tobytes() for sample in found} == read


def test_flow_with_time_steps_and_a_test_set_of_its_own(tmp_path):
    random = np.random.default_rng(0)
    events = random.integers(-1, 2, (6, 3, 1, 6, 8)).astype(np.int8)
    flow = random.normal(size=(6, 2, 6, 8)).astype(np.float32)
    flow[:, :, 0] = np.nan
    write(tmp_path / "maps.npz", images=events[:4], labels=flow[:4], more=events[4:], truth=flow[4:])
    keys = "truth = flow\n  time_steps = true\n  test_inputs = more\n  test_targets = truth"
    program = spec(tmp_path, keys=keys, steps=True, flow=True)
    assert not program.check().has_errors
    made = sets(tmp_path, keys=keys, steps=True, flow=True)
    assert (len(made.train), len(made.test)) == (4, 2)
    sample = made.test.sample(1)
    assert np.array_equal(sample.inputs["events"], events[5].astype(np.float32))
    assert np.array_equal(sample.target, flow[5], equal_nan=True)
    _, summary = train_program(program, Settings(device="cpu"), data=tmp_path, out=tmp_path / "run")
    assert list(summary.evaluation.metrics) == ["mean_end_point_error_px", "outliers_percent"]


@pytest.mark.parametrize(("truth", "channels"), [("depth", None), ("depth", 1), ("map", None), ("map", 2)])
def test_numbers_for_each_pixel(tmp_path, truth, channels):
    lead = () if channels is None else (channels,)
    images = np.random.default_rng(0).random((6, 1, 6, 8)).astype(np.float32)
    numbers = np.arange(6 * (channels or 1) * 48, dtype=np.float64).reshape(6, *lead, 6, 8)
    numbers[..., 0] = np.nan
    write(tmp_path / "maps.npz", images=images, labels=numbers)
    made = sets(tmp_path, keys=f"truth = {truth}")
    check_maps(made.declared, tmp_path)
    assert (made.task.name, made.about.classes) == (truth, ())
    for sample in (*made.train.samples(), *made.test.samples()):
        at = next(k for k in range(6) if np.array_equal(images[k], sample.inputs["image"]))
        wanted = numbers[at].astype(np.float32)
        assert sample.target.dtype == np.float32
        assert np.array_equal(sample.target, wanted if channels else wanted[None], equal_nan=True)


IMAGES, LABELS = labelled(4)


@pytest.mark.parametrize(
    ("arrays", "keys", "why", "help"),
    [
        (
            {"images": IMAGES[:, 0], "labels": LABELS},
            "",
            "`images` has the shape [4, 6, 8] and the type uint8; inputs are numbers [N, C, H, W]",
            "store them so",
        ),
        (
            {"images": IMAGES, "labels": LABELS},
            "time_steps = true",
            "`images` has the shape [4, 1, 6, 8] and the type uint8; inputs are numbers [N, T, C, H, W]",
            "write `time_steps = false`, or store them so",
        ),
        (
            {"images": IMAGES, "labels": LABELS[:3]},
            "",
            "`labels` has the shape [3, 6, 8] for inputs [4, 1, 6, 8]",
            "give [4, 6, 8]",
        ),
        (
            {"images": IMAGES, "labels": LABELS},
            "truth = flow",
            "`labels` has the shape [4, 6, 8] for inputs [4, 1, 6, 8]",
            "give [4, 2, 6, 8]",
        ),
        (
            {"images": IMAGES, "labels": np.zeros((4, 2, 6, 8), int)},
            "truth = flow",
            "`labels` has flows of the type int64",
            "store floating-point numbers of pixels",
        ),
        (
            {"images": IMAGES, "labels": np.zeros((4, 6, 8), np.uint16)},
            "truth = depth",
            "`labels` has depths of the type uint16",
            "store floating-point numbers of metres",
        ),
        (
            {"images": IMAGES, "labels": np.zeros((4, 2, 6, 8))},
            "truth = depth",
            "`labels` has the shape [4, 2, 6, 8] for inputs [4, 1, 6, 8]",
            "give [4, 6, 8]",
        ),
        (
            {"images": IMAGES, "labels": np.zeros((4, 1, 1, 6, 8))},
            "truth = map",
            "`labels` has the shape [4, 1, 1, 6, 8] for inputs [4, 1, 6, 8]",
            "give [4, 6, 8]",
        ),
        (
            {"images": IMAGES, "labels": LABELS.astype(np.int64) - 1},
            "",
            "`labels` has labels of the type int64 from -1 to 254",
            "store whole numbers from 0, and 255 for pixels without a label",
        ),
        (
            {"images": IMAGES, "labels": np.where(np.arange(4)[:, None, None] == 2, -np.inf, LABELS.astype(np.float32))},
            "truth = map",
            "`labels[2]` has an infinite target",
            "store a finite number, or NaN where it isn't known",
        ),
        ({"images": np.full(IMAGES.shape, np.inf), "labels": LABELS}, "", "`images[0]` has numbers that aren't finite", None),
        (
            {"images": IMAGES[:1], "labels": LABELS[:1]},
            "",
            "`images` has one sample; one is for training and one for the test",
            None,
        ),
        (
            {"images": IMAGES[:2], "labels": LABELS[:2]},
            "test = 0.8",
            "it has 2 samples, of which 2 would be for the test",
            "add samples, or make `test` smaller",
        ),
        ({"images": IMAGES}, "", "it has no array `labels`", "name one that it has with `inputs` and `targets`: `images`"),
        (
            {"images": IMAGES, "labels": LABELS},
            "test_inputs = images",
            "`test_inputs` and `test_targets` belong together",
            "give both, or none to have the test set drawn",
        ),
    ],
)
def test_arrays_that_are_refused(tmp_path, arrays, keys, why, help):
    write(tmp_path / "maps.npz", **arrays)
    with pytest.raises(DataError) as error:
        sets(tmp_path, keys=keys)
    assert (error.value.summary, error.value.help) == (why, help)


def test_a_mask_of_0_and_255_is_told_that_255_is_no_class(tmp_path):
    images, labels = labelled(4)
    write(tmp_path / "maps.npz", images=images, labels=np.where(labels == 1, 255, 0).astype(np.uint8))
    told = (
        "sample 0: all targets of this and all other training samples are 0 or 255, and 255 means that there is no class: "
        "there is nothing to learn",
        "store a mask of two classes as 0 and 1; of one with 0 and 255 those are `mask // 255`",
    )
    with pytest.raises(DataError) as trained:
        require_trainable(sets(tmp_path))
    with pytest.raises(DataError) as checked:
        check_maps(spec(tmp_path).spec.datasets["mine"], tmp_path)
    assert [(each.value.summary, each.value.help) for each in (trained, checked)] == [told, told]


def test_label_maps_can_be_given_in_python(tmp_path):
    images, labels = labelled(4)
    program = spec(tmp_path, keys="task = labels")
    text = (tmp_path / "net.sdhs").read_text().replace("source  = maps", "source = python").replace('file    = "maps.npz"', "")
    (tmp_path / "net.sdhs").write_text(text)
    program = Program.read(tmp_path / "net.sdhs")
    assert not program.check().has_errors
    given = list(zip(images.astype(np.float32) / 255, labels, strict=True))
    made = data_sets(program.spec.datasets["mine"], None, 0, given=(given, given))
    assert made.test.sample(1).target.dtype == np.int64
    assert np.array_equal(made.test.sample(1).target, labels[1])
    with pytest.raises(DataError) as error:
        data_sets(program.spec.datasets["mine"], None, 0, given=(given, [(given[0][0], labels[0] / 2)]))
    assert error.value.help == "give a map [H, W] of whole numbers"


def test_a_label_that_is_ignored_is_no_mask_of_an_image_program():
    assert constant_targets(Range(0, 0), Range(0, 1)) == (
        "all targets of this and all other training samples are 0 or 1, and 1 means that there is no class: "
        "there is nothing to learn",
        SHOW,
    )


def test_a_label_that_the_loss_ignores_is_no_class(tmp_path):
    """Labels 0 and 1, and 200 where there is no class, as 255 in other data: the network needs two logits, not 201."""
    truth = np.random.default_rng(0).integers(0, 2, (12, 6, 8))
    truth[:, 0, 0] = 200
    write(tmp_path / "maps.npz", inputs=truth[:, None].astype(np.float32), targets=truth)
    text = (tmp_path / "net.sdhs", spec(tmp_path))[0].read_text().replace("ignore = 255", "ignore = 200")
    program = Program.of_text(text.replace("epochs  = 12", "epochs  = 1"), "net.sdhs")
    _, run = train_program(program, Settings(seed=0), data=tmp_path, out=tmp_path / "run")
    assert run.evaluation.samples == 2
    assert spikegraph.evaluate(tmp_path / "run", data=tmp_path) == run.evaluation.metrics
    plain = data_sets(program.spec.datasets["mine"], tmp_path, 0)
    assert (len(plain.about.classes), len(ignoring(plain, program.spec.retrain).about.classes)) == (201, 2)
