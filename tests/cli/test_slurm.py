"""`spikegraph slurm`: what is checked before it writes, and its script, run by a stand-in for Slurm."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from spikegraph.cli.slurm import _slurm_seconds  # pyright: ignore[reportPrivateUsage]
from spikegraph.runs.record import read_run
from spikegraph.runs.repeated import compared
from spikegraph.sweep.folder import SweepFolder

from ..data.image_files import coloured_images, write_cifar10
from ..double_operation import OPERATION
from ..sweep.fake_slurm import Slurm
from .images_spec import SPEC

ROOT = Path(__file__).parents[2]

RETURN = "        return 2 * xs[0], None\n"
SIGNAL = """\
        global calls
        calls += 1
        if calls == 8 and "SIGNAL" in os.environ:
            os.kill(os.getppid(), getattr(signal, os.environ["SIGNAL"]))
"""
HEAD, FROM, REST = OPERATION.replace(RETURN, SIGNAL + RETURN).partition("from typing")
PLUGIN = f"{HEAD}import os\nimport signal\n{FROM}{REST}calls = 0\n"
"""The operation, whose kernel sends a signal to the script of the job at its 8th call, in the retraining."""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a spec, a plug-in and data."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    write_cifar10(tmp_path / "data", *coloured_images())
    (tmp_path / "net.sdhs").write_text(SPEC.replace("OPERATION", ""))
    (tmp_path / "double.sdhs").write_text(SPEC.replace("OPERATION", "double ->"))
    (tmp_path / "ops.py").write_text(PLUGIN)
    return tmp_path


GIVEN = ("--profile", "tiny", "--data", "data", "--seeds", "0-1", "--device", "cpu", "--plugin", "ops.py")


@pytest.mark.long
def test_runs_that_are_stopped_end_with_the_bits_of_seeds(folder):
    """One reaches its time limit and asks to be queued again; the other makes room for another job, and Slurm queues it."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}

    def spikegraph(*arguments):
        command = [sys.executable, "-m", "spikegraph", *arguments, *GIVEN]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stderr

    spikegraph("compile", "double.sdhs", "--train", "--jobs", "2", "--out", "seeds")
    said = spikegraph("slurm", "double.sdhs", "--out", "my jobs", "-o", "two.sh", "--time", "1:00:00")
    assert said.endswith(
        "wrote two.sh, for 2 runs in my jobs\n"
        "submit it with `sbatch two.sh`; compare the runs with `spikegraph compile --train --out 'my jobs' --resume`\n"
    )
    (folder / "double.sdhs").unlink()  # the folder has its text
    disturbed = {0: {"SIGNAL": "SIGTERM"}, 1: {"SIGNAL": "SIGUSR1"}}
    slurm = Slurm(folder, disturbed=disturbed, preempted=frozenset({0}))
    options = slurm.sbatch("two.sh")
    assert (options["array"], options["time"], options["signal"]) == ("0-1", "1:00:00", "B:USR1@120")
    assert slurm.statuses == [(0, 143), (1, 143), (0, 0), (1, 0)]
    for index, name in enumerate(("seed-0", "seed-1")):
        log = (folder / f"double-4711_{index}.log").read_text()
        assert f"saved in {folder}/my jobs/{name}" in log, log
        results = compared(read_run(folder / "seeds" / name), read_run(folder / "my jobs" / name))
        assert {r.what: r.difference for r in results} == dict.fromkeys(("weights", "summary", "genotype", "journal"))


def test_what_is_written(spikegraph, folder, monkeypatch):
    """With a point for each combination, which other commands read too."""
    monkeypatch.chdir(folder)
    options = ("--gpus", 1, "--cpus", 4, "--memory", "16G", "--partition", "gpu", "--concurrent", 3, "--retries", 2)
    done = spikegraph(
        *("slurm", "net.sdhs", "--data", "data", "--set", "search.epochs=2,4", "--set", "search.batch=2"),
        *("--out", "out", "-o", "array.sh", *options),
    )
    assert (done.status, done.out) == (0, ""), done.err
    plan = SweepFolder(folder / "out").read_plan()
    assert [point.name for point in plan.points] == ["epochs=2", "epochs=4"]
    assert (plan.overrides, plan.device, plan.threads, plan.retries) == (("search.batch=2",), "cuda", 4, 2)
    text = (folder / "array.sh").read_text()
    for line in ("array=0-1%3", "cpus-per-task=4", "gpus=1", "mem=16G", "partition=gpu"):
        assert f"#SBATCH --{line}\n" in text
    assert "\nruns=(\n  epochs=2\n  epochs=4\n)\n" in text
    again = spikegraph("slurm", "net.sdhs", "--data", "data", "--seeds", "0-1", "--out", "out", "-o", "array.sh")
    assert again.status == 3
    assert "error: out has a sweep, started " in again.err


WRONG = [
    (
        ("--time", "8d"),
        "'--time': `8d` isn't a time limit; write a number with a unit, us, ms, s, m or h, such as 8h, or as Slurm does: "
        "minutes, HH:MM:SS or DAYS-HH:MM:SS",
    ),
    (("--time", "1:00\n#SBATCH --exclusive"), "isn't a time limit"),
    *(
        (
            ("--time", limit),
            f"'--time': `{limit}` is too short: a run is told to save itself 120 seconds before the limit; "
            "give more than 2 minutes",
        )
        for limit in ("30s", "2m", "2", "1:59", "0:02:00", "0-0:02")
    ),
    (("--memory", "16 G"), "'--memory': `16 G` isn't a size"),
    (("--partition", "gpu --exclusive"), "'--partition': `gpu --exclusive` isn't the name of a partition"),
    (("--partition", "gpu\n"), "isn't the name of a partition"),
    (("--seed", "1"), "--seed can't be combined with --seeds"),
    (("--phase", "search"), "--phase can't be combined with a job array, which runs all phases"),
    (("-o", "nowhere/array.sh"), "there is no folder `nowhere` for -o"),
    (("--data", "nowhere"), "there is no folder `nowhere` for --data"),
    (("--set", "search.epochs=2,2"), "has the value `2` twice"),
]


@pytest.mark.parametrize(
    ("limit", "seconds"),
    [("3", 180), ("2:01", 121), ("1:00:00", 3600), ("1-0", 86400), ("2-3:04", 183840), ("1-02:03:04", 93784), ("0", 0)],
)
def test_the_seconds_of_a_time_limit(limit, seconds):
    assert _slurm_seconds(limit) == seconds


@pytest.mark.parametrize(("given", "said"), WRONG, ids=[" ".join(given)[:20].split("\n")[0] for given, _ in WRONG])
def test_wrong_usage(spikegraph, folder, monkeypatch, given, said):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "300")
    done = spikegraph("slurm", "net.sdhs", "--seeds", "0-1", "--data", "data", "--out", "out", "-o", "array.sh", *given)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert not (folder / "array.sh").exists() and not (folder / "out").exists()


def test_points_are_checked_before_anything_is_written(spikegraph, folder, monkeypatch):
    monkeypatch.chdir(folder)
    done = spikegraph("slurm", "net.sdhs", "--data", "data", "--set", "search.epochs=2,0", "--out", "out", "-o", "array.sh")
    assert done.status == 1
    assert "note: with --set search.epochs=0\n" in done.err
    assert not (folder / "array.sh").exists() and not (folder / "out").exists()
