"""`spikegraph.data`: what a training sees."""

from pathlib import Path

import numpy as np
import pytest

import spikegraph
from spikegraph.backends.torch.train.loader import batches
from spikegraph.backends.torch.train.sampling import Draw
from spikegraph.data.sets import DataSet

SPEC = """sdhs 1
neuron lif { }
dataset mine { source = arrays  file = "a.npz" }
network net {
  input x : real[1, 4, 4]
  time = 2
  output o = x -> conv(3, out = 2) -> lif -> pool -> linear(2) -> mean(time)
}
retrain net on mine { epochs = 1  batch = 2  validate = 0.25  weights = adam(lr = 0.1)  loss = cross_entropy(o) }
"""
SPECS = Path(__file__).parents[1] / "specs"


def test_the_package_has_the_registry_of_sources():
    from spikegraph.data import SOURCES
    from spikegraph.dsl.schema import dataset

    assert SOURCES is dataset.SOURCES
    with pytest.raises(ImportError, match="SORUCES"):
        from spikegraph.data import SORUCES  # noqa: F401


def test_it_is_what_the_network_gets():
    import torch

    program = spikegraph.load(SPECS / "images.sdhs", profile="sample")
    found = spikegraph.data(program, seed=3)
    assert (len(found.train), len(found.test)) == (4000, 1000)
    (batch,) = batches(found.train, [[Draw(2, 5), Draw(2, 7)]], torch.device("cpu"), workers=0, seed=0)
    found.train.set_epoch(2)
    for k, index in enumerate((5, 7)):
        np.testing.assert_array_equal(batch.inputs["image"][k].numpy(), found.train[index].inputs["image"])
        assert batch.target[k] == found.train[index].target
    with pytest.raises(IndexError):
        found.test[1000]


def test_a_validation_set_is_held_out(tmp_path):
    np.savez(tmp_path / "a.npz", images=np.zeros((10, 4, 4), np.uint8), labels=np.arange(10) % 2)
    spec = tmp_path / "a.sdhs"
    spec.write_text(SPEC)
    found = spikegraph.data(spec)
    assert (len(found.train), len(found.validation), len(found.test)) == (6, 2, 2)
    with pytest.raises(spikegraph.DataError, match="there is no such file"):
        spikegraph.data(spec, data=tmp_path / "none")


def test_samples_are_mixed_as_in_a_training(tmp_path):
    """Each image has one value in all pixels, so that both images and the share of a mix can be read off it."""
    np.savez(
        tmp_path / "a.npz",
        images=np.repeat([10, 210], 20).astype(np.uint8)[:, None, None] * np.ones((1, 4, 4), np.uint8),
        labels=np.repeat([0, 1], 20),
    )
    spec = tmp_path / "a.sdhs"
    spec.write_text(SPEC.replace('"a.npz"', '"a.npz"  augment = [mixup(alpha = 1)]'))
    found = spikegraph.data(spec)
    for epoch in (0, 1):
        found.train.set_epoch(epoch)
        for sample in found.train.samples():
            values = np.unique(np.round(sample.inputs["image"] * 255, 3))
            share, both = sample.mixed.share, [(10, 210)[int(label)] for label in (sample.target, sample.mixed.target)]
            assert values == pytest.approx([share * both[0] + (1 - share) * both[1]], abs=0.01)
    shares = [(found.train.set_epoch(k), found.train[0].mixed.share)[1] for k in (0, 1, 0)]
    assert shares[0] == shares[2] != shares[1]
    pairs = [int(sample.target) != int(sample.mixed.target) for sample in found.train.samples()]
    assert 5 < sum(pairs) < len(pairs) - 5 == 19  # 24 of 40 samples: of random pairs, about half
    assert all(part is not None and part[0].mixed is None for part in (found.validation, found.test))


def test_an_epoch_has_the_batches_of_a_training(tmp_path, monkeypatch):
    """Those that each step of a training gets: drawn with the same number of each class, augmented, mixed, in their order."""
    from spikegraph.backends.torch.train import retrain

    images = np.random.default_rng(0).integers(0, 256, (40, 4, 4), dtype=np.uint8)
    np.savez(tmp_path / "a.npz", images=images, labels=np.repeat([0, 1], [34, 6]))
    spec = tmp_path / "a.sdhs"
    steps = "augment = [horizontal_flip, mixup(alpha = 1)]"
    text = SPEC.replace('"a.npz"', f'"a.npz"  {steps}').replace(
        "epochs = 1  batch = 2", "epochs = 2  batch = 5  accumulate = 2"
    )
    spec.write_text(text.replace("validate", "sampling = balanced  epoch_samples = 20  validate"))
    trained, step = [], retrain.step

    def seen(model, losses, optimizer, group, *more):
        trained.extend(group)
        return step(model, losses, optimizer, group, *more)

    monkeypatch.setattr(retrain, "step", seen)
    spikegraph.fit(spec, out=tmp_path / "run", seed=3, device="cpu")
    found = spikegraph.data(spec, seed=3)
    epochs = [batch for k in range(2) for batch in found.epoch(k)]
    assert [len(batch) for batch in epochs] == [5] * 8
    assert len(trained) == len(epochs)
    for batch, samples in zip(trained, epochs, strict=True):
        np.testing.assert_array_equal(batch.inputs["image"].numpy(), [sample.inputs["image"] for sample in samples])
        assert batch.target.tolist() == [sample.target for sample in samples]
        np.testing.assert_array_equal(batch.mixed.share.numpy(), np.float32([sample.mixed.share for sample in samples]))
        assert batch.mixed.target.tolist() == [sample.mixed.target for sample in samples]
    for number in (-1, 2):
        with pytest.raises(spikegraph.ArgumentError, match=f"there is no epoch {number}: `retrain` has 2, counted from 0"):
            found.epoch(number)


def test_the_package_is_the_function_too():
    import spikegraph.data.sample

    assert callable(spikegraph.data)
    assert spikegraph.data.sample.Sample.__name__ == "Sample"
    assert isinstance(spikegraph.data(SPECS / "images.sdhs").train, DataSet)
