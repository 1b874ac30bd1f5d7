"""Each kernel compared with its definition; every lowered operation has a kernel."""

import itertools
import tempfile
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from spikegraph.backends.torch.kernels import KERNELS, fused
from spikegraph.backends.torch.kernels.base import Call, kernel
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.modules import lif as lif_module
from spikegraph.backends.torch.parameters import Leaf
from spikegraph.dsl.source import Span
from spikegraph.ir.graph import Graph
from spikegraph.ir.opdef import OPS
from spikegraph.ir.ops.activation import Relu
from spikegraph.ir.types import Kind
from spikegraph.meaning.references import expansion, reference
from spikegraph.plugins.registry import RegistrationError
from spikegraph.program.program import Program

AT = Span("a.sdhs", 1, 1, 1, 2)


def ran(name, parameters, xs, *, static=(), state=None, training=False, bf16=False, leaf=None, chosen=None):
    """Runs an operation on tensors [T, N, C, *size] (without T for indexes in `static`): its value, type and state."""
    graph = Graph("net")
    operands = []
    for i, x in enumerate(xs):
        channels, *size = x.shape[1:] if i in static else x.shape[2:]
        op = OPS["input"].model_validate({"kind": Kind.REAL, "channels": channels, "size": size, "steps": i not in static})
        operands.append(graph.add(f"x{i}", op, (), AT))
    node = graph.node(graph.add("y", OPS[name].model_validate(parameters), tuple(operands), AT))
    steps = next((x.shape[0] for i, x in enumerate(xs) if i not in static), 3)
    leaves = () if leaf is None else (leaf,)
    call = Call(node, graph.values(node), leaves, chosen or {}, steps, training, torch.bfloat16 if bf16 else None)
    y, after = KERNELS[name](call, xs, state)
    sample = y.shape[2:] if node.value.steps else y.shape[1:]
    assert tuple(sample) == node.value.shape
    return y, node.value, after


def randn(*shape, seed=0):
    torch.manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64)


def leaf_of(name, parameters, x):
    value = OPS["input"].model_validate({"kind": Kind.REAL, "channels": x.shape[2], "size": x.shape[3:]}).infer()
    op = OPS[name].model_validate(parameters)
    return Leaf(dict(op.weights(value)), statistics=op.statistics("y", value).get("y")).to(torch.float64)


def test_there_is_one_for_every_plain_operation():
    plain = {n for n, op in OPS.items() if op.traits.expanded_by is None and op.__module__.startswith("spikegraph.")} - {
        "input"
    }
    assert plain - KERNELS.keys() == set()


def windows(x, kernel, stride, reduce):
    """Pooling of [*size] by its definition: windows padded evenly, the padding not counted."""
    out = np.empty(tuple(-(-n // stride) for n in x.shape))
    before = [max((-(-n // stride) - 1) * stride + kernel - n, 0) // 2 for n in x.shape]
    for place in itertools.product(*map(range, out.shape)):
        start = [p * stride - b for p, b in zip(place, before, strict=True)]
        cut = tuple(slice(max(s, 0), min(s + kernel, n)) for s, n in zip(start, x.shape, strict=True))
        out[place] = reduce(x[cut])
    return out


@pytest.mark.parametrize("size", [(7, 6), (3, 5, 4), (1, 2)])
@pytest.mark.parametrize(("kernel", "stride"), [(2, 2), (5, 3), (3, 1), (2, 3)])
@pytest.mark.parametrize("kind", ["max", "avg"])
def test_pooling_of_windows(kind, kernel, stride, size):
    x = randn(2, 1, 2, *size)
    y, _, _ = ran("pool", {"kind": kind, "kernel": kernel, "stride": stride}, [x])
    for t, c in itertools.product(range(2), range(2)):
        expected = windows(x[t, 0, c].numpy(), kernel, stride, np.max if kind == "max" else np.mean)
        np.testing.assert_allclose(y[t, 0, c].numpy(), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("size", [(4,), (4, 3), (2, 4, 3)])
def test_pooling_of_everything(size):
    x = randn(2, 3, 5, *size)
    y, value, _ = ran("pool", {}, [x])
    assert torch.allclose(y, x.flatten(3).mean(3))
    assert value.size == ()
    once, _, _ = ran("pool", {}, [x[0]], static=(0,))
    assert torch.allclose(once, y[0])


def test_the_mean_over_time_in_pieces():
    x = randn(5, 2, 3)
    whole, value, _ = ran("mean", {"over": "time"}, [x])
    assert not value.steps
    assert torch.allclose(whole, x.mean(0))
    first, _, state = ran("mean", {"over": "time"}, [x[:2]])
    assert torch.allclose(first, x[:2].mean(0))
    last, _, _ = ran("mean", {"over": "time"}, [x[2:]], state=state)
    assert torch.allclose(last, whole)
    same, _, none = ran("mean", {"over": "time"}, [x[0]], static=(0,))
    assert torch.equal(same, x[0])
    assert none is None


@pytest.mark.parametrize(("size", "other"), [((3, 4), (6, 5)), ((2, 3, 4), (3, 6, 5))])
def test_resizing(size, other):
    x, like = randn(2, 1, 3, *size), torch.zeros(2, 1, 1, *other, dtype=torch.float64)
    near, _, _ = ran("resize", {}, [x, like])
    assert torch.equal(near.flatten(0, 1), F.interpolate(x.flatten(0, 1), size=other, mode="nearest"))
    smooth, _, _ = ran("resize", {"mode": "bilinear"}, [x, like])
    mode = "bilinear" if len(size) == 2 else "trilinear"
    assert torch.allclose(smooth.flatten(0, 1), F.interpolate(x.flatten(0, 1), size=other, mode=mode))


def test_upsampling_follows_the_size_rule():
    y, _, _ = ran("upsample", {"scale": 2}, [randn(1, 1, 2, 5, 4)])
    assert y.shape == (1, 1, 2, 9, 8)


@pytest.mark.parametrize("size", [(5, 4), (3, 5, 4)])
@pytest.mark.parametrize("bias", [True, False])
def test_convolution(size, bias):
    x, parameters = randn(2, 3, 4, *size), {"kernel": 3, "out": 2, "stride": 2, "bias": bias}
    leaf = leaf_of("conv", parameters, x)
    y, _, _ = ran("conv", parameters, [x], leaf=leaf)
    function = F.conv2d if len(size) == 2 else F.conv3d
    expected = function(x.flatten(0, 1), leaf.weight, leaf.bias if bias else None, stride=2, padding=1)  # type: ignore[call-overload]
    assert torch.allclose(y.flatten(0, 1), expected)
    once, _, _ = ran("conv", parameters, [x[0]], static=(0,), leaf=leaf)
    assert torch.allclose(once, y[0])


def test_convolution_in_bfloat16():
    x = randn(2, 3, 4, 5, 5).float()
    leaf = leaf_of("conv", {"kernel": 3, "out": 2}, x).float()
    exact, _, _ = ran("conv", {"kernel": 3, "out": 2}, [x], leaf=leaf)
    low, _, _ = ran("conv", {"kernel": 3, "out": 2}, [x], leaf=leaf, bf16=True)
    assert low.dtype is torch.bfloat16
    assert 0 < (low - exact).abs().max() < 0.05


def test_norm():
    x = randn(4, 3, 2, 5, 5) * 3 + 1
    leaf = leaf_of("norm", {}, x)
    y, _, _ = ran("norm", {"eps": 1e-12}, [x], leaf=leaf, training=True)
    channels = y.transpose(0, 2).flatten(1)
    assert torch.allclose(channels.mean(1), torch.zeros(2, dtype=torch.float64), atol=1e-12)
    assert torch.allclose(channels.var(1, unbiased=False), torch.ones(2, dtype=torch.float64))
    seen = x.transpose(0, 2).flatten(1)
    assert torch.allclose(leaf.running_mean, 0.1 * seen.mean(1))  # type: ignore[arg-type]
    assert torch.allclose(leaf.running_var, 0.9 + 0.1 * seen.var(1))  # type: ignore[arg-type]
    kept = {k: v.clone() for k, v in leaf.state_dict().items()}
    z, _, _ = ran("norm", {"eps": 0.5}, [x], leaf=leaf)
    mean, var = (kept[k].view(-1, 1, 1) for k in ("running_mean", "running_var"))
    assert torch.allclose(z, (x - mean) / (var + 0.5).sqrt())
    assert all(torch.equal(v, kept[k]) for k, v in leaf.state_dict().items())


def test_values_that_are_the_same_at_every_step():
    x, once = randn(3, 2, 4, 3, 3), randn(2, 4, 3, 3, seed=1)
    for i, xs in enumerate(([x, once], [once, x])):
        total, _, _ = ran("add", {}, xs, static=(1 - i,))
        assert torch.equal(total, x + once)
        joined, _, _ = ran("concat", {}, xs, static=(1 - i,))
        assert torch.equal(joined[2], torch.cat([v[2] if v is x else v for v in xs], 1))
    both, value, _ = ran("concat", {}, [once, once], static=(0, 1))
    assert (both.shape, value.steps) == ((2, 8, 3, 3), False)
    chosen = {"c.alpha": randn(2, 2, seed=2)}
    mixed, _, _ = ran("mix", {"cell": "c", "edge": 1}, [x, once], static=(1,), chosen=chosen)
    p = torch.softmax(chosen["c.alpha"][1], 0)
    assert torch.allclose(mixed, p[0] * x + p[1] * once)
    chosen = {"c.edges": randn(4, seed=2)}
    gathered = {"cell": "c", "edges": (1, 3, 2), "of": 4, "keep": 2}
    weighted, _, _ = ran("weighted_gather", gathered, [x, once, x], static=(1,), chosen=chosen)
    p = torch.softmax(chosen["c.edges"][[1, 3, 2]], 0)
    assert torch.allclose(weighted, 2 * (p[0] * x + p[1] * once + p[2] * x))
    volume, value, _ = ran("cost_volume", {"planes": 2}, [once, x], static=(0,))
    assert (volume.shape, value.steps) == ((3, 2, 8, 2, 3, 3), True)
    assert torch.equal(volume[1, :, :4, 1], once)


def test_a_neuron_repeats_what_is_the_same_at_every_step():
    once = torch.full((1, 1, 1, 1), 0.45, dtype=torch.float64)
    spikes, value, state = ran("lif", {"neuron": {"decay": 0.2}}, [once], static=(0,))
    # 0.45, then 0.45 + 0.09: a spike and a reset, then again.
    assert (spikes.flatten().tolist(), value.steps) == ([0.0, 1.0, 0.0], True)
    more, _, _ = ran("lif", {"neuron": {"decay": 0.2}}, [once], static=(0,), state=state)
    assert more.flatten().tolist() == [1.0, 0.0, 1.0]


def test_relu_and_identity():
    x = randn(2, 1, 2, 3, 3)
    assert torch.equal(ran("relu", {}, [x])[0], x.clamp(min=0))
    assert ran("identity", {}, [x])[0] is x


def test_planes_and_their_estimate():
    x = torch.zeros(1, 1, 1, 4, 2, 2, dtype=torch.float64)
    x[0, 0, 0, 2] = 50.0
    like = torch.zeros(1, 1, 2, 4, 6, dtype=torch.float64)
    planes, _, _ = ran("planes", {}, [x, like])
    assert planes.shape == (1, 1, 4, 4, 6)
    disparity, _, _ = ran("estimate", {"step": 2, "support": 1}, [planes])
    assert torch.allclose(disparity, torch.full((1, 1, 1, 4, 6), 4.0, dtype=torch.float64), atol=1e-12)


def test_linear():
    x = randn(3, 2, 4)
    leaf = leaf_of("linear", {"out": 5}, x)
    y, _, _ = ran("linear", {"out": 5}, [x], leaf=leaf)
    assert torch.allclose(y, x @ leaf.weight.T + leaf.bias)  # type: ignore[operator]


@pytest.mark.usefixtures("registrations")
def test_a_kernel_is_registered_for_operations():
    class A(Relu):
        name: ClassVar[str] = "a"

    class B(Relu):
        name: ClassVar[str] = "b"

    @kernel(A, B)
    def function(call, xs, state):
        return xs[0], state

    assert KERNELS["a"] is KERNELS["b"] is function
    with pytest.raises(ValueError, match="kernel `relu` is already registered by spikegraph"):
        kernel(Relu)(function)
    kernel(Relu, replace=True)(function)
    assert KERNELS["relu"] is function


@pytest.mark.unchecked
@pytest.mark.parametrize(
    ("decorator", "given", "shown"), [(kernel, "relu", "'relu'"), (reference, None, "None"), (expansion, int, "<class 'int'>")]
)
def test_nothing_is_registered_for_what_is_no_operation(decorator, given, shown):
    with pytest.raises(RegistrationError) as error:
        decorator(given, replace=True)(lambda *arguments: arguments)
    assert str(error.value) == f"`@{decorator.__name__}` takes classes of operations, such as `Relu`, not {shown}"


@pytest.mark.parametrize("size", [(32, 44), (6, 8, 9)])
def test_a_strided_convolution_of_kernel_1_is_that_of_every_other_pixel(size: tuple[int, ...]) -> None:
    """Values and gradients are exact for batch sizes for which oneDNN's strided 1 x 1 kernel corrupts memory."""
    axes = ", ".join(map(str, size))
    text = f"  input x : real[12, {axes}]\n  output y = x -> conv(1, out = 24, stride = 2)\n"
    spec = f"sdhs 1\nneuron lif {{\n  decay = 0.2\n}}\nnetwork n {{\n{text}}}\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "n.sdhs"
        path.write_text(spec)
        model = Model(Program.read(path).build("search").plain).double()
    torch.manual_seed(0)
    x = torch.randn(5, 1, 12, *size, dtype=torch.float64, requires_grad=True)
    weights = model.state_dict()
    y = model(x)
    picked = x[(..., *[slice(None, None, 2)] * len(size))]
    want = torch.einsum("oc,tnc...->tno...", weights["y.weight"].flatten(1), picked)
    want = want + weights["y.bias"].reshape(-1, *[1] * len(size))
    torch.testing.assert_close(y, want, rtol=0, atol=1e-12)
    (gradient,) = torch.autograd.grad(y.square().sum(), x)
    (wanted,) = torch.autograd.grad(want.square().sum(), x)
    torch.testing.assert_close(gradient, wanted, rtol=1e-12, atol=1e-12)
    single = Model(model.graph)
    for _ in range(5):
        single(x.detach().float()).sum().backward()


def test_the_b_of_wide_neurons_is_not_rounded(monkeypatch):
    """With currents in bfloat16, b keeps its digits, in wide neurons as in fused ones."""
    monkeypatch.setattr(lif_module, "usable", lambda *_: False)
    monkeypatch.setattr(fused, "usable", lambda *_: False)
    b, neuron = (2.003, 3.007), {"surrogate": {"name": "superspike", "b": 1.0}}
    x = randn(2, 1, 4, 3, 3).bfloat16()
    grads = []
    for name, more in (("wide_lif", {"neurons": ("a", "b")}), ("norm_lif", {"terms": [{}]})):
        leaf = x.clone().requires_grad_()
        y, _, _ = ran(name, {"neuron": neuron, "width": 2, "b": b, **more}, [leaf])
        y.float().sum().backward()
        grads.append(leaf.grad)
    exact = x.double().requires_grad_()
    ran("wide_lif", {"neuron": neuron, "width": 2, "b": b, "neurons": ("a", "b")}, [exact])[0].sum().backward()
    assert torch.equal(grads[0], grads[1])
    assert torch.equal(grads[0], exact.grad.float().bfloat16())
