"""Convolutions of any window, against loops by their definition and against torch's layers; streaming; operations."""

import itertools

import numpy as np
import pytest
import torch
from one_operation import inputs_of, model_of, streamed
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from spikegraph.backends.torch.model import Model


def by_definition(x, weight, bias, stride, dilation, groups, before):
    """A convolution of [C, *size] as a sum over the window and the channels of the group."""
    out, per_group, *window = weight.shape
    size = tuple(-(-n // s) for n, s in zip(x.shape[1:], stride, strict=True))
    y = np.zeros((out, *size))
    for o, place in itertools.product(range(out), itertools.product(*map(range, size))):
        first = o // (out // groups) * per_group
        for c, tap in itertools.product(range(per_group), itertools.product(*map(range, window))):
            at = tuple(p * s - b + t * d for p, s, b, t, d in zip(place, stride, before, tap, dilation, strict=True))
            if all(0 <= a < n for a, n in zip(at, x.shape[1:], strict=True)):
                y[(o, *place)] += weight[(o, c, *tap)] * x[(first + c, *at)]
    return y + bias.reshape(-1, *[1] * len(size))


CASES = [
    # kernel, stride, dilation, groups, size, zeros before each axis
    (3, 1, 1, 1, (7,), (1,)),
    (5, 2, 1, 1, (8,), (2,)),
    ((3, 1, 1), (1, 2, 2), 1, 1, (3, 4, 5), (1, 0, 0)),
    (3, 1, 2, 1, (6, 5), (2, 2)),
    ((3, 1), 2, (3, 1), 2, (7, 6), (3, 0)),
    (3, 1, 1, 4, (5, 4), (1, 1)),
    (2, 1, 1, 1, (5, 4), (0, 0)),
    (2, 2, 1, 1, (5, 4), (0, 0)),
    (4, 2, 1, 2, (6, 7), (1, 1)),
    (4, 4, 1, 1, (6, 8), (0, 0)),
    (6, 2, 1, 1, (9,), (2,)),
    (2, 1, 2, 1, (5,), (1,)),
]


@pytest.mark.parametrize(("kernel", "stride", "dilation", "groups", "size", "before"), CASES)
def test_by_definition(kernel, stride, dilation, groups, size, before):
    axes = len(size)
    parameters = {
        "kernel": kernel,
        "out": 8,
        "stride": stride,
        "dilation": dilation,
        "groups": "all" if groups == 4 else groups,
    }
    model = model_of("conv", parameters, (4, *size))
    x = torch.randn(2, 3, 4, *size, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    y = model(x).detach().numpy()
    weight, bias = (p.detach().numpy() for p in (model.y.weight, model.y.bias))
    along = (s if isinstance(s, tuple) else (s,) * axes for s in (stride, dilation))
    expected = by_definition(x[1, 2].numpy(), weight, bias, *along, groups, before)
    np.testing.assert_allclose(y[1, 2], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("layer", "parameters", "size"),
    [
        (nn.Conv2d(4, 6, 7, 2, 3), {"kernel": 7, "stride": 2}, (9, 8)),
        (nn.Conv2d(4, 6, 4, 2, 1), {"kernel": 4, "stride": 2}, (8, 6)),
        (nn.Conv2d(4, 8, 3, 1, 2, 2, 4), {"kernel": 3, "dilation": 2, "groups": "all", "out": 8}, (6, 5)),
        (nn.Conv3d(4, 6, (3, 1, 1), (1, 2, 2), (1, 0, 0)), {"kernel": [3, 1, 1], "stride": [1, 2, 2]}, (3, 5, 6)),
        (nn.Conv1d(4, 6, 5, 2, 2, bias=False), {"kernel": 5, "stride": 2, "bias": False}, (11,)),
        (nn.Conv2d(4, 6, 5), {"kernel": 5, "padding": 0}, (9, 8)),
        (nn.Conv2d(4, 6, 3, 1, (2, 0)), {"kernel": 3, "padding": [2, 0]}, (9, 8)),
        (nn.Conv2d(4, 6, 4, 3, 3, 2), {"kernel": 4, "stride": 3, "dilation": 2, "padding": 3}, (9, 8)),
        (nn.Conv2d(4, 6, 1, 2), {"kernel": 1, "stride": 2, "padding": 0}, (9, 8)),
        (nn.Conv2d(4, 6, (1, 3), (3, 1), (2, 4)), {"kernel": [1, 3], "stride": [3, 1], "padding": [2, 4]}, (9, 8)),
        (nn.Conv2d(4, 6, 1, 1, 1), {"kernel": 1, "padding": 1}, (9, 8)),
        (nn.Conv1d(4, 6, 8, 4, 0), {"kernel": 8, "stride": 4, "padding": 0}, (23,)),
    ],
)
def test_torch_layers(layer, parameters, size):
    model = model_of("conv", {"out": 6, **parameters}, (4, *size))
    layer = layer.double()
    layer.load_state_dict({k.removeprefix("y."): v for k, v in model.state_dict().items()})
    x = torch.randn(2, 3, 4, *size, dtype=torch.float64)
    y, expected = model(x), layer(x.flatten(0, 1)).unflatten(0, (2, 3))
    torch.testing.assert_close(y, expected, rtol=0, atol=1e-12)
    y.square().sum().backward()
    expected.square().sum().backward()
    torch.testing.assert_close(model.y.weight.grad, layer.weight.grad, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("layer", "parameters", "size"),
    [
        (nn.MaxPool2d(2), {"kind": "max", "padding": 0}, (9, 7)),
        (nn.MaxPool2d(3, 2, 1), {"kind": "max", "kernel": 3, "padding": 1}, (9, 8)),
        (nn.MaxPool2d((3, 2), 1, (1, 0)), {"kind": "max", "kernel": [3, 2], "stride": 1, "padding": [1, 0]}, (5, 4)),
        (nn.AvgPool2d(2), {"kind": "avg", "padding": 0}, (9, 7)),
        (nn.AvgPool2d(3, 2, 1, count_include_pad=False), {"kind": "avg", "kernel": 3, "padding": 1}, (9, 8)),
        (nn.AvgPool1d(5, 3), {"kind": "avg", "kernel": 5, "stride": 3, "padding": 0}, (16,)),
    ],
)
def test_torch_poolings(layer, parameters, size):
    model = model_of("pool", parameters, (4, *size))
    x = torch.randn(2, 3, 4, *size, dtype=torch.float64)
    torch.testing.assert_close(model(x), layer(x.flatten(0, 1)).unflatten(0, (2, 3)), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("layer", "parameters", "size", "like"),
    [
        (nn.ConvTranspose2d(4, 6, 4, 2, 1), {"kernel": 4, "stride": 2}, (5, 4), None),
        (nn.ConvTranspose2d(4, 6, 2, 2, groups=2), {"kernel": 2, "stride": 2, "groups": 2}, (5, 4), None),
        (nn.ConvTranspose3d(4, 6, 3, 2, 1, 1, bias=False), {"kernel": 3, "stride": 2, "bias": False}, (3, 4, 2), None),
        (nn.ConvTranspose2d(4, 6, 3, 2, 1), {"kernel": 3, "stride": 2}, (5, 4), (9, 7)),
        (nn.ConvTranspose1d(4, 8, 5, 3, 2, 0, 4), {"kernel": 5, "stride": 3, "groups": "all", "out": 8}, (5,), (13,)),
    ],
)
def test_torch_transposed_layers(layer, parameters, size, like):
    """The layers' weights are [C, out / groups, ...], ours [out, C / groups, ...]."""
    model = model_of("transposed", {"out": 6, **parameters}, (4, *size), *([] if like is None else [(1, *like)]))
    state = {k.removeprefix("y."): v for k, v in model.state_dict().items()}
    by_group = state["weight"].unflatten(0, (layer.groups, -1))
    layer = layer.double()
    layer.load_state_dict({**state, "weight": torch.cat([w.transpose(0, 1) for w in by_group])})
    x = torch.randn(2, 3, 4, *size, dtype=torch.float64)
    others = [] if like is None else [torch.zeros(2, 3, 1, *like, dtype=torch.float64)]
    torch.testing.assert_close(model(x, *others), layer(x.flatten(0, 1)).unflatten(0, (2, 3)), rtol=0, atol=1e-12)


@pytest.mark.parametrize(("kernel", "stride", "dilation", "groups", "size", "before"), CASES)
def test_transposed_is_the_adjoint(kernel, stride, dilation, groups, size, before):
    """<conv(x), y> = <x, transposed(y)> with the same weights, for every size that a convolution reduces."""
    form = {"kernel": kernel, "stride": stride, "dilation": dilation, "groups": groups, "bias": False}
    down = model_of("conv", {**form, "out": 8}, (4, *size))
    x = torch.randn(1, 1, 4, *size, dtype=torch.float64)
    reduced = down(x)
    up = model_of("transposed", {**form, "out": 4}, (8, *reduced.shape[3:]), (1, *size))
    by_group = down.y.weight.data.unflatten(0, (groups, -1))
    up.load_state_dict({"y.weight": torch.cat([w.transpose(0, 1) for w in by_group])})
    y = torch.randn_like(reduced)
    back = up(y, torch.zeros(1, 1, 1, *size, dtype=torch.float64))
    torch.testing.assert_close((reduced * y).sum(), (x * back).sum(), rtol=0, atol=1e-10)


@pytest.mark.parametrize(
    ("name", "parameters", "size"),
    [
        ("conv", {"kernel": [3, 1], "stride": 2, "dilation": [2, 1]}, (7, 6)),
        ("conv", {"kernel": 3, "groups": "all", "out": 8}, (5, 4)),
        ("conv", {"kernel": 4, "stride": 2, "groups": 2}, (8,)),
        ("transposed", {"kernel": 4, "stride": 2, "groups": 2}, (3, 4)),
        ("transposed", {"kernel": 3, "stride": [1, 2, 2]}, (2, 3, 2)),
    ],
)
def test_the_operations_are_those_that_torch_counts(name, parameters, size):
    model = model_of(name, {"out": 6, **parameters}, (4, *size))
    with FlopCounterMode(display=False) as counter:
        model(torch.randn(1, 1, 4, *size, dtype=torch.float64))
    assert 2 * model.graph.node("y").additions == counter.get_total_flops()


def test_one_sign():
    """The weights that are used have one sign, also after steps that would change it, and gradients are those of |w|."""
    for sign, factor in (("excitatory", 1), ("inhibitory", -1)):
        model = model_of("conv", {"kernel": 3, "out": 6, "sign": sign, "bias": False}, (4, 5, 4))
        assert (model.y.weight < 0).any() and (model.y.weight > 0).any()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
        for _ in range(4):
            x = torch.rand(1, 2, 4, 5, 4, dtype=torch.float64)
            y = model(x)
            used = factor * model.y.weight.detach().abs()
            torch.testing.assert_close(y, nn.functional.conv2d(x[0], used, padding=1)[None], rtol=0, atol=1e-12)
            assert (factor * y >= 0).all()
            optimizer.zero_grad()
            (factor * y).sum().backward()
            optimizer.step()


def test_bfloat16_and_float32_input():
    graph = model_of("conv", {"kernel": 4, "out": 6, "stride": 2}, (4, 5, 4)).graph
    model = Model(graph, low=torch.bfloat16)
    x = torch.randn(1, 2, 4, 5, 4)
    y = model(x)
    assert y.dtype == torch.bfloat16
    padded = nn.functional.pad(x[0].bfloat16(), (1, 1, 1, 2))
    expected = nn.functional.conv2d(padded, model.y.weight.bfloat16(), model.y.bias.bfloat16(), 2)
    torch.testing.assert_close(y[0], expected, rtol=0, atol=0.02)
    y.float().sum().backward()
    assert model.y.weight.grad.dtype == torch.float32


@pytest.mark.parametrize("name", ["conv", "transposed"])
def test_streaming(name):
    model = model_of(name, {"kernel": 4, "out": 6, "stride": 2, "groups": 2}, (4, 6, 5))
    inputs = inputs_of(model)
    torch.testing.assert_close(streamed(model, inputs), model(*inputs), rtol=0, atol=1e-12)
