"""One exit status for one kind of failure, in every command that can have it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ..data.image_files import write_folders

ROOT = Path(__file__).parents[2]
NOWHERE = "nowhere/at_all"

MISSING = [
    ("check", NOWHERE),
    ("fmt", NOWHERE),
    ("compile", NOWHERE),
    ("compile", "builtin:stereo", "--genotype", NOWHERE),
    ("compile", "builtin:stereo", "--plugin", NOWHERE),
    ("compile", "builtin:stereo", "-o", f"{NOWHERE}/graph.txt"),
    ("compile", "builtin:cifar10", "--train", "--data", NOWHERE),
    ("evaluate", NOWHERE),
    ("evaluate", "specs", "--data", NOWHERE),
    ("stats", NOWHERE),
    ("render", NOWHERE, "-o", "a.svg"),
    ("render", "builtin:stereo", "-o", f"{NOWHERE}/a.svg"),
    ("render", "builtin:stereo", "--level", "neuron", "-o", f"{NOWHERE}/a.svg"),
    ("diff", "builtin:genotypes/cifar10", "builtin:genotypes/cifar10", "-o", f"{NOWHERE}/a.svg"),
    ("slurm", "builtin:cifar10", "-o", f"{NOWHERE}/a.sh"),
    ("diff", NOWHERE, "builtin:genotypes/cifar10"),
    ("import", NOWHERE, "--from", "darts"),
    ("show", NOWHERE),
    ("report", NOWHERE),
    ("search-progress", NOWHERE),
    ("data", "check", NOWHERE),
]


@pytest.mark.parametrize("command", MISSING, ids=" ".join)
def test_a_path_that_does_not_exist_is_wrong_usage(spikegraph, command):
    done = spikegraph(*command)
    assert (done.status, done.out) == (2, "")
    assert NOWHERE in done.err
    assert not Path(ROOT, NOWHERE).parent.exists()


@pytest.mark.parametrize("words", [("check",), ("stats",), ("compile", "builtin:stereo", "--genotype")], ids=" ".join)
def test_an_empty_name_of_a_spec_is_wrong_usage(spikegraph, words):
    done = spikegraph(*words, "")
    assert (done.status, done.out) == (2, "")
    assert done.err.splitlines()[-1].endswith(": the name is empty")


@pytest.mark.parametrize(
    "command",
    [("show",), ("stats",), ("report",), ("evaluate", "--device", "cpu"), ("render", "-o", "a.svg"), ("search-progress",)],
    ids=lambda command: command[0],
)
def test_a_folder_that_is_not_a_run_is_wrong_usage(spikegraph, tmp_path, command):
    done = spikegraph(command[0], tmp_path, *command[1:])
    assert (done.status, done.out) == (2, "")
    assert f"error: {tmp_path} is not the folder of a run: it has no manifest.json\n" in done.err


@pytest.fixture
def wrong(tmp_path):
    path = tmp_path / "wrong.sdhs"
    path.write_text("sdhs 1\ncell a {\n  nodes = 0\n}\n")
    return path


@pytest.mark.parametrize(
    "command", [("check",), ("compile",), ("compile", "--train"), ("stats",), ("render", "-o", "a.svg")], ids=" ".join
)
def test_a_wrong_spec(spikegraph, wrong, command):
    done = spikegraph(command[0], wrong, *command[1:])
    assert (done.status, "error[SG0214]" in done.err) == (1, True)


def test_wrong_data(spikegraph, tmp_path):
    for part in ("train", "val"):
        (tmp_path / "data" / part / "a").mkdir(parents=True)
        (tmp_path / "data" / part / "a" / "b.png").write_text("no image")
    assert spikegraph("data", "check", tmp_path / "data").status == 1
    done = spikegraph("compile", "builtin:cifar10", "--train", "--data", tmp_path, "--device", "cpu", "--out", tmp_path / "run")
    assert done.status == 1
    assert done.err.endswith(f"error: {tmp_path}: it has no folder cifar-10-batches-py\nhelp: --download fetches it\n")


def test_a_spec_that_cannot_be_trained(spikegraph, tmp_path):
    spec = tmp_path / "net.sdhs"
    spec.write_text("sdhs 1\nnetwork net { input x : real[1, 8, 8]  output logits = x -> pool -> linear(2) }\n")
    done = spikegraph("compile", spec, "--train", "--device", "cpu")
    assert done.status == 1
    assert "has no `retrain NETWORK on DATASET`\nhelp: add one to the spec\n" in done.err


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_training_that_is_ended_from_outside(tmp_path, forks, number, status):
    write_folders(tmp_path, [(8, 8)] * 4)
    (tmp_path / "net.sdhs").write_text(
        "sdhs 1\nneuron lif { }\ndataset images { source = imagenet augment = [random_crop([8, 8])] }\n"
        "network net { input x : real[3, 8, 8]  time = 2\n  output logits = x -> conv(3, out = 2) -> lif -> pool -> linear(2)"
        " -> mean(time) }\n"
        "retrain net() on images { epochs = 100000  batch = 4  weights = sgd(lr = 0.01)  loss = cross_entropy(logits) }\n"
    )
    command = [sys.executable, "-m", "spikegraph", "compile", "net.sdhs", "--train", "--data", ".", "--out", "run"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    log = tmp_path / "run" / "metrics.jsonl"
    with subprocess.Popen(
        [*command, "--device", "cpu"], cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True
    ) as run:
        while run.poll() is None and not (log.exists() and log.read_text().count("\n") > 2):
            time.sleep(0.05)
        run.send_signal(number)
        _, error = run.communicate(timeout=120)
    assert run.returncode == status, error
    assert error.endswith("interrupted; saved in run/checkpoints/retrain.newest.safetensors, `--resume` continues\n")
