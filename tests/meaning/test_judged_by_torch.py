"""Convolutions, poolings, resizings and norms of the reference compared with the functions of torch.nn.functional."""

import numpy as np
import pytest
import torch
from one_reference import result
from torch.nn import functional as F

CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


def numbers(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


def same(found, wanted):
    np.testing.assert_allclose(found.reshape(wanted.shape), wanted.numpy(), rtol=0, atol=1e-11)


def steps(x):
    """[T, N, ...] as a batch of torch."""
    return torch.from_numpy(x).flatten(0, 1)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "dilation", "groups"),
    [
        ((9,), [4], [3], [2], [1], 1),
        ((7, 6), [3, 2], [2, 1], [1, 0], [1, 2], 2),
        ((7, 6), [5, 1], [1, 3], [4, 0], [2, 1], 4),
        ((3, 4, 5), [2, 3, 1], [1, 2, 2], [1, 1, 0], [1, 1, 1], 1),
    ],
)
def test_convolutions(size, kernel, stride, padding, dilation, groups):
    x, weight, bias = numbers(0, 2, 3, 4, *size), numbers(1, 8, 4 // groups, *kernel), numbers(2, 8)
    wanted = CONV[len(size)](
        steps(x), torch.from_numpy(weight), torch.from_numpy(bias), stride, padding, dilation=dilation, groups=groups
    )
    given = {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation, "groups": groups, "out": 8}
    same(result("conv", given, x, weights={"weight": weight, "bias": bias}), wanted)


@pytest.mark.parametrize(("kernel", "dilation"), [(3, 1), (5, 1), (3, 3), (4, 1), (2, 3)])
def test_a_centred_padding_keeps_the_size(kernel, dilation):
    x, weight = numbers(0, 2, 1, 2, 8, 7), numbers(1, 3, 2, kernel, kernel)
    reach = dilation * (kernel - 1)
    around = [reach // 2, reach - reach // 2] * 2  # of an even reach the smaller half is before
    wanted = F.conv2d(F.pad(steps(x), around), torch.from_numpy(weight), dilation=dilation)
    assert wanted.shape[2:] == (8, 7)
    same(
        result("conv", {"kernel": kernel, "dilation": dilation, "out": 3, "bias": False}, x, weights={"weight": weight}), wanted
    )


@pytest.mark.parametrize(("size", "kernel", "stride", "groups"), [((5,), 3, 2, 1), ((4, 3), 5, 2, 2), ((2, 3, 2), 3, 1, 1)])
def test_transposed_convolutions(size, kernel, stride, groups):
    x, weight = numbers(0, 2, 2, 4, *size), numbers(1, 6, 4 // groups, *[kernel] * len(size))
    shape = [n * stride for n in size]
    # torch has the weight as [in, out / groups, *kernel]
    parts = np.split(weight, groups)
    turned = torch.from_numpy(np.concatenate([part.swapaxes(0, 1) for part in parts]))
    before = kernel // 2
    more = [n - ((m - 1) * stride - 2 * before + kernel) for n, m in zip(shape, size, strict=True)]
    wanted = TRANSPOSED[len(size)](steps(x), turned, None, stride, before, more, groups)
    given = {"kernel": kernel, "stride": stride, "groups": groups, "out": 6, "bias": False}
    same(result("transposed", given, x, weights={"weight": weight}), wanted)


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(3, 2, 1), ([2, 3], [2, 1], [1, 1]), (2, 2, 0)])
def test_poolings(kernel, stride, padding):
    x = numbers(0, 2, 2, 3, 7, 6)
    given = {"kernel": kernel, "stride": stride, "padding": padding}
    same(result("pool", {**given, "kind": "max"}, x), F.max_pool2d(steps(x), kernel, stride, padding))
    wanted = F.avg_pool2d(steps(x), kernel, stride, padding, count_include_pad=False)
    same(result("pool", {**given, "kind": "avg"}, x), wanted)


@pytest.mark.parametrize(("size", "to"), [((5,), (8,)), ((5, 6), (3, 11)), ((2, 5, 3), (4, 2, 3))])
@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_resizings(size, to, mode):
    x, like = numbers(0, 2, 1, 2, *size), np.zeros((2, 1, 1, *to))
    linear = (None, "linear", "bilinear", "trilinear")[len(size)]
    wanted = F.interpolate(steps(x), to, mode="nearest" if mode == "nearest" else linear)
    same(result("resize", {"mode": mode}, x, like), wanted)


def test_norms():
    x, weight, bias = numbers(0, 2, 3, 4, 3, 5, 2), numbers(1, 4), numbers(2, 4)
    given, tensors = {"weight": weight, "bias": bias}, (torch.from_numpy(weight), torch.from_numpy(bias))
    statistics = {"running_mean": numbers(3, 4), "running_var": numbers(4, 4) ** 2}
    mean, var = (torch.from_numpy(v.copy()) for v in statistics.values())
    same(result("norm", {}, x, weights=given | statistics), F.batch_norm(steps(x), mean, var, *tensors))
    wanted = F.batch_norm(steps(x), mean, var, *tensors, training=True)
    same(result("norm", {}, x, weights=given | statistics, training=True), wanted)
    same(result("norm", {"kind": "instance"}, x, weights=given), F.instance_norm(steps(x), None, None, *tensors))
    tokens = F.layer_norm(steps(x).movedim(1, -1), (4,), *tensors).movedim(-1, 1)
    same(result("norm", {"kind": "layer"}, x, weights=given), tokens)
    planes = steps(x).transpose(1, 2).flatten(0, 1)
    planes = F.instance_norm(planes, None, None, *tensors).unflatten(0, (6, 3)).transpose(1, 2)
    same(result("norm", {"kind": "plane"}, x, weights=given), planes)
