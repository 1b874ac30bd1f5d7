"""`dgs at auto(n, by = gradient)`: which neurons a retraining searches, and that they stay."""

import math
import os
import signal
from pathlib import Path
from typing import Any

import dgs_networks as nets
import pytest
import tiny_run
import torch
from dgs_networks import chain, declared, snapshot, used_optimizer
from same_run import tensors_of, told
from tiny_run import At, Job, stereo_graph, train

from spikegraph.analysis.dgs import groups, temperatures
from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.checkpoint import load_model
from spikegraph.backends.torch.train.dgs_auto import gradients_rms, largest
from spikegraph.backends.torch.train.dgs_passes import Passes
from spikegraph.base.errors import Interrupted
from spikegraph.base.progress import Silent
from spikegraph.passes.instrument_dgs import InstrumentDgs

pytestmark = pytest.mark.usefixtures("one_thread")

SIZES = {"features.stem": 4 * 2 * 9 + 4 + 8, "features.c3": 4 * 4 * 9 + 4 + 8}
"""Number of weights of each neuron's convolution, with a bias, and norm."""


def job(folder: Path, place: str = "auto(1)", **changes: Any) -> Job:
    def graph(_: str) -> Any:
        return InstrumentDgs(at=place).apply(stereo_graph("c3"))

    dgs = (declared(*place.split("+"), lr=10.0),)
    retrain = tiny_run.retrain_run(**{"epochs": 2, "dgs": dgs, **changes.pop("run", {})})
    return tiny_run.job(folder, **{"search": None, "genotype": "c3\n", "retrain": retrain, "graph": graph, **changes})


class Notices(Silent):
    def __init__(self) -> None:
        self.all: list[str] = []

    def notice(self, text: str) -> None:
        self.all.append(text)


def searched(folder: Path) -> set[str]:
    return {str(e["neuron"]) for e in told(folder) if e["event"] == "dgs"}


@pytest.mark.parametrize(("kind", "nested"), [("steps", False), ("still", False), ("steps", True)])
def test_the_measure_is_that_of_a_plain_backward_pass(kind: str, nested: bool) -> None:
    model, losses, batch = chain("auto(1)", steps=kind == "steps", nested=nested)
    optimizer = used_optimizer(model)
    before = snapshot(model, optimizer)
    found = gradients_rms(Passes(model, losses, groups(model.graph)), [batch])
    nets.assert_same(before, snapshot(model, optimizer))

    value = model.run(batch.inputs, wanted=losses.wanted)[0][losses.wanted[0]]
    (value * losses.upstream).sum().backward()  # pyright: ignore
    layers = {"f": ("f",)} if nested else {"first": ("first",), "second": ("second",)}
    expected: dict[str, float] = {}
    for name, prefixes in {**layers, "n0": ("n0.0", "n0.1")}.items():
        own = [p.grad for k, p in model.named_parameters() if k.startswith(tuple(f"{x}." for x in prefixes))]
        total = sum(float(g.square().sum()) for g in own if g is not None)
        expected[name] = math.sqrt(total / sum(g.numel() for g in own if g is not None))
    assert found == pytest.approx(expected, rel=1e-9)
    assert min(found.values()) > 0


def test_the_batches_of_an_accumulated_step_count_by_their_samples() -> None:
    model, losses, batch = chain("auto(1)")
    passes = Passes(model, losses, groups(model.graph))
    one = gradients_rms(passes, [batch])
    assert gradients_rms(passes, [batch, batch]) == pytest.approx(one, rel=1e-12)
    other = Batch({"x": batch.inputs["x"].flip(1)}, batch.target, batch.counted)
    assert gradients_rms(passes, [batch, other]) != pytest.approx(one, rel=1e-3)


def test_the_largest_come_first_and_equal_ones_in_the_order_of_the_graph() -> None:
    assert largest({"a": 1.0, "b": 2.0, "c": 2.0, "d": 0.5}, 3) == ("b", "c", "a")


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("accumulate", [1, 2])
def test_the_places_are_those_with_the_largest_gradient_in_the_first_step(tmp_path: Path, count: int, accumulate: int) -> None:
    run = {"accumulate": accumulate, "batch": 2}
    train(job(tmp_path / "named", "features.stem+features.c3", run=run))
    first = next(e for e in told(tmp_path / "named") if e["event"] == "step")["gradient_norms"]
    sizes = {name: norm / math.sqrt(SIZES[name]) for name, norm in first.items()}
    expected = sorted(sizes, key=lambda name: -sizes[name])[:count]
    notices = Notices()
    train(job(tmp_path / "auto", f"auto({count})", run=run, reporter=notices))
    found = told(tmp_path / "auto")
    assert searched(tmp_path / "auto") == set(expected)
    assert {e["place"] for e in found if e["event"] == "dgs"} == {f"auto({count})"}
    assert all(set(e["temperatures"]) == set(expected) for e in found if e["event"] == "epoch")
    assert all(set(e["gradient_norms"]) == set(expected) for e in found if e["event"] in ("step", "epoch"))
    listed = ", ".join(f"{name} ({sizes[name]:.3g})" for name in expected)
    assert f"dgs at auto({count}): the root mean square of the gradient is largest at {listed}" in notices.all
    first_loss = next(e for e in told(tmp_path / "named") if e["event"] == "step")["losses"]
    assert next(e for e in found if e["event"] == "step")["losses"] == first_loss


def test_it_trains_as_the_named_place_does(tmp_path: Path) -> None:
    run = {"epochs": 1}
    train(job(tmp_path / "auto", run=run))
    (name,) = searched(tmp_path / "auto")
    train(job(tmp_path / "named", name, run=run))

    def lines(folder: str) -> list[dict[str, Any]]:
        return [{k: v for k, v in e.items() if k != "place"} for e in told(tmp_path / folder)]

    assert lines("auto") == lines("named")
    model = Model(InstrumentDgs(at="auto(1)").apply(stereo_graph("c3")))
    load_model(tmp_path / "auto" / "weights.safetensors", model)
    last = [e["b"] for e in told(tmp_path / "auto") if e["event"] == "dgs"][-1]
    (other,) = set(SIZES) - {name}
    assert last != 3.0
    assert temperatures(model.graph) == {name: last, other: 3.0}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("auto") / "run"
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    train(job(folder))
    torch.set_num_threads(before)
    return folder


def assert_same(first: Path, second: Path) -> None:
    assert told(first) == told(second)
    for file in ("weights.safetensors", "checkpoints/retrain.newest.safetensors"):
        one, other = tensors_of(first / file), tensors_of(second / file)
        assert one.keys() == other.keys()
        assert all(torch.equal(one[k], other[k]) for k in one)


@pytest.mark.parametrize(("step", "save_every"), [(2, 0.0), (5, 0.0), (5, 1e9), (9, 0.0), (12, 1e9)])
def test_a_resumed_run_has_the_same_places(whole: Path, tmp_path: Path, step: int, save_every: float) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        train(job(tmp_path / "run", reporter=At(step, fail), save_every=save_every))
    train(job(tmp_path / "run", resume=True, save_every=save_every))
    assert_same(tmp_path / "run", whole)


def test_the_places_are_kept_and_not_chosen_again(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = At(6, lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(Interrupted):
        train(job(tmp_path / "run", reporter=stop))

    def never(*_: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr("spikegraph.backends.torch.train.dgs_auto.gradients_rms", never)
    train(job(tmp_path / "run", resume=True))
    assert_same(tmp_path / "run", whole)
