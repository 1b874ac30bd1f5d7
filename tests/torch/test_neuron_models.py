"""Neuron models compared with independent loops in float64, with other libraries, and step by step with the whole sequence."""

import pytest
import torch
from neuron_equations import run
from torch import nn

from spikegraph.backends.torch.modules.neuron_sequences import neurons
from spikegraph.backends.torch.modules.resolved_neurons import resolved
from spikegraph.ir.neuron import Constant, Learned, Neuron
from spikegraph.ir.surrogates import Surrogate

SHAPE = (6, 2, 3, 2, 2)
CONSTANTS = {"lif": {}, "alif": {"adaptation": 0.4, "adaptation_decay": 0.7}, "cuba": {"current_decay": 0.6}}
VARIANTS = [
    {},
    {"reset": "soft"},
    {"detach_reset": True},
    {"reset": "soft", "detach_reset": True, "decay_input": True},
    {"spike_at": "reached", "threshold": 0.25},
    {"reset": "late"},
    {"reset": "late", "detach_reset": True, "spike_at": "reached", "threshold": 0.25},
    {"fires": False},
    {"fires": False, "reset": "late"},
]
LEVELS = [
    {"levels": 3, "reset": "soft"},
    {"levels": 3, "spike_at": "reached"},
    {"levels": 2, "reset": "late"},
    {"levels": 4, "reset": "soft", "spike_at": "nearest", "detach_reset": True},
]
CASES = [(m, v) for m in CONSTANTS for v in [*VARIANTS, *(LEVELS if m != "alif" else [])]]


def neuron(model, learned=(), **fields):
    return Neuron(
        model=model,
        surrogate=Surrogate(name="superspike", b=3.0),
        constants=tuple(Constant(name=k, value=v) for k, v in CONSTANTS[model].items()),
        learned=tuple(Learned(name=name, per=per) for name, per in learned),
        **{"decay": 0.5, "threshold": 0.75, **fields},
    )


def leaf(n, channels=3):
    module = nn.Module()
    for name, shape in n.weights(channels).items():
        module.register_parameter(name, nn.Parameter(torch.full(shape, n.initial()[name], dtype=torch.float64)))
    return module


def currents(seed=5, shape=SHAPE, scale=1.0):
    """Multiples of 1/8, so that some potentials equal thresholds exactly."""
    drawn = torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * scale + 0.4
    return (drawn * 8).round() / 8


def loop(n, current, state=None, learned=None):
    """The same neuron by the independent loop."""
    zero = torch.zeros_like(current[0])
    v, other = state or (zero, zero)
    numbers = {"decay": n.decay, "threshold": torch.tensor(n.threshold, dtype=torch.float64), **CONSTANTS[n.model]}
    return run(
        n.model, current, other, v, **numbers | (learned or {}), reset=n.reset, detach=n.detach_reset, at=n.spike_at,
        scaled=n.decay_input, levels=n.levels, fires=n.fires,
    )  # fmt: skip


@pytest.mark.parametrize(("model", "variant"), CASES, ids=lambda x: x if isinstance(x, str) else "-".join(map(str, x.values())))
def test_values_and_gradients_are_those_of_a_loop(model, variant):
    n = neuron(model, **variant)
    found = []
    for ours in (True, False):
        current = (currents() + (0.01 if n.spike_at == "nearest" else 0)).requires_grad_()  # halves are rounded to even
        state = tuple(currents(s)[0].requires_grad_() for s in (6, 7)[: resolved(n).dynamics.states])
        if ours:
            result, after = neurons(resolved(n), current, state, None)
        else:
            result, _, v, other = loop(n, current, (state[0], state[-1]))
            after = (v, other)[: len(state)]
        assert result.detach().abs().sum() > 0
        total = (result * currents(8)).sum() + sum((a * currents(9 + i)[0]).sum() for i, a in enumerate(after))
        grads = torch.autograd.grad(total, [current, *state])
        found.append([result.detach(), *(a.detach() for a in after), *grads])
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("per", ["layer", "channel"])
@pytest.mark.parametrize(("model", "levels"), [*((model, 1) for model in CONSTANTS), ("lif", 3), ("cuba", 3)])
def test_gradients_of_learned_numbers_are_those_of_a_loop(model, levels, per):
    names = ["decay", "threshold", *CONSTANTS[model]]
    n = neuron(model, [(name, per) for name in names], reset="soft", decay_input=True, levels=levels)
    weights = leaf(n)
    assert {p.shape for p in weights.parameters()} == {(3,) if per == "channel" else (1,)}
    result, _ = neurons(resolved(n), currents(), None, weights)
    ours = torch.autograd.grad((result * currents(8)).sum(), list(weights.parameters()))

    values = {"decay": 0.5, "threshold": 0.75, **CONSTANTS[model]}
    raw, numbers = [], {}
    for name in names:  # a sigmoid of a parameter keeps a share between 0 and 1, an exponential a threshold above 0
        between = name.endswith("decay")
        value = torch.full((3, 1, 1) if per == "channel" else (1,), values[name], dtype=torch.float64)
        raw.append((torch.log(value / (1 - value)) if between else torch.log(value)).requires_grad_())
        numbers[name] = torch.sigmoid(raw[-1]) if between else torch.exp(raw[-1])
    expected, *_ = loop(n, currents(), None, numbers)
    theirs = torch.autograd.grad((expected * currents(8)).sum(), raw)
    torch.testing.assert_close(result, expected, rtol=0, atol=1e-12)
    for a, b in zip(ours, theirs, strict=True):
        assert a.abs().max() > 1e-3
        torch.testing.assert_close(a, b.reshape(a.shape), rtol=0, atol=1e-12)


@pytest.mark.parametrize("per", ["layer", "channel"])
@pytest.mark.parametrize("variant", [{}, {"reset": "soft", "levels": 3}, {"detach_reset": True}])
def test_gradients_of_a_learned_temperature_are_those_of_a_loop(per, variant):
    n = neuron("lif", **variant).model_copy(update={"surrogate": Surrogate(name="superspike", b=2.0, learned=per)})
    weights = leaf(n)
    result, _ = neurons(resolved(n), currents(), None, weights)
    (ours,) = torch.autograd.grad((result * currents(8)).sum(), [weights.temperature])
    raw = torch.full((3, 1, 1) if per == "channel" else (1,), 2.0, dtype=torch.float64).log().requires_grad_()
    expected, *_ = loop(n, currents(), None, {"b": raw.exp()})
    (theirs,) = torch.autograd.grad((expected * currents(8)).sum(), [raw])
    assert torch.equal(result, expected)
    assert ours.abs().min() > 1e-3
    torch.testing.assert_close(ours, theirs.reshape(ours.shape), rtol=0, atol=1e-12)


@pytest.mark.parametrize(("model", "variant"), CASES, ids=lambda x: x if isinstance(x, str) else "-".join(map(str, x.values())))
def test_step_by_step_is_the_whole_sequence(model, variant):
    n = neuron(model, **variant)
    whole, last = neurons(resolved(n), currents(), None, None)
    state, steps = None, []
    for step in currents():
        result, state = neurons(resolved(n), step[None], state, None)
        steps.append(result)
    assert torch.equal(torch.cat(steps), whole)
    assert all(torch.equal(a, b) for a, b in zip(state, last, strict=True))


@pytest.mark.parametrize("slope", [0.0, 0.1])
def test_relu(slope):
    current = currents().requires_grad_()
    result, state = neurons(
        resolved(Neuron(model="relu", constants=(Constant(name="slope", value=slope),))), current, None, None
    )
    assert state == ()
    assert torch.equal(result, torch.nn.functional.leaky_relu(current.detach(), slope))
    result.sum().backward()
    assert torch.allclose(current.grad, (current > 0).double() * (1 - slope) + slope)


def test_a_state_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"the state has shape \[2\], but one step has \[2, 3, 2, 2\]"):
        neurons(resolved(neuron("cuba")), currents(), (torch.zeros(2), torch.zeros(2)), None)


# SpikingJelly: tau = 1 / (1 - decay), v_reset = None is a soft reset, a spike where v >= v_threshold.

ARCTAN = {"surrogate": Surrogate(name="arctan", b=3.0), "spike_at": "reached"}
"""1 / (1 + (pi * x)^2), which SpikingJelly calls ATan(alpha = 2)."""


def jelly(kind, **options):
    nodes = pytest.importorskip("spikingjelly.activation_based.neuron")
    surrogates = pytest.importorskip("spikingjelly.activation_based.surrogate")
    node = getattr(nodes, kind)(surrogate_function=surrogates.ATan(alpha=2.0), **options).to(torch.float64)
    if "init_tau" in options:
        node.w.data = -torch.log(torch.tensor(options["init_tau"] - 1, dtype=torch.float64))  # its own is float32
    return node


JELLY = [
    ("IFNode", {"v_threshold": 0.75, "v_reset": 0.0, "step_mode": "m"}, neuron("lif", decay=1.0)),
    ("IFNode", {"v_threshold": 0.75, "v_reset": None, "step_mode": "m"}, neuron("lif", decay=1.0, reset="soft")),
    ("IFNode", {"v_threshold": 0.75, "v_reset": -0.25, "step_mode": "m"}, neuron("lif", decay=1.0, threshold=1.0)),
    (
        "LIFNode",
        {"tau": 4.0, "decay_input": True, "v_threshold": 0.75, "v_reset": 0.25, "step_mode": "m"},
        neuron("lif", decay=0.75, threshold=0.5, decay_input=True),
    ),
    (
        "LIFNode",
        {"tau": 2.0, "decay_input": False, "v_threshold": 0.75, "v_reset": None, "step_mode": "m", "detach_reset": True},
        neuron("lif", reset="soft", detach_reset=True),
    ),
    (
        "ParametricLIFNode",
        {"init_tau": 4.0, "decay_input": True, "v_threshold": 0.25, "v_reset": None, "step_mode": "m"},
        neuron("lif", [("decay", "layer")], decay=0.75, threshold=0.25, reset="soft", decay_input=True),
    ),
    (
        "ParametricLIFNode",
        {"init_tau": 4.0, "decay_input": False, "v_threshold": 0.75, "v_reset": 0.0, "step_mode": "m"},
        neuron("lif", [("decay", "layer")], decay=0.75),
    ),
    ("CUBALIFNode", {"c_decay": 0.6, "v_decay": 0.5, "v_threshold": 0.75, "v_reset": 0.0}, neuron("cuba")),
]


@pytest.mark.parametrize(("kind", "options", "n"), JELLY, ids=[f"{i}-{case[0]}" for i, case in enumerate(JELLY)])
def test_spikingjelly(kind, options, n):
    node, n = jelly(kind, **options), n.model_copy(update=ARCTAN)
    ours, theirs = (currents(3).requires_grad_() for _ in range(2))
    weights = leaf(n)
    result, (v, *_) = neurons(resolved(n), ours, None, weights)
    expected = node(theirs) if options.get("step_mode") == "m" else torch.stack([node(x) for x in theirs])
    assert 0.1 < expected.mean() < 0.9
    assert torch.equal(result, expected)
    torch.testing.assert_close(v + (options["v_reset"] or 0.0), node.v, rtol=0, atol=1e-12)
    for spikes in (result, expected):
        (spikes * currents(4)).sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=0, atol=1e-12)
    if n.learned:  # sigmoid(w) is 1 / tau there, and the decay 1 - 1 / tau here
        torch.testing.assert_close(weights.decay.grad.reshape(()), -node.w.grad, rtol=0, atol=1e-12)


@pytest.mark.parametrize("detach", [False, True])
def test_integer_spikes_of_spikingjelly(detach):
    """Its I-LIF counts the nearest integer, whose gradient is 1 from 0 to the most spikes: rectangles of width 1."""
    nodes = pytest.importorskip("spikingjelly.activation_based.neuron")
    node = nodes.ILIFNode(tau=2.0, detach_reset=detach, step_mode="m").to(torch.float64)
    n = neuron("lif", threshold=1.0, reset="soft", levels=4, spike_at="nearest", detach_reset=detach)
    n = n.model_copy(update={"surrogate": Surrogate(name="rectangular", b=1.0)})
    drawn = torch.randn(SHAPE, generator=torch.Generator().manual_seed(3), dtype=torch.float64) * 3
    ours, theirs = (drawn.clone().requires_grad_() for _ in range(2))
    result, (v,) = neurons(resolved(n), ours, None, None)
    expected = node(theirs)
    assert set(expected.unique().tolist()) == {0, 1, 2, 3, 4}
    assert torch.equal(result, expected)
    torch.testing.assert_close(v, node.v, rtol=0, atol=1e-12)
    for spikes in (result, expected):
        (spikes * currents(4)).sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=0, atol=1e-12)


def fast_sigmoid(x):
    """A spike of snnTorch where x > 0, with the derivative 1 / (3 * |x| + 1)^2: superspike(b = 3)."""
    surrogate = pytest.importorskip("snntorch.surrogate")
    return surrogate.fast_sigmoid(slope=3)(x)


@pytest.mark.parametrize("reset", ["hard", "soft", "late"])
@pytest.mark.parametrize("model", ["lif", "cuba"])
def test_snntorch(model, reset):
    """Its soft reset repeats while the potential stays above the threshold, so the currents are small enough for one."""
    snn = pytest.importorskip("snntorch")
    shared = {"threshold": 0.75, "spike_grad": fast_sigmoid, "reset_delay": reset == "late"}
    shared["reset_mechanism"] = {"hard": "zero", "soft": "subtract", "late": "subtract"}[reset]
    alpha = torch.tensor(0.6, dtype=torch.float64)
    node = snn.Leaky(beta=0.5, **shared) if model == "lif" else snn.Synaptic(alpha=alpha, beta=0.5, **shared)
    node = node.to(torch.float64)
    drawn = currents(3, scale=0.25).clamp(max=0.625 if model == "lif" else 0.375)
    ours, theirs = (drawn.clone().requires_grad_() for _ in range(2))
    expected, state = list[torch.Tensor](), list[torch.Tensor]()
    for x in theirs:
        spikes, *state = node(x, *state)
        expected.append(spikes)
    expected = torch.stack(expected)
    late = reset == "late"  # its own default, whose state is u and whose reset has no gradient
    result, after = neurons(resolved(neuron(model, reset=reset, detach_reset=late)), ours, None, None)
    assert 0.1 < result.mean() < 0.9
    assert torch.equal(result, expected)
    v = 0.5 * state[-1] - 0.75 * expected[-1] if late else state[-1]
    torch.testing.assert_close(after[0], v, rtol=0, atol=1e-12)
    for spikes in (result, expected):
        (spikes * currents(4)).sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=0, atol=1e-6)  # its spikes are float32
