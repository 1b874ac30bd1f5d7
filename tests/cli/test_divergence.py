"""Trainings whose losses explode end with the layer, the step, the last good checkpoint and a fix."""

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from ..data.image_files import write_folders
from .small_spec import DECLARED, NETWORK

SPEC = f"""sdhs 1
{DECLARED}{NETWORK}search net on images {{
  epochs = 1  warm_up = 0  batch = 3
  weights = sgd(lr = 0.05)  architecture = adam(lr = 0.5)  loss = cross_entropy(logits)
}}
retrain net on images {{
  epochs = 20  batch = 4  weights = sgd(lr = 0.05)  loss = cross_entropy(logits)
  dgs at stem {{ every = 50  iterations = 3  candidates = 3 }}
}}
"""
FOUND = "genotype plain {\n  n0 = c3(prev2) + c3(prev)\n}\n"


@pytest.fixture
def train(spikegraph, tmp_path, monkeypatch):
    """Trains with changes of the spec; without a search if a genotype is given."""
    write_folders(tmp_path / "data", [(8, 8)] * 8)
    (tmp_path / "net.sdhs").write_text(SPEC)
    (tmp_path / "found.sdhs").write_text("sdhs 1\n" + FOUND)
    monkeypatch.chdir(tmp_path)

    def run(*changes: str, search: bool = False):
        given = [option for change in changes for option in ("--set", change)]
        given += [] if search else ["--genotype", "found.sdhs"]
        return spikegraph("compile", "net.sdhs", "--train", "--data", "data", "--out", "run", "--device", "cpu", *given)

    return run


NONE = "there is no checkpoint yet; use a smaller learning rate than"

CASES = {
    "a step of the retraining": (
        ["retrain.weights = adam(lr = 1e15)"],
        r"retrain, epoch 1, step 2: the loss is \S+e\+15; the first values to explode are those of `stem.conv` "
        r"\(net.sdhs:11:16\), up to \S+e\+\d\d\n" + f"help: {NONE} 1e\\+15, or `clip`",
    ),
    "with clipping": (
        ["retrain.weights = adam(lr = 1e15)", "retrain.clip = 5"],
        r"retrain, epoch 1, step 2: the loss is .*\n" + f"help: {NONE} 1e\\+15, or a smaller `clip` than 5",
    ),
    "a mean of the retraining": (
        ["retrain.weights = sgd(lr = 1000)"],
        r"retrain, epoch 1, step 4: the epoch's mean `loss` is \d{3}, more than 100; the largest values are those of "
        r"`\S+` \(net.sdhs:\d+:\d+\), up to \S+\n" + f"help: {NONE} 1000, or `clip`",
    ),
    "a step of the search": (
        ["search.weights = sgd(lr = 1e15)"],
        r"search, epoch 1, step 1: `architecture_loss` is \S+e\+14; the first values to explode are those of `stem.conv` "
        r"\(net.sdhs:11:16\), up to \S+\n" + f"help: {NONE} 1e\\+15, or `clip`",
    ),
    "a surrogate search": (
        ["retrain.weights = adam(lr = 1e15)", "retrain.epoch_samples = 4", "retrain.dgs.every = 1"],
        r"retrain, epoch 1, step 2: `(mixed_)?loss` of the surrogate search is \S+e\+\d\d at iteration 1; "
        r"the gradient is largest at `stem`\n" + f"help: {NONE} 1e\\+15, or `clip`",
    ),
}


@pytest.mark.parametrize("kind", CASES)
def test_a_loss_that_explodes_in_the_first_epoch(train, kind: str) -> None:
    changes, message = CASES[kind]
    done = train(*changes, search="search" in kind and "surrogate" not in kind)
    assert done.status == 3
    assert re.search(f"\nerror: {message}\n$", done.err), done.err
    assert not list(Path("run/checkpoints").glob("*.newest.safetensors"))


def test_weights_that_grow_keep_the_last_good_checkpoint(train) -> None:
    """Each step doubles the weights, because of their decay."""
    done = train("retrain.weights = sgd(lr = 0.1, weight_decay = 30)")
    assert done.status == 3
    newest = "run/checkpoints/retrain.newest.safetensors"
    assert done.err.endswith(
        f"help: the last good checkpoint is {newest}; use a smaller learning rate than 0.1, or `clip`\n"
    ), done.err
    entries = [json.loads(line) for line in Path("run/metrics.jsonl").read_text().splitlines()]
    means = [e["losses"]["loss"] for e in entries if e["event"] == "epoch"]
    assert 1 <= len(means) < 20
    assert max(means) <= 100 * max(1, entries[0]["losses"]["loss"])
    weights = load_file("run/weights.safetensors")
    assert all(np.abs(w).max() <= 2**24 for w in weights.values())
    epoch = int(done.err.split("\nerror: retrain, epoch ")[1].split(",")[0])
    assert epoch == len(means) + 1


@pytest.mark.parametrize("lr", [0.05, 1, 10])
def test_large_losses_are_no_divergence(train, lr: float) -> None:
    done = train(f"retrain.weights = sgd(lr = {lr})", "retrain.epochs = 2")
    assert done.status == 0, done.err
    assert math.isfinite(json.loads(Path("run/summary.json").read_text())["retrain"]["losses"]["loss"])
