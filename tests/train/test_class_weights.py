"""Weights of classes in the cross entropy, against torch's own and scikit-learn's formula written out."""

import math
import re
from collections import Counter

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tiny_run import SPAN, class_graph

from spikegraph.backends.search.balanced import balanced_weights, with_balanced_weights
from spikegraph.backends.torch.datasets import Batch, Mixed
from spikegraph.backends.torch.main import train_program
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.phase_batches import PhaseBatches
from spikegraph.base.errors import DataError, UntrainableError
from spikegraph.base.processes import ONE
from spikegraph.data.class_labels import class_counts
from spikegraph.data.sets import data_sets
from spikegraph.dsl.spec import Loss
from spikegraph.ir.graph import Graph
from spikegraph.ir.ops.wiring import Input
from spikegraph.ir.stage import Stage
from spikegraph.ir.types import Kind
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings
from spikegraph.runs.record import read_run
from spikegraph.runs.repeated import compared

WEIGHTS = (0.25, 2.0, 0.5)


def random(seed=0):
    return torch.Generator().manual_seed(seed)


def computed(logits, batch, *, steps=False, weights=WEIGHTS, **options):
    """The loss of the only output of a network."""
    graph = Graph("net", Stage.LOWERED)
    size = () if steps else tuple(logits.shape[2:])
    channels = logits.shape[2] if steps else logits.shape[1]
    graph.add("x", Input(kind=Kind.REAL, channels=channels, size=size, steps=steps), (), SPAN)
    graph.outputs["y"] = "x"
    options = {"label_smoothing": 0.0} | options
    losses = Losses(graph, (Loss(1.0, "cross_entropy", None, options, SPAN, weights),))
    found = losses.over(ONE, {"x": logits}, batch)[0]
    return found, losses.terms[0].count({}, batch)


def whole(target):
    return Batch({}, target, torch.ones(len(target), dtype=torch.bool))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_classes_of_samples(smoothing):
    logits, target = torch.randn(7, 3, generator=random()), torch.tensor([0, 1, 1, 2, 0, 2, 2])
    found, count = computed(logits, whole(target), label_smoothing=smoothing)
    want = F.cross_entropy(logits, target, weight=torch.tensor(WEIGHTS), label_smoothing=smoothing)
    torch.testing.assert_close(found, want)
    assert float(count) == 2 * 0.25 + 2 * 2.0 + 3 * 0.5


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_classes_of_steps_that_count(smoothing):
    logits = torch.randn(4, 2, 3, generator=random())
    target = torch.randint(0, 3, (4, 2), generator=random(1))
    counted = torch.tensor([[True, False], [True, True], [False, True], [True, True]])
    found, _ = computed(logits, Batch({}, target, counted), steps=True, label_smoothing=smoothing)
    how = {"weight": torch.tensor(WEIGHTS), "label_smoothing": smoothing}
    torch.testing.assert_close(found, F.cross_entropy(logits[counted], target[counted], **how))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_label_maps_without_the_ignored_label(smoothing):
    logits, target = torch.randn(2, 3, 4, 5, generator=random()), torch.randint(0, 3, (2, 4, 5), generator=random(1))
    target[0, 1:3] = 255
    how = {"label_smoothing": smoothing, "ignore_index": 255}
    for weights in (WEIGHTS, None):
        found, _ = computed(logits, whole(target), weights=weights, label_smoothing=smoothing, ignore=255)
        weight = None if weights is None else torch.tensor(weights)
        torch.testing.assert_close(found, F.cross_entropy(logits, target, weight=weight, **how))


def test_label_smoothing_of_maps_by_a_loop_over_pixels():
    """A share of the target is spread over all classes (Szegedy et al., CVPR 2016, section 7)."""
    logits, target = torch.randn(1, 3, 2, 2, generator=random()), torch.tensor([[[0, 2], [255, 1]]])
    terms = []
    for i, j in ((0, 0), (0, 1), (1, 1)):
        row = [float(v) for v in logits[0, :, i, j]]
        total = math.log(sum(math.exp(v) for v in row))
        wanted = [0.2 / 3 + 0.8 * (k == int(target[0, i, j])) for k in range(3)]
        terms.append(sum(q * (total - v) for q, v in zip(wanted, row, strict=True)))
    found, _ = computed(logits, whole(target), weights=None, label_smoothing=0.2, ignore=255)
    assert float(found) == pytest.approx(sum(terms) / 3, rel=1e-6)


def test_a_batch_of_classes_without_weight_costs_nothing():
    logits = torch.randn(2, 3, generator=random(), requires_grad=True)
    found, _ = computed(logits, whole(torch.tensor([0, 0])), weights=(0.0, 1.0, 1.0))
    found.backward()
    assert found.item() == 0
    assert not logits.grad.any()


def test_a_batch_whose_weights_add_up_to_less_than_one():
    logits, target = torch.randn(2, 3, generator=random()), torch.tensor([0, 1])
    found, _ = computed(logits, whole(target), weights=(0.1, 0.2, 0.1))
    torch.testing.assert_close(found, F.cross_entropy(logits, target, weight=torch.tensor([0.1, 0.2, 0.1])))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_mixed_classes_by_hand(weights, smoothing):
    """Zhang et al., ICLR 2018: the cross entropy of `share * one_hot(y1) + (1 - share) * one_hot(y2)`."""
    logits = torch.randn(4, 3, generator=random(), dtype=torch.float64)
    first, second = [0, 1, 2, 1], [2, 1, 0, 0]
    shares = [0.75, 0.5, 1.0, 0.125]
    above = below = 0.0
    for n in range(4):
        row = [float(v) for v in logits[n]]
        total = math.log(sum(math.exp(v) for v in row))
        for label, share in ((first[n], shares[n]), (second[n], 1 - shares[n])):
            w = weights or (1.0, 1.0, 1.0)
            wanted = [smoothing / 3 + (1 - smoothing) * (k == label) for k in range(3)]
            above += share * sum(q * w[k] * (total - row[k]) for k, q in enumerate(wanted))
            below += share * w[label]
    batch = whole(torch.tensor(first))
    batch = Batch({}, batch.target, batch.counted, mixed=Mixed(torch.tensor(second), torch.tensor(shares)))
    found, count = computed(logits, batch, weights=weights, label_smoothing=smoothing)
    assert float(found) == pytest.approx(above / below, rel=1e-6)
    assert float(count) == pytest.approx(below)


def test_mixed_classes_of_a_wire_with_time_steps():
    graph = class_graph()
    losses = Losses(graph, (Loss(1.0, "cross_entropy", "aux", {"label_smoothing": 0.0}, SPAN, (1.0, 3.0)),))
    aux = torch.randn(3, 2, 2, generator=random())
    share = torch.tensor([0.25, 0.5])
    batch = Batch({}, torch.tensor([0, 1]), torch.ones(2, dtype=torch.bool), mixed=Mixed(torch.tensor([1, 1]), share))
    found = losses.over(ONE, {"aux": aux}, batch)[0]
    probability = -aux.log_softmax(-1)
    above = sum(0.25 * probability[t, 0, 0] + 0.75 * 3 * probability[t, 0, 1] + 3 * probability[t, 1, 1] for t in range(3))
    torch.testing.assert_close(found, above / (3 * (0.25 + 0.75 * 3 + 3)))


def test_a_loss_that_knows_no_mixed_classes(registrations):
    from spikegraph.dsl.schema.losses import LOSSES, OF, LossSignature

    LOSSES.register("margin", LossSignature("margin", (OF,), "a margin", compute=lambda call, value: value.sum()))
    losses = Losses(class_graph(), (Loss(1.0, "margin", "logits", {}, SPAN),))
    batch = Batch(
        {}, torch.zeros(1), torch.ones(1, dtype=torch.bool), mixed=Mixed(torch.zeros(1, dtype=torch.int64), torch.ones(1))
    )
    with pytest.raises(UntrainableError, match=r"tiny\.sdhs:7:3: `margin` can't be computed of samples that are mixed"):
        losses.over(ONE, {"logits": torch.zeros(1, 2)}, batch)


def test_balanced_weights_are_scikit_learns():
    """`n_samples / (n_classes * np.bincount(y))`, as its documentation writes it."""
    y = np.array([0, 2, 1, 0, 0, 2, 0, 0])
    assert balanced_weights(np.bincount(y)) == pytest.approx(8 / (3 * np.array([5, 1, 2])), rel=1e-15)


SPEC = """sdhs 1
neuron lif { }
dataset mine { source = arrays  file = "a.npz"  inputs = inputs  targets = targets  time_steps = true }
network net {
  input x : real[3]
  output o = x -> linear(8) -> lif -> linear(3) -> mean(time)
}
retrain net on mine {
  epochs   = 2
  batch    = 4
  validate = 0.25
  weights  = adam(lr = 0.01)
  loss     = 0.5 * cross_entropy(o, class_weights = balanced) + cross_entropy(o, class_weights = [1, 2, 0.5])
}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """40 sequences of three classes, of which one has most."""
    path, generator = tmp_path_factory.mktemp("weighted"), np.random.default_rng(0)
    targets = np.array(["a"] * 28 + ["b"] * 8 + ["c"] * 4)
    inputs = generator.normal(0, 1, (40, 5, 3)) + (np.arange(3) == np.unique(targets, return_inverse=True)[1][:, None])[:, None]
    np.savez(path / "a.npz", inputs=inputs.astype(np.float32), targets=targets)
    (path / "net.sdhs").write_text(SPEC)
    return path


def train(folder, name, overrides=(), **changes):
    program = Program.read(folder / "net.sdhs", overrides=overrides)
    return train_program(program, Settings(seed=3, device="cpu", threads=1, **changes), data=folder, out=folder / name)[0]


def same(first, second):
    return all(result.difference is None for result in compared(read_run(first), read_run(second)))


def test_a_run_has_the_weights_in_its_spec_and_repeats(folder):
    run = train(folder, "run")
    text = read_run(run).folder.resolved.read_text()
    (written,) = re.findall(r"0\.5 \* cross_entropy\( ?o, .*?class_weights = (\[.*?\]) ?\)", " ".join(text.split()))
    program = Program.read(folder / "net.sdhs")
    train_set, _ = data_sets(program.spec.datasets["mine"], folder, 3).held_out(0.25, 3)
    labels = [int(sample.target) for sample in train_set.samples()]
    counts = [labels.count(k) for k in range(3)]
    assert eval(written) == [sum(counts) / (3 * count) for count in counts]
    assert "class_weights = [1, 2, 0.5]" in " ".join(text.split())
    again = train_program(Program.read(run / "resolved.sdhs"), Settings(seed=3, device="cpu", threads=1), data=folder)[0]
    assert same(run, again)
    assert not same(run, train(folder, "plain", ("retrain.loss=1.5 * cross_entropy(o)",)))


def test_a_run_that_is_interrupted_is_resumed_with_its_spec(folder):
    from tiny_run import At

    def fail():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        train(folder, "broken", save_every=0.0, reporter=At(3, fail))
    assert same(train(folder, "whole"), train(folder, "broken", resume=True))


@pytest.mark.parametrize(
    ("overrides", "summary", "help"),
    [
        (
            (),
            "13:20: `class_weights = balanced` needs labels of each class, but ",
            "add samples, or write the weights as a list",
        ),
        (
            ("retrain.sampling=balanced",),
            "8:1: `sampling = balanced` needs samples of each class, but ",
            "add samples, or remove `sampling`",
        ),
    ],
)
def test_a_class_without_samples_is_not_balanced(folder, tmp_path, overrides, summary, help):
    with np.load(folder / "a.npz") as file:
        held = dict(file)
    keep = held["targets"] != "c"
    test = {"test_inputs": held["inputs"], "test_targets": held["targets"]}
    np.savez(tmp_path / "a.npz", inputs=held["inputs"][keep], targets=held["targets"][keep], **test)
    keys = ("mine.test_inputs=test_inputs", "mine.test_targets=test_targets")
    program = Program.read(folder / "net.sdhs", overrides=(*keys, *overrides))
    with pytest.raises(DataError) as caught:
        train_program(program, Settings(seed=3, device="cpu"), data=tmp_path, out=tmp_path / "run")
    assert caught.value.summary == f"{folder}/net.sdhs:{summary}the training set of `mine` has none of `c`"
    assert caught.value.help == help


@pytest.mark.parametrize(
    ("loss", "weights"),
    [
        ("cross_entropy(o, ignore = 2)", None),
        ("cross_entropy(o, ignore = 2, class_weights = balanced)", [36 / (2 * 28), 36 / (2 * 8), 0]),
    ],
)
def test_a_class_that_is_ignored_needs_no_samples(folder, tmp_path, loss, weights):
    with np.load(folder / "a.npz") as file:
        held = dict(file)
    keep = held["targets"] != "c"
    test = {"test_inputs": held["inputs"], "test_targets": held["targets"]}
    np.savez(tmp_path / "a.npz", inputs=held["inputs"][keep], targets=held["targets"][keep], **test)
    keys = ("mine.test_inputs=test_inputs", "mine.test_targets=test_targets", "retrain.sampling=balanced")
    text = SPEC.replace("  validate = 0.25\n", "")
    program = Program.of_text(text, "net.sdhs", overrides=(*keys, f"retrain.loss={loss}"))
    sets = data_sets(program.spec.datasets["mine"], tmp_path, 3)
    (found,) = with_balanced_weights(program, sets, sets, 3).spec.retrain.loss
    assert found.class_weights == (None if weights is None else pytest.approx(weights))


def test_labels_of_maps_are_counted_without_ignored_ones(tmp_path):
    labels = np.array([[[0, 0], [0, 255]], [[0, 2], [1, 255]], [[0, 0], [0, 0]]])
    np.savez(
        tmp_path / "m.npz", inputs=np.zeros((3, 1, 2, 2), np.float32), labels=labels, tx=np.zeros((1, 1, 2, 2)), ty=labels[:1]
    )
    text = 'sdhs 1\ndataset m { source = maps  file = "m.npz"  inputs = inputs  test_inputs = tx  test_targets = ty }\n'
    made = data_sets(Program.of_text(text, "m.sdhs").spec.datasets["m"], tmp_path, 0)
    assert class_counts(made.train, 3, 255).tolist() == [8, 1, 1]


@pytest.mark.parametrize(("loss", "count"), [("cross_entropy(o)", 3), ("cross_entropy(o, ignore = 1)", 2)])
def test_balanced_epochs_have_no_class_that_is_ignored(folder, loss, count):
    overrides = ("retrain.sampling=balanced", "retrain.epoch_samples=12", f"retrain.loss={loss}")
    program = Program.read(folder / "net.sdhs", overrides=overrides)
    samples = data_sets(program.spec.datasets["mine"], folder, 3).train
    batches = PhaseBatches(program.spec.retrain, samples, range(len(samples)), 3, torch.device("cpu"))
    drawn = Counter(int(k) for (batch,) in batches.weights(0) for k in batch.target)
    assert drawn == {k: 12 // count for k in (0, 1, 2) if count == 3 or k != 1}
