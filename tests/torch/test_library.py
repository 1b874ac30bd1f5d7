"""The library's models compared with those of other libraries, and with the equations of their papers."""

import math

import pytest
import torch
from models_by_hand import BY_HAND
from torch import nn

from spikegraph.backends.torch.modules.neuron_sequences import neurons
from spikegraph.backends.torch.modules.resolved_neurons import resolved
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS
from spikegraph.elaborate.declared_neurons import default_neuron, with_numbers
from spikegraph.ir.surrogates import Surrogate

SHAPE = (12, 2, 3, 2, 2)
ARCTAN = {"surrogate": Surrogate(name="arctan", b=3.0), "spike_at": "reached"}
"""1 / (1 + (pi * x)^2), which SpikingJelly calls ATan(alpha = 2); its neurons fire at their threshold."""


def normal(seed, *shape):
    return torch.randn(shape or SHAPE, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def currents(scale):
    return (scale * (normal(3) + 0.25)).requires_grad_()


def neuron(name, **changes):
    found = default_neuron(NEURON_MODELS[name])
    own = {k: v for k, v in ARCTAN.items() if k in found.signature.keys}
    return with_numbers(found, own | changes)


def parameters(n, values):
    """Trained parameters at which the learned numbers have these values."""
    module = nn.Module()
    for name, shape in n.weights(SHAPE[2]).items():
        raw = torch.tensor([n.form(name).parameter(v) for v in values[name].expand(shape).tolist()], dtype=torch.float64)
        module.register_parameter(name, nn.Parameter(raw))
    return module


def slope(n, name, x):
    """The derivative of a learned number by its parameter: of a scaled sigmoid, of an exponential, of itself."""
    range = next(number.range for number in n.written_model.numbers if number.name == name)
    if math.isinf(range.low):
        return torch.ones_like(x)
    return x - range.low if math.isinf(range.high) else (x - range.low) * (range.high - x) / (range.high - range.low)


def compare(n, current, theirs, states, inputs, weights=None, grads=(), within=1e-12):
    """Compares spikes, states after the last step, and gradients by currents and parameters.

    Args:
        n: The neuron.
        current: Currents that need gradients.
        theirs: The other program's spikes.
        states: Its states after the last step, of which there may be fewer than ours.
        inputs: Its currents.
        weights: Our trained parameters.
        grads: What to differentiate theirs by for each parameter, with the derivative by ours.
        within: The largest difference of states and gradients.
    """
    others = [torch.zeros_like(current)] * (len(n.inputs) - 1)
    result, after = neurons(resolved(n), current, None, weights, others)
    assert 0.05 < (theirs.detach() != 0).double().mean() < 0.95
    assert torch.equal(result, theirs.to(result.dtype))
    factors = normal(7)
    ours = [*(a.detach() for a in after[: len(states)])]
    total = (result * factors).sum() + sum((a * normal(8 + i, *SHAPE[1:])).sum() for i, a in enumerate(after[: len(states)]))
    other = (theirs * factors).sum() + sum((s * normal(8 + i, *SHAPE[1:])).sum() for i, s in enumerate(states))
    own = torch.autograd.grad(total, [current, *(weights.parameters() if weights is not None else ())])
    found = torch.autograd.grad(other, [inputs, *(tensor for tensor, _ in grads)])
    for a, b in zip(ours, states, strict=True):
        torch.testing.assert_close(a, b.detach(), rtol=0, atol=within)
    torch.testing.assert_close(own[0], found[0], rtol=0, atol=within)
    assert found[0].abs().max() > 1e-3
    assert len(own) == len(found)
    for a, b, (_, factor) in zip(own[1:], found[1:], grads, strict=True):
        assert a.abs().min() > 1e-4
        torch.testing.assert_close(a, b.reshape(-1, *a.shape).sum(0) * factor, rtol=1e-10, atol=within)


# SpikingJelly: tau = 1 / (1 - decay), v_reset = None is a soft reset, a spike where v >= v_threshold.


def jelly(kind, **options):
    nodes = pytest.importorskip("spikingjelly.activation_based.neuron")
    surrogates = pytest.importorskip("spikingjelly.activation_based.surrogate")
    options = {"surrogate_function": surrogates.ATan(alpha=2.0), "step_mode": "m", **options}
    return getattr(nodes, kind)(**options).to(torch.float64)


HARD, SOFT = {"v_reset": 0.0}, {"v_reset": None}
JELLY = {
    "klif": ("KLIFNode", {"tau": 2.0, "decay_input": False, **HARD}, {"decay": 0.5}, ("v",)),
    "klif, soft": (
        "KLIFNode",
        {"tau": 4.0, "decay_input": True, **SOFT, "detach_reset": True},
        {"decay": 0.75, "decay_input": True, "reset": "soft", "detach_reset": True},
        ("v",),
    ),
    "clif": ("ComplementaryLIFNode", {"tau": 4.0, "v_threshold": 0.5}, {"decay": 0.75, "threshold": 0.5}, ("v", "m")),
    "resonate": ("RAFNode", {"b": -0.2, "omega": 1.0, "dt": 1.0, "v_threshold": 0.75}, {"threshold": 0.75}, ("u", "v")),
    "resonate, soft": (
        "RAFNode",
        {"b": -0.5, "omega": 2.0, "dt": 0.5, **SOFT},
        {"damping": 0.5, "omega": 2.0, "dt": 0.5, "reset": "soft"},
        ("u", "v"),
    ),
    "qif": ("QIFNode", {"v_reset": -0.25, "v_rest": 0.125, "a0": 0.5}, {"v_reset": -0.25, "v_rest": 0.125, "a": 0.5}, ("v",)),
    "qif, soft": ("QIFNode", {"tau": 4.0, **SOFT}, {"tau": 4.0, "v_reset": 0.0, "reset": "soft"}, ("v",)),
    "eif": ("EIFNode", {"delta_T": 0.5, "theta_rh": 0.7}, {"sharpness": 0.5, "v_c": 0.7}, ("v",)),
    "eif, detached": ("EIFNode", {"tau": 3.0, "detach_reset": True}, {"tau": 3.0, "detach_reset": True}, ("v",)),
    "ternary": ("TernaryLIFNode", {"decay_input": False, **HARD}, {}, ("v",)),
    "ternary, detached": (
        "TernaryLIFNode",
        {"decay_input": True, "v_threshold": 0.5, **HARD, "detach_reset": True},
        {"decay_input": True, "threshold": 0.5, "detach_reset": True},
        ("v",),
    ),
    "ternary, soft": ("TernaryLIFNode", {"decay_input": False, **SOFT}, {"reset": "soft"}, ("v",)),
    "half_if": ("HalfThresholdIFNode", {"v_threshold": 0.75}, {"threshold": 0.75}, ("v",)),
}

SCALES = {"klif, soft": 4.0, "qif": 3.0, "qif, soft": 4.0, "eif": 2.0, "eif, detached": 2.0}
"""Of the currents, where it isn't 1: with these some neurons fire."""


@pytest.mark.parametrize("case", JELLY)
def test_spikingjelly(case):
    kind, options, changes, states = JELLY[case]
    node, n = jelly(kind, **options), neuron(case.split(",")[0], **changes)
    current, inputs = (currents(SCALES.get(case, 1.0)) for _ in range(2))
    weights, grads = nn.Module(), []
    if n.learned:  # k of KLIF
        node.k.data = torch.tensor(1.25, dtype=torch.float64)
        weights, grads = parameters(n, {"k": node.k.data}), [(node.k, 1.25)]
    theirs = node(inputs)
    compare(n, current, theirs, [getattr(node, name) for name in states], inputs, weights, grads)


def test_plif_of_spikingjelly():
    """sigmoid(w) is 1 / tau there, and the decay 1 - 1 / tau here."""
    node = jelly("ParametricLIFNode", init_tau=4.0, v_reset=0.0)
    node.w.data = -torch.log(torch.tensor(3.0, dtype=torch.float64))
    n = neuron("plif", threshold=1.0)
    current, inputs = (currents(5.0) for _ in range(2))
    weights = parameters(n, {"decay": torch.tensor(0.75)})
    compare(n, current, node(inputs), [node.v], inputs, weights, [(node.w, -1.0)])


def test_glif_of_spikingjelly():
    """Its numbers are sigmoids of parameters too; its gain may differ by step."""
    node = jelly("GatedLIFNode", T=SHAPE[0], inplane=SHAPE[2])
    names = {
        "leak_gate": "alpha", "input_gate": "beta", "reset_gate": "gamma", "decay": "tau", "linear_leak": "linear_decay",
        "gain": "conduct", "subtracted": "v_subreset", "threshold": "v_threshold",
    }  # fmt: skip
    n = neuron("glif")
    for i, theirs in enumerate(names.values()):
        parameter = getattr(node, theirs)
        parameter.data = normal(20 + i, SHAPE[2]).expand(parameter.shape).clone()
    weights = parameters(
        n, {ours: torch.sigmoid(getattr(node, theirs)[..., :]).reshape(-1, 3)[0] for ours, theirs in names.items()}
    )
    grads = [(getattr(node, names[name]), 1.0) for name, _ in weights.named_parameters()]
    current, inputs = (currents(5.0) for _ in range(2))
    compare(n, current, node(inputs), [node.v], inputs, weights, grads)


def test_izhikevich_of_spikingjelly():
    """0.04 (v - r) (v - s) there is 0.04 v^2 + 5 v + 140 here, and its recovery variable is w - b r."""
    apart = math.sqrt(125**2 - 4 * 3500)
    r, s = (-125 - apart) / 2, (-125 + apart) / 2
    node = jelly(
        "IzhikevichNode", tau=2.0, v_c=s, a0=0.04, v_threshold=30.0, v_reset=-65.0, v_rest=r, w_rest=0.2 * (-65 - r),
        tau_w=100.0, a=0.2, b=8.0,
    )  # fmt: skip
    current, inputs = (currents(40.0) for _ in range(2))
    theirs = node(inputs - 0.2 * r)
    compare(neuron("izhikevich"), current, theirs, [node.v, node.w + 0.2 * r], inputs, within=1e-9)


def test_integer_of_spikingjelly():
    surrogates = pytest.importorskip("spikingjelly.activation_based.surrogate")
    node = jelly("ILIFNode", v_threshold=0.75, detach_reset=True, surrogate_function=surrogates.MultiLevelSpikeCount(4))
    current, inputs = (currents(2.0) for _ in range(2))
    theirs = node(inputs)
    assert set(theirs.unique().tolist()) == {0, 1, 2, 3, 4}
    compare(neuron("integer", threshold=0.75), current, theirs, [node.v], inputs)


@pytest.mark.parametrize("detach", [False, True])
def test_sltt_of_spikingjelly(detach):
    node = jelly("SLTTLIFNode", tau=2.0, decay_input=False, step_mode="s", detach_reset=detach, v_reset=None)
    current, inputs = (currents(1.0) for _ in range(2))
    theirs = torch.stack([node(x) for x in inputs])
    compare(neuron("sltt", reset="soft", detach_reset=detach), current, theirs, [node.v], inputs)


# snnTorch


def test_lapicque_of_snntorch():
    """It subtracts the threshold one step after a spike, which is a late reset without a gradient."""
    snn = pytest.importorskip("snntorch")
    surrogate = pytest.importorskip("snntorch.surrogate")
    node = snn.Lapicque(R=4.0, C=0.5, time_step=0.75, threshold=0.75, spike_grad=surrogate.atan(alpha=2.0)).to(torch.float64)
    n = neuron("lapicque", R=4.0, C=0.5, dt=0.75, threshold=0.75, reset="late", detach_reset=True, spike_at="above")
    current, inputs = (currents(0.5) for _ in range(2))
    mem, spikes = None, []
    for x in inputs:
        y, mem = node(x, mem)
        spikes.append(y)
    decay = 1 - 0.75 / (4.0 * 0.5)
    compare(n, current, torch.stack(spikes), [decay * mem - 0.75 * spikes[-1].detach()], inputs, within=1e-6)  # it has float32


def test_alpha_of_snntorch():
    """Its potential without a reset."""
    snn = pytest.importorskip("snntorch")
    decays = [torch.tensor(x, dtype=torch.float64) for x in (0.9, 0.9 * 0.75)]
    node = snn.Alpha(*decays, reset_mechanism="none").to(torch.float64)
    n = neuron("alpha", slow=0.9, ratio=0.75, fires=False)
    state, expected = (), []
    for x in normal(3):
        _, *state = node(x, *state)
        expected.append(state[-1])
    found, _ = neurons(resolved(n), normal(3), None, None)
    torch.testing.assert_close(found, torch.stack(expected), rtol=0, atol=1e-12)


# Papers

HAND = {
    "alpha": ({"threshold": 0.3}, 1.0),
    "adlif": ({"threshold": 0.1}, 1.0),
    "brf": ({"threshold": 0.05}, 5.0),
    "izhikevich": ({"a": 0.1, "b": 0.25, "c": -55.0, "d": 2.0, "dt": 0.25}, 50.0),
    "ltc": ({"threshold": 0.5}, 1.0),
    "malif": ({"reset": "soft"}, 1.0),
    "tclif": ({}, 1.0),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_papers(name):
    changes, scale = HAND[name]
    n = neuron(name, **changes)
    learned = {each.name for each in n.learned}
    values = {number.name: torch.tensor(n.number(number.name), dtype=torch.float64) for number in n.written_model.numbers}
    for i, each in enumerate(n.learned):
        values[each.name] = values[each.name] * (1 - 0.2 * normal(20 + i, SHAPE[2] if each.per == "channel" else 1).sigmoid())
    weights = parameters(n, values)
    numbers = {k: v.reshape(-1, 1, 1).requires_grad_() if k in learned else v for k, v in values.items()}
    current, inputs = (currents(scale) for _ in range(2))
    spikes, states = zip(*BY_HAND[name](inputs, numbers), strict=True)
    grads = [(numbers[k], slope(n, k, values[k])) for k, _ in weights.named_parameters()]
    compare(n, current, torch.stack(spikes), states[-1], inputs, weights, grads, within=1e-9 if name == "izhikevich" else 1e-12)


def test_every_model_of_the_library_is_judged():
    older = {"lif", "alif", "cuba", "relu"}  # test_neuron_models.py
    elsewhere = {"psn", "sliding_psn", "two_compartment", "dendrite", "tclif"}  # tests/neurons
    here = {case.split(",")[0] for case in JELLY} | {"plif", "glif", "izhikevich", "integer", "sltt", "lapicque"} | set(BY_HAND)
    built_in = {name for name, model in NEURON_MODELS.items() if NEURON_MODELS.is_built_in(name) and not model.constants}
    assert here | older | elsewhere == built_in
