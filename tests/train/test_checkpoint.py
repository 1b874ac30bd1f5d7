"""Checkpoints: whole or not there, and what is said of those that can't be used."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_run import ADAM, SGD, Sets, retrain_run, stereo_graph

from spikegraph import files
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.checkpoint import Position, load_checkpoint, load_model, save_checkpoint
from spikegraph.backends.torch.train.plans import RetrainPlan
from spikegraph.errors import CheckpointError, DivergedError

CPU = torch.device("cpu")
PLACE = Position("retrain", 3, 2, 12.5, {"loss": 0.1 + 0.2}, {"loss": 2}, {"loss": 1.5}, 1.25)


def trained(optimiser: object = ADAM) -> tuple[Model, RetrainPlan]:
    torch.manual_seed(1)
    model = Model(stereo_graph("c3"))
    plan = RetrainPlan(retrain_run(weights=optimiser), model, Sets().train, 0, CPU)
    list(plan.epoch(0, 2))
    return model, plan


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "retrain.newest.safetensors"


@pytest.mark.parametrize("optimiser", [ADAM, SGD], ids=["adam", "sgd"])
def test_everything_comes_back(path: Path, optimiser: object) -> None:
    model, plan = trained(optimiser)
    save_checkpoint(path, model, plan.optimisers, PLACE, CPU)
    drawn = torch.rand(3), np.random.rand(3), random.random()
    other, again = trained(optimiser)
    list(again.epoch(1, 0))
    assert load_checkpoint(path, other, again.optimisers, CPU) == PLACE
    assert torch.equal(torch.rand(3), drawn[0])
    assert np.array_equal(np.random.rand(3), drawn[1])
    assert random.random() == drawn[2]
    for name, value in model.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name
    for wanted, found in zip(*(p.optimisers["weights"].state_dict()["state"].values() for p in (plan, again)), strict=True):
        assert wanted.keys() == found.keys()
        assert all(torch.equal(torch.as_tensor(wanted[k]), torch.as_tensor(found[k])) for k in wanted)


def test_names_are_those_of_the_graph(path: Path) -> None:
    model, plan = trained()
    save_checkpoint(path, model, plan.optimisers, PLACE, CPU)
    tensors = load_file(path)
    assert tensors["model/features.stem.conv.weight"].shape == (4, 2, 3, 3)
    supernet = Model(stereo_graph(None))
    save_checkpoint(path, supernet, {}, PLACE, CPU)
    assert torch.equal(load_file(path)["model/feature.alpha"], supernet.architecture["feature.alpha"])


@pytest.mark.parametrize("length", [0, 5, 1000, -1])
def test_truncated(path: Path, length: int) -> None:
    model, plan = trained()
    save_checkpoint(path, model, plan.optimisers, PLACE, CPU)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(CheckpointError, match=r"retrain\.newest\.safetensors is damaged.*--resume then begins"):
        load_model(path, model)
    path.with_name("retrain.best.safetensors").touch()
    with pytest.raises(CheckpointError, match=r"or put retrain\.best\.safetensors in its place"):
        load_model(path, model)


def test_foreign_files(path: Path) -> None:
    model, plan = trained()
    save_file({"weight": torch.zeros(2)}, path)
    with pytest.raises(CheckpointError, match="is no checkpoint of spikegraph"):
        load_model(path, model)
    save_file({"weight": torch.zeros(2)}, path, {"format": "spikegraph-checkpoint", "format_version": "99"})
    with pytest.raises(CheckpointError, match="has version 99 of the format"):
        load_model(path, model)
    save_file({"weight": torch.zeros(2)}, path, {"format": "spikegraph-checkpoint", "format_version": "1", "state": "{"})
    with pytest.raises(CheckpointError, match="is damaged"):
        load_checkpoint(path, model, plan.optimisers, CPU)
    with pytest.raises(CheckpointError, match="isn't there"):
        load_model(path.with_name("nothing"), model)


def test_another_model(path: Path) -> None:
    model, plan = trained()
    save_checkpoint(path, model, plan.optimisers, PLACE, CPU)
    with pytest.raises(CheckpointError, match=r"is of another model: .*features\.c3"):
        load_model(path, Model(stereo_graph("skip")))


def test_a_weight_that_is_no_number_is_not_saved(path: Path) -> None:
    model, plan = trained()
    save_checkpoint(path, model, plan.optimisers, PLACE, CPU)
    before = path.read_bytes()
    with torch.no_grad():
        model.weights()[0].fill_(torch.nan)
    with pytest.raises(DivergedError, match=r"features\.stem\.conv\.weight is no longer finite"):
        save_checkpoint(path, model, plan.optimisers, PLACE, CPU)
    assert path.read_bytes() == before


def test_a_write_that_fails_leaves_the_old_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    files.write_whole(path, b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
