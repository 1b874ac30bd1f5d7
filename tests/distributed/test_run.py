"""Runs of two processes: their results, and what happens if one of them is killed, interrupted or wrong."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from same_run import assert_same_run
from several import HERE, SPEC, STEPS, Start

from spikegraph.runs.record import read_run

Trained = Callable[..., Path]
DISTURBED = HERE / "disturbed_program.py"
SYNC = "--sync-norm"


def disturbed(start: Start, ranks: str, step: int, name: str, *arguments: object, **how: int):
    return start(*arguments, program=(DISTURBED, ranks, step, name), **how)


def test_two_processes_find_the_genotype_of_one(trained: Trained) -> None:
    one, two = read_run(trained(processes=1)), read_run(trained(SYNC))
    assert (one.manifest.processes, two.manifest.processes) == (1, 2)
    assert (one.manifest.sync_norm, two.manifest.sync_norm) == (False, True)
    assert one.genotype == two.genotype
    for phase in ("search", "retrain"):
        for a, b in zip(one.steps(phase), two.steps(phase), strict=True):
            assert (a.epoch, a.step, a.lr) == (b.epoch, b.step, b.lr)
            assert b.losses == pytest.approx(a.losses, rel=1e-2)
    assert len(two.steps("search")) == len(two.steps("retrain")) == STEPS
    assert two.summary.evaluation is not None
    assert two.summary.evaluation.samples == 1000


@pytest.mark.long
def test_two_processes_choose_the_neuron_of_one(start: Start, folder: Path) -> None:
    (folder / "auto.sdhs").write_text(SPEC.replace("dgs at stem", "dgs at auto(1, by = gradient)"))
    found = {}
    for processes, sync in ((1, ()), (2, (SYNC,))):
        run = folder / f"auto-{processes}"
        done = start("compile", "auto.sdhs", "--train", "--out", run, *sync, processes=processes)
        assert done.returncode == 0, done.stderr
        lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
        found[processes] = [(e["epoch"], e["step"], e["neuron"]) for e in lines if e["event"] == "dgs"]
    assert len(found[1]) > 0
    assert found[1] == found[2]


@pytest.mark.long
def test_a_killed_process_ends_the_others_and_the_run_continues_to_the_same_bits(
    start: Start, trained: Trained, folder: Path
) -> None:
    run = folder / "killed"
    killed = disturbed(start, "1", STEPS + 3, "SIGKILL", "compile", "net.sdhs", "--train", "--out", run, SYNC)
    assert killed.returncode != 0
    message = "error: another process of this run has ended, so process 1 of 2 ends too\n"
    assert killed.stderr.count(message) == killed.stderr.count("error: ") == 1, killed.stderr
    assert (
        f"help: continue with `torchrun --nproc-per-node 2 -m spikegraph compile --train --out {run} --resume`" in killed.stderr
    )
    command = shlex.split(read_run(run).resume_command)
    assert command[:4] == ["torchrun", "--nproc-per-node", "2", "-m"]
    resumed = start(*command[5:])
    assert resumed.returncode == 0, resumed.stderr
    assert_same_run(run, trained(SYNC))


@pytest.mark.slow
@pytest.mark.parametrize(("rank", "step"), [pytest.param("0", 3, marks=pytest.mark.long), ("1", STEPS + 7)])
def test_a_restarted_run_finishes_by_itself_in_its_folder(
    start: Start, trained: Trained, folder: Path, rank: str, step: int
) -> None:
    before = set((folder / "runs").glob("*"))
    done = disturbed(start, rank, step, "SIGKILL", "compile", "net.sdhs", "--train", SYNC, restarts=1)
    assert done.returncode == 0, done.stderr
    (run,) = set((folder / "runs").glob("*")) - before
    assert_same_run(run, trained(SYNC))


@pytest.mark.long
def test_a_restart_resumes_no_run_that_the_call_has_not_begun(start: Start, trained: Trained) -> None:
    run = trained(SYNC)
    before = (run / "metrics.jsonl").read_bytes()
    done = start("compile", "net.sdhs", "--train", "--out", run, SYNC, restarts=1)
    assert done.returncode != 0
    assert f"{run} has a run, started" in done.stderr
    assert (run / "metrics.jsonl").read_bytes() == before


@pytest.mark.long
@pytest.mark.parametrize(("ranks", "name", "options"), [("1", "SIGTERM", (SYNC,)), ("01", "SIGINT", ()), ("0", "SIGHUP", ())])
def test_an_interrupt_stops_all_processes_at_the_same_step(
    start: Start, trained: Trained, folder: Path, ranks: str, name: str, options: tuple[str, ...]
) -> None:
    run = folder / name
    done = disturbed(start, ranks, STEPS + 2, name, "compile", "net.sdhs", "--train", "--out", run, *options)
    assert done.stderr.count("interrupted; saved in") == 1, done.stderr
    assert f"exitcode  : {({'SIGTERM': 143, 'SIGINT': 130, 'SIGHUP': 129})[name]} " in done.stderr
    assert [e.step for e in read_run(run).steps("retrain")] == [1, 2]
    resumed = start("compile", "--train", "--out", run, "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert_same_run(run, trained(*options))


@pytest.mark.long
def test_statistics_of_each_process_are_the_same_after_a_resume(start: Start, folder: Path) -> None:
    """`rate_scale` divides by its running rate; the checkpoint has that of the first process."""
    rates = "logits = stem -> rate_scale(stem, momentum = 0.5) ->"
    spec = SPEC.replace("logits = stem ->", rates).replace("warm_up = 1", "method = single_path  snapshots = 1")
    (folder / "rates.sdhs").write_text(spec)
    whole, run = folder / "rates", folder / "rates-twice"
    done = start("compile", "rates.sdhs", "--train", "--out", whole)
    assert done.returncode == 0, done.stderr
    disturbed(start, "1", 3, "SIGTERM", "compile", "rates.sdhs", "--train", "--out", run)
    assert [e.step for e in read_run(run).steps("search")] == [1, 2, 3]
    last_of_the_epoch = STEPS - 3 + STEPS // 2
    done = disturbed(start, "1", last_of_the_epoch, "SIGTERM", "compile", "--train", "--out", run, "--resume")
    assert done.stderr.count("interrupted; saved in") == 1, done.stderr
    assert '"event":"dgs"' not in (run / "metrics.jsonl").read_text().replace(" ", "")
    done = start("compile", "--train", "--out", run, "--resume")
    assert done.returncode == 0, done.stderr
    assert_same_run(run, whole)


@pytest.mark.long
def test_another_number_of_processes_is_a_difference(start: Start, folder: Path) -> None:
    run = folder / "fewer"
    disturbed(start, "1", 2, "SIGTERM", "compile", "net.sdhs", "--train", "--out", run)
    refused = start("compile", "--train", "--out", run, "--resume", processes=1)
    assert refused.returncode == 3
    line = "processes: the run's 2, now 1 (other rounding; use `torchrun --nproc-per-node 2 -m spikegraph`)"
    assert line in refused.stderr
    forced = start("compile", "--train", "--out", run, "--resume", "--force", processes=1)
    assert forced.returncode == 0, forced.stderr
    assert read_run(run).manifest.processes == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "status", "message"),
    [
        pytest.param("retrain net on images {\n  epochs = 2  batch = 20", "retrain net on images {\n  epochs = 2  batch = 3", 1,
         "error: wrong.sdhs:25:1: `batch = 3` of `retrain` can't be divided by 2 processes\n"
         "help: use a multiple of 2: --set retrain.batch=4\n", marks=pytest.mark.long),
        ("lr = 0.05", "lr = 1e6", 3, "error: search, epoch 1, step "),
        ("neuron = lif", "neuron = no", 1, "wrong.sdhs:9:51: error[SG0202]: there is no neuron `no`\n"),
    ],
    ids=["batch", "diverged", "spec"],
)  # fmt: skip
def test_an_error_is_shown_once(start: Start, folder: Path, old: str, new: str, status: int, message: str) -> None:
    assert old in SPEC
    (folder / "wrong.sdhs").write_text(SPEC.replace(old, new))
    done = start("compile", "wrong.sdhs", "--train", "--out", folder / f"wrong-{status}-{len(new)}")
    assert len(re.findall(r"^(?:\S+: )?error(?:\[\w+\])?: ", done.stderr, re.MULTILINE)) == 1, done.stderr
    assert done.stderr.count(message) == 1, done.stderr
    # torchrun ends the processes that haven't ended by themselves when it sees the first status.
    assert set(re.findall(r"exitcode  : (-?\d+) ", done.stderr)) in ({str(status)}, {str(status), "-15"}), done.stderr
