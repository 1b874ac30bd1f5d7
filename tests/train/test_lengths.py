"""Samples of different lengths in one batch: each gets the outputs, the losses and the gradients that it gets alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from ragged import CASES, LENGTHS, batch_of, data, in_double, loss, network

import spikegraph
from spikegraph.backends.torch.datasets import collate, item
from spikegraph.backends.torch.train.evaluate import evaluate
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.values import values_of
from spikegraph.base.errors import DataError, InputError, UntrainableError
from spikegraph.base.processes import ONE
from spikegraph.data.sample import Mixed, Sample
from spikegraph.dsl.schema.losses import LOSSES, OF, LossSignature
from spikegraph.meaning.api import reference_of
from spikegraph.runs.record import read_run
from spikegraph.tasks import TASKS

UNSTREAMED = ("the mean at every step",)


def gradients(model, losses, batch):
    """The loss, its terms, and the gradient of each weight."""
    model.zero_grad()
    total, _, terms = losses.of(model, batch, ONE)
    total.backward()
    found = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    return total.item(), {name: term.item() for name, term in terms.items()}, found


def near(value, rel=1e-12):
    return pytest.approx(value, rel=rel, abs=1e-12)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_the_loss_and_its_gradient_are_those_of_the_samples_alone(case, training):
    model, losses, _ = network(case, training=training)
    samples = data(case)
    together = batch_of(samples, 0, 1, 2)
    alone = [batch_of(samples, k) for k in range(3)]
    assert together.lengths.tolist() == list(LENGTHS)
    assert all(each.lengths is None for each in alone)
    of_values = [values_of(model, each, losses.wanted) for each in (together, *alone)]
    count, *items = (float(losses.terms[0].count(*each)) for each in zip(of_values, (together, *alone), strict=True))
    assert count == sum(items) > 0
    total, terms, found = gradients(model, losses, together)
    each = [gradients(model, losses, batch) for batch in alone]
    assert total == near(sum(of[0] * n for of, n in zip(each, items, strict=True)) / count)
    for name, term in terms.items():
        assert term == near(sum(of[1][name] * n for of, n in zip(each, items, strict=True)) / count)
    assert set(found) == {name for name, _ in model.named_parameters()}
    for name, gradient in found.items():
        expected = sum(of[2][name] * n for of, n in zip(each, items, strict=True)) / count
        assert expected.abs().max() > 0, name
        torch.testing.assert_close(gradient, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_values_are_those_of_the_reference_for_each_sample(case, fast):
    """The judge gets one sample at a time; statistics of norms are those of earlier batches."""
    normed = CASES[case][0].replace("-> lif", "-> norm -> lif").replace("-> alif", "-> norm -> alif")
    model, _, built = network(case, normed, fast=fast)
    for value in model.buffers():
        value.uniform_(0.5, 1.5)
    judge = reference_of(built.plain, {name: value.detach().numpy() for name, value in model.state_dict().items()})
    samples, node = data(case), model.graph.node(model.graph.outputs["o"])
    with torch.no_grad():
        found = values_of(model, batch_of(samples, 0, 1, 2), (node.name,))[node.name].numpy()
    for k, steps in enumerate(LENGTHS):
        wanted = judge({"x": samples.sample(k).inputs["x"][:, None]})["o"].squeeze(int(node.value.steps))
        own = (found[:steps, k] if node.value.steps else found[k])[..., : wanted.shape[-1]]
        np.testing.assert_allclose(own, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("case", "stream"), [(c, k) for c in CASES for k in (False, True) if c not in UNSTREAMED or not k])
def test_scores_and_firing_rates_are_those_of_single_samples(case, stream):
    model, _, _ = network(case)
    samples = data(case, (3, 5, 7, 7, 2))
    single, *others = (evaluate(model.float(), samples, n, stream=stream, firing_rates=True) for n in (1, 2, 5))
    assert single.firing_rates
    for found in others:
        assert (found.samples, found.confusion, found.time_steps) == (single.samples, single.confusion, None)
        assert found.metrics == pytest.approx(single.metrics, rel=1e-6)
        if case != "maps":  # padded pixels count
            assert found.firing_rates == pytest.approx(single.firing_rates, rel=1e-6)
            assert found.additions == pytest.approx(single.additions, rel=1e-6)


@pytest.mark.parametrize("case", ["a class", "a class at each step", "a class from the logits of all steps"])
def test_mixed_classes(case):
    """The classes of other samples, with different shares."""
    model, losses, _ = network(case)
    samples = data(case)
    single = [samples.sample(k) for k in range(3)]
    single = [replace(x, mixed=Mixed(np.asarray(1 - x.target), 0.2 + 0.3 * k)) for k, x in enumerate(single)]
    together, *alone = (in_double(collate([item(x) for x in of], samples.task)) for of in (single, *([x] for x in single)))
    items = [float(losses.terms[0].count({}, each)) for each in alone]
    parts = [losses.of(model, each, ONE)[0].item() * n for each, n in zip(alone, items, strict=True)]
    assert losses.of(model, together, ONE)[0].item() == pytest.approx(sum(parts) / sum(items), rel=1e-6)


NORMED = "  h = x -> linear(4) -> norm -> {neuron}\n  output o = h -> linear(2) -> mean(time)"


def by_hand(model, batch, steps):
    """The network of `NORMED` with potentials, one sample after the other; the norm is over the rows of all samples."""
    weight = dict(model.named_parameters())
    x = [batch.inputs["x"][:n, k] for k, n in enumerate(steps)]
    rows = torch.cat(x) @ weight["h.linear.weight"].T + weight["h.linear.bias"]
    mean, var = rows.mean(0), rows.var(0, correction=0)
    rows = (rows - mean) / (var + 1e-5).sqrt() * weight["h.norm.weight"] + weight["h.norm.bias"]
    found = []
    for current in rows.split(list(steps)):
        u, total = torch.zeros(4, dtype=torch.float64), torch.zeros(4, dtype=torch.float64)
        for step in current:
            u = 0.5 * u + step
            total = total + u
        found.append(weight["o.linear.weight"] @ (total / len(current)) + weight["o.linear.bias"])
    return torch.stack(found), mean, var * sum(steps) / (sum(steps) - 1)


def test_statistics_of_a_norm_are_over_own_steps():
    model, losses, _ = network("a class", NORMED.format(neuron="out"), training=True)
    batch = batch_of(data("a class"), 0, 1, 2)
    total, _, found = gradients(model, losses, batch)
    logits, mean, var = by_hand(model, batch, LENGTHS)
    expected = F.cross_entropy(logits, batch.target, label_smoothing=0.1)
    assert total == near(expected.item())
    buffers = dict(model.named_buffers())
    torch.testing.assert_close(buffers["h.norm.running_mean"], 0.1 * mean, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(buffers["h.norm.running_var"], 0.9 + 0.1 * var, rtol=1e-12, atol=1e-12)
    names = list(found)
    for name, slope in zip(names, torch.autograd.grad(expected, [model.get_parameter(n) for n in names]), strict=True):
        torch.testing.assert_close(found[name], slope, rtol=1e-9, atol=1e-12)


FORMS = {
    "fused": NORMED.format(neuron="lif"),
    "fused sums": (
        "  h = add(x -> linear(4) -> norm, x -> linear(4) -> norm, x -> linear(4)) -> lif\n"
        "  output o = h -> linear(2) -> mean(time)"
    ),
    "a term that is the same at every step": (
        "  m = x -> mean(time) -> linear(4)\n  h = add(x -> linear(4) -> norm, m -> norm) -> lif\n"
        "  output o = h -> linear(2) -> mean(time)"
    ),
    "factors for each step": NORMED.replace("norm", "norm(per = step, steps = 9)").format(neuron="lif"),
    "behind the mean": "  h = x -> linear(4) -> norm -> lif\n  output o = h -> mean(time) -> norm -> linear(2)",
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_norm_computes_the_same(form):
    """Joined operations against the plain ones, whose norm stands above against its definition."""
    plain, losses, _ = network("a class", FORMS[form], fast=False, training=True)
    fast, _, _ = network("a class", FORMS[form], training=True)
    assert [n.op.name for n in plain.graph if n.op.traits.statistics].count("norm_lif") == 0
    batch = batch_of(data("a class"), 0, 1, 2)
    total, _, found = gradients(plain, losses, batch)
    again, _, others = gradients(fast, losses, batch)
    assert again == near(total, rel=1e-9)
    for name, gradient in found.items():
        torch.testing.assert_close(others[name], gradient, rtol=1e-8, atol=1e-10)
    for name, one in plain.named_buffers():
        torch.testing.assert_close(fast.get_buffer(name), one, rtol=1e-9, atol=1e-10)
    values = values_of(plain, batch, ("h.norm",))["h.norm"] if "h.norm" in plain.graph else None
    if values is not None:
        assert not values[3:, 0].any() and values[:, 2].all()


def test_a_rate_is_over_own_steps():
    """In training the first batch's rate, that of the samples' own steps, divides."""
    text = "  h = x -> lif\n  output o = x -> rate_scale(h, terms = 2) -> mean(time)"
    model, _, _ = network("numbers", text, training=True)
    batch = batch_of(data("numbers"), 0, 1, 2)
    values = values_of(model, batch, ("h", "o.rate_scale"))
    own = torch.cat([values["h"][:n, k].flatten() for k, n in enumerate(LENGTHS)])
    assert 0 < own.mean() < 1
    torch.testing.assert_close(model.get_buffer("o.rate_scale.running_rate"), own.mean()[None], rtol=1e-12, atol=0)
    torch.testing.assert_close(values["o.rate_scale"], batch.inputs["x"] / (2 * own.mean()).sqrt(), rtol=1e-12, atol=0)


def test_a_norm_in_a_loop_takes_the_samples_that_are_still_there():
    """By hand: at each step the mean and the variance of the samples that have it."""
    text = "  h = add(x, previous(h)) -> norm\n  output o = h -> mean(time)"
    model, _, _ = network("numbers", text, training=True)
    batch = batch_of(data("numbers", (3, 5, 5)), 0, 1, 2)
    found = values_of(model, batch, ("h",))["h"].detach()
    before = torch.zeros(3, 3, dtype=torch.float64)
    for t in range(5):
        there = [k for k, n in enumerate((3, 5, 5)) if t < n]
        total = batch.inputs["x"][t] + before
        own = total[there]
        before = torch.zeros_like(total)
        before[there] = (own - own.mean(0)) / (own.var(0, correction=0) + 1e-5).sqrt()
        torch.testing.assert_close(found[t], before, rtol=1e-9, atol=1e-9)


def test_one_sample_that_is_left_has_no_variance():
    text = "  h = add(x, previous(h)) -> norm\n  output o = h -> mean(time)"
    model, losses, _ = network("numbers", text, training=True)
    with pytest.raises(UntrainableError) as caught:
        losses.of(model, batch_of(data("numbers"), 0, 1, 2), ONE)
    assert "`h` (net.sdhs:7:30) normalises one value of each channel, which has no variance" in str(caught.value)


def test_lengths_in_python():
    model, _, _ = network("a class")
    batch = batch_of(data("a class"), 0, 1, 2)
    x = batch.inputs["x"].clone()
    wanted = torch.cat([model(x[:n, k : k + 1]) for k, n in enumerate(LENGTHS)])
    x = x.clone()
    x[3:, 0] = torch.nan  # what stands there doesn't matter
    x[5:, 1] = torch.inf
    found = model(x, lengths=torch.tensor(LENGTHS))
    torch.testing.assert_close(found, wanted, rtol=1e-12, atol=1e-12)
    weights = model.weights()
    expected = torch.autograd.grad(wanted.square().sum(), weights)
    for gradient, own in zip(torch.autograd.grad(found.square().sum(), weights), expected, strict=True):
        torch.testing.assert_close(gradient, own, rtol=1e-12, atol=1e-12)
    refused = "`lengths` of inputs [7, 3, 3] with time steps are 3 numbers from 1 to 7"
    for wrong in ([3, 5], [3, 5, 8], [0, 5, 7]):
        with pytest.raises(InputError) as caught:
            model(x, lengths=torch.tensor(wrong))
        assert str(caught.value) == refused


def test_samples_without_time_steps_among_others():
    samples = [Sample({"x": np.zeros((2, 3))}, np.asarray(0), steps=2), Sample({"x": np.zeros(3)}, np.asarray(0))]
    with pytest.raises(DataError) as caught:
        collate([item(each) for each in samples], TASKS["class"])
    assert (caught.value.summary, caught.value.help) == (
        "only some samples of a batch have time steps",
        "give them to all samples, or to none",
    )


def test_a_loss_that_does_not_know_lengths_is_refused(registrations):
    model, _, _ = network("numbers at the last step")
    compute = lambda call, value: (value[-1] - call.batch.target).abs().mean()  # noqa: E731
    LOSSES.register("far", LossSignature("far", (OF,), "distance", takes="numbers", compute=compute))
    losses, samples = Losses(model.graph, (loss("far"),)), data("numbers at the last step")
    losses.of(model, batch_of(samples, 1), ONE)
    with pytest.raises(UntrainableError) as caught:
        losses.of(model, batch_of(samples, 0, 1, 2), ONE)
    assert (caught.value.summary, caught.value.help) == (
        "net.sdhs:1:1: `far` doesn't know which time steps are a sample's own",
        "write `batch = 1`, or let it use `LossCall.compared` or `LossCall.last`, with `own_steps=True`",
    )


WHOLE = """sdhs 1
neuron lif { }
network net {
  input x : real[1, 8, 8]
  output y = x -> conv(3, out = 4, stride = 2) -> norm -> lif -> pool -> linear(2) -> mean(time)
}
dataset own { source = python_steps }
retrain net on own { batch = 5  epochs = 2  validate = 0.25  weights = adam(lr = 0.02)  loss = cross_entropy }
"""


def test_a_training_on_samples_of_different_lengths(tmp_path):
    """What its summary says of the test set is what the network says of each sample, by itself."""
    random = np.random.default_rng(0)
    drawn = [random.normal(k % 2, 1, (2 + k % 5, 1, 8, 8)).astype(np.float32) for k in range(60)]
    pairs = [(x, k % 2) for k, x in enumerate(drawn)]
    (tmp_path / "net.sdhs").write_text(WHOLE)
    run = spikegraph.fit(tmp_path / "net.sdhs", train=pairs[:40], test=pairs[40:], out=tmp_path / "run")
    summary = read_run(run).summary
    model = spikegraph.load_run(run)
    right = [int(model(torch.from_numpy(x[:, None])).argmax()) == y for x, y in pairs[40:]]
    assert summary.evaluation.metrics["accuracy_percent"] == 100 * sum(right) / 20 > 60
    assert summary.baselines == {"majority class": {"accuracy_percent": 50}}
