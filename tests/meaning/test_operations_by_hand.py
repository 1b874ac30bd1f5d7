"""Operations on a few numbers whose results were computed by hand from docs/language.md."""

import numpy as np
import pytest
import torch
from one_reference import result, traced

from spikegraph.meaning.operations import convolutions

ROW = [1.0, 2.0, 3.0, 4.0]
"""A map of one channel, [1, 4]."""


def row(*numbers):
    return np.reshape(numbers, (1, 1, 1, -1))


CASES = {
    "nearest, larger": ("resize", {}, [row(1, 2, 3), row(0, 0, 0, 0, 0)], [1, 1, 2, 2, 3]),
    "nearest, half": ("resize", {"down": 2}, [row(1, 2, 3, 4, 5), row(0, 0, 0, 0, 0)], [1, 2, 4]),
    "linear, larger": ("resize", {"mode": "bilinear"}, [row(0, 4), row(0, 0, 0, 0)], [0, 1, 3, 4]),
    "linear, smaller": ("resize", {"mode": "bilinear"}, [row(0, 1, 2, 3), row(0, 0)], [0.5, 2.5]),
    "a margin": ("resize", {"margin": 1}, [row(1, 2), row(0, 0)], [1, 1, 2, 2]),
    "upsample, odd": ("upsample", {}, [row(1, 2, 3)], [1, 1, 2, 2, 3]),
    "upsample, even": ("upsample", {"scale": 3}, [row(1, 2)], [1, 1, 1, 2, 2, 2]),
    "pad": ("pad", {"multiple": 4}, [row(1, 2, 3)], [0, 1, 2, 3]),
    "crop at the centre": ("crop", {}, [row(1, 2, 3, 4, 5, 6), row(0, 0, 0)], [2, 3, 4]),
    "crop at the end": ("crop", {"at": "end"}, [row(1, 2, 3, 4), row(0, 0, 0)], [2, 3, 4]),
    "max, even padding": ("pool", {"kind": "max", "kernel": 3, "stride": 2}, [row(-4, -3, -2, -1)], [-2, -1]),
    "max, centred": ("pool", {"kind": "max", "kernel": 3, "stride": 2, "padding": "centred"}, [row(-4, -3, -2, -1)], [-3, -1]),
    "mean of what is there": ("pool", {"kind": "avg", "kernel": 3, "stride": 1}, [row(1, 2, 6)], [1.5, 3, 4]),
    "global mean": ("pool", {}, [row(1, 2, 6)], [3]),
    "iand": ("iand", {}, [row(0, 0, 1, 1), row(0, 1, 0, 1)], [0, 1, 0, 0]),
    "mul": ("mul", {}, [row(0, 2, 3), np.full((1, 1, 1), 2.0)], [0, 4, 6]),
    "add": ("add", {}, [row(0, 2, 3), np.full((1, 1, 1), 2.0), row(1, 1, 1)], [3, 5, 6]),
    "relu": ("relu", {}, [row(-1, 0, 2)], [0, 0, 2]),
    "zero": ("zero", {"stride": 2, "out": 1}, [row(1, 2, 3)], [0, 0]),
    "the maximum over the width": ("reduce", {"over": "width", "by": "max"}, [row(1, 7, 3)], [7]),
    "frames": ("frame_times", {}, [np.zeros((1, 1, 4, 2))], [-1, -0.75, -0.5, -0.25]),
}


@pytest.mark.parametrize("name", CASES)
def test_an_operation(name):
    op, parameters, xs, wanted = CASES[name]
    np.testing.assert_allclose(result(op, parameters, *xs).ravel(), wanted, rtol=0, atol=1e-14)


def test_a_convolution_and_its_transpose():
    weights = {"weight": [[[1.0, 10.0, 100.0]]], "bias": [0.5]}
    assert result("conv", {"kernel": 3, "out": 1}, row(*ROW), weights=weights).ravel().tolist() == [210.5, 321.5, 432.5, 43.5]
    strided = {"kernel": 3, "out": 1, "stride": 2}
    assert result("conv", strided, row(*ROW), weights=weights).ravel().tolist() == [210.5, 432.5]
    assert result("transposed", strided, row(1, 2), weights=weights).ravel().tolist() == [10.5, 102.5, 20.5, 200.5]


def test_signs_of_weights():
    weights = {"weight": [[[-2.0]]]}
    conv = {"kernel": 1, "out": 1, "bias": False}
    for sign, wanted in (("any", -2), ("excitatory", 2), ("inhibitory", -2)):
        assert result("conv", {**conv, "sign": sign}, row(1), weights=weights).item() == wanted


def test_votes_and_parts_of_channels():
    x = np.arange(6.0).reshape(1, 1, 6)
    assert result("vote", {"voters": 3}, x).ravel().tolist() == [1, 4]
    assert result("every", {"start": 1, "step": 2}, x).ravel().tolist() == [1, 3, 5]
    assert result("part", {"start": 1, "channels": 2}, x).ravel().tolist() == [1, 2]
    assert result("reduce", {"over": "channels", "by": "sum"}, x).ravel().tolist() == [15]


def test_flatten_goes_channel_by_channel_and_stack_repeats():
    x = np.arange(4.0).reshape(1, 1, 2, 2)
    assert result("flatten", {}, x).ravel().tolist() == [0, 1, 2, 3]
    assert result("stack", {"planes": 2}, x)[0, 0].tolist() == [[[0, 1], [0, 1]], [[2, 3], [2, 3]]]


def test_a_linear_layer_without_autapses():
    x, given = np.array([5.0, 7.0]).reshape(1, 1, 2), {"weight": [[1, 2], [3, 4]], "bias": [10, 20]}
    assert result("linear", {"out": 2}, x, weights=given)[0, 0].tolist() == [29, 63]
    assert result("linear", {"out": 2, "autapses": False}, x, weights=given)[0, 0].tolist() == [24, 35]


def test_other_axes_for_the_same_numbers():
    x = np.arange(8.0).reshape(1, 1, 4, 2)
    assert result("tokens", {}, x.reshape(1, 1, 2, 2, 2))[0, 0].tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert result("reshape", {"size": [2, 2]}, x)[0, 0].tolist() == [[[0, 1], [2, 3]], [[4, 5], [6, 7]]]
    assert result("swap_axes", {"first": "channels", "second": "width"}, x)[0, 0].tolist() == [[0, 2, 4, 6], [1, 3, 5, 7]]
    assert result("channel_shuffle", {"groups": 2}, x)[0, 0, :, 0].tolist() == [0, 4, 2, 6]


def test_attention():
    q, k, v = (np.array(x, float).reshape(1, 1, 2, 2) for x in ([[1, 0], [0, 1]], [[1, 1], [0, 1]], [[1, 2], [3, 4]]))
    # scores of the tokens' pairs: [[1, 1], [0, 1]]
    assert result("attend", {"scale": 0.5}, q, k, v)[0, 0].tolist() == [[1.5, 1.0], [3.5, 2.0]]
    assert result("attend", {"scale": 1, "heads": 2}, q, k, v)[0, 0].tolist() == [[3, 0], [0, 4]]


def test_a_scale_by_a_firing_rate():
    of = np.array([[1, 0, 1, 0], [1, 1, 1, 1]], float).reshape(1, 1, 2, 4)  # rates 1/2 and 1
    x = np.ones((1, 1, 2, 2))
    given = {"running_rate": [1 / 4, 0]}
    found = result("rate_scale", {"heads": 2}, x, of, weights=given)[0, 0, :, 0]
    assert found.tolist() == [2, 1]  # 1 / sqrt(1/4), and 1 for a head that was silent
    assert result("rate_scale", {"heads": 2, "terms": "positions"}, x, of, weights=given)[0, 0, :, 0].tolist() == [1, 0.5]


def test_products_of_matrices():
    # a token has the channels of one position: a = [[1, 4], [2, 5], [3, 6]], b = [[1, 0], [0, 1], [1, 1]]
    a, b = (np.array(x, float).reshape(1, 1, 2, 3) for x in ([[1, 2, 3], [4, 5, 6]], [[1, 0, 1], [0, 1, 1]]))
    square = np.array([[1, 1], [0, 2]], float).reshape(1, 1, 2, 2)  # [[1, 0], [1, 2]]
    assert result("product", {}, a, square)[0, 0].T.tolist() == [[5, 8], [7, 10], [9, 12]]
    assert result("product", {"transpose": "right"}, a, b)[0, 0].T.tolist() == [[1, 4, 5], [2, 5, 7], [3, 6, 9]]
    assert result("product", {"transpose": "left"}, a, b)[0, 0].T.tolist() == [[4, 5], [10, 11]]
    assert result("product", {"transpose": "both"}, a, np.ones((1, 1, 3, 1)))[0, 0].T.tolist() == [[6], [15]]
    assert result("product", {"transpose": "left", "heads": 2}, a, b)[0, 0].tolist() == [[4], [11]]


def test_an_estimate_and_interpolated_planes():
    x = np.log(np.array([1.0, 1.0, 2.0, 4.0, 1.0])).reshape(1, 1, 5, 1, 1)
    assert result("estimate", {"step": 2, "support": 1}, x).item() == pytest.approx(2 * (2 * 2 + 3 * 4 + 4 * 1) / 7)
    assert result("estimate", {"step": 1, "support": "all"}, x).item() == pytest.approx((1 + 4 + 12 + 4) / 9)
    planes = result("planes", {"scale": 2}, np.reshape([0.0, 4.0], (1, 1, 1, 2, 1, 1)), np.zeros((1, 1, 1, 1, 1)))
    assert planes.ravel().tolist() == [0, 1, 3, 4]


def test_weighed_frames():
    x = np.reshape([2.0, 0.0, 4.0, 0.0, 0.0, 0.0], (1, 1, 3, 2)).copy()
    x[0, 0, :, 0], x[0, 0, :, 1] = [2.0, 0.0, 4.0], 0.0
    weights = np.reshape([1.0, 10.0, 100.0], (1, 1, 1, 3))
    assert result("weigh_frames", {}, x, weights, weights={"shift": [0.5]}).ravel().tolist() == [201.5, 0.5]


def test_open_choices():
    one, two = row(1), row(2)
    alpha = {"c.alpha": np.log([[1.0, 3.0], [1.0, 1.0]])}
    assert result("mix", {"cell": "c", "edge": 0}, one, two, weights=alpha).item() == pytest.approx(1.75)
    edges = {"c.edges": np.log([1.0, 3.0, 5.0])}
    gather = {"cell": "c", "edges": [0, 1], "of": 3, "keep": 2}
    assert result("weighted_gather", gather, one, two, weights=edges).item() == pytest.approx(3.5)
    takes = [{"operand": 0, "start": 1, "edge": 0, "candidate": 1}, {"operand": 0, "start": 0, "edge": 0, "candidate": 0}]
    fan = {"cell": "c", "edges": [0], "width": 1, "takes": takes}
    assert result("fan", fan, np.reshape([8.0, 4.0], (1, 1, 2, 1)), weights=alpha).item() == pytest.approx(5.0)


def test_routes_leave_out_moves_that_do_not_exist():
    beta = {"t.beta": np.log(np.array([[[7.0, 1.0, 3.0], [2.0, 1.0, 9.0]]] * 2))}
    route = {"trellis": "t", "layer": 1, "level": 0, "levels": 2, "sources": [0, 1]}
    assert result("route", route, row(1), row(10), weights=beta).item() == pytest.approx(1 / 4 + 10 * 2 / 3)
    down = {"trellis": "t", "layer": 1, "level": 1, "levels": 2, "finest": 1, "sources": [0, 1]}
    assert result("route", down, row(1), row(10), weights=beta).item() == pytest.approx(1 + 10)


def test_a_batch_norm_in_training_and_in_evaluation():
    x = np.reshape([1.0, 3.0, 5.0, 7.0], (2, 2, 1))  # mean 4, variance 5, unbiased 20 / 3
    weights = {"weight": [2.0], "bias": [1.0], "running_mean": [0.0], "running_var": [1.0]}
    norm = {"eps": 1e-12, "momentum": 0.25}
    found = result("norm", norm, x, weights=weights).ravel()
    np.testing.assert_allclose(found, [3, 7, 11, 15], rtol=1e-11)
    trace = traced("norm", norm, x, weights=weights, training=True)
    np.testing.assert_allclose(trace.outputs["y"].ravel(), 1 + 2 * (x.ravel() - 4) / np.sqrt(5), rtol=1e-11)
    assert trace.statistics["y.running_mean"].tolist() == [1.0]
    np.testing.assert_allclose(trace.statistics["y.running_var"], [0.75 + 0.25 * 20 / 3], rtol=1e-14)


def test_a_factor_for_each_step():
    weights = {"weight": [1.0], "bias": [2.0], "running_mean": [0.0], "running_var": [1.0], "step_weight": [1.0, 3.0]}
    found = result("norm", {"eps": 1e-12, "per": "step", "steps": 2}, np.ones((2, 1, 1)), weights=weights)
    np.testing.assert_allclose(found.ravel(), [3, 9], rtol=1e-11)


@pytest.mark.parametrize("most", [1, 40, 200, 10**9])
def test_a_convolution_computes_some_rows_at_a_time(most, monkeypatch):
    """The windows of one row are 36 numbers: one row, two and all at once are the sums by torch."""
    monkeypatch.setattr(convolutions, "MOST_SEEN", most)
    draw = torch.Generator().manual_seed(0)
    x, weight = (torch.randn(shape, generator=draw, dtype=torch.float64) for shape in ((2, 1, 2, 5, 2), (3, 2, 3, 3)))
    found = result("conv", {"kernel": 3, "out": 3, "bias": False}, x, weights={"weight": weight})
    wanted = torch.nn.functional.conv2d(x[:, 0], weight, padding=1)
    np.testing.assert_allclose(found[:, 0], wanted, rtol=0, atol=1e-14)
