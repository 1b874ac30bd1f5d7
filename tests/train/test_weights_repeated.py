"""Runs that started from the weights of another one are resumed and repeated bit for bit, with the same weights alone."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from spikegraph.cli.entry import run as spikegraph_main
from spikegraph.runs.record import read_run

from .fine_tuning import THREE, Killed, program, trained, weights
from .same_run import assert_same_run


@pytest.mark.parametrize("kill_at", [1, 8])
def test_a_killed_run_resumes_to_the_same_bits(work, kill_at):
    more = '  freeze = [stem]\n  weights_from = "first"\n'
    trained("whole", program(more))
    with pytest.raises(Killed):
        trained("killed", program(more), kill_at=kill_at, save_every=60.0)
    assert Path("killed/checkpoints/retrain.newest.safetensors").exists() == (kill_at > 1)
    trained("killed", program(more), resume=True)
    assert_same_run(Path("whole"), Path("killed"))
    assert (
        json.loads(Path("killed/summary.json").read_text())["weights"]
        == json.loads(Path("whole/summary.json").read_text())["weights"]
    )


SEARCH = (
    "search net(classes = 3) on three {\n  method = random(2)  epochs = 1  batch = 20\n  weights = sgd(lr = 0.1)\n"
    "  loss = cross_entropy(logits)\n}\n"
)


def test_candidates_start_from_the_weights_too(work):
    """The one that is chosen is the run's network: it is trained once, and what it took is told once."""
    open_text = THREE.replace(THREE[THREE.index("genotype") : THREE.index("network")], "")
    of = program('  freeze = [stem, "*.c3.*"]\n', open_text + SEARCH)
    lines = trained("found", of, weights=Path("first"))
    assert [line.partition(":")[0] for line in lines if not line.startswith("left")] == ["weights", "frozen"]
    first, found, run = weights("first"), weights("found"), read_run(Path("found"))
    taken = run.summary.weights.taken
    assert {"stem.conv.weight", "stem.norm.running_var"} < set(taken)
    frozen = [name for name in taken if name.startswith("stem.") or ".c3." in name]
    assert all(torch.equal(first[name], found[name]) for name in frozen)


@pytest.fixture
def command(capsys):
    """Runs a command; its exit status and what it printed."""

    def call(*words):
        capsys.readouterr()
        status = spikegraph_main(list(words))
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def test_a_run_is_resumed_and_repeated_with_the_same_weights_alone(work, command):
    program()
    given = ("compile", "three.sdhs", "--train", "--device", "cpu", "--weights", "first", "--out", "fine")
    status, _, said = command(*given, "--freeze", "stem", "--freeze", "cells[0]", "--take", "stem*", "--take", "cells")
    assert status == 0, said
    assert "frozen: 324 of 615 parameters; 5 norms among them keep the statistics" in said
    _, out, _ = command("show", "fine")
    assert "weights   from first: 54 tensors taken, 2 left\n" in out
    status, out, _ = command("rerun", "fine", "-o", "again")
    assert (status, out.count("identical")) == (0, 4), out
    status, _, said = command("compile", "--train", "--out", "fine", "--resume")
    assert status == 0, said
    held = json.loads(Path("fine/manifest.json").read_text())["weights_sha256"][:12]

    shutil.copytree("first", "copy")
    tensors = {name: tensor + 1 for name, tensor in weights("first").items()}
    save_file(tensors, "first/weights.safetensors")
    now = hashlib.sha256(Path("first/weights.safetensors").read_bytes()).hexdigest()[:12]
    status, _, said = command("rerun", "fine", "-o", "third")
    assert status == 3
    assert said == (
        f"error: {work / 'first'}: the weights that the run starts from have changed: the run's are {held}, now {now}\n"
        "help: restore them, or give a copy with --weights PATH\n"
    )
    status, _, said = command("compile", "--train", "--out", "fine", "--resume")
    assert status == 3
    assert f"  weights: the run's {held}, now {now} (another run; give the run's with --weights PATH)\n" in said
    shutil.rmtree("first")
    status, _, said = command("compile", "--train", "--out", "fine", "--resume")
    assert status == 3
    assert said == (
        f"error: the weights that the run starts from aren't there any more: {work / 'first'}\n"
        "help: give their new place with --weights PATH\n"
    )
    status, out, _ = command("rerun", "fine", "-o", "fourth", "--weights", "copy")
    assert (status, out.count("identical")) == (0, 4), out
