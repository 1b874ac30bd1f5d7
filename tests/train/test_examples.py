"""Example predictions in a run folder."""

import numpy as np
import pytest
import tiny_run
import torch
from spikegraph.backends.torch.datasets.image_dataset import ImageDataset

from spikegraph.backends.torch.datasets import inputs_of, stereo_batch
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.examples import IMAGES, gather, spread
from spikegraph.data.images import ImageArrays
from spikegraph.errors import RunFolderError
from spikegraph.runs.examples import Examples, read_examples, write_examples


def stereo_model():
    torch.manual_seed(1)
    return Model(tiny_run.stereo_graph("c3"))


@pytest.mark.parametrize(
    ("count", "wanted", "found"), [(0, 3, []), (2, 3, [0, 1]), (3, 3, [0, 1, 2]), (40, 3, [6, 20, 33]), (1, 1, [0])]
)
def test_they_are_spread_evenly(count, wanted, found):
    assert spread(count, wanted) == found


def test_frames_of_stereo_are_those_that_are_measured():
    model, samples = stereo_model(), tiny_run.stereo_set(3, 40, crop=False)
    model.train()
    found = gather(model, samples)
    assert model.training
    assert [e.name for e in found.stereo] == ["noise/41", "noise/43", "noise/45"]
    example, item = found.stereo[1], samples[1]
    source = tiny_run.Noise()
    assert np.array_equal(example.left, source.stack("left", 43).sum(axis=0))
    assert np.array_equal(example.right, source.stack("right", 43).sum(axis=0))
    assert np.array_equal(example.truth, source.disparity(43))
    with torch.inference_mode():
        values, _ = model.eval().run(inputs_of(stereo_batch([item]), ("left", "right")), wanted=("disparity",))
    assert np.array_equal(example.predicted, values["disparity"][-1, 0, 0].numpy())


def test_the_last_valid_frame_is_used():
    samples = tiny_run.stereo_set(1, 40, crop=False)
    samples.windows = tuple(type(w)(w.recording, w.first, (True, False)) for w in samples.windows)
    (example,) = gather(stereo_model(), samples).stereo
    assert example.name == "noise/40"
    assert np.array_equal(example.truth, tiny_run.Noise().disparity(40))


def image_set(size):
    random = np.random.default_rng(2)
    images = random.integers(0, 256, (30, size, size, 1), dtype=np.uint8)
    return ImageDataset(ImageArrays(images, np.arange(30) % 2, ("cat", "dog")), (), training=False)


def test_images_are_kept_as_they_lie_in_the_data_set():
    torch.manual_seed(1)
    model, samples = Model(tiny_run.class_graph()).eval(), image_set(4)
    found = gather(model, samples)
    assert (len(found.images), found.classes) == (IMAGES, ("cat", "dog"))
    chosen = spread(30, IMAGES)
    assert [e.truth for e in found.images] == [k % 2 for k in chosen]
    assert np.array_equal(found.images[2].image, samples.source.image(chosen[2]))
    with torch.inference_mode():
        values, _ = model.run({"image": samples[chosen[2]][0][None]}, wanted=("logits",))
    assert found.images[2].probabilities == pytest.approx(values["logits"][0].softmax(0).numpy())


def test_they_are_written_and_read(tmp_path):
    path = tmp_path / "examples.npz"
    assert read_examples(path) is None
    torch.manual_seed(1)
    stereo = gather(stereo_model(), tiny_run.stereo_set(3, 40, crop=False)).stereo
    images = gather(Model(tiny_run.class_graph()), image_set(4)).images
    write_examples(path, Examples(stereo, images, ("cat", "dog")))
    back = read_examples(path)
    assert back is not None
    assert back.classes == ("cat", "dog")
    for a, b in zip((*stereo, *images), (*back.stereo, *back.images), strict=True):
        for name, value in vars(a).items():
            assert np.array_equal(getattr(b, name), value), name


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04cut"])
def test_a_broken_file_is_reported(tmp_path, content):
    path = tmp_path / "examples.npz"
    path.write_bytes(content)
    with pytest.raises(RunFolderError, match=r"examples\.npz: can't be read"):
        read_examples(path)


def test_a_run_keeps_them(tmp_path):
    tiny_run.train(tiny_run.job(tmp_path / "run"))
    found = read_examples(tmp_path / "run" / "examples.npz")
    assert found is not None
    assert [e.name for e in found.stereo] == ["noise/41", "noise/43", "noise/45"]
    assert np.isfinite(found.stereo[0].predicted).all()
