"""mixup: pairs of training samples, against the formula written out (Zhang et al., ICLR 2018, eq. 1)."""

import numpy as np
import pytest
import torch
from tiny_run import retrain_run

from spikegraph.backends.torch.train.loader import batches
from spikegraph.backends.torch.train.phase_batches import PhaseBatches
from spikegraph.backends.torch.train.sampling import Draw
from spikegraph.base.errors import DataError
from spikegraph.data.images import ImageArrays
from spikegraph.data.sample import About, Sample
from spikegraph.data.sets import DataSet
from spikegraph.data.source import Samples
from spikegraph.data.steps import Crop, Flip, Mixup, Normalise
from spikegraph.program.program import Program
from spikegraph.tasks import TASKS

IMAGES = np.random.default_rng(0).normal(size=(12, 6, 8, 1)).astype(np.float32)
CLASSES = np.arange(12) % 3


def images(*steps, training=True):
    return DataSet(ImageArrays(IMAGES, CLASSES, ("a", "b", "c")), TASKS["class"], steps, training=training, seed=4)


def share_of(number, *, before=0, alpha=0.5, epoch=7):
    """The share of a sample's mix: its random numbers are those of seed, epoch and number, after `before` uniform ones."""
    random = np.random.default_rng((4, epoch, number))
    random.random(before)
    return random.beta(alpha, alpha)


def plain(number):
    return IMAGES[number].transpose(2, 0, 1)


def test_two_images_and_their_classes():
    samples = images(Mixup(0.5))
    samples.set_epoch(7)
    mixed, share = samples.sample(2, 9), share_of(2)
    np.testing.assert_allclose(mixed.inputs["image"], share * plain(2) + (1 - share) * plain(9), rtol=1e-5)
    assert mixed.inputs["image"].dtype == np.float32
    assert (int(mixed.target), int(mixed.mixed.target), mixed.mixed.share) == (2, 0, share)
    samples.set_epoch(8)
    assert samples.sample(2, 9).mixed.share == share_of(2, epoch=8) != share


def test_steps_before_it_change_both_and_steps_behind_it_the_mix():
    samples = images(Crop((4, 4)), Mixup(0.5), Normalise((0.5,), (2.0,)))
    samples.set_epoch(7)
    crops = images(Crop((4, 4)))
    crops.set_epoch(7)
    share = share_of(2, before=3)
    places = [int(p * (r + 1)) for p, r in zip(np.random.default_rng((4, 7, 2, 2)).random(3)[1:], (2, 4), strict=True)]
    other = plain(9)[:, places[0] : places[0] + 4, places[1] : places[1] + 4]
    want = (share * crops.sample(2).inputs["image"] + (1 - share) * other - 0.5) / 2
    np.testing.assert_allclose(samples.sample(2, 9).inputs["image"], want, rtol=1e-5, atol=1e-6)


def test_only_pairs_in_training_are_mixed():
    for samples in (images(Mixup(0.5), training=False), images(Mixup(0.5)).plain()):
        assert not samples.paired
        sample = samples.sample(2)
        np.testing.assert_array_equal(sample.inputs["image"], plain(2))
        assert sample.mixed is None
    alone = images(Mixup(0.5)).sample(2)
    np.testing.assert_array_equal(alone.inputs["image"], plain(2))
    assert alone.mixed is None


class Told(Samples):
    """Samples that a function makes."""

    def __init__(self, made, count=6):
        self.made, self.count = made, count

    @property
    def about(self):
        """Nothing."""
        return About()

    def __len__(self):
        return self.count

    def sample(self, index):
        return self.made(index)


def test_numbers_are_mixed_themselves():
    def made(k):
        target = np.array([k, np.nan if k == 1 else 2 * k], np.float32)
        return Sample({"x": np.full(3, k, np.float32)}, target)

    samples = DataSet(Told(made), TASKS["numbers"], (Mixup(0.5),), training=True, seed=4)
    samples.set_epoch(7)
    share = share_of(2)
    mixed = samples.sample(2, 5)
    np.testing.assert_allclose(mixed.target, [5 - 3 * share, 10 - 6 * share], rtol=1e-6)
    np.testing.assert_allclose(mixed.inputs["x"], np.full(3, 5 - 3 * share), rtol=1e-6)
    assert mixed.mixed is None
    assert np.isnan(samples.sample(2, 1).target).tolist() == [False, True]


def test_classes_of_steps_count_where_both_do():
    def made(k):
        counted = np.array([k != 2, True, k != 3])
        return Sample({"x": np.ones((3, 2), np.float32) * k}, np.full(3, k), steps=3, counted=counted)

    samples = DataSet(Told(made), TASKS["step_class"], (Mixup(0.5),), training=True, seed=4)
    mixed = samples.sample(2, 3)
    assert mixed.counted.tolist() == [False, True, False]
    assert (mixed.target.tolist(), mixed.mixed.target.tolist()) == ([2, 2, 2], [3, 3, 3])


def test_a_batch_has_both_classes_and_workers_read_the_same():
    order = [[Draw(7, 2, 9), Draw(7, 4, 4)], [Draw(8, 1, 0)]]
    found = [list(batches(images(Flip(), Mixup(0.5)), order, torch.device("cpu"), workers=k, seed=0)) for k in (0, 1)]
    for one, other in zip(*found, strict=True):
        assert torch.equal(one.inputs["image"], other.inputs["image"])
        assert torch.equal(one.mixed.target, other.mixed.target)
        assert torch.equal(one.mixed.share, other.mixed.share)
    first = found[0][0]
    assert (first.target.tolist(), first.mixed.target.tolist()) == ([2, 1], [0, 1])
    torch.testing.assert_close(first.mixed.share.tolist(), [share_of(k, before=1) for k in (2, 4)], rtol=1e-6, atol=0)


def test_an_epoch_pairs_each_sample_twice():
    samples = images(Mixup(0.5))
    made = PhaseBatches(retrain_run(batch=4), samples, range(2, 12), 5, torch.device("cpu"))
    epochs = [[b for group in made.weights(k) for b in group] for k in (0, 0, 1)]
    firsts = [sorted(torch.cat([b.target for b in epoch]).tolist()) for epoch in epochs]
    seconds = [sorted(torch.cat([b.mixed.target for b in epoch]).tolist()) for epoch in epochs]
    assert firsts == seconds == [sorted(int(k) for k in CLASSES[2:])] * 3
    assert all(torch.equal(a.inputs["image"], b.inputs["image"]) for a, b in zip(*epochs[:2], strict=True))
    assert not torch.equal(epochs[0][0].inputs["image"], epochs[2][0].inputs["image"])
    resumed = [b for group in made.weights(1, 1) for b in group]
    assert all(torch.equal(a.inputs["image"], b.inputs["image"]) for a, b in zip(epochs[2][1:], resumed, strict=True))


@pytest.mark.parametrize(
    ("task", "why"),
    [("labels", "label maps"), ("flow", "true optical flow"), ("disparity", "true disparities"), ("depth", "true depths")],
)
def test_targets_that_cannot_be_mixed_are_refused_in_evaluation_too(task, why):
    target = np.zeros((1, 4, 4), np.float32)
    samples = DataSet(Told(lambda k: Sample({"image": target}, target)), TASKS[task], (Mixup(0.2),))
    with pytest.raises(DataError) as caught:
        samples.sample(0)
    assert caught.value.summary == f"sample 0: mixup: {why} can't be mixed"
    assert caught.value.help == "change the data set's `augment`"


def test_samples_of_two_sizes_are_refused():
    samples = DataSet(
        Told(lambda k: Sample({"x": np.ones(3 + k)}, np.asarray(0))), TASKS["class"], (Mixup(0.2),), training=True
    )
    with pytest.raises(DataError, match=r"sample 0: mixup: two samples differ in size: 3 and 4"):
        samples.sample(0, 1)


def test_a_sample_is_mixed_once():
    samples = images(Mixup(0.2), Mixup(0.2))
    with pytest.raises(DataError, match="sample 0: mixup: it is mixed already"):
        samples.sample(0, 1)


SPEC = """sdhs 1
neuron lif {{ }}
dataset {dataset}
network net {{
  {input}
  output o = {output}
}}
retrain net on {name} {{
  epochs   = 1
  batch    = 4
  sampling = {sampling}
  weights  = adam(lr = 0.01)
  loss     = {loss}
}}
"""
MAPS = {
    "dataset": 'scenes { source = maps  file = "a.npz"  inputs = a  targets = b  augment = [AUGMENT] }',
    "name": "scenes",
    "input": "input x : real[2, 8, 8]  time = 2",
    "output": "x -> conv(3, out = 4) -> lif -> conv(1, out = 3) -> mean(time)",
    "loss": "cross_entropy(o)",
}
EVENTS = {
    "dataset": 'gestures { source = events  folder = "a"  sensor = [8, 8]  encoding = sbt  augment = [AUGMENT] }',
    "name": "gestures",
    "input": "input x : events[1, 8, 8]",
    "output": "x -> conv(3, out = 4) -> lif -> pool -> linear(3) -> mean(time)",
    "loss": "cross_entropy(o)",
}


@pytest.mark.parametrize(
    ("of", "augment", "sampling", "line", "summary", "help"),
    [
        (
            MAPS,
            "mixup(alpha = 0.2)",
            "uniform",
            3,
            "`mixup` mixes targets, but label maps can't be mixed, which `scenes` has",
            "remove `mixup` from `augment`",
        ),
        (
            EVENTS,
            "mixup",
            "uniform",
            5,
            "`x` is events, but `gestures` has numbers [1, 8, 8] behind `mixup`",
            "write `x : real[1, 8, 8]`, or remove `mixup` from `augment`",
        ),
        (
            MAPS,
            "",
            "balanced",
            8,
            "`sampling = balanced` needs one class for each sample, but `scenes` has label maps",
            "remove it; `class_weights = balanced` weighs the classes in `cross_entropy`",
        ),
    ],
)
def test_check_refuses_what_a_task_cannot(of, augment, sampling, line, summary, help):
    of = of | {"dataset": of["dataset"].replace("AUGMENT", augment)}
    (found,) = Program.of_text(SPEC.format(**of, sampling=sampling), "a.sdhs").check()
    assert (found.code, found.span.line, found.summary, found.help) == ("SG0320", line, summary, help)


def test_check_allows_mixup_of_counted_events():
    of = EVENTS | {"dataset": EVENTS["dataset"].replace("AUGMENT", "mixup").replace("sbt", "counts")}
    of["input"] = "input x : real[2, 8, 8]"
    assert not list(Program.of_text(SPEC.format(**of, sampling="balanced"), "a.sdhs").check())
