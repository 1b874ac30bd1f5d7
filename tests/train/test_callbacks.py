"""Callbacks of `fit` and `search`: what they get, that they change no bit of a run, and how they end it."""

import json
import random

import numpy as np
import pytest
import tiny_search
import torch

import spikegraph
from spikegraph.backends.torch.train.meter import Meter
from spikegraph.base.errors import ArgumentError, Interrupted, TrainError

from .bars import SPEC, Bars
from .same_run import assert_same_run, told

TRAIN, TEST = Bars(64, 0), Bars(16, 1)
PLACES = [(epoch, step) for epoch in (1, 2) for step in (1, 2, 3)]


@pytest.fixture
def fit(tmp_path, one_thread):
    """Trains for two epochs of three steps, with a validation after each, and with random numbers: dropout."""
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC.replace("-> pool", "-> dropout(0.5) -> pool"))
    program = spikegraph.load(path, overrides=["retrain.epochs=2", "retrain.validate=0.25"])

    def fitted(out, **options):
        return spikegraph.fit(program, train=TRAIN, test=TEST, out=tmp_path / out, **options).path

    return fitted


def test_a_model_is_saved_meanwhile(fit, tmp_path):
    """The last one is that of the run, which has the weights of its best epoch."""
    metrics = {}

    def on_epoch(moment):
        moment.model.save(tmp_path / f"epoch-{moment.epoch}")
        metrics[moment.epoch] = moment.numbers["accuracy_percent"]

    run = fit("saved", on_epoch=on_epoch)
    best = max(metrics, key=lambda epoch: (metrics[epoch], -epoch))
    kept, found = (spikegraph.load_run(path, phase="retrain").state_dict() for path in (tmp_path / f"epoch-{best}", run))
    assert all(torch.equal(found[name], value) for name, value in kept.items())


def test_what_they_get_and_that_they_change_nothing(fit):
    steps, epochs = [], []

    def on_step(moment):
        assert (moment.phase, moment.of, moment.steps) == ("retrain", "", 3)
        steps.append((moment.epoch, moment.step, moment.numbers))
        assert not moment.model.training
        image = torch.rand(4, 1, 8, 8)  # random numbers that the training must not miss
        assert not moment.model(image).requires_grad
        np.random.rand()
        random.random()
        return False  # means nothing

    def on_epoch(moment):
        epochs.append((moment.epoch, moment.step, moment.numbers))
        torch.manual_seed(7)

    run = fit("watched", on_step=on_step, on_epoch=on_epoch)
    lines = told(run)
    of_steps = [line for line in lines if line["event"] == "step"]
    assert steps == [(line["epoch"], line["step"], line["losses"] | {"lr": line["lr"]}) for line in of_steps]
    of_epochs = [line for line in lines if line["event"] == "epoch"]
    assert epochs == [(line["epoch"], 3, line["losses"] | line["metrics"]) for line in of_epochs]
    assert [(epoch, step) for epoch, step, _ in steps] == PLACES
    assert_same_run(fit("alone"), run)


@pytest.mark.in_python
@pytest.mark.parametrize(("name", "at"), [("on_step", (1, 2)), ("on_step", (1, 3)), ("on_step", (2, 3)), ("on_epoch", (1, 3))])
def test_one_that_fails_ends_a_run_that_can_be_resumed(fit, tmp_path, name, at):
    seen = []

    def failing(moment):
        seen.append((moment.epoch, moment.step))
        if seen[-1] == at:
            raise KeyError("mine")

    with pytest.raises(TrainError) as caught:
        fit("run", **{name: failing})
    assert caught.value.summary == f"`{name}` raised KeyError after retrain, epoch {at[0]}, step {at[1]}: 'mine'"
    assert caught.value.help == "the run is saved; correct the function, and continue with resume=True"
    assert isinstance(caught.value.__cause__, KeyError)
    assert json.loads((tmp_path / "run" / "ended.json").read_text())["how"] == "failed"
    after = list[tuple[int, int]]()
    fit("run", resume=True, on_step=lambda moment: after.append((moment.epoch, moment.step)))
    assert after == PLACES[PLACES.index(at) + 1 :]  # no step is repeated
    whole = fit("whole")
    for folder in (whole, tmp_path / "run"):
        for file in (folder / "checkpoints").glob("retrain.previous.*"):  # the one that was saved for the error
            file.unlink()
    assert_same_run(whole, tmp_path / "run")


@pytest.mark.in_python
@pytest.mark.parametrize("at", [(1, 2), (2, 1)])
def test_losses_that_wait_on_a_gpu_are_read_before_the_run_ends(fit, tmp_path, at, monkeypatch):
    """On a GPU losses are read at intervals; here as often."""
    monkeypatch.setattr(Meter, "interval", staticmethod(lambda device: 20))

    def failing(moment):
        if (moment.epoch, moment.step) == at:
            raise KeyError("mine")

    with pytest.raises(TrainError):
        fit("run", on_step=failing)
    fit("run", resume=True)
    found, wanted = (
        [line["losses"]["loss"] for line in told(tmp_path / name) if line["event"] == "epoch"]
        for name in ("run", fit("whole").name)
    )
    assert found == pytest.approx(wanted, rel=1e-12)


def test_one_stops_a_run_on_purpose(fit, tmp_path):
    def enough(moment):
        if moment.numbers["loss"] < 1e9:
            raise spikegraph.Interrupted

    with pytest.raises(Interrupted) as caught:
        fit("run", on_epoch=enough)
    assert caught.value.saved == str(tmp_path / "run" / "checkpoints" / "retrain.newest.safetensors")
    assert json.loads((tmp_path / "run" / "ended.json").read_text())["how"] == "stopped"
    fit("run", resume=True)
    assert_same_run(fit("whole"), tmp_path / "run")


def test_candidates_have_names(tmp_path):
    seen = set[tuple[str, str]]()
    program = tiny_search.made(tmp_path, "random(2)")
    options = {"data": tmp_path / "data", "out": tmp_path / "run", "seed": 3}
    spikegraph.search(program, **options, on_epoch=lambda moment: seen.add((moment.phase, moment.of)))
    assert seen == {("retrain", "candidate 1"), ("retrain", "candidate 2")}


def test_what_is_no_function_is_refused(fit, tmp_path):
    with pytest.raises(ArgumentError) as caught:
        fit("run", on_step=3)
    assert caught.value.summary == "`on_step` is 3; it is a function of one argument"
    assert not (tmp_path / "run").exists()
