"""Evaluation: metrics of windows, streams and classes."""

from typing import cast

import numpy as np
import pytest
import torch
from tiny_run import class_graph, stereo_graph, stereo_set, windows_of

from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.evaluate import evaluate
from spikegraph.base.errors import DataError, DivergedError, TrainError
from spikegraph.data.images import ImageArrays
from spikegraph.data.sample import Sample
from spikegraph.data.sets import DataSet
from spikegraph.data.source import Moment
from spikegraph.data.steps import Normalise
from spikegraph.data.windows import Window
from spikegraph.tasks import TASKS
from spikegraph.tasks.disparity_scores import StereoMetrics


@pytest.fixture
def model() -> Model:
    torch.manual_seed(2)
    return Model(stereo_graph("c3"))


def views(of: Sample | Moment) -> list[torch.Tensor]:
    return [torch.from_numpy(of.inputs[side]).float() for side in ("left", "right")]


def test_windows_by_hand(model: Model) -> None:
    samples = stereo_set(3, crop=False)
    found = evaluate(model, samples)
    scores = StereoMetrics(20.0)
    model.eval()
    with torch.no_grad():
        for k in range(3):
            sample = samples.sample(k)
            left, right = views(sample)
            predicted = model(left[:, None], right[:, None])
            scores.add(predicted[1:, 0, 0].numpy(), sample.target)
    assert found.metrics == pytest.approx(scores.metrics())
    assert set(found.metrics) == {
        "mean_depth_error_cm",
        "median_depth_error_cm",
        "mean_disparity_error_px",
        "one_pixel_accuracy_percent",
    }
    assert found.samples == 6
    assert found.confusion == {}
    assert found.seconds > 0
    assert found.firing_rates == {}


def test_the_batch_does_not_matter(model: Model) -> None:
    samples = stereo_set(3, crop=False)
    assert evaluate(model, samples, 2).metrics == pytest.approx(evaluate(model, samples, 1).metrics)


def test_truths_that_do_not_count_are_left_out(model: Model) -> None:
    windows = windows_of([Window("noise", 0, (True, True)), Window("noise", 1, (False, True))])
    assert evaluate(model, DataSet(windows, TASKS["disparity"])).samples == 3


def test_a_stream_continues_from_window_to_window(model: Model) -> None:
    samples = stereo_set(3, crop=False)
    found = samples.source.stream()
    assert found is not None
    steps = list(found)
    model.eval()
    with torch.no_grad():
        whole = model(*(torch.stack(side)[:, None] for side in zip(*map(views, steps), strict=True)))
    scores = StereoMetrics(20.0)
    for step, predicted in zip(steps, whole[:, :, 0], strict=True):
        if step.counted:
            scores.add(predicted.numpy(), step.target[None])
    told: list[tuple[int, int]] = []
    found = evaluate(model, samples, stream=True, on_progress=lambda done, total: told.append((done, total)))
    assert found.metrics == pytest.approx(scores.metrics(), rel=1e-4)
    assert found.samples == 6
    assert told[-1] == (3, 3)


def test_a_stream_is_prepared_as_its_windows_are(model: Model) -> None:
    """One window of which the network sees all steps, so that it makes no difference whether they come one by one."""
    plain = stereo_set(1, crop=False)
    channels = next(iter(plain.sample(0).inputs.values())).shape[1]
    samples = DataSet(plain.source, plain.task, (Normalise((0.3,) * channels, (0.1,) * channels),))
    found = evaluate(model, samples, stream=True).metrics
    assert found == pytest.approx(evaluate(model, samples).metrics)
    assert found != pytest.approx(evaluate(model, plain, stream=True).metrics)


def test_two_recordings_are_two_streams(model: Model) -> None:
    plain = stereo_set(1, crop=False)
    names = ("noise", "more")
    both = DataSet(windows_of([Window(name, 0, (True, True)) for name in names], names), TASKS["disparity"])
    once = evaluate(model, plain, stream=True).metrics
    assert evaluate(model, both, stream=True).metrics == pytest.approx(once)  # of means over twice as many


def test_firing_rates(model: Model) -> None:
    rates = evaluate(model, stereo_set(2, crop=False), firing_rates=True).firing_rates
    assert set(rates) >= {n.name for n in model.graph if n.op.name == "lif"}
    assert all(0 <= rate <= 1 for rate in rates.values())
    samples = stereo_set(1, crop=False)
    left, right = (view[:, None] for view in views(samples.sample(0)))
    model.eval()
    with torch.no_grad():
        values, _ = model.run({"left": left, "right": right}, wanted=("features@left.stem",))
    want = values["features@left.stem"].mean().item()
    assert evaluate(model, samples, firing_rates=True).firing_rates["features@left.stem"] == pytest.approx(want)


def test_the_mode_is_put_back_and_nothing_moves(model: Model) -> None:
    before = {k: v.clone() for k, v in model.state_dict().items()}
    model.train()
    evaluate(model, stereo_set(1, crop=False))
    assert model.training
    assert all(torch.equal(v, model.state_dict()[k]) for k, v in before.items())


def test_disparities_that_are_not_numbers(model: Model) -> None:
    with torch.no_grad():
        model.weights()[-1].fill_(torch.nan)
    with pytest.raises(DivergedError, match="the network's output `disparity` contains NaN"):
        evaluate(model, stereo_set(1, crop=False))


def seven_images() -> DataSet:
    """Seven random images and their classes."""
    noise = np.random.default_rng(0).normal(size=(7, 4, 4, 1)).astype(np.float32)
    return DataSet(ImageArrays(noise, np.arange(7) % 2, ("even", "odd")), TASKS["class"])


def test_classes_by_hand() -> None:
    torch.manual_seed(0)
    model = Model(class_graph())
    images = seven_images()
    found = evaluate(model, images, 3, firing_rates=True)
    with torch.no_grad():
        logits = cast(
            "torch.Tensor", model.eval()(torch.stack([torch.from_numpy(images.sample(k).inputs["image"]) for k in range(7)]))
        )
    right = sum(int(logits[k].argmax()) == k % 2 for k in range(7))
    assert found.metrics == {"accuracy_percent": pytest.approx(100 * right / 7)}
    assert found.samples == 7
    predicted = [int(logits[k].argmax()) for k in range(7)]
    for true in (0, 1):
        counts = {p: predicted[true::2].count(p) for p in sorted(set(predicted[true::2]))}
        assert found.confusion[true] == counts
    assert set(found.confusion) == {0, 1}
    assert set(found.firing_rates) == {"stem"}
    with pytest.raises(TrainError, match="still images, which have no time steps to stream") as caught:
        evaluate(model, images, stream=True)
    assert (caught.value.help, caught.value.status) == ("remove --stream", 2)


def test_a_part_of_which_no_target_counts() -> None:
    samples = seven_images()
    samples.ignored = (0, 1)
    summary = "sample 0: this and all other validation samples have no target that is known"
    with pytest.raises(DataError, match=summary):
        evaluate(Model(class_graph()), samples, part="validation")


def test_network_and_data_have_to_fit(model: Model) -> None:
    with pytest.raises(TrainError, match="exactly one output must be logits, but 0 of `disparity` are"):
        evaluate(model, seven_images())
    with pytest.raises(TrainError, match="exactly one output must be a disparity, but 0 of `logits` are"):
        evaluate(Model(class_graph()), stereo_set(1, crop=False))
