"""Flatten, reduce, vote, dropout, values without axes beside others, and poolings along each axis, against torch's layers."""

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from one_operation import AT, inputs_of, model_of, streamed
from torch import nn

from spikegraph.backends.torch.model import Model
from spikegraph.ir.graph import Graph
from spikegraph.ir.inputs import InputError
from spikegraph.ir.opdef import OPS
from spikegraph.ir.stage import Stage
from spikegraph.meaning.api import reference_of
from spikegraph.program.program import Program


def test_flatten():
    model = model_of("flatten", {}, (3, 2, 4))
    (x,) = inputs_of(model)
    assert torch.equal(model(x), nn.Flatten(2)(x))
    assert torch.equal(streamed(model, [x]), model(x))
    assert torch.equal(
        model(x.to(memory_format=torch.preserve_format).transpose(-1, -2).contiguous().transpose(-1, -2)), model(x)
    )


@pytest.mark.parametrize(
    ("size", "over", "axis"), [((2, 4, 3), "depth", 3), ((4, 3), "height", 3), ((4, 3), "width", 4), ((5,), "width", 3)]
)
def test_reduce(size, over, axis):
    for by, function in (("max", torch.amax), ("mean", torch.mean), ("sum", torch.sum)):
        model = model_of("reduce", {"over": over, "by": by}, (3, *size))
        (x,) = inputs_of(model)
        assert torch.equal(model(x), function(x, axis))
        assert torch.equal(streamed(model, [x]), model(x))
    model = model_of("reduce", {"over": "channels", "by": "mean"}, (3, *size))
    (x,) = inputs_of(model)
    assert torch.equal(model(x), x.mean(2, keepdim=True))


def test_reduce_over_space():
    for by, function in (("max", max), ("mean", lambda x: sum(x) / len(x)), ("sum", sum)):
        model = model_of("reduce", {"over": "space", "by": by}, (3, 4, 2))
        (x,) = inputs_of(model)
        y = model(x)
        assert y.shape == (3, 2, 3)
        for place in itertools.product(range(3), range(2), range(3)):
            numbers = [x[(*place, i, j)].item() for i in range(4) for j in range(2)]
            assert y[place].item() == pytest.approx(function(numbers), abs=1e-12)
        assert torch.equal(streamed(model, [x]), y)


@pytest.mark.parametrize(
    ("parameters", "first"),
    [
        ({"over": "space"}, lambda x: F.max_pool2d(x.flatten(0, 1), (4, 2)).view(3, 2, 4)),
        ({"over": "height"}, lambda x: x.max(3).values),
        ({"over": "channels"}, lambda x: x.max(2, keepdim=True).values),
        ({"over": "channels", "heads": 2}, lambda x: torch.stack([h.max(2).values for h in x.chunk(2, 2)], 2)),
        ({"over": "heads", "heads": 2}, lambda x: torch.stack(x.chunk(2, 2)).max(0).values),
        ({"over": "time"}, lambda x: x.max(0).values),
    ],
)
def test_the_gradient_of_a_maximum_goes_to_the_first_of_equal_numbers(parameters, first):
    model = model_of("reduce", {**parameters, "by": "max"}, (4, 4, 2))
    (x,) = inputs_of(model, spikes=True)
    x.requires_grad_()
    given = torch.arange(1, 1 + model(x).numel(), dtype=torch.float64).view_as(model(x))
    (found,), (wanted,) = (torch.autograd.grad(y, x, given) for y in (model(x), first(x)))
    assert torch.equal(found, wanted)
    assert set(found.flatten().tolist()) == {0.0, *given.flatten().tolist()}


def test_reduce_within_heads_and_over_them():
    """Head h has the channels 3 h, 3 h + 1 and 3 h + 2 of six."""
    for by, function in (("max", max), ("mean", lambda x: sum(x) / len(x)), ("sum", sum)):
        inside = model_of("reduce", {"over": "channels", "by": by, "heads": 2}, (6, 2))
        over = model_of("reduce", {"over": "heads", "by": by, "heads": 2}, (6, 2))
        (x,) = inputs_of(inside)
        y, z = inside(x), over(x)
        assert (y.shape, z.shape) == ((3, 2, 2, 2), (3, 2, 3, 2))
        for t, n, i in itertools.product(range(3), range(2), range(2)):
            of = [x[t, n, c, i].item() for c in range(6)]
            assert y[t, n, :, i].tolist() == pytest.approx([function(of[:3]), function(of[3:])], abs=1e-12)
            assert z[t, n, :, i].tolist() == pytest.approx([function(of[k::3]) for k in range(3)], abs=1e-12)
        assert torch.equal(streamed(over, [x]), z)


@pytest.mark.parametrize("by", ["max", "mean", "sum"])
def test_reduce_over_time(by):
    """In a stream the result is that of the steps so far; in pieces, too."""
    model = model_of("reduce", {"over": "time", "by": by}, (3, 2))
    (x,) = inputs_of(model, steps=5)
    so_far: list[list[float]] = []
    for t in range(5):
        seen = [[v[n, c, i].item() for v in x[: t + 1]] for n in range(2) for c in range(3) for i in range(2)]
        so_far.append([{"max": max(s), "mean": sum(s) / (t + 1), "sum": sum(s)}[by] for s in seen])
    assert model(x).flatten().tolist() == pytest.approx(so_far[-1], abs=1e-12)
    for found, wanted in zip(streamed(model, [x]), so_far, strict=True):
        assert found.flatten().tolist() == pytest.approx(wanted, abs=1e-12)
    _, state = model.run({"x0": x[:2]})
    values, _ = model.run({"x0": x[2:]}, state)
    torch.testing.assert_close(values["y"], model(x), rtol=0, atol=1e-12)


def test_the_sum_over_time_of_what_is_the_same_at_each_step():
    text = """sdhs 1
neuron lif { }
network net {
  input x : real[3, 2]
  time = 4
  output y = x -> reduce(over = time, by = sum)
  output z = x -> reduce(over = time, by = max)
  output n = x -> conv(1, out = 2) -> lif -> reduce(over = time, by = sum)
}
"""
    graph = Program.of_text(text, "net.sdhs").checked().build("deploy").plain
    model, x = Model(graph).double(), torch.randn(2, 3, 2, dtype=torch.float64)
    values, _ = model.run({"x": x})
    torch.testing.assert_close(values["y"], x + x + x + x, rtol=0, atol=1e-12)
    assert torch.equal(values["z"], x)
    assert str(graph.node("n").value) == "count(4)[2, 2] once"
    trace = reference_of(graph, {k: v.numpy() for k, v in model.state_dict().items()}).trace({"x": x.numpy()})
    for name in "yzn":
        np.testing.assert_allclose(trace.outputs[name], values[name].detach().numpy(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("size", [(), (2, 3)])
def test_spread_and_split(size):
    model = model_of("spread", {"to": 6}, (2, *size))
    (x,) = inputs_of(model)
    y = model(x)
    assert all(torch.equal(y[:, :, c], x[:, :, c // 3]) for c in range(6))
    assert torch.equal(y, x.repeat_interleave(3, 2))
    for parts, part, channels in ((3, 2, [4, 5]), ([1, 3, 2], 1, [1, 2, 3]), ([1, 3, 2], 0, [0])):
        model = model_of("split", {"parts": parts, "part": part}, (6, *size))
        (x,) = inputs_of(model)
        assert torch.equal(model(x), x[:, :, channels])
        assert torch.equal(model(x), x.split(parts if isinstance(parts, list) else 2, 2)[part])
        assert torch.equal(streamed(model, [x]), model(x))


def test_a_vote_is_an_average_pooling_of_the_channels():
    model = model_of("vote", {"voters": 10}, (110,))
    (x,) = inputs_of(model)
    torch.testing.assert_close(
        model(x), F.avg_pool1d(x.flatten(0, 1)[:, None], 10, 10)[:, 0].unflatten(0, (3, 2)), rtol=0, atol=1e-12
    )


def test_one_mask_for_all_time_steps():
    model = model_of("dropout", {"probability": 0.25}, (50, 6, 4))
    x = torch.rand(4, 3, 50, 6, 4, dtype=torch.float64) + 1
    assert model.eval()(x) is x or torch.equal(model(x), x)
    model.train()
    torch.manual_seed(7)
    y = model(x)
    kept = y != 0
    assert (kept == kept[:1]).all()
    assert not torch.equal(kept[0, 0], kept[0, 1])
    torch.testing.assert_close(y[kept], x[kept] / 0.75, rtol=0, atol=1e-12)
    share = kept[0].double().mean().item()
    assert abs(share - 0.75) < 0.03, share
    torch.manual_seed(7)
    assert torch.equal(streamed(model, [x]), y)
    assert not torch.equal(model(x), y)


def test_dropout_of_a_value_that_is_the_same_at_every_step():
    model = model_of("dropout", {"probability": 0.5}, (200,), static=(0,)).train()
    model.graph.time = 3
    y = model(torch.ones(2, 200, dtype=torch.float64))
    assert set(y.unique().tolist()) == {0.0, 2.0}


@pytest.mark.parametrize("size", [(4,), (4, 3), (2, 4, 3)])
def test_a_value_without_axes_beside_a_map(size):
    total = model_of("add", {}, (3,), (3, *size), (3,), static=(2,))
    a, b, c = inputs_of(total)
    shape = (..., *[None] * len(size))
    torch.testing.assert_close(total(a, b, c), a[shape] + b + c[shape], rtol=0, atol=1e-12)
    torch.testing.assert_close(streamed(total, [a, b, c]), total(a, b, c), rtol=0, atol=1e-12)
    spread = model_of("resize", {}, (3,), (5, *size))
    x, like = inputs_of(spread)
    assert torch.equal(spread(x, like), x[shape].expand(3, 2, 3, *size))


@pytest.mark.parametrize(
    ("layer", "parameters", "size"),
    [
        (nn.MaxPool2d(3, 2, 1), {"kind": "max", "kernel": 3, "stride": 2, "padding": "centred"}, (8, 6)),
        (nn.MaxPool2d(3, 2, 1), {"kind": "max", "kernel": 3, "stride": 2, "padding": "centred"}, (7, 9)),
        (
            nn.AvgPool2d(3, 2, 1, count_include_pad=False),
            {"kind": "avg", "kernel": 3, "stride": 2, "padding": "centred"},
            (8, 7),
        ),
        (nn.MaxPool2d((1, 2)), {"kind": "max", "kernel": [1, 2], "stride": [1, 2]}, (5, 6)),
        (nn.MaxPool3d((1, 2, 2)), {"kind": "max", "kernel": [1, 2, 2], "stride": [1, 2, 2]}, (3, 4, 6)),
        (nn.AvgPool1d(2), {"kind": "avg"}, (8,)),
        (nn.MaxPool1d(5, 2, 2), {"kind": "max", "kernel": 5, "stride": 2, "padding": "centred"}, (9,)),
    ],
)
def test_torch_poolings(layer, parameters, size):
    model = model_of("pool", parameters, (3, *size))
    (x,) = inputs_of(model)
    expected = layer(x.flatten(0, 1)).unflatten(0, (3, 2))
    torch.testing.assert_close(model(x), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_resizing_one_axis(mode):
    model = model_of("resize", {"mode": mode}, (3, 4), (1, 7))
    x, like = inputs_of(model)
    word = {"nearest": "nearest", "bilinear": "linear"}[mode]
    expected = F.interpolate(x.flatten(0, 1), 7, mode=word).unflatten(0, (3, 2))
    torch.testing.assert_close(model(x, like), expected, rtol=0, atol=1e-12)


def flattened(bias):
    graph = Graph("net", Stage.LOWERED)
    graph.add("x", OPS["input"].model_validate({"kind": "real", "channels": 2, "size": [3, 4]}), (), AT)
    graph.add("flat", OPS["flatten"](), ("x",), AT)
    graph.add("y", OPS["linear"].model_validate({"out": 5, "bias": bias}), ("flat",), AT)
    graph.outputs["y"] = "y"
    return Model(graph).double()


@pytest.mark.parametrize("bias", [True, False])
def test_a_linear_layer_on_flattened_values(bias):
    model, layer = flattened(bias), nn.Linear(24, 5, bias=bias).double()
    assert sum(p.numel() for p in model.parameters()) == sum(p.numel() for p in layer.parameters())
    layer.load_state_dict({k.removeprefix("y."): v for k, v in model.state_dict().items()})
    x = torch.randn(2, 3, 2, 3, 4, dtype=torch.float64)
    torch.testing.assert_close(model(x), layer(x.flatten(2)), rtol=0, atol=1e-12)


def test_a_network_that_flattens_takes_one_size():
    with pytest.raises(
        InputError, match=r"^`y` takes 24 numbers, not 30: a network that flattens needs inputs of the size that"
    ):
        flattened(bias=True)(torch.zeros(1, 1, 2, 3, 5, dtype=torch.float64))
