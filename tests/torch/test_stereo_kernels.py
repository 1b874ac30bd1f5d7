"""Kernels of stereo matching, framing and frames compared with loops that follow their definitions."""

import itertools

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from spikegraph.backends.torch.kernels import KERNELS
from spikegraph.backends.torch.kernels.base import Call
from spikegraph.dsl.source import Span
from spikegraph.ir.graph import Graph
from spikegraph.ir.opdef import OPS

AT = Span("a.sdhs", 1, 1, 1, 2)


def ran(name, parameters, xs, *, once=(), leaf=None):
    """Runs an operation on tensors [T, N, C, *size], without T for indexes in `once`."""
    graph = Graph("net")
    for i, x in enumerate(xs):
        channels, *size = x.shape[1:] if i in once else x.shape[2:]
        op = OPS["input"].model_validate({"kind": "real", "channels": channels, "size": size, "steps": i not in once})
        graph.add(f"x{i}", op, (), AT)
    node = graph.node(graph.add("y", OPS[name].model_validate(parameters), tuple(f"x{i}" for i in range(len(xs))), AT))
    call = Call(node, graph.values(node), () if leaf is None else (leaf,), {}, len(xs[0]), False, None)
    y, state = KERNELS[name](call, xs, None)
    assert state is None
    assert tuple(y.shape[2 if node.value.steps else 1 :]) == node.value.shape
    return y


def randn(*shape):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(3))


def test_a_volume_that_is_zero_outside_of_both_views():
    left, right = randn(2, 1, 3, 2, 5), randn(2, 1, 3, 2, 5) + 1
    y = ran("cost_volume", {"planes": 7, "zero": "both"}, [left, right])
    for d, x in itertools.product(range(7), range(5)):
        inside = x >= d
        assert torch.equal(y[:, :, :3, d, :, x], left[..., x] if inside else torch.zeros_like(left[..., x]))
        assert torch.equal(y[:, :, 3:, d, :, x], right[..., x - d] if inside else torch.zeros_like(left[..., x]))


def test_planes_between_planes():
    x, like = randn(2, 1, 1, 3, 2, 2), torch.zeros(2, 1, 1, 4, 2)
    y = ran("planes", {"scale": 2}, [x, like])
    # Half a plane apart: the centres of the six planes are at -1/4, 1/4, 3/4, ... of the three.
    between = [(0, 0, 0.0), (0, 1, 0.25), (0, 1, 0.75), (1, 2, 0.25), (1, 2, 0.75), (2, 2, 0.0)]
    for plane, (a, b, share) in enumerate(between):
        assert torch.allclose(y[:, :, plane, 0], (1 - share) * x[:, :, 0, a, 0] + share * x[:, :, 0, b, 0], atol=1e-12)


def test_the_mean_of_all_planes():
    planes = randn(2, 1, 6, 2, 3)
    y = ran("estimate", {"step": 3, "support": "all"}, [planes])
    for place in itertools.product(range(2), range(2), range(3)):
        t, row, column = place
        weights = [float(planes[t, 0, d, row, column].exp()) for d in range(6)]
        expected = sum(3 * d * w for d, w in enumerate(weights)) / sum(weights)
        assert float(y[t, 0, 0, row, column]) == pytest.approx(expected, rel=1e-12)
    assert torch.allclose(y, ran("estimate", {"step": 3, "support": 5}, [planes]))


@pytest.mark.parametrize("size", [(5,), (5, 8), (3, 5, 8)])
def test_padding_is_before_the_axes_and_cropping_removes_it(size):
    x = randn(2, 1, 3, *size)
    y = ran("pad", {"multiple": 4}, [x])
    assert y.shape[3:] == tuple(-(-n // 4) * 4 for n in size)
    assert torch.equal(ran("crop", {"at": "end"}, [y, x]), x)
    assert y.count_nonzero() == x.count_nonzero()


def test_cropping_the_centre():
    x = torch.arange(7.0).view(1, 1, 1, 7)
    assert ran("crop", {}, [x, torch.zeros(1, 1, 1, 4)]).tolist() == [[[[1.0, 2.0, 3.0, 4.0]]]]
    assert ran("crop", {"at": "end"}, [x, torch.zeros(1, 1, 1, 2)]).tolist() == [[[[5.0, 6.0]]]]


def test_cropping_planes_to_the_size_of_a_map():
    x = randn(1, 1, 2, 3, 5, 4)
    assert torch.equal(ran("crop", {"at": "end"}, [x, torch.zeros(1, 1, 1, 3, 4)]), x[..., 2:, :])


@pytest.mark.parametrize("size", [(), (4,), (4, 3)])
def test_stacking(size):
    x = randn(2, 1, 3, *size)
    y = ran("stack", {"planes": 5}, [x])
    assert y.shape == (2, 1, 3, 5, *size)
    assert all(torch.equal(y[:, :, :, d], x) for d in range(5))


def test_times_of_frames():
    assert ran("frame_times", {}, [randn(3, 2, 5, 2, 2)])[1, 0].tolist() == pytest.approx([-1.0, -0.8, -0.6, -0.4, -0.2])


@pytest.mark.parametrize("once", [(1,), ()])
def test_weighed_frames(once):
    frames = torch.randint(-1, 2, (2, 1, 5, 3, 2), generator=torch.Generator().manual_seed(1)).double()
    frames[0, 0, :, 0, 0] = 0
    weights = randn(1, 4, 5) if once else randn(2, 1, 4, 5)
    leaf = nn.Module()
    leaf.shift = nn.Parameter(randn(4), requires_grad=False)
    y = ran("weigh_frames", {}, [frames, weights], once=once, leaf=leaf)
    for t, c, row, column in itertools.product(range(2), range(4), range(3), range(2)):
        w = weights[0, c] if once else weights[t, 0, c]
        total, events = 0.0, 0
        for f in range(5):
            polarity = float(frames[t, 0, f, row, column])
            total, events = total + float(w[f]) * polarity, events + (polarity != 0)
        assert float(y[t, 0, c, row, column]) == pytest.approx(total / max(events, 1) + float(leaf.shift[c]), abs=1e-12)


@pytest.mark.parametrize("affine", [True, False])
def test_a_norm_of_planes(affine):
    x, leaf = randn(2, 2, 3, 4, 5, 6) * 3 + 1, nn.Module()
    leaf.weight, leaf.bias = (nn.Parameter(randn(3) + i) for i in range(2))
    y = ran("norm", {"kind": "plane", "affine": affine}, [x], leaf=leaf if affine else None)
    weights = (leaf.weight, leaf.bias) if affine else (None, None)
    for plane in range(4):
        expected = F.instance_norm(x[:, :, :, plane].flatten(0, 1), weight=weights[0], bias=weights[1])
        torch.testing.assert_close(y[:, :, :, plane].flatten(0, 1), expected, rtol=0, atol=1e-12)


def test_resizing_with_a_margin():
    x, like = randn(2, 1, 3, 5, 4), torch.zeros(2, 1, 1, 9, 7)
    y = ran("resize", {"margin": 2}, [x, like])
    for row, column in itertools.product(range(13), range(11)):
        assert torch.equal(y[..., row, column], x[..., row * 5 // 13, column * 4 // 11])
