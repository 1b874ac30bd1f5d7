"""The steps of a search: which parameters change when, and on which samples (section 3.3)."""

import math
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_run import LOSS, SGD, Sets, call, first_batch, job, retrain_run, search_run, stereo_graph, stereo_set, train
from torch import Tensor
from typing_extensions import override

from spikegraph.backends.search import darts as searching
from spikegraph.backends.search import supernet
from spikegraph.backends.search.halves import halves
from spikegraph.backends.search.searching import RunSearch
from spikegraph.backends.torch.datasets import Batch, inputs_of
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.log import open_log
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import optimizer_for, parameters_of
from spikegraph.backends.torch.train.phase_batches import PhaseBatches
from spikegraph.backends.torch.train.step import step
from spikegraph.base.errors import TrainError
from spikegraph.base.processes import ONE
from spikegraph.data.sample import Sample
from spikegraph.data.sets import DataSet
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.record import read_run

CPU = torch.device("cpu")


@pytest.fixture
def model() -> Model:
    torch.manual_seed(0)
    return Model(stereo_graph(None))


class Numbered(DataSet):
    """A training set whose truth is a tenth of the sample's index."""

    def __init__(self, count: int) -> None:
        plain = stereo_set(count)
        super().__init__(plain.source, plain.task, plain.steps, training=True)

    @override
    def sample(self, index: int, other: int | None = None) -> Sample:
        sample = super().sample(index, other)
        return replace(sample, target=np.full_like(sample.target, index / 10))


@pytest.fixture
def searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[tuple[str, Batch]]]:
    """Runs a search and records its steps in order: the parameters and the batch of each."""

    def run(model: Model, samples: DataSet | None = None, **options: object) -> list[tuple[str, Batch]]:
        taken: list[tuple[str, Batch]] = []

        def noted(
            model: Model, losses: Losses, optimizer: torch.optim.Optimizer, batches: Sequence[Batch], *rest: Any, **how: Any
        ):
            first = parameters_of(optimizer)[0]
            taken.append(("weights" if first is model.weights()[0] else "architecture", batches[0]))
            return step(model, losses, optimizer, batches, *rest, **how)

        monkeypatch.setattr(supernet, "initial_model", lambda *_: model)
        monkeypatch.setattr(searching, "step", noted)
        of = job(tmp_path / "run", search=search_run(**options), save_every=1e9)
        with open_log(of.program, of.data, RunFolder(of.folder), of.settings) as log:
            parts = (samples or of.data.train, None)
            searching.darts(RunSearch(of.program, parts, parts, log))
        return taken

    return run


def losses_of(model: Model) -> Losses:
    return Losses(model.graph, LOSS)


def copies(tensors: list[torch.nn.Parameter]) -> list[Tensor]:
    return [t.detach().clone() for t in tensors]


def moved(before: list[Tensor], after: list[torch.nn.Parameter]) -> bool:
    return any(not torch.equal(a, b) for a, b in zip(before, after, strict=True))


Searched = Callable[..., list[tuple[str, Batch]]]


def test_warm_up_moves_weights_only(model: Model, searched: Searched, tmp_path: Path) -> None:
    weights, architecture = copies(model.weights()), copies(list(model.architecture.values()))
    assert [who for who, _ in searched(model, epochs=1, warm_up=1)] == ["weights"] * 4
    assert moved(weights, model.weights())
    assert not moved(architecture, list(model.architecture.values()))
    run = read_run(tmp_path / "run")
    assert [set(e.losses) for e in run.steps("search")] == [{"loss"}] * 4


def test_after_the_warm_up_both_move(model: Model, searched: Searched, tmp_path: Path) -> None:
    architecture = copies(list(model.architecture.values()))
    assert [who for who, _ in searched(model, epochs=2, warm_up=1)][4:] == ["weights", "architecture"] * 4
    assert moved(architecture, list(model.architecture.values()))
    assert set(read_run(tmp_path / "run").steps("search")[-1].losses) == {"loss", "architecture_loss"}


@pytest.mark.parametrize("which", ["weights", "architecture"])
def test_a_step_changes_its_own_parameters_and_no_other(model: Model, which: str) -> None:
    before = {"weights": copies(model.weights()), "architecture": copies(list(model.architecture.values()))}
    after = {"weights": model.weights(), "architecture": list(model.architecture.values())}
    batch = first_batch(stereo_set(1))
    step(model, losses_of(model), optimizer_for(SGD, after[which]), [batch])
    assert {name: moved(before[name], after[name]) for name in before} == {
        "weights": which == "weights",
        "architecture": which == "architecture",
    }
    other = after["architecture" if which == "weights" else "weights"]
    assert all(p.grad is None for p in other)


def test_weights_learn_from_half_a_and_the_architecture_from_half_b(model: Model, searched: Searched) -> None:
    steps = [(who, round(b.target[0, 0, 0, 0].item() * 10)) for who, b in searched(model, Numbered(8), epochs=1, warm_up=0)]
    assert [who for who, _ in steps] == ["weights", "architecture"] * 4
    read = {who: sorted(sample for w, sample in steps if w == who) for who in ("weights", "architecture")}
    a, b, *_ = halves(Numbered(8), 0.5, 5)
    assert read == {"weights": sorted(a), "architecture": sorted(b)}
    assert set(a).isdisjoint(b)


def test_the_smaller_half_begins_again(model: Model, searched: Searched) -> None:
    assert [len(half) for half in halves(Numbered(8), 0.75, 5)[:2]] == [6, 2]
    steps = searched(model, Numbered(8), epochs=1, warm_up=0, split=0.75)
    assert [who for who, _ in steps] == ["weights", "architecture"] * 6


def test_first_order_gradients_one_after_the_other(model: Model, searched: Searched) -> None:
    """w' = w - lr dL_A(w, alpha)/dw, then alpha' = alpha - lr dL_B(w', alpha)/dalpha."""
    reference = deepcopy(model)
    sgd = call("sgd", lr=0.1, momentum=0.0, weight_decay=0.0, nesterov=False)
    same = {"weights": sgd, "architecture": sgd, "schedule": (call("constant"),), "clip": None}
    batches = [b for _, b in searched(model, epochs=1, warm_up=0, epoch_samples=1, **same)]
    losses = losses_of(reference)
    for batch, parameters in zip(batches, (reference.weights(), list(reference.architecture.values())), strict=True):
        reference.train()
        values, _ = reference.run(inputs_of(batch, ("left", "right")), wanted=losses.wanted)
        grads = torch.autograd.grad(losses.over(ONE, values, batch)[0], parameters)
        with torch.no_grad():
            for parameter, grad in zip(parameters, grads, strict=True):
                parameter.sub_(0.1 * grad)
    for name, value in reference.state_dict().items():
        torch.testing.assert_close(model.state_dict()[name], value, msg=name)


def test_clipping_bounds_the_step(model: Model) -> None:
    before = copies(model.weights())
    sgd = call("sgd", lr=1.0, momentum=0.0, weight_decay=0.0, nesterov=False)
    step(model, losses_of(model), optimizer_for(sgd, model.weights()), [first_batch(stereo_set(1))], clip=1e-3)
    change = torch.stack([(p - b).square().sum() for p, b in zip(model.weights(), before, strict=True)]).sum().sqrt()
    assert change.item() == pytest.approx(1e-3, rel=1e-3)


def test_the_rate_follows_the_schedule_within_the_epoch(tmp_path: Path) -> None:
    train(job(tmp_path / "run", genotype="c3\n", retrain=retrain_run(schedule=(call("cosine", min=0.0),))))
    rates = [e.lr for e in read_run(tmp_path / "run").steps("retrain")]
    assert rates == pytest.approx([0.01 * (1 + math.cos(math.pi * k / 8)) for k in range(8)])


def test_a_model_without_choices_cannot_be_searched(searched: Searched) -> None:
    with pytest.raises(TrainError, match="no open choice"):
        searched(Model(stereo_graph("c3")))


def test_epochs_of_another_size() -> None:
    samples = Sets().train

    def batches(**options: object) -> PhaseBatches:
        return PhaseBatches(search_run(**options), samples, range(4), 0, CPU)

    assert batches(epoch_samples=3).steps == 3
    assert batches(epoch_samples=9, batch=2).steps == 5
    assert len(list(batches(epoch_samples=5).weights(0, 2))) == 3
