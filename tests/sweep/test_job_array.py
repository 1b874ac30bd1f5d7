"""The script of a job array: its text, its quoting, and what it does when a run fails, is stopped or is there already."""

import shlex
import subprocess

import pytest

from spikegraph.sweep.slurm import JobArray, Resources

from .fake_slurm import Slurm

HOSTILE = 'it\'s; $(touch owned) `touch owned`\n#SBATCH --exclusive\n"quoted" -x*'
"""A name that runs commands and adds a line for Slurm, if it isn't quoted."""

ARGUMENTS = """#!/bin/bash
printf '%s\\0' "$@" >> arguments
"""

FAILS = """#!/bin/bash
echo "$@" >> calls
case "$(wc -l < calls)" in STATUSES esac
"""


def array(**changes):
    given = {
        "spec": "specs/net.sdhs",
        "names": ("seed-0", "seed-1"),
        "folder": "/runs/five",
        "arguments": (),
        "resources": Resources(),
        "threads": 4,
        "retries": 0,
    }
    return JobArray(**{**given, **changes})


def write(place, **changes):
    (place / "array.sh").write_text(array(**changes).script("array.sh"))
    assert subprocess.run(["bash", "-n", "array.sh"], cwd=place, check=False, capture_output=True).stderr == b""


def test_its_text(golden):
    resources = Resources(cpus=4, gpus=1, time="8:00:00", memory="16G", partition="gpu,long", concurrent=2)
    golden(array(resources=resources, retries=2).script("array.sh"), ".sh")


def test_hostile_names(tmp_path):
    """Every value arrives as it is, and none is a command or a line for Slurm."""
    write(tmp_path, spec=HOSTILE, folder=HOSTILE, names=(HOSTILE,), arguments=("--plugin", HOSTILE))
    slurm = Slurm(tmp_path, ARGUMENTS)
    options = slurm.sbatch("array.sh")
    assert options["job-name"] == "it-s-touch-owned-touch-owned-SBATCH---exclusive-quoted--x"
    assert (options["array"], "exclusive" in options) == ("0-0", False)
    given = ["compile", "--train", "--resume", "--plugin", HOSTILE, "--out", f"{HOSTILE}/{HOSTILE}"]
    assert (tmp_path / "arguments").read_bytes().decode().split("\0")[:-1] == given
    assert slurm.statuses == [(0, 0)]
    assert not (tmp_path / "owned").exists()


def test_an_index_that_is_not_there(tmp_path):
    write(tmp_path)
    for index, said in (("2", "no such index"), (None, "SLURM_ARRAY_TASK_ID: submit this script with sbatch")):
        environment = {"PATH": "/usr/bin:/bin"} | ({} if index is None else {"SLURM_ARRAY_TASK_ID": index})
        done = subprocess.run(["bash", "array.sh"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode != 0
        assert said in done.stderr


@pytest.mark.parametrize(
    ("retries", "statuses", "calls", "status"),
    [(2, "*) exit 3 ;;", 3, 3), (2, "1) exit 137 ;;", 2, 0), (2, "*) exit 1 ;;", 1, 1), (0, "*) exit 3 ;;", 1, 3)],
    ids=["always", "once", "a wrong spec", "without retries"],
)
def test_a_run_that_fails_is_tried_again(tmp_path, retries, statuses, calls, status):
    write(tmp_path, retries=retries, names=("seed-0",))
    slurm = Slurm(tmp_path, FAILS.replace("STATUSES", statuses))
    slurm.sbatch("array.sh")
    assert slurm.statuses == [(0, status)]
    assert len((tmp_path / "calls").read_text().splitlines()) == calls


SIGNALLED = """#!/bin/bash
echo started >> calls
trap 'echo saved >> calls; exit 143' TERM
if [[ $(grep -c started calls) -gt 1 ]]; then exit 0; fi
kill -SIGNAL $PPID
for ((i = 0; i < 500; i++)); do sleep 0.01; done
exit 9
"""


@pytest.mark.parametrize(
    ("signal", "statuses"), [("USR1", [(0, 143), (0, 0)]), ("TERM", [(0, 143)])], ids=["time limit", "cancelled"]
)
def test_signals_save_the_run_and_only_the_time_limit_requeues_it(tmp_path, signal, statuses):
    """Without tries, although some are left."""
    write(tmp_path, retries=2, names=("seed-0",))
    slurm = Slurm(tmp_path, SIGNALLED.replace("SIGNAL", signal))
    slurm.sbatch("array.sh")
    assert slurm.statuses == statuses
    assert (tmp_path / "calls").read_text().split() == ["started", "saved", "started"][: 1 + len(statuses)]


def test_the_commands_in_its_head_can_be_copied(tmp_path):
    """Names with spaces are quoted there too."""
    head = array(folder="my runs").script("an array.sh").splitlines()[:7]
    assert [shlex.split(line.removeprefix("#"))[:2] for line in head[3:4]] == [["sbatch", "an array.sh"]]
    assert head[5] == "#   spikegraph runs 'my runs'"
