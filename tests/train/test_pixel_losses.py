"""Losses with a truth for each pixel, against loops over pixels."""

import math

import pytest
import torch
from tiny_run import SPAN

from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.train.losses import Losses, same_size
from spikegraph.base.errors import UntrainableError
from spikegraph.base.processes import ONE
from spikegraph.dsl.spec import Loss
from spikegraph.ir.graph import Graph
from spikegraph.ir.ops.stereo import Estimate
from spikegraph.ir.ops.wiring import Input
from spikegraph.ir.stage import Stage
from spikegraph.ir.types import Kind


def random(seed=0):
    return torch.Generator().manual_seed(seed)


def computed(name, value, truth, **options):
    """A loss of the only output of a network, and its gradient."""
    graph = Graph("net", Stage.LOWERED)
    channels, *size = value.shape[-3:]
    graph.add("x", Input(kind=Kind.REAL, channels=channels, size=tuple(size)), (), SPAN)
    graph.outputs["y"] = "x"
    if name == "smooth_l1":
        graph.outputs["y"] = graph.add("y", Estimate(), ("x",), SPAN)
    losses = Losses(graph, (Loss(1.0, name, None, options, SPAN),))
    value = value.clone().requires_grad_()
    counted = truth.shape[: 2 if name == "smooth_l1" else 1]
    batch = Batch({}, truth, torch.ones(counted, dtype=torch.bool))
    total, _, _ = losses.over(ONE, {graph.outputs["y"]: value}, batch)
    total.backward()
    assert value.grad is not None
    return total.item(), value.grad


def test_cross_entropy_of_each_pixel_leaves_out_the_ignored_label():
    logits = torch.randn(2, 3, 4, 5, generator=random())
    truth = torch.randint(0, 3, (2, 4, 5), generator=random(1))
    truth[0, 1:3] = 255
    truth[1, 0, 0] = 255
    terms = []
    for n in range(2):
        for i in range(4):
            for j in range(5):
                if truth[n, i, j] != 255:
                    row = [float(v) for v in logits[n, :, i, j]]
                    terms.append(math.log(sum(math.exp(v) for v in row)) - row[truth[n, i, j]])
    assert len(terms) == 29
    found, gradient = computed("cross_entropy", logits, truth, label_smoothing=0.0, ignore=255)
    assert found == pytest.approx(sum(terms) / 29, rel=1e-6)
    assert not gradient[0, :, 1:3].any()
    assert gradient[0, :, 0].any()


def test_a_batch_of_ignored_pixels_costs_nothing():
    found, gradient = computed(
        "cross_entropy", torch.randn(1, 3, 2, 2), torch.full((1, 2, 2), 7), label_smoothing=0.1, ignore=7
    )
    assert found == 0
    assert not gradient.any()


def test_of_several_time_steps_the_last_one_counts():
    logits, truth = torch.randn(4, 2, 3, 2, 2, generator=random()), torch.randint(0, 3, (2, 2, 2), generator=random(1))
    found, gradient = computed("cross_entropy", logits, truth, label_smoothing=0.0)
    assert found == pytest.approx(computed("cross_entropy", logits[-1], truth, label_smoothing=0.0)[0])
    assert not gradient[:-1].any()


@pytest.mark.parametrize(
    ("label", "help"), [(7, r"write `cross_entropy\(OUTPUT, ignore = 7\)` if such pixels have no class"), (-1, "")]
)
def test_a_label_that_is_no_class(label, help):
    truth = torch.zeros(1, 2, 2, dtype=torch.int64)
    truth[0, 1, 1] = label
    with pytest.raises(UntrainableError, match=f"the label {label} isn't one of 3 classes.*{help}"):
        computed("cross_entropy", torch.randn(1, 3, 2, 2), truth, label_smoothing=0.0)


def test_the_larger_label_of_a_mask_of_two_classes():
    truth = torch.tensor([[[0, 255]]])
    with pytest.raises(UntrainableError) as error:
        computed("cross_entropy", torch.randn(1, 2, 1, 2), truth, label_smoothing=0.0)
    assert error.value.summary == "the label 255 isn't one of 2 classes"
    assert error.value.help == (
        "write `cross_entropy(OUTPUT, ignore = 255)` if such pixels have no class; "
        "in a mask of two classes write 1 in place of 255"
    )


def test_the_sizes_of_labels_and_logits_must_agree():
    with pytest.raises(UntrainableError, match="the label maps are 4 x 4, but the network gives 2 x 2"):
        computed("cross_entropy", torch.randn(1, 3, 2, 2), torch.zeros(1, 4, 4, dtype=torch.int64), label_smoothing=0.0)


def test_the_numbers_of_targets_and_output_must_agree():
    with pytest.raises(UntrainableError) as error:
        same_size("targets", torch.Size([3]), torch.Size([1]))
    assert error.value.summary == "the targets are 3, but the network gives 1"
    assert error.value.help == "end the output with `linear(3)`, for 3 numbers of each sample"


def test_the_end_point_error_is_the_mean_length_over_known_pixels():
    flow, truth = (3 * torch.randn(2, 2, 3, 4, generator=random(seed)) for seed in (0, 1))
    truth[0, :, 1] = torch.inf
    truth[1, 0, 2, 3] = torch.nan
    flow[1, :, 0, 0] = truth[1, :, 0, 0]  # an error of 0
    lengths = []
    for n in range(2):
        for i in range(3):
            for j in range(4):
                u, v = (float(flow[n, k, i, j] - truth[n, k, i, j]) for k in (0, 1))
                if math.isfinite(u) and math.isfinite(v):
                    lengths.append(math.sqrt(u * u + v * v))
    assert len(lengths) == 19
    found, gradient = computed("end_point_error", flow, truth)
    assert found == pytest.approx(sum(lengths) / 19, rel=1e-6)
    assert gradient.isfinite().all()
    assert not gradient[0, :, 1].any()
    lengths_of_gradient = gradient.norm(dim=1)
    torch.testing.assert_close(lengths_of_gradient[0, 0], torch.full((4,), 1 / 19))


@pytest.mark.parametrize("beta", [1.0, 0.25])
def test_smooth_l1_of_a_disparity(beta):
    disparity, truth = 3 * torch.randn(3, 2, 1, 3, 4, generator=random()), 3 * torch.randn(2, 2, 3, 4, generator=random(1))
    truth[0, 1, 0] = torch.inf
    terms = []
    for t in range(2):  # the first of three steps has no truth
        for n in range(2):
            for i in range(3):
                for j in range(4):
                    e = abs(float(disparity[t + 1, n, 0, i, j] - truth[t, n, i, j]))
                    if math.isfinite(e):
                        terms.append(e * e / (2 * beta) if e < beta else e - beta / 2)
    assert len(terms) == 44
    found, gradient = computed("smooth_l1", disparity, truth, beta=beta)
    assert found == pytest.approx(sum(terms) / 44, rel=1e-6)
    assert not gradient[0].any()
    assert gradient.isfinite().all()
