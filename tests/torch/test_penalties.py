"""Penalties of a loss: spikes and energies are those of loops over the spikes, gradients those of a network by hand."""

from itertools import product

import neuron_equations
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from penalised import LAYERS, NETWORK, SAMPLES, STEPS, batch, built, model_and_losses, penalty

from spikegraph.analysis.energy import ENERGY_MODELS
from spikegraph.analysis.prices import COUNTED
from spikegraph.analysis.statistics import Statistics
from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.kernels.arrivals import PLACED
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.rates import FiringRates
from spikegraph.base.errors import UntrainableError
from spikegraph.base.processes import ONE
from spikegraph.program.program import Program

CMOS = penalty("energy", model="cmos-45nm")
STATIC = """sdhs 1
model binary(I) {
  number threshold = 0.1 in (0, inf)
  u = I
  y = fire(u, threshold)
  emit y else u
}
neuron bin { model = binary }
neuron lif { decay = 0.6  threshold = 0.1 }
network n {
  time = 4
  input image : real[1, 4, 4]
  a = image -> conv(3, out = 8, bias = false) -> bin
  b = a -> conv(1, out = 2, bias = false) -> lif
  output logits = b -> pool -> linear(3, bias = false) -> mean(time)
}
"""


def test_additions_are_counted_wherever_it_matters():
    assert set(COUNTED) == PLACED.keys()


def recorded(model, of=None):
    """The spikes of the network's layers, and what the convolutions take, numpy [T, N, C, H, W]."""
    values = model.values({"x": (of or batch()).inputs["x"]}, ("a", "b", "s", "c"))
    found = {name: value.detach().numpy() for name, value in values.items()}
    return found, {"a": batch().inputs["x"].numpy(), "b": found["a"], "s": found["a"], "c": found["b"] + found["s"]}


def additions(x, out, kernel, stride, padding, dilation, groups):
    """Products of a convolution whose input isn't 0, each as many times as the input says: for each place of the result."""
    x = np.pad(x, [(0, 0)] * 3 + [(padding, padding)] * 2)
    height, width = ((n - dilation * (kernel - 1) - 1) // stride + 1 for n in x.shape[3:])
    places = product(range(height), range(width), range(kernel), range(kernel))
    return sum(x[:, :, :, i * stride + k * dilation, j * stride + m * dilation].sum() for i, j, k, m in places) * out / groups


def places_of(x, out, kernel, stride, padding, dilation, groups):
    """The number of products of one time step, without a border: results times the weights of each."""
    height, width = ((n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1 for n in x.shape[3:])
    return height * width * out * kernel**2 * x.shape[2] / groups


@pytest.mark.parametrize("fast", [False, True])
def test_an_energy_is_that_of_each_spike_and_weight(fast):
    model, losses = model_and_losses(CMOS, penalty("energy", "b", "s", model="cmos-45nm"), fast=fast)
    _, _, parts = losses.of(model, batch(), ONE)
    _, taken = recorded(model)
    counts = {name: additions(taken[name], *LAYERS[name]) / SAMPLES for name in LAYERS}
    most = {name: STEPS * places_of(taken[name], *LAYERS[name]) * (2 if name == "c" else 1) for name in LAYERS}
    linear = 4.6 * STEPS * 5 * 3
    whole = (0.9 * sum(counts.values()) + linear) / (0.9 * sum(most.values()) + linear)
    assert float(parts["energy(cmos-45nm)"]) == pytest.approx(whole, rel=1e-12)
    some = (counts["b"] + counts["s"]) / (most["b"] + most["s"])
    assert float(parts["energy(cmos-45nm, b, s)"]) == pytest.approx(some, rel=1e-12)


@pytest.mark.parametrize("name", ["cmos-45nm", "simple", "lemaire"])
def test_every_model_prices_the_batch_as_stats_does(name):
    model, losses = model_and_losses(penalty("energy", model=name))
    assert losses.terms[0].label == f"energy({name})"
    assert 0 < priced_alike(built(), model, losses, batch(), name) < 1


def priced_alike(found, model, losses, given, name):
    """The penalty of a batch by an energy model, which is the share that `stats` finds."""
    plain, rates = found.plain, FiringRates(model.graph, found.plain)
    rates.add_inputs(given.inputs)
    with torch.no_grad():
        model.values(given.inputs, tuple(node.name for node in model.graph), watch=rates.add)
        _, _, parts = losses.of(model, given, ONE)
    measured, of = rates.measured(), ENERGY_MODELS[name]
    statistics = Statistics.of(plain, plain, measured.rates, of, counted=measured.additions, time=STEPS)
    assert statistics.exact
    most = Statistics.of(plain, plain, None, of, time=STEPS).inference_millijoules
    share = float(parts[f"energy({name})"])
    assert share == pytest.approx(statistics.inference_millijoules / most, rel=1e-12)
    return share


def test_norms_that_stay_are_priced_as_stats_does():
    text = NETWORK.replace("conv(2, out = 5, padding = 1) -> lif", "conv(2, out = 5, padding = 1) -> norm(kind = layer) -> lif")
    found = Program.of_text(text, "n").build("retrain")
    torch.manual_seed(0)
    model = lower(found.graph).double().train()
    losses = Losses(model.graph, (CMOS,), found.plain)
    assert 0 < priced_alike(found, model, losses, batch(), "cmos-45nm") < 1


@pytest.mark.parametrize("name", ["simple", "yan2026"])
def test_neurons_without_a_state_are_priced_once_where_all_steps_are_alike(name):
    found = Program.of_text(STATIC, "n.sdhs").build("retrain")
    torch.manual_seed(0)
    model = lower(found.graph).double().train()
    losses = Losses(model.graph, (penalty("energy", model=name),), found.plain)
    image = torch.rand(SAMPLES, 1, 4, 4, generator=torch.Generator().manual_seed(1)).double()
    given = Batch({"image": image}, torch.arange(SAMPLES) % 3, torch.ones(SAMPLES, dtype=torch.bool))
    assert 0 < priced_alike(found, model, losses, given, name) < 1


def test_spikes_are_a_mean_over_neurons_and_steps():
    model, losses = model_and_losses(penalty("spikes"), penalty("spikes", "b", "c"))
    _, _, parts = losses.of(model, batch(), ONE)
    found, _ = recorded(model)
    every = np.concatenate([value.reshape(-1) for value in found.values()])
    assert float(parts["spikes(all)"]) == pytest.approx(every.mean(), rel=1e-12)
    some = np.concatenate([found[name].reshape(-1) for name in ("b", "c")])
    assert float(parts["spikes(b, c)"]) == pytest.approx(some.mean(), rel=1e-12)


def test_neurons_without_an_image_have_penalties():
    """Each spike of a sequence without spatial axes goes through a weight to every neuron of the next layer."""
    text = """sdhs 1
neuron lif { decay = 0.6  threshold = 0.1 }
network net {
  input x : spike[5]
  a = x -> linear(4) -> lif
  b = a -> linear(6) -> lif
  output logits = b -> linear(3) -> mean(time)
}
"""
    found = Program.of_text(text, "n").build("retrain")
    torch.manual_seed(0)
    model, terms = lower(found.graph).double().train(), (penalty("spikes"), penalty("spikes", "b"), CMOS)
    x = (torch.rand(STEPS, SAMPLES, 5, generator=torch.Generator().manual_seed(1)) < 0.6).double()
    every = Batch({"x": x}, torch.arange(SAMPLES) % 3, torch.ones(SAMPLES, dtype=torch.bool))
    parts = Losses(model.graph, terms, found.plain).of(model, every, ONE)[2]
    spikes = {name: value.detach().numpy() for name, value in model.values({"x": x}, ("a", "b")).items()}
    assert spikes["a"].sum() > 0 and 0 < spikes["b"].mean() < 1
    assert float(parts["spikes(all)"]) == pytest.approx((spikes["a"].sum() + spikes["b"].sum()) / (STEPS * SAMPLES * 10))
    assert float(parts["spikes(b)"]) == pytest.approx(spikes["b"].mean(), rel=1e-12)
    additions = 4 * x.numpy().sum() + 6 * spikes["a"].sum() + 3 * spikes["b"].sum()
    share = additions / (STEPS * SAMPLES * (4 * 5 + 6 * 4 + 3 * 6))
    assert float(parts["energy(cmos-45nm)"]) == pytest.approx(share, rel=1e-12)


def by_hand(model, x):
    """The spikes of the layers by loops over time, [T, N, C, H, W], and the model's parameters."""
    found, of = {}, dict(model.named_parameters())
    for name, source in (("a", "x"), ("b", "a"), ("s", "a"), ("c", None)):
        taken = found["b"] + found["s"] if source is None else x if source == "x" else found[source]
        _, _, stride, padding, dilation, groups = LAYERS[name]
        how = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        weight, bias = of[f"{name}.conv.weight"], of[f"{name}.conv.bias"]
        current = torch.stack([F.conv2d(step, weight, bias, **how) for step in taken])
        zero = torch.zeros_like(current[0])
        found[name] = neuron_equations.run("lif", current, None, zero, decay=0.6, threshold=0.4, b=3.0)[0]
    return found


def test_gradients_are_those_of_a_network_by_hand():
    model, losses = model_and_losses(penalty("spikes", weight=0.7), penalty("energy", model="cmos-45nm", weight=1.3))
    loss, _, _ = losses.of(model, batch(), ONE)
    parameters = {k: p for k, p in model.named_parameters() if "conv" in k}
    ours = torch.autograd.grad(loss, list(parameters.values()))
    x = batch().inputs["x"]
    found = by_hand(model, x)
    spikes = torch.cat([value.flatten() for value in found.values()]).mean()
    taken = {"a": x, "b": found["a"], "s": found["a"], "c": found["b"] + found["s"]}
    total, most = 0.0, 0.0
    for name, (out, kernel, stride, padding, dilation, groups) in LAYERS.items():
        one = torch.ones(out, taken[name].shape[2] // groups, kernel, kernel).double()
        how = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        total = total + 0.9 * F.conv2d(taken[name].flatten(0, 1), one, **how).sum() / SAMPLES
        most += 0.9 * STEPS * places_of(taken[name], *LAYERS[name]) * (2 if name == "c" else 1)
    linear = 4.6 * STEPS * 5 * 3
    theirs = torch.autograd.grad(0.7 * spikes + 1.3 * (total + linear) / (most + linear), list(parameters.values()))
    for name, one, other in zip(parameters, ours, theirs, strict=True):
        assert other.abs().max() > 1e-4, name
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)


def test_steps_behind_a_samples_end_do_not_count():
    """A batch of samples that differ in length gives the mean of what each gives alone."""
    model, losses = model_and_losses(penalty("spikes"), penalty("energy", model="simple"))
    lengths = [4, 2, 3]
    together = losses.of(model, batch(lengths=lengths), ONE)[2]
    whole, alone = batch(), []
    for n, steps in enumerate(lengths):
        one = type(whole)({"x": whole.inputs["x"][:steps, n : n + 1]}, whole.target[n : n + 1], whole.counted[n : n + 1])
        alone.append(losses.of(model, one, ONE)[2])
    for name, value in together.items():
        assert float(value) == pytest.approx(np.mean([float(one[name]) for one in alone]), rel=1e-12)


def test_parts_of_a_batch_give_its_mean():
    """So the processes that share a batch train as one: terms count by the number of samples."""
    model, losses = model_and_losses(penalty("spikes"), CMOS)
    whole = batch(5)
    found = losses.of(model, whole, ONE)[2]
    total = dict.fromkeys(found, 0.0)
    for part in (slice(0, 2), slice(2, 5)):
        one = type(whole)({"x": whole.inputs["x"][:, part]}, whole.target[part], whole.counted[part])
        assert [term.count({}, one) for term in losses.terms] == [len(one.target)] * 2
        for name, value in losses.of(model, one, ONE)[2].items():
            total[name] += float(value) * len(one.target) / 5
    assert total == pytest.approx({name: float(value) for name, value in found.items()}, rel=1e-12)


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (penalty("spikes", "d"), "n.sdhs:7:3: the network has no place `d`"),
        (penalty("spikes", "logits"), "n.sdhs:7:3: `logits` has no neurons that fire, so `spikes` is always 0"),
        (penalty("energy", model="cmos"), "n.sdhs:7:3: there is no energy model `cmos`"),
        (
            penalty("energy", model="loihi"),
            "n.sdhs:7:3: the energy model `loihi` can't price this network: "
            "its synapses take spikes, and `logits.linear` has real numbers",
        ),
        (
            penalty("energy", "a", model="spikesim"),
            "n.sdhs:7:3: the energy of `spikesim` at `a` depends on no neuron's spikes, so a loss can't lower it",
        ),
        (
            penalty("energy", "a", model="cmos-45nm"),
            "n.sdhs:7:3: the energy of `cmos-45nm` at `a` depends on no neuron's spikes, so a loss can't lower it",
        ),
    ],
)
def test_what_cannot_be_computed_is_refused(loss, message):
    with pytest.raises(UntrainableError) as error:
        model_and_losses(loss)
    assert error.value.summary == message


@pytest.mark.parametrize(("method", "sound"), [("evolution(3)", True), ("darts", False)])
def test_only_a_supernet_pays_at_its_own_stems(method, sound):
    """A search that trains no supernet trains candidates as `retrain` says, so its `stems = relu` are never built."""
    text = f"""sdhs 1
neuron lif {{ }}
network net {{
  input image : real[3, 6, 6]
  time = 2
  a = image -> stem(3, out = 4)
  b = a -> choose(skip = identity, c3 = conv(3, out = 4) -> norm -> lif)
  output logits = b -> pool -> linear(2) -> mean(time)
}}
dataset mine {{ source = arrays  file = "mine.npz" }}
search net on mine {{ method = {method}  epochs = 1  batch = 6  weights = adam(lr = 0.01)
  loss = cross_entropy + 0.1 * spikes(a) }}
retrain net on mine {{ epochs = 1  batch = 6  weights = adam(lr = 0.01)  validate = 0.25
  loss = cross_entropy + 0.1 * spikes(a) }}
"""
    found = [d.summary for d in Program.of_text(text, "n.sdhs").check() if d.severity == "error"]
    assert found == ([] if sound else ["`a` has no neurons that fire, so `spikes` is always 0"])


def test_spikes_of_a_network_in_bfloat16_are_counted_in_full():
    """A sum of 0 and 1 in bfloat16 would stop at 256."""
    found = built()
    torch.manual_seed(0)
    model = lower(found.graph, bf16=True).train()
    given = batch(40)
    given = type(given)({"x": given.inputs["x"].float()}, given.target, given.counted)
    value = Losses(model.graph, (penalty("spikes"),), found.plain).of(model, given, ONE)[2]["spikes(all)"]
    spikes = model.values(given.inputs, ("a", "b", "s", "c"))
    every = np.concatenate([value.detach().double().numpy().reshape(-1) for value in spikes.values()])
    assert every.sum() > 256
    assert value.dtype is torch.float32
    assert float(value) == pytest.approx(every.mean(), rel=1e-6)
