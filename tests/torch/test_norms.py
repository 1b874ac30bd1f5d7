"""Norms of spiking networks, against torch's layers and SpikingJelly's; folded, fused and streamed."""

import pytest
import torch
from one_operation import inputs_of, model_of, streamed
from torch import nn

from spikegraph.backends.torch.fold import load_folded
from spikegraph.backends.torch.kernels.weighted import normed
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.native.neuron import Constants, fire
from spikegraph.backends.torch.native.norms import NormOf
from spikegraph.ir.inputs import InputError
from spikegraph.program.program import Program

NET = """sdhs 1
neuron lif { threshold = 0.4 }
network net {
  input image : real[3, 8, 6]
  time = 3
  a = image -> conv(3, out = 8) -> norm(%s) -> lif
  b = a -> conv(3, out = 8) -> norm(%s) -> lif
  output logits = add(a, b -> conv(1, out = 8) -> norm(%s)) -> lif -> pool -> linear(5) -> norm(%s) -> mean(time)
}
"""


@pytest.fixture
def program(tmp_path):
    def made(norm, text=NET):
        (tmp_path / "net.sdhs").write_text(text.replace("%s", norm), encoding="utf-8")
        found = Program.read(tmp_path / "net.sdhs")
        assert [d.summary for d in found.check()] == []
        return found

    return made


def model_of_program(program, phase="retrain"):
    built = program.build(phase)
    torch.manual_seed(2)
    return lower(built.graph, plain=built.plain).double()


def test_without_weights():
    model, layer = model_of("norm", {"affine": False}, (4, 3, 5)), nn.BatchNorm2d(4, affine=False).double()
    (x,) = inputs_of(model)
    assert list(model.parameters()) == []

    joined = nn.Sequential(nn.Flatten(0, 1), layer, nn.Unflatten(0, x.shape[:2]))
    torch.testing.assert_close(model.train()(x), joined.train()(x), rtol=0, atol=1e-12)
    torch.testing.assert_close(model.y.running_mean, layer.running_mean, rtol=0, atol=1e-12)
    torch.testing.assert_close(model.eval()(x), joined.eval()(x), rtol=0, atol=1e-12)


def test_a_factor_for_each_step_is_spikingjellys():
    layers = pytest.importorskip("spikingjelly.activation_based.layer")
    model, layer = model_of("norm", {"per": "step", "steps": 3}, (4, 3, 5)), layers.TemporalEffectiveBatchNorm2d(3, 4).double()
    (x,) = inputs_of(model)
    assert {n: p.shape for n, p in model.y.named_parameters()} == {"weight": (4,), "bias": (4,), "step_weight": (3,)}
    assert set(model.y.step_weight.tolist()) == {1.0}
    factors = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)
    model.y.step_weight.data, layer.scale.data = factors.clone(), factors.clone()
    model.train()
    layer.train()
    results = []
    for norm, order in ((model, ("step_weight", "weight", "bias")), (layer, ("scale", "weight", "bias"))):
        y = norm(x)
        (y * torch.linspace(0, 1, y.numel(), dtype=torch.float64).view_as(y)).sum().backward()
        parameters = {n.removeprefix("y."): p.grad for n, p in norm.named_parameters()}
        norm.eval()
        results.append((y.detach(), norm(x).detach(), *(parameters[name] for name in order)))
    torch.testing.assert_close(*results, rtol=0, atol=1e-10)
    torch.testing.assert_close(streamed(model.eval(), [x]), model(x), rtol=0, atol=1e-12)


def test_more_steps_than_factors():
    model = model_of("norm", {"per": "step", "steps": 2}, (4, 3))
    with pytest.raises(InputError, match=r"^`y` has factors for 2 time steps, not for 3$"):
        model(*inputs_of(model))
    with pytest.raises(InputError, match=r"not for 3"):
        streamed(model.eval(), inputs_of(model))


def test_the_first_weights_of_tdbn_are_spikingjellys(program):
    layers = pytest.importorskip("spikingjelly.activation_based.layer")
    layer = layers.ThresholdDependentBatchNorm2d(alpha=0.5, v_th=0.4, num_features=8)
    model = model_of_program(program("scale = threshold / 2"))
    norms = [p for n, p in model.named_parameters() if n.endswith("norm.weight")]
    assert len(norms) == 4
    assert all(torch.allclose(p[:8].float(), layer.weight[: len(p)]) for p in norms)
    assert all((p == 0).all() for n, p in model.named_parameters() if n.endswith("norm.bias"))


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("size", [(), (5,), (3, 5)])
def test_a_layer_norm_of_tokens(size, affine):
    model, layer = (
        model_of("norm", {"kind": "layer", "affine": affine}, (4, *size)),
        nn.LayerNorm(4, elementwise_affine=affine).double(),
    )
    if affine:
        for ours, theirs in ((model.y.weight, layer.weight), (model.y.bias, layer.bias)):
            assert torch.equal(ours, theirs)
            ours.data.normal_()
            theirs.data = ours.data.clone()
    (x,) = inputs_of(model)
    torch.testing.assert_close(model(x), layer(x.movedim(2, -1)).movedim(-1, 2), rtol=0, atol=1e-10)
    torch.testing.assert_close(streamed(model, [x]), model(x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("size", [(5,), (3, 5), (2, 3, 4)])
def test_an_instance_norm(size):
    model = model_of("norm", {"kind": "instance"}, (4, *size))
    layer = {1: nn.InstanceNorm1d, 2: nn.InstanceNorm2d, 3: nn.InstanceNorm3d}[len(size)](4, affine=True).double()
    model.y.weight.data.normal_()
    layer.load_state_dict({k.removeprefix("y."): v for k, v in model.state_dict().items()})
    (x,) = inputs_of(model)
    torch.testing.assert_close(model.train()(x), layer(x.flatten(0, 1)).unflatten(0, (3, 2)), rtol=0, atol=1e-10)
    assert torch.equal(model.eval()(x), model.train()(x))
    torch.testing.assert_close(streamed(model, [x]), model(x), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("norm", "fused", "folded"),
    [
        ("scale = threshold", True, True),
        ("affine = false", False, True),
        ("per = step", False, False),
        ("per = step, affine = false", False, False),
        ("eps = 0.001", True, True),
        ("kind = layer, per = step", False, False),
    ],
)
def test_passes(program, norm, fused, folded):
    """Which norms are fused and folded, and that the forms have the same values, gradients and statistics."""
    found = program(norm)
    fast, plain = model_of_program(found), model_of_program(found)
    plain.load_state_dict(fast.state_dict())
    plain.b.conv.register_forward_hook(lambda *_: None)  # with a hook the plain graph runs
    names = [n.op.name for n in fast.graph]
    assert names.count("norm") == (2 if fused else 4)  # that of the image is the same at all steps, and the last has no neuron
    x = torch.randn(4, 3, 8, 6, dtype=torch.float64)
    for model in (fast, plain):
        model.train()(x).square().sum().backward()
    torch.testing.assert_close(*(dict(m.state_dict()) for m in (fast, plain)), rtol=0, atol=1e-10)
    torch.testing.assert_close(*({n: p.grad for n, p in m.named_parameters()} for m in (fast, plain)), rtol=0, atol=1e-10)
    for parameter in fast.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    built = found.build("deploy")
    assert ([n.name for n in built.plain if n.op.normalises] == []) == folded
    deployed = lower(built.graph, plain=built.plain).double().eval()
    load_folded(deployed, fast.state_dict())
    torch.testing.assert_close(deployed(x), fast.eval()(x), rtol=0, atol=1e-10)
    stream = fast.stream()
    *_, last = (stream.step({"image": x}) for _ in range(3))
    torch.testing.assert_close(last["logits"], fast(x), rtol=0, atol=1e-12)


EVENTS = """sdhs 1
neuron lif { threshold = 0.4 }
neuron other { threshold = 2 }
network net {
  input events : events[2, 8, 8]
  neuron = other
  output y = events -> conv(3, out = 4) -> norm(per = step, steps = 5, scale = threshold) -> lif
}
"""


def test_a_network_of_events_and_a_neuron_of_the_network(program):
    op = program("", EVENTS).build("retrain").plain.node("y.norm").op
    assert (op.steps, op.scale) == (5, 2)


def test_edges_of_cells(program):
    text = """sdhs 1
neuron lif { threshold = 0.4 }
candidates few { c3 = conv(3) -> norm(scale = threshold, per = step) -> lif  c1 = conv([1, 1]) -> norm -> lif }
cell small { nodes = 2  candidates = few  neuron = lif }
network net {
  input image : real[3, 32, 32]
  time = 4
  output y = image -> stem(3, out = 4) -> chain([small], width = 2) -> pool -> linear(10) -> mean(time)
}
search net on cifar10 { epochs = 1  batch = 2  weights = sgd(lr = 0.1)  architecture = adam(lr = 0.1)  loss = cross_entropy(y) }
dataset cifar10 { }
"""
    found = program("", text)
    norms = {(n.op.scale, n.op.steps) for n in found.build("search").plain if n.op.name == "norm" and "c3" in n.name}
    assert norms == {(0.4, 4)}


STRIDES = {
    "the usual ones": ((1, 4, 2, 2), (16, 4, 2, 1), (16, 4, 2, 1)),
    "channels last": ((1, 4, 2, 2), (16, 1, 8, 4), (16, 1, 8, 4)),
    "a gradient of one sample": ((1, 4, 2, 2), (16, 4, 2, 1), (4, 1, 8, 4)),
    "a value of one sample": ((1, 4, 2, 2), (4, 1, 8, 4), (16, 4, 2, 1)),
    "both": ((1, 4, 2, 2), (1, 1, 8, 4), (7, 4, 2, 1)),
    "a view of a larger one": ((1, 4, 2, 2), (32, 8, 4, 2), (4, 1, 8, 4)),
    "one column": ((2, 4, 2, 1), (8, 2, 1, 1), (8, 1, 4, 99)),
    "one row": ((2, 4, 1, 2), (8, 2, 9, 1), (8, 1, 99, 4)),
}
"""Shapes, and strides of values and of gradients."""


@pytest.mark.parametrize("name", STRIDES)
def test_the_gradient_of_an_axis_of_length_1_with_any_strides(name):
    """The equation of a batch norm, differentiated by autograd, is the judge; torch's own backward pass mixes up channels."""
    generator = torch.Generator().manual_seed(0)

    def drawn(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    def laid(x, strides):
        room = torch.zeros(400, dtype=x.dtype)
        return room.as_strided(x.shape, strides).copy_(x)

    weight, bias, mean, var = drawn(4), drawn(4), drawn(4), drawn(4).abs() + 0.5
    shape, of_x, of_y = STRIDES[name]
    x, gradient = laid(drawn(*shape), of_x).requires_grad_(), laid(drawn(*shape), of_y)
    given = (x, weight.requires_grad_(), bias.requires_grad_())
    for training in (True, False):
        y = normed(x, NormOf(weight, bias, mean.clone(), var.clone(), 1e-5, 0.1), training=training)
        found = torch.autograd.grad(y, given, gradient)
        m, v = (x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)) if training else (mean, var)
        each = [p.view(1, 4, 1, 1) for p in (m, v, weight, bias)]
        equation = (x - each[0]) / (each[1] + 1e-5).sqrt() * each[2] + each[3]
        for one, other in zip(found, torch.autograd.grad(equation, given, gradient), strict=True):
            torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("far", [0.0, 100.0, 1e4])
def test_statistics_far_from_the_running_mean(far: float) -> None:
    """They are as exact as those of torch's batch norm in float32, beside differences from the mean in float64."""
    torch.manual_seed(0)
    x = (torch.randn(4, 8, 6, 6, 16) + far).movedim(-1, 2)
    norm = NormOf(torch.ones(16), torch.zeros(16), torch.zeros(16), torch.ones(16), 1e-5, 1.0)
    leaf, up = x.clone(memory_format=torch.preserve_format).requires_grad_(), torch.randn(8, 16, 6, 6)
    _, after = fire([leaf], [norm], None, Constants(0.5, 1e9, False, "superspike", (1.0,), True), training=True)
    (after * up).sum().backward()
    wide = x.double().requires_grad_()
    centred = wide - wide.mean((0, 1, 3, 4), keepdim=True)
    var = centred.square().mean((0, 1, 3, 4))
    total = torch.zeros_like(up, dtype=torch.float64)
    for each in centred / (var + 1e-5).sqrt()[:, None, None]:
        total = 0.5 * total + each
    (total * up).sum().backward()
    assert leaf.grad is not None and wide.grad is not None
    unbiased = var * (4 * 8 * 36) / (4 * 8 * 36 - 1)
    torch.testing.assert_close(norm.var.double(), unbiased.detach(), rtol=1e-6, atol=0)
    for found, exact in ((after, total), (leaf.grad, wide.grad)):
        torch.testing.assert_close(found.double(), exact, rtol=0, atol=2e-6 + 1e-6 * far)


TWICE = """sdhs 1
neuron lif { threshold = 0.4 }
network net {
  input image : real[2, 4, 4]
  block normed(x) {
    weights = shared
    return x -> norm
  }
  output y = image -> normed -> lif -> normed -> normed -> lif
}
"""


def test_a_norm_that_passes_join_with_neurons_in_some_of_its_uses(program):
    """Each use changes the running statistics, which another one has kept for its backward pass."""
    built = program("", TWICE).build("retrain")
    joined, plain = lower(built.graph, plain=built.plain).double(), lower(built.plain).double()
    assert {node.op.name for node in joined.graph if "norm" in node.op.name} == {"norm", "norm_lif"}
    plain.load_state_dict(joined.state_dict())
    x = torch.randn(3, 2, 2, 4, 4, dtype=torch.float64)
    for model in (joined, plain):
        model.train()(x).sum().backward()
    for name, parameter in plain.named_parameters():
        torch.testing.assert_close(joined.get_parameter(name).grad, parameter.grad, rtol=0, atol=1e-12)
    for name, tensor in plain.state_dict().items():
        torch.testing.assert_close(joined.state_dict()[name], tensor, rtol=0, atol=1e-12)
