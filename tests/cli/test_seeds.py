"""Several seeds and values in real processes: the bits of single runs, also after kills, and messages for what fails."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from spikegraph.runs.folder import RunFolder

from ..data.image_files import write_folders
from ..train.same_run import assert_same_run
from .small_spec import DECLARED, NETWORK

ROOT = Path(__file__).parents[2]
SPEC = f"""sdhs 1
{DECLARED}{NETWORK}search net on images {{
  epochs = 3  warm_up = 1  batch = 3
  weights = sgd(lr = 0.05)  architecture = adam(lr = 0.5)  loss = cross_entropy(logits)
}}
retrain net on images {{
  epochs = 12  batch = 3  weights = sgd(lr = 0.05)  loss = cross_entropy(logits)
  validate = 0.25
}}
"""
TRAIN = ("compile", "net.sdhs", "--train", "--data", "data", "--device", "cpu")


@pytest.fixture
def start(tmp_path, forks):
    """Starts commands in processes, in a folder with a spec and its data; one thread each."""
    write_folders(tmp_path / "data", [(8, 8)] * 8)
    (tmp_path / "net.sdhs").write_text(SPEC)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    started = []

    def call(*arguments):
        command = [sys.executable, "-m", "spikegraph", *arguments]
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=tmp_path, env=environment))
        return started[-1]

    yield call
    for process in started:
        process.kill()
        process.communicate()


def until(condition, process):
    """Waits for a moment at which a process still runs."""
    while not condition():
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)


def retraining(run):
    """Whether a run has begun to train the weights of what it found."""
    journal = RunFolder(run).metrics
    return journal.exists() and '"phase": "retrain"' in journal.read_text()


def owner(run):
    return json.loads((run / ".lock").read_text())["pid"]


def test_seeds_are_single_runs_bit_for_bit_also_if_one_is_killed(start, tmp_path):
    """The spec is deleted while they run: what begins again doesn't need it."""
    sweep = start(*TRAIN, "--seeds", "0-1", "--jobs", "2", "--out", "out")
    until(lambda: retraining(tmp_path / "out" / "seed-1"), sweep)
    os.kill(owner(tmp_path / "out" / "seed-1"), signal.SIGKILL)
    (tmp_path / "net.sdhs").unlink()
    out, err = sweep.communicate()
    assert sweep.returncode == 0, err
    rows = [line.split("  ") for line in out.splitlines()[1:3]]
    assert [[cell.strip() for cell in row if cell][:2] for row in rows] == [
        ["seed-0", "finished"],
        ["seed-1", "finished after 1 retry: killed by signal 9 (SIGKILL)"],
    ]
    assert "seed-1: killed by signal 9 (SIGKILL); it is tried again\n" in err
    assert ", by the validation of the retraining: " in out
    assert "\nseed-0 -> seed-1\n" in out or "\nseed-0 and seed-1 are the same architecture\n" in out
    (tmp_path / "net.sdhs").write_text(SPEC)
    singles = [start(*TRAIN, "--seed", str(seed), "--out", f"single-{seed}") for seed in (0, 1)]
    for seed, single in enumerate(singles):
        assert single.wait() == 0
        one, other = tmp_path / "out" / f"seed-{seed}", tmp_path / f"single-{seed}"
        assert RunFolder(one).read_summary().complete
        assert_same_run(one, other)
        first, second = (json.loads((run / "manifest.json").read_text()) for run in (one, other))
        assert {key for key in first if first[key] != second[key]} == {"command", "started"}


@pytest.mark.long
def test_a_diverging_point_is_not_tried_again_and_can_be_resumed_alone(start, tmp_path):
    sweep = start("sweep", *TRAIN[1:2], *TRAIN[3:], "--set", "retrain.weights.lr=0.05,1e15", "--retries", "3", "--out", "out")
    out, err = sweep.communicate()
    assert sweep.returncode == 3, err
    assert "\n  continue: spikegraph compile --train --out out/lr=1e15 --resume\n" in err
    (failed,) = [line for line in err.splitlines() if line.startswith("lr=1e15: failed: ")]
    assert failed.startswith("lr=1e15: failed: retrain, epoch 1, step 2: the loss is ")
    assert failed.removeprefix("lr=1e15: ") in out
    assert err.count("lr=1e15: started") == 1
    log = (tmp_path / "out" / "logs" / "lr=1e15.log").read_text()
    assert "\nerror: retrain, epoch 1, step 2: the loss is " in log
    alone = start("compile", "--train", "--out", "out/lr=1e15", "--resume")
    assert alone.wait() == 3  # and diverges again


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_coordinator_that_ends_is_continued_to_the_same_bits(start, tmp_path, number):
    """Its runs save and end, also if it is killed; who continues at once waits for them."""
    single = start(*TRAIN, "--seed", "1", "--out", "single")
    assert single.wait() == 0
    sweep = start(*TRAIN, "--seeds", "0-2", "--jobs", "2", "--out", "out")
    until(lambda: all(retraining(tmp_path / "out" / f"seed-{seed}") for seed in (0, 1)), sweep)
    sweep.send_signal(number)
    again = start("compile", "--train", "--out", "out", "--resume") if number == signal.SIGKILL else None
    out, err = sweep.communicate()
    assert sweep.returncode == (-9 if number == signal.SIGKILL else 128 + number)
    if again is None:
        assert err.endswith(
            "0 of 3 runs are finished; continue with `spikegraph compile --train --out out --resume`\n"
            "interrupted; saved in out, `--resume` continues\n"
        ), err
        logs = [(tmp_path / "out" / "logs" / f"seed-{seed}.log").read_text() for seed in (0, 1)]
        assert all("interrupted; saved in out/seed-" in log for log in logs)
        again = start("compile", "--train", "--out", "out", "--resume")
    out, err = again.communicate()
    assert again.returncode == 0, err
    lost = "lost with the process of the sweep" if number == signal.SIGKILL else "stopped with the sweep"
    assert f"seed-1  finished after 1 retry: {lost}" in out
    assert RunFolder(tmp_path / "single").read_summary().complete
    assert_same_run(tmp_path / "out" / "seed-1", tmp_path / "single")
