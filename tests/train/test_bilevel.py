"""The search's steps: who moves when, by which samples (section 3.3)."""

from copy import deepcopy

import pytest
import torch
from tiny_run import Sets, call, retrain_run, search_run, stereo_graph, stereo_set
from torch import Tensor
from typing_extensions import override

from spikegraph.backends.torch.datasets.stereo import StereoDataset, StereoItem
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.batches import Batch, inputs_of, stereo_batch
from spikegraph.backends.torch.train.bilevel import bilevel
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import optimiser
from spikegraph.backends.torch.train.plans import RetrainPlan, SearchPlan
from spikegraph.backends.torch.train.step import Descent
from spikegraph.errors import TrainError

CPU = torch.device("cpu")


@pytest.fixture
def model() -> Model:
    torch.manual_seed(0)
    return Model(stereo_graph(None))


class Numbered(StereoDataset):
    """A training set whose truth is a tenth of the sample's number."""

    def __init__(self, count: int) -> None:
        plain = stereo_set(count)
        super().__init__(plain.sources, plain.windows, burn_in=1, augment=plain.augment)

    @override
    def __getitem__(self, index: int) -> StereoItem:
        item = super().__getitem__(index)
        return item._replace(disparity=torch.full_like(item.disparity, index / 10))


def plan_of(model: Model, **options: object) -> SearchPlan:
    return SearchPlan(search_run(**options), model, Sets().train, 0, CPU)


def copies(tensors: list[torch.nn.Parameter]) -> list[Tensor]:
    return [t.detach().clone() for t in tensors]


def moved(before: list[Tensor], after: list[torch.nn.Parameter]) -> bool:
    return any(not torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_warm_up_moves_weights_only(model: Model) -> None:
    plan = plan_of(model, warm_up=1)
    weights, architecture = copies(model.weights()), copies(list(model.architecture.values()))
    steps = list(plan.epoch(0, 0))
    assert len(steps) == plan.steps == 4
    assert set(steps[0]) == {"loss"}
    assert moved(weights, model.weights())
    assert not moved(architecture, list(model.architecture.values()))


def test_after_the_warm_up_both_move(model: Model) -> None:
    plan = plan_of(model, warm_up=1)
    architecture = copies(list(model.architecture.values()))
    steps = list(plan.epoch(1, 0))
    assert set(steps[0]) == {"loss", "architecture_loss"}
    assert moved(architecture, list(model.architecture.values()))


@pytest.mark.parametrize("which", ["weights", "architecture"])
def test_a_step_changes_its_own_parameters_and_no_other(model: Model, which: str) -> None:
    plan = plan_of(model, warm_up=0)
    step: Descent = getattr(plan, which)
    before = {"weights": copies(model.weights()), "architecture": copies(list(model.architecture.values()))}
    after = {"weights": model.weights(), "architecture": list(model.architecture.values())}
    batch = stereo_batch([stereo_set(1)[0]])
    step.step(model, plan.losses, batch)
    assert {name: moved(before[name], after[name]) for name in before} == {
        "weights": which == "weights",
        "architecture": which == "architecture",
    }
    other = after["architecture" if which == "weights" else "weights"]
    assert all(p.grad is None for p in other)


def test_weights_learn_from_half_a_and_the_architecture_from_half_b(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = Numbered(8)
    plan = SearchPlan(search_run(warm_up=0), model, samples, 0, CPU)
    steps: list[tuple[str, int]] = []
    step = Descent.step

    def noted(self: Descent, model: Model, losses: Losses, batch: Batch) -> dict[str, Tensor]:
        steps.append(("weights" if self is plan.weights else "architecture", round(batch.truth[0, 0, 0, 0].item() * 10)))
        return step(self, model, losses, batch)

    monkeypatch.setattr(Descent, "step", noted)
    list(plan.epoch(0, 0))
    assert [who for who, _ in steps] == ["weights", "architecture"] * 4
    read = {who: sorted(sample for w, sample in steps if w == who) for who in ("weights", "architecture")}
    a, b = plan.halves
    assert read == {"weights": sorted(a), "architecture": sorted(b)}
    assert set(a).isdisjoint(b)


def test_the_smaller_half_begins_again(model: Model) -> None:
    plan = plan_of(model, warm_up=0, split=0.75)
    assert [len(half) for half in plan.halves] == [6, 2]
    assert len(list(plan.epoch(0, 0))) == plan.steps == 6


def test_first_order_gradients_one_after_the_other(model: Model) -> None:
    """w' = w - lr dL_A(w, alpha)/dw, then alpha' = alpha - lr dL_B(w', alpha)/dalpha."""
    plan = plan_of(model, warm_up=0)
    a, b = (stereo_batch([stereo_set(8)[k]]) for k in (1, 2))
    reference = deepcopy(model)
    for batch, parameters in ((a, reference.weights()), (b, list(reference.architecture.values()))):
        reference.train()
        values, _ = reference.run(inputs_of(batch, ("left", "right")), wanted=plan.losses.wanted)
        grads = torch.autograd.grad(plan.losses(values, batch)[0], parameters)
        with torch.no_grad():
            for parameter, grad in zip(parameters, grads, strict=True):
                parameter.sub_(0.1 * grad)
    sgd = call("sgd", lr=0.1, momentum=0.0, weight_decay=0.0, nesterov=False)
    weights, architecture = (
        Descent(parameters, optimiser(sgd, parameters)) for parameters in (model.weights(), list(model.architecture.values()))
    )
    list(bilevel(model, plan.losses, weights, architecture, [(a, b)], lambda step: 0.1))
    for name, value in reference.state_dict().items():
        torch.testing.assert_close(model.state_dict()[name], value, msg=name)


def test_clipping_bounds_the_step(model: Model) -> None:
    before = copies(model.weights())
    sgd = call("sgd", lr=1.0, momentum=0.0, weight_decay=0.0, nesterov=False)
    clipped = Descent(model.weights(), optimiser(sgd, model.weights()), clip=1e-3)
    clipped.step(model, plan_of(model).losses, stereo_batch([stereo_set(1)[0]]))
    change = torch.stack([(p - b).square().sum() for p, b in zip(model.weights(), before, strict=True)]).sum().sqrt()
    assert change.item() == pytest.approx(1e-3, rel=1e-3)


def test_the_rate_follows_the_schedule_within_the_epoch() -> None:
    model = Model(stereo_graph("c3"))
    plan = RetrainPlan(retrain_run(schedule=call("cosine", min=0.0)), model, Sets().train, 0, CPU)
    rates: list[float] = []
    for _ in plan.epoch(1, 0):
        rates.append(plan.optimisers["weights"].param_groups[0]["lr"])  # noqa: PERF401 (the rate of this moment)
    assert rates == [plan.rate(1, step) for step in range(4)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == pytest.approx(0.01)


def test_a_model_without_choices_cannot_be_searched() -> None:
    with pytest.raises(TrainError, match="no open choice"):
        plan_of(Model(stereo_graph("c3")))


def test_epochs_of_another_size(model: Model) -> None:
    assert plan_of(model, epoch_samples=3).steps == 3
    assert plan_of(model, epoch_samples=9, batch=2).steps == 5
    assert len(list(plan_of(model, epoch_samples=5, warm_up=0).epoch(0, 2))) == 3
