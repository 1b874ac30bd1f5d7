"""Checkpoints: atomic writing, restoring, and messages for files that can't be used."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from tiny_run import ADAM, SGD, Sets, retrain_run, stereo_graph

from spikegraph import files
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.checkpoint import Position, load_checkpoint, load_model, save_checkpoint
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import optimizer_for
from spikegraph.backends.torch.train.phase_batches import PhaseBatches
from spikegraph.backends.torch.train.step import step
from spikegraph.dsl.spec import CallValue
from spikegraph.errors import CheckpointError, DivergedError

CPU = torch.device("cpu")
PLACE = Position("retrain", 3, 2, 12.5, {"loss": 0.1 + 0.2}, {"loss": 2}, {"loss": 1.5}, 1.25)


Optimizers = dict[str, torch.optim.Optimizer]


def trained(optimizer: CallValue = ADAM) -> tuple[Model, Optimizers]:
    """A model after the last two steps of its first epoch."""
    torch.manual_seed(1)
    model = Model(stereo_graph("c3"))
    own = optimizer_for(optimizer, model.weights())
    steps(model, own, 0, 2)
    return model, {"weights": own}


def steps(model: Model, optimizer: torch.optim.Optimizer, epoch: int, first: int = 0) -> None:
    run, samples = retrain_run(), Sets().train
    losses = Losses(model.graph, run.loss)
    for batches in PhaseBatches(run, samples, range(len(samples)), 0, CPU).weights(epoch, first):
        step(model, losses, optimizer, batches)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "retrain.newest.safetensors"


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return tmp_path / "weights.safetensors"


@pytest.mark.parametrize("optimizer", [ADAM, SGD], ids=["adam", "sgd"])
def test_everything_is_restored(path: Path, weights: Path, optimizer: CallValue) -> None:
    model, optimizers = trained(optimizer)
    save_checkpoint(path, weights, model, optimizers, PLACE, CPU)
    drawn = torch.rand(3), np.random.rand(3), random.random()
    other, again = trained(optimizer)
    steps(other, again["weights"], 1)
    assert load_checkpoint(path, weights, other, again, CPU) == PLACE
    assert torch.equal(torch.rand(3), drawn[0])
    assert np.array_equal(np.random.rand(3), drawn[1])
    assert random.random() == drawn[2]
    for name, value in model.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name
    for wanted, found in zip(*(p["weights"].state_dict()["state"].values() for p in (optimizers, again)), strict=True):
        assert wanted.keys() == found.keys()
        assert all(torch.equal(torch.as_tensor(wanted[k]), torch.as_tensor(found[k])) for k in wanted)


def test_the_two_files_share_no_tensor(path: Path, weights: Path) -> None:
    """The weights have the names of `state_dict()`, and the checkpoint has the rest."""
    model, optimizers = trained()
    save_checkpoint(path, weights, model, optimizers, PLACE, CPU)
    tensors, state = load_file(weights), model.state_dict()
    assert tensors.keys() == state.keys()
    assert all(torch.equal(tensors[name], value) for name, value in state.items())
    assert {name.partition("/")[0] for name in load_file(path)} == {"optimiser", "random"}
    supernet = Model(stereo_graph(None))
    save_checkpoint(path, weights, supernet, {}, PLACE, CPU)
    assert torch.equal(load_file(weights)["feature.alpha"], supernet.architecture["feature.alpha"])


@pytest.mark.parametrize("length", [0, 5, 1000, -1])
def test_truncated(path: Path, weights: Path, length: int) -> None:
    model, optimizers = trained()
    save_checkpoint(path, weights, model, optimizers, PLACE, CPU)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(CheckpointError, match=r"retrain\.newest\.safetensors is damaged.*--resume then restarts"):
        load_checkpoint(path, weights, model, optimizers, CPU)
    path.with_name("retrain.best.safetensors").touch()
    with pytest.raises(CheckpointError, match=r"or copy retrain\.best\.safetensors and retrain\.best\.weights\.safetensors"):
        load_checkpoint(path, weights, model, optimizers, CPU)


@pytest.mark.parametrize("length", [0, 5, 1000, -1])
def test_truncated_weights(path: Path, weights: Path, length: int) -> None:
    model, optimizers = trained()
    save_checkpoint(path, weights, model, optimizers, PLACE, CPU)
    weights.write_bytes(weights.read_bytes()[:length])
    with pytest.raises(CheckpointError, match=r"weights\.safetensors is damaged: .* \(help: restore the file, or train again"):
        load_model(weights, model)
    with pytest.raises(
        CheckpointError, match=r"weights\.safetensors isn't the file that goes with retrain\.newest\.safetensors"
    ):
        load_checkpoint(path, weights, model, optimizers, CPU)
    weights.unlink()
    with pytest.raises(CheckpointError, match=r"weights\.safetensors is missing; it goes with retrain\.newest\.safetensors"):
        load_checkpoint(path, weights, model, optimizers, CPU)


def test_foreign_files(path: Path, weights: Path) -> None:
    model, optimizers = trained()
    save_file({"weight": torch.zeros(2)}, weights)
    with pytest.raises(CheckpointError, match="isn't a file of the format spikegraph-weights"):
        load_model(weights, model)
    save_file({"weight": torch.zeros(2)}, weights, {"format": "spikegraph-weights", "format_version": "99"})
    with pytest.raises(CheckpointError, match="has format version 99; this version of spikegraph reads 1"):
        load_model(weights, model)
    save_checkpoint(path, weights, model, optimizers, PLACE, CPU)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    for key, value, message in (("state", "{", "doesn't fit this run"), ("format_version", "1", "has format version 1")):
        save_file(load_file(path), path, {**metadata, key: value})
        with pytest.raises(CheckpointError, match=message):
            load_checkpoint(path, weights, model, optimizers, CPU)
    save_file(load_file(path), path, {k: v for k, v in metadata.items() if k != "weights"})
    with pytest.raises(CheckpointError, match="is damaged: 'weights'"):
        load_checkpoint(path, weights, model, optimizers, CPU)
    with pytest.raises(CheckpointError, match="doesn't exist"):
        load_model(path.with_name("nothing"), model)


def test_another_model(path: Path, weights: Path) -> None:
    model, optimizers = trained()
    save_checkpoint(path, weights, model, optimizers, PLACE, CPU)
    with pytest.raises(CheckpointError, match=r"belongs to another model: .*features\.c3"):
        load_model(weights, Model(stereo_graph("skip")))


def test_a_weight_that_is_not_a_number_is_not_saved(path: Path, weights: Path) -> None:
    model, optimizers = trained()
    save_checkpoint(path, weights, model, optimizers, PLACE, CPU)
    before = path.read_bytes(), weights.read_bytes()
    with torch.no_grad():
        model.weights()[0].fill_(torch.nan)
    with pytest.raises(DivergedError, match=r"features\.stem\.conv\.weight is no longer finite"):
        save_checkpoint(path, weights, model, optimizers, PLACE, CPU)
    assert (path.read_bytes(), weights.read_bytes()) == before


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
