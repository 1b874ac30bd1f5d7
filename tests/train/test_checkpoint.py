"""Checkpoints: atomic writing, restoring, and messages for files that can't be used."""

import hashlib
import random
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save, save_file
from tiny_run import ADAM, SGD, Sets, retrain_run, stereo_graph

from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.checkpoint import load_checkpoint, load_model, read_weights, save_checkpoint
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import optimizer_for
from spikegraph.backends.torch.train.phase_batches import PhaseBatches
from spikegraph.backends.torch.train.step import step
from spikegraph.base import files
from spikegraph.base.errors import CheckpointError, DivergedError
from spikegraph.dsl.spec import CallValue
from spikegraph.runs.position import Position
from spikegraph.runs.sealed_file import BLANK, sealed
from spikegraph.runs.weights_file import Pair

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


def restored(pair: Pair, model: Model, optimizers: Optimizers) -> Position:
    """Loads a pair without a previous one, and without a notice."""

    def surprised(notice: str) -> None:
        raise AssertionError(notice)

    folder = pair.checkpoint.parent
    previous = Pair(folder / "retrain.previous.safetensors", folder / "retrain.previous.weights.safetensors")
    return load_checkpoint(pair, previous, model, optimizers, CPU, surprised)


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
    save_checkpoint(Pair(path, weights), model, optimizers, PLACE, CPU)
    drawn = torch.rand(3), np.random.rand(3), random.random()
    other, again = trained(optimizer)
    steps(other, again["weights"], 1)
    assert restored(Pair(path, weights), other, again) == PLACE
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
    save_checkpoint(Pair(path, weights), model, optimizers, PLACE, CPU)
    tensors, state = load_file(weights), model.state_dict()
    assert tensors.keys() == state.keys()
    assert all(torch.equal(tensors[name], value) for name, value in state.items())
    assert {name.partition("/")[0] for name in load_file(path)} == {"optimiser", "random"}
    supernet = Model(stereo_graph(None))
    save_checkpoint(Pair(path, weights), supernet, {}, PLACE, CPU)
    assert torch.equal(load_file(weights)["feature.alpha"], supernet.architecture["feature.alpha"])


@pytest.mark.parametrize("length", [0, 5, 1000, -1])
def test_truncated(path: Path, weights: Path, length: int) -> None:
    model, optimizers = trained()
    save_checkpoint(Pair(path, weights), model, optimizers, PLACE, CPU)
    path.write_bytes(path.read_bytes()[:length])
    again = r"delete retrain\.newest\.safetensors and retrain\.previous\.safetensors to restart the retrain phase with --resume"
    with pytest.raises(CheckpointError, match=rf"retrain\.newest\.safetensors is damaged.*{again}"):
        restored(Pair(path, weights), model, optimizers)
    path.with_name("retrain.best.safetensors").touch()
    with pytest.raises(CheckpointError, match=r"or copy retrain\.best\.safetensors and its weights over the newest"):
        restored(Pair(path, weights), model, optimizers)


@pytest.mark.parametrize("length", [0, 5, 1000, -1])
def test_truncated_weights(path: Path, weights: Path, length: int) -> None:
    model, optimizers = trained()
    save_checkpoint(Pair(path, weights), model, optimizers, PLACE, CPU)
    weights.write_bytes(weights.read_bytes()[:length])
    with pytest.raises(CheckpointError, match=r"weights\.safetensors is damaged: .* \(help: restore the file, or train again"):
        load_model(weights, model)
    goes = r"weights\.safetensors is damaged or isn't the file that goes with retrain\.newest\.safetensors"
    with pytest.raises(CheckpointError, match=goes):
        restored(Pair(path, weights), model, optimizers)
    weights.unlink()
    with pytest.raises(CheckpointError, match=r"weights\.safetensors is missing; it goes with retrain\.newest\.safetensors"):
        restored(Pair(path, weights), model, optimizers)


def test_every_flipped_bit_is_noticed(path: Path, weights: Path) -> None:
    """Each byte of both headers, and a sample of the rest; also where the value would still be a number."""
    model, optimizers = trained()
    save_checkpoint(Pair(path, weights), model, optimizers, PLACE, CPU)
    numbers = random.Random(0)
    for file in (path, weights):
        whole = file.read_bytes()
        head = 8 + int.from_bytes(whole[:8], "little")
        for at in [*range(0, head, 7), *(numbers.randrange(head, len(whole)) for _ in range(50))]:
            data = bytearray(whole)
            data[at] ^= 1 << numbers.randrange(8)
            file.write_bytes(data)
            with pytest.raises(CheckpointError, match=re.escape(str(file))):
                read_weights(file) if file == weights else restored(Pair(path, weights), model, optimizers)
        file.write_bytes(whole)
    assert restored(Pair(path, weights), model, optimizers) == PLACE


def test_files_of_the_versions_without_a_checksum_are_read(path: Path, weights: Path) -> None:
    model, optimizers = trained()
    save_checkpoint(Pair(path, weights), model, optimizers, PLACE, CPU)
    for file, version in ((weights, "1"), (path, "2")):
        with safe_open(file, framework="pt") as opened:
            metadata = {k: v for k, v in opened.metadata().items() if k != "sha256"}
        if file == path:
            metadata["weights"] = hashlib.sha256(weights.read_bytes()).hexdigest()
        save_file(load_file(file), file, metadata | {"format_version": version})
    assert restored(Pair(path, weights), model, optimizers) == PLACE
    save_file(load_file(weights), weights, {"format": "spikegraph-weights", "format_version": "2", "temperatures": "{}"})
    with pytest.raises(CheckpointError, match=r"weights\.safetensors is damaged: it has no checksum"):
        load_model(weights, model)


@pytest.mark.parametrize("damaged", ["checkpoint", "weights"])
@pytest.mark.parametrize("links", [True, False])
def test_after_damage_the_previous_pair_is_used(
    path: Path, weights: Path, damaged: str, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not links:

        def refused(self: Path, target: Path) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(Path, "hardlink_to", refused)
    model, optimizers = trained()
    newest, previous = Pair(path, weights), Pair(path.with_name("retrain.previous.safetensors"), path.with_name("w.previous"))
    save_checkpoint(newest, model, optimizers, PLACE, CPU, previous)
    assert not previous.checkpoint.exists()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    first = [newest.checkpoint.read_bytes(), newest.weights.read_bytes()]
    steps(model, optimizers["weights"], 1)
    save_checkpoint(newest, model, optimizers, Position("retrain", 4), CPU, previous)
    assert [previous.checkpoint.read_bytes(), previous.weights.read_bytes()] == first
    file = getattr(newest, damaged)
    data = bytearray(file.read_bytes())
    data[-3] ^= 4
    file.write_bytes(data)
    notices: list[str] = []
    assert load_checkpoint(newest, previous, model, optimizers, CPU, notices.append) == PLACE
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    (notice,) = notices
    what = "is damaged: its content doesn't match its checksum"
    if damaged == "weights":
        what = "is damaged or isn't the file that goes with retrain.newest.safetensors"
    assert notice == f"note: {file} {what}; the run continues from the checkpoint before it, retrain.previous.safetensors"
    # the good pair is the newest one now, so that the next save doesn't replace it with the damaged one
    assert [newest.checkpoint.read_bytes(), newest.weights.read_bytes()] == first
    for pair in (newest, previous):
        pair.weights.write_bytes(b"")
    with pytest.raises(CheckpointError, match=r"weights\.safetensors is damaged .*; and .*w\.previous is damaged"):
        load_checkpoint(newest, previous, model, optimizers, CPU, notices.append)


def test_foreign_files(path: Path, weights: Path) -> None:
    model, optimizers = trained()
    save_file({"weight": torch.zeros(2)}, weights)
    with pytest.raises(CheckpointError, match="isn't a file of the format spikegraph-weights"):
        load_model(weights, model)
    save_file({"weight": torch.zeros(2)}, weights, {"format": "spikegraph-weights", "format_version": "99"})
    with pytest.raises(CheckpointError, match="has format version 99; this version of spikegraph reads 2"):
        load_model(weights, model)
    save_checkpoint(Pair(path, weights), model, optimizers, PLACE, CPU)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    for key, value, message in (("state", "{", "doesn't fit this run"), ("format_version", "1", "has format version 1")):
        path.write_bytes(sealed(save(load_file(path), {**metadata, "sha256": BLANK, key: value})))
        with pytest.raises(CheckpointError, match=message):
            restored(Pair(path, weights), model, optimizers)
    without = {k: v for k, v in metadata.items() if k != "weights"} | {"sha256": BLANK}
    path.write_bytes(sealed(save(load_file(path), without)))
    with pytest.raises(CheckpointError, match="is damaged: 'weights'"):
        restored(Pair(path, weights), model, optimizers)
    with pytest.raises(CheckpointError, match="doesn't exist"):
        load_model(path.with_name("nothing"), model)


def test_another_model(path: Path, weights: Path) -> None:
    model, optimizers = trained()
    save_checkpoint(Pair(path, weights), model, optimizers, PLACE, CPU)
    with pytest.raises(CheckpointError, match=r"belongs to another model: .*features\.c3"):
        load_model(weights, Model(stereo_graph("skip")))


def test_a_weight_that_is_not_a_number_is_not_saved(path: Path, weights: Path) -> None:
    model, optimizers = trained()
    save_checkpoint(Pair(path, weights), model, optimizers, PLACE, CPU)
    before = path.read_bytes(), weights.read_bytes()
    with torch.no_grad():
        model.weights()[0].fill_(torch.nan)
    with pytest.raises(DivergedError, match=r"features\.stem\.conv\.weight \(tiny\.sdhs:7:3\) is no longer finite"):
        save_checkpoint(Pair(path, weights), model, optimizers, PLACE, CPU)
    assert (path.read_bytes(), weights.read_bytes()) == before


def test_a_weight_that_is_too_large_is_not_saved(path: Path, weights: Path) -> None:
    """Behind it, a norm may hide it from the loss; a large statistic is due to the data."""
    model, optimizers = trained()
    next(value for name, value in model.named_buffers() if name.endswith("running_var")).fill_(1e12)
    save_checkpoint(Pair(path, weights), model, optimizers, PLACE, CPU)
    with torch.no_grad():
        model.weights()[0][0, 0, 0, 0] = 2.0**24
        save_checkpoint(Pair(path, weights), model, optimizers, PLACE, CPU)
        before = path.read_bytes(), weights.read_bytes()
        model.weights()[0][0, 0, 0, 0] = -1e8
    with pytest.raises(DivergedError, match=r"features\.stem\.conv\.weight \(tiny\.sdhs:7:3\) has values up to 1e\+08"):
        save_checkpoint(Pair(path, weights), model, optimizers, PLACE, CPU)
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
