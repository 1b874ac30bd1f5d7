"""The parallel spiking neuron and its sliding form, compared with those of SpikingJelly 2.0, in float64."""

import pytest
import torch
from torch import nn

import spikegraph
from spikegraph.backends.torch.modules.neuron_sequences import neurons, neurons_over_time
from spikegraph.backends.torch.modules.resolved_neurons import resolved
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS
from spikegraph.elaborate.declared_neurons import default_neuron, with_numbers
from spikegraph.ir.inputs import InputError
from spikegraph.ir.surrogates import Surrogate

STEPS, SHAPE = 6, (2, 3, 4)
ARCTAN = {"surrogate": Surrogate(name="arctan", b=3.0)}
"""1 / (1 + (pi * x)^2), SpikingJelly's ATan(alpha = 2)."""


def normal(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def double(value):
    return torch.tensor([value], dtype=torch.float64)


def theirs(kind, **options):
    nodes = pytest.importorskip("spikingjelly.activation_based.neuron")
    surrogates = pytest.importorskip("spikingjelly.activation_based.surrogate")
    return getattr(nodes, kind)(**options, surrogate_function=surrogates.ATan(alpha=2.0)).to(torch.float64)


def held(**values):
    module = nn.Module()
    for name, value in values.items():
        module.register_parameter(name, nn.Parameter(value))
    return module


def compare(ours, other, x, own, found):
    """Spikes, and gradients by currents and weights."""
    assert 0.05 < float(other.detach().mean()) < 0.95
    assert torch.equal(ours, other)
    factors = normal(5, *ours.shape)
    a = torch.autograd.grad((ours * factors).sum(), [x, *own], retain_graph=True)
    b = torch.autograd.grad((other * factors).sum(), [x, *found])
    for mine, their in zip(a, b, strict=True):
        assert their.abs().max() > 1e-3
        torch.testing.assert_close(mine, their.reshape(mine.shape), rtol=0, atol=1e-12)


def test_all_steps_at_once():
    n = with_numbers(default_neuron(NEURON_MODELS["psn"]), ARCTAN)
    x, w, bias = normal(1, STEPS, *SHAPE).requires_grad_(), normal(2, STEPS, STEPS), normal(3, STEPS)
    node = theirs("PSN", T=STEPS)
    node.weight.data, node.bias.data = w, bias.reshape(-1, 1)
    weights = held(bias=bias.clone(), w=w - torch.eye(STEPS, dtype=torch.float64))
    compare(neurons_over_time(resolved(n), [x], weights), node(x), x, [weights.w, weights.bias], [node.weight, node.bias])


def test_a_window():
    n = with_numbers(default_neuron(NEURON_MODELS["sliding_psn"]), ARCTAN)
    x, w, threshold = normal(1, STEPS, *SHAPE).requires_grad_(), normal(2, 4), 0.6
    node = theirs("SlidingPSN", k=4, step_mode="m")
    node.weight.data, node.bias.data = w.flip(0), torch.tensor(-threshold, dtype=torch.float64)
    raw = {f"w_{k}": double(n.form(f"w_{k}").parameter(float(v))) for k, v in enumerate(w)}
    weights = held(**raw, threshold=double(n.form("threshold").parameter(threshold)))
    ours, _ = neurons(resolved(n), x, None, weights)
    compare(ours, node(x), x, [], [])
    found = torch.autograd.grad((node(x) * normal(5, *ours.shape)).sum(), node.weight)[0].flip(0)
    own = torch.autograd.grad((ours * normal(5, *ours.shape)).sum(), [getattr(weights, name) for name in raw])
    torch.testing.assert_close(torch.cat(own), found, rtol=0, atol=1e-12)


SPEC = """sdhs 1
neuron psn {
  model = psn
  steps = 5
}
network net {
  input x : real[3, 4]
  output y = x -> conv(3, out = 2) -> psn
}
"""


def test_inputs_with_time_steps_of_their_own(tmp_path):
    """The neuron says how many; a sequence may be shorter, and then has the weights of its first steps."""
    (tmp_path / "net.sdhs").write_text(SPEC)
    model = spikegraph.compile(tmp_path / "net.sdhs", phase="retrain").double()
    x, state = normal(1, 5, 2, 3, 4), model.state_dict()
    for value in state.values():
        value.copy_(normal(2, *value.shape))
    current = torch.nn.functional.conv1d(x.flatten(0, 1), state["y.conv.weight"], state["y.conv.bias"], padding=1)
    w = state["y.w"] + torch.eye(5, dtype=torch.float64)
    for steps in (5, 3):
        mixed = torch.einsum("ts,snci->tnci", w[:steps, :steps], current.reshape(5, 2, 2, 4)[:steps])
        expected = mixed + state["y.bias"][:steps].reshape(-1, 1, 1, 1) > 0
        assert 0.2 < expected.double().mean() < 0.8
        assert torch.equal(model(x[:steps]), expected.double())
    with pytest.raises(InputError, match=r"^`y` has weights for 5 time steps, not for 6$"):
        model(normal(1, 6, 2, 3, 4))


def test_only_models_over_time_have_steps(tmp_path):
    (tmp_path / "net.sdhs").write_text(SPEC.replace("model = psn", "model = sliding_psn"))
    with pytest.raises(SpecError, match=r"4:3: error\[SG0203\]: a neuron with `model = sliding_psn` has no `steps`"):
        spikegraph.compile(tmp_path / "net.sdhs", phase="retrain")


def test_comparisons_within_a_sum(tmp_path):
    """They compare values of the sum's step, as in a loop over both steps."""
    text = """sdhs 1
model rectified(I) {
  over time
  weights w[time, time] = 0.5
  u = sum(s in time, w[t, s] * where(I[s] > 0.5 and not (I[s] >= 2), I[s], -1))
  emit u
}
neuron n {
  model = rectified
  steps = 4
}
network net {
  input x : real[3]
  output y = x -> n
}
"""
    (tmp_path / "net.sdhs").write_text(text)
    model = spikegraph.compile(tmp_path / "net.sdhs").double()
    w, x = normal(1, 4, 4), 2 * normal(2, 4, 1, 3)
    (raw,) = model.parameters()
    raw.data.copy_(w)
    wanted = torch.zeros_like(x)
    for t in range(4):
        for s in range(4):
            for n in range(3):
                value = float(x[s, 0, n])
                wanted[t, 0, n] += float(w[t, s]) * (value if 0.5 < value < 2 else -1)
    torch.testing.assert_close(model(x), wanted, rtol=1e-12, atol=1e-12)
