"""Loops through time: values, gradients and states, compared with loops written here."""

import math

import pytest
import torch
import torch.nn.functional as F

from spikegraph.backends.torch.fold import load_folded
from spikegraph.backends.torch.kernels import KERNELS, kernel
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.ir.ops.activation import Lif
from spikegraph.ir.ops.convolution import Conv

from ..traceable import without_checks

DECAY, THRESHOLD, B = 0.2, 0.5, 3.0

PAIR = """
network net {
  input x : real[3, 6, 5]
  a = add(x -> conv(3, out = 4), previous(b) -> conv(3, out = 4)) -> lif
  b = a -> conv(3, out = 2) -> lif
  output y = b -> pool -> linear(2)
}
"""

CELL = """
cell back like small { nodes = 3  edges = [n0(prev2, previous(n2)), n1(prev, n0, previous(n1)), n2(n0, n1)] }
network net {
  input x : real[3, 6, 5]
  s = x -> stem(3, out = 6)
  c = s -> chain([back, back], width = 2)
  output y = c -> pool -> linear(2)
}
genotype back { n0 = c3(prev2) + c5(previous(n2))  n1 = c3(prev) + skip(previous(n1))  n2 = c3(n0) + skip(n1) }
"""


def sequence(steps=5, samples=2, size=(6, 5)):
    return torch.randn(steps, samples, 3, *size, dtype=torch.float64)


def model_of(built, *, plain=False):
    """The model in float64, with weights for which many neurons fire."""
    torch.manual_seed(3)
    model = (Model(built.plain) if plain else lower(built.graph, plain=built.plain)).double()
    for value in model.parameters():
        torch.nn.init.normal_(value, 0, 0.4) if value.dim() > 1 else torch.nn.init.uniform_(value, 0.1, 0.9)
    return model


class Spike(torch.autograd.Function):
    """1 above the threshold; backward the derivative of dspike (Eq. 14)."""

    @staticmethod
    def forward(ctx, u):
        ctx.save_for_backward(u)
        return (u > THRESHOLD).to(u.dtype)

    @staticmethod
    def backward(ctx, *grad_outputs):
        (grad,) = grad_outputs
        x = ctx.saved_tensors[0] - THRESHOLD
        slope = B / 2 * (1 - torch.tanh(B * x) ** 2) / math.tanh(B / 2)
        return grad * slope * (x.abs() <= 0.5)


def smooth(u):
    """The integral of the derivative of dspike: 0 below 0, 1 above 1."""
    x = (u - THRESHOLD).clamp(-0.5, 0.5)
    return (torch.tanh(B * x) / math.tanh(B / 2) + 1) / 2


def pair(w, x, spike):
    """The pair of neurons, one time step after the other; `w` are the weights by name."""
    zero = x.new_zeros(x.shape[1], 4, *x.shape[3:])
    ua, ya, ub, yb = zero, zero, zero[:, :2], zero[:, :2]
    found = []
    for xt in x:
        current = F.conv2d(xt, w["a.add.conv.weight"], w["a.add.conv.bias"], padding=1)
        current = current + F.conv2d(yb, w["a.add.conv2.weight"], w["a.add.conv2.bias"], padding=1)
        ua = DECAY * ua * (1 - ya) + current
        ya = spike(ua)
        ub = DECAY * ub * (1 - yb) + F.conv2d(ya, w["b.conv.weight"], w["b.conv.bias"], padding=1)
        yb = spike(ub)
        found.append(F.linear(yb.mean((2, 3)), w["y.weight"], w["y.bias"]))
    return torch.stack(found)


@pytest.mark.parametrize("plain", [False, True])
def test_two_neurons_are_the_loop_of_their_equations(small, plain):
    model, x = model_of(small(PAIR).build("retrain"), plain=plain), sequence()
    weights = dict(model.named_parameters())
    wanted = pair(weights, x, Spike.apply)
    assert wanted.std() > 0.01
    found = model(x)
    assert torch.allclose(found, wanted, rtol=0, atol=1e-12)
    loss = torch.randn_like(wanted)
    gradients = [torch.autograd.grad((y * loss).sum(), list(weights.values())) for y in (wanted, found)]
    for name, a, b in zip(weights, *gradients, strict=True):
        assert a.abs().max() > 1e-3, name
        assert torch.allclose(a, b, rtol=0, atol=1e-12), name


@pytest.fixture
def smoothed(registrations):
    """Neurons whose spikes are the integral of the surrogate, so that gradients are derivatives."""

    def lif(call, xs, state):
        current = xs[0] if call.operands[0].steps else xs[0].unsqueeze(0).expand(call.steps, *xs[0].shape)
        u, y = (current.new_zeros(current.shape[1:]),) * 2 if state is None else state
        found = []
        for step in current:
            u = call.node.op.neuron.decay * u * (1 - y) + step
            y = smooth(u)
            found.append(y)
        return torch.stack(found), (u, y)

    kernel(Lif, replace=True)(lif)


def finite_differences(model, x, weight, direction, step=1e-6):
    """The derivative of the loss along a direction of a weight."""
    losses = []
    with torch.no_grad():
        for sign in (1, -1):
            weight += sign * step * direction
            losses.append(model(x).square().sum())
            weight -= sign * step * direction
    return (losses[0] - losses[1]) / (2 * step)


@pytest.mark.parametrize("spec", [PAIR, CELL], ids=["pair", "cell"])
@pytest.mark.parametrize("training", [False, True])
def test_gradients_are_the_finite_differences_of_the_smoothed_network(small, smoothed, spec, training):
    model, x = model_of(small(spec).build("retrain"), plain=True).train(training), sequence(steps=4)
    weights = dict(model.named_parameters())
    gradients = torch.autograd.grad(model(x).square().sum(), list(weights.values()))
    for (name, weight), gradient in zip(weights.items(), gradients, strict=True):
        direction = torch.randn_like(weight)
        wanted, found = finite_differences(model, x, weight, direction), (gradient * direction).sum()
        assert torch.allclose(found, wanted, rtol=1e-5, atol=1e-7), (name, found, wanted)


def test_the_smoothed_pair_is_the_smoothed_loop(small, smoothed):
    model, x = model_of(small(PAIR).build("retrain"), plain=True), sequence()
    assert torch.allclose(model(x), pair(dict(model.named_parameters()), x, smooth), rtol=0, atol=1e-12)


@pytest.mark.parametrize("spec", [PAIR, CELL], ids=["pair", "cell"])
@pytest.mark.parametrize("phase", ["search", "retrain", "deploy"])
def test_streamed_and_continued_equal_the_whole_sequence(small, spec, phase):
    model, x = model_of(small(spec).build(phase)).eval(), sequence()
    whole = model(x)
    stream = model.stream()
    assert torch.allclose(torch.stack([stream.step({"x": step})["y"] for step in x]), whole, rtol=0, atol=1e-12)
    first, state = model.run({"x": x[:2]})
    rest, _ = model.run({"x": x[2:]}, state)
    assert torch.allclose(torch.cat([first["y"], rest["y"]]), whole, rtol=0, atol=1e-12)
    assert whole.std() > 1e-3


@pytest.mark.parametrize("phase", ["search", "retrain"])
@pytest.mark.parametrize("training", [False, True])
def test_the_faster_form_computes_the_same_values_and_gradients(small, phase, training):
    built, x = small(CELL).build(phase), sequence()
    plain, fast = model_of(built, plain=True).train(training), model_of(built).train(training)
    assert {n.op.name for n in fast.graph} & {"norm_lif", "wide_conv", "fan"}
    fast.load_state_dict(plain.state_dict())
    a, b = plain(x), fast(x)
    assert torch.allclose(a, b, rtol=0, atol=1e-12)
    a.square().sum().backward()
    b.square().sum().backward()
    others = dict(fast.named_parameters())
    for name, weight in plain.named_parameters():
        assert torch.allclose(weight.grad, others[name].grad, rtol=1e-8, atol=1e-10), name
    for (name, mine), other in zip(plain.named_buffers(), dict(fast.named_buffers()).values(), strict=True):
        assert torch.allclose(mine, other, rtol=1e-10, atol=0), name


def test_folded_norms(small):
    x = sequence()
    trained = model_of(small(CELL).build("retrain"))
    trained(x)
    deployed = lower(small(CELL).build("deploy").graph).double().eval()
    load_folded(deployed, trained.state_dict())
    assert torch.allclose(deployed(x), trained.eval()(x), rtol=0, atol=1e-12)


def test_a_norm_in_a_loop_normalises_each_step(small):
    """As frameworks that run step by step do; the running statistics are updated at each step too."""
    spec = PAIR.replace("previous(b) -> conv(3, out = 4)", "previous(b) -> conv(3, out = 4) -> norm")
    built, x = small(spec).build("retrain"), sequence()
    model = model_of(built)
    norms = [n.name for n in built.plain if n.op.name == "norm"]
    assert norms == ["a.add.norm"]
    values, _ = model.run({"x": x}, wanted=("a.add.conv2",))
    norm = torch.nn.BatchNorm2d(4).double().train()
    with torch.no_grad():
        for step in values["a.add.conv2"]:
            norm(step)
    found = dict(model.named_buffers())
    assert torch.allclose(found["a.add.norm.running_mean"], norm.running_mean, rtol=0, atol=1e-12)
    assert torch.allclose(found["a.add.norm.running_var"], norm.running_var, rtol=0, atol=1e-12)


def test_only_the_loop_runs_step_by_step(small, registrations):
    calls = {}
    original = KERNELS["conv"]

    def counted(call, xs, state):
        calls.setdefault(call.node.name, []).append(call.steps)
        return original(call, xs, state)

    kernel(Conv, replace=True)(counted)
    spec = PAIR.replace("b -> pool", "b -> conv(1, out = 3) -> lif -> pool")
    Model(small(spec).build("retrain").plain).double()(sequence(steps=4))
    assert calls == {"a.add.conv": [4], "a.add.conv2": [1] * 4, "b.conv": [1] * 4, "y.conv": [4]}


def test_a_value_of_the_step_before_without_a_loop(small):
    spec = "network net {\n  input x : real[3, 6, 5]\n  output y = add(x, previous(x))\n}\n"
    model, x = lower(small(spec).build("retrain").graph).double(), sequence()
    wanted = x + torch.cat([torch.zeros_like(x[:1]), x[:-1]])
    assert torch.equal(model(x), wanted)
    stream = model.stream()
    assert torch.equal(torch.stack([stream.step({"x": step})["y"] for step in x]), wanted)


@pytest.mark.parametrize("size", [(9, 8), (5, 12)])
def test_other_sizes_than_those_of_the_spec(small, size):
    """Carried values follow the inputs' size, also behind strides."""
    spec = """
network net {
  input x : real[3, 6, 5]
  a = add(x -> conv(3, out = 4, stride = 2), previous(b) -> resize(previous(a)) -> conv(3, out = 4)) -> lif
  b = a -> conv(3, out = 2, stride = 2) -> lif
  output y = b -> pool -> linear(2)
}
"""
    made = model_of(small(spec.replace("[3, 6, 5]", f"[3, {size[0]}, {size[1]}]")).build("retrain"))
    other, x = model_of(small(spec).build("retrain")), sequence(size=size)
    other.load_state_dict(made.state_dict())
    assert torch.equal(other(x), made(x))


def test_hooks_see_each_step(small):
    model, seen = model_of(small(PAIR).build("retrain")), []
    handle = model.get_submodule("b").register_forward_hook(lambda _, __, y: seen.append(y))
    x = sequence()
    hooked = model(x)
    handle.remove()
    assert len(seen) == len(x)
    assert torch.allclose(hooked, model(x), rtol=0, atol=1e-12)


def test_watched_values_have_all_steps(small):
    model, x, shapes = model_of(small(PAIR).build("retrain"), plain=True), sequence(), {}
    model.run({"x": x}, watch=lambda name, value: shapes.__setitem__(name, tuple(value.shape)))
    assert shapes["b"] == shapes["a.add.previous"] == (5, 2, 2, 6, 5)


@pytest.mark.unchecked
def test_compiled_and_exported(small, monkeypatch):
    without_checks(monkeypatch)
    model, x = model_of(small(PAIR).build("retrain")).eval(), sequence(steps=3)
    compiled = torch.compile(model, backend="aot_eager", fullgraph=True)
    with torch.no_grad():
        assert torch.allclose(compiled(x), model(x), rtol=0, atol=1e-12)
        exported = torch.export.export(model, (x,))
        assert torch.allclose(exported.module()(x), model(x), rtol=0, atol=1e-12)
