"""Encodings of images as spikes: their statistics, and other code where it does the same."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from spikegraph.data.image_encodings import columns, latency, rate, rows
from spikegraph.data.images import ImageArrays
from spikegraph.data.sets import DataSet, data_sets
from spikegraph.dsl.schema.encodings import IMAGE_ENCODINGS
from spikegraph.tasks import TASKS

from .image_files import SMALL_FASHION, declared

STEPS = 4000


def ramp(count: int = 256) -> NDArray[np.float32]:
    """An image [1, 1, count] of all values from 0 to 1."""
    return np.linspace(0, 1, count, dtype=np.float32)[None, None]


def seeded(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_direct_is_the_image() -> None:
    sets = data_sets(declared(SMALL_FASHION), None, 0)
    assert IMAGE_ENCODINGS["direct"].encode is None
    sample, image = sets.test.sample(3), sets.test.source.picture(3)
    assert image is not None
    assert sample.steps is None
    np.testing.assert_array_equal(sample.inputs["image"], image.transpose(2, 0, 1) / np.float32(255))


def test_the_encodings_of_a_declaration() -> None:
    """With their parameters; those of test images are the same whatever the seed of the run."""
    for name, function, parameters in (("rate", rate, {"gain": 0.5}), ("latency", latency, {"least": 0.2})):
        found = [data_sets(declared(SMALL_FASHION, (), name, steps=7, **parameters), None, seed).test for seed in (0, 5)]
        samples = [part.sample(2) for part in found]
        assert samples[0].steps == 7
        np.testing.assert_array_equal(samples[0].inputs["image"], samples[1].inputs["image"])
        image = found[0].source.sample(2).inputs["image"]
        draws = np.random.default_rng((0, 2**32 - 1, 2, 1))
        np.testing.assert_array_equal(samples[0].inputs["image"], function(image, draws, steps=7, **parameters))


def test_rows_and_columns() -> None:
    """Of an image whose numbers say where they stand."""
    image = np.array([[[11, 12, 13], [21, 22, 23]], [[51, 52, 53], [61, 62, 63]]], np.float32)
    assert rows(image, seeded()).tolist() == [[[11, 12, 13], [51, 52, 53]], [[21, 22, 23], [61, 62, 63]]]
    assert columns(image, seeded()).tolist() == [[[11, 21], [51, 61]], [[12, 22], [52, 62]], [[13, 23], [53, 63]]]


@pytest.mark.parametrize(("name", "steps", "shape"), [("rows", 20, (1, 14)), ("columns", 14, (1, 20))])
def test_a_data_set_of_rows_or_columns(name: str, steps: int, shape: tuple[int, ...]) -> None:
    crop = ("random_crop", {"size": (20, 14), "padding": 0, "probability": 1.0})
    dataset = declared(SMALL_FASHION, (crop,), name)
    sets = data_sets(dataset, None, 0)
    sample = sets.test.sample(2)
    assert sample.steps == steps == dataset.result_steps()
    assert sample.inputs["image"].shape == (steps, *shape)
    assert dataset.given() == sets.sample_type


@pytest.mark.parametrize("gain", [0.5, 1.0, 3.0])
def test_the_rate_is_the_pixel(gain: float) -> None:
    """Each pixel's number of spikes is binomial: within five standard deviations of its mean."""
    image = ramp() * 1.2 - 0.1  # also beyond 0 and 1
    spikes = rate(image, seeded(), steps=STEPS, gain=gain)
    assert spikes.shape == (STEPS, 1, 1, 256)
    assert spikes.dtype == np.float32
    assert set(np.unique(spikes)) == {0, 1}
    p = np.clip(image[0, 0].astype(float) * gain, 0, 1)
    deviation = np.abs(spikes.sum(0)[0, 0] - STEPS * p)
    assert (deviation <= 5 * np.sqrt(STEPS * p * (1 - p)) + 1e-9).all()
    z = (deviation / np.sqrt(STEPS * p * (1 - p) + 1e-12))[(p > 0) & (p < 1)]
    assert 0.8 < np.sqrt((z**2).mean()) < 1.2


@pytest.mark.parametrize("drawn", [0.0, float(np.nextafter(np.float32(1), np.float32(0)))])
def test_a_black_pixel_never_spikes_and_a_white_one_always(drawn: float) -> None:
    """Whatever number from 0 to below 1 is drawn."""

    class Fixed(np.random.Generator):
        def random(self, size: tuple[int, ...], dtype: type) -> NDArray[np.float32]:  # pyright: ignore
            return np.full(size, drawn, dtype)

    spikes = rate(np.array([[[0, 1]]], np.float32), Fixed(np.random.PCG64(0)), steps=3, gain=1.0)
    assert spikes[:, 0, 0].tolist() == [[0, 1]] * 3


def test_spikes_of_a_rate_are_independent() -> None:
    """Neither steps nor pixels are correlated."""
    spikes = rate(np.full((2, 4, 4), 0.3, np.float32), seeded(1), steps=STEPS, gain=1.0).reshape(STEPS, -1)
    correlation = np.corrcoef(spikes.T) - np.eye(32)
    later = np.corrcoef(spikes[1:].ravel(), spikes[:-1].ravel())[0, 1]
    assert np.abs(correlation).max() < 5 / np.sqrt(STEPS)
    assert abs(later) < 5 / np.sqrt(spikes.size)


@pytest.mark.parametrize("steps", [1, 2, 5, 16, 255])
def test_latency_by_hand(steps: int) -> None:
    image = ramp() * 1.5 - 0.25
    spikes = latency(image, seeded(), steps=steps, least=0.1)[:, 0, 0]
    assert spikes.shape == (steps, 256)
    for pixel, column in zip(image[0, 0].tolist(), spikes.T, strict=True):
        when = np.flatnonzero(column).tolist()
        if pixel < 0.1:
            assert when == []
        else:
            assert len(when) == 1
            exact = (1 - min(pixel, 1.0)) * (steps - 1)
            assert abs(when[0] - exact) <= 0.5 + 1e-4


@pytest.mark.parametrize("steps", [2, 5, 10, 100])
@pytest.mark.parametrize("least", [0.01, 0.3])
def test_latency_as_snntorch_has_it(steps: int, least: float) -> None:
    spikegen = pytest.importorskip("snntorch.spikegen")
    image = np.random.default_rng(2).random((3, 16, 16), np.float32)
    image[0, 0, :4] = 0, 1, 0.5, least
    other = spikegen.latency(torch.from_numpy(image), num_steps=steps, threshold=least, linear=True, normalize=True, clip=True)
    ours = latency(image, seeded(), steps=steps, least=least)
    # At the threshold itself the other has no spike.
    same = image != np.float32(least)
    np.testing.assert_array_equal(ours[:, same], other.numpy()[:, same])


def arrays() -> ImageArrays:
    images = np.random.default_rng(3).integers(0, 256, (6, 4, 4, 1)).astype(np.uint8)
    return ImageArrays(images, np.arange(6) % 2, ("a", "b"))


def spikes_of(dataset: DataSet, epoch: int) -> NDArray[np.float32]:
    dataset.set_epoch(epoch)
    return np.stack([sample.inputs["image"] for sample in dataset.samples()])


def dataset(training: bool, seed: int = 0) -> DataSet:
    return DataSet(
        arrays(),
        TASKS["class"],
        training=training,
        seed=seed,
        encode=lambda image, random: rate(image, random, steps=9, gain=1.0),
    )


def test_in_evaluation_an_image_always_has_the_same_spikes() -> None:
    first = spikes_of(dataset(False), 0)
    assert first.shape == (6, 9, 1, 4, 4)
    np.testing.assert_array_equal(first, spikes_of(dataset(False), 3))
    subset = dataset(False).part(np.array([4, 2]), training=False)
    np.testing.assert_array_equal(spikes_of(subset, 0), first[[4, 2]])


def test_in_training_each_epoch_has_other_spikes() -> None:
    found = [spikes_of(dataset(True), epoch) for epoch in (0, 1, 0)]
    np.testing.assert_array_equal(found[0], found[2])
    assert (found[0] != found[1]).mean() > 0.1
    assert (found[0] != spikes_of(dataset(False), 0)).mean() > 0.1
    assert (found[0] != spikes_of(dataset(True, seed=1), 0)).mean() > 0.1
    # Images of an epoch don't share random numbers.
    grey = np.full((2, 8, 8, 1), 128, np.uint8)
    same = DataSet(
        ImageArrays(grey, np.arange(2), ("a", "b")),
        TASKS["class"],
        training=True,
        encode=lambda image, random: rate(image, random, steps=9, gain=1.0),
    )
    one, two = spikes_of(same, 0)
    assert (one != two).mean() > 0.3
