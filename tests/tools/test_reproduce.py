"""`tools/reproduce`: the plan, the commands and the table beside the paper's, without training."""

import json
import re
import shlex
from itertools import pairwise
from pathlib import Path

import pytest

from spikegraph.program.program import Program
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.summary import Evaluation, Summary

from ..forked import python

ROOT = Path(__file__).parents[2]
COMPLETE = ROOT / "tests" / "compat" / "0.1.0" / "runs" / "complete"


def reproduced(*words):
    done = python("tools/reproduce", *words, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done


def test_table_4_has_the_sizes_of_the_paper():
    done = reproduced("table4", "--data", "data", "--dry-run")
    plan, command, *rest = done.stdout.splitlines()
    assert re.fullmatch(r"CIFAR10, n4: search \S+ hours, .+ a step; retrain \S+ hours, .+ a step on h100", plan)
    assert command.startswith("$ spikegraph compile specs/cifar10-n4.sdhs --train --data ")
    sizes = [line.strip("| ").split(" | ") for line in rest if " x " in line]
    assert len(sizes) == 9
    assert all(ours == paper for _, ours, paper in sizes)


def test_table_8_beside_a_finished_run(tmp_path):
    done_row = RunFolder(tmp_path / "runs" / "spikedhs-d--mm---split-1")
    done_row.path.mkdir(parents=True)
    metrics = {"mean_depth_error_cm": 16.25, "one_pixel_accuracy_percent": 90.5}
    done_row.write_summary(Summary(evaluation=Evaluation(metrics, 861, 1.0), complete=True))
    rows = ("--row", "SpikeDHS (MM), split 1", "--row", "SpikeDHS D (MM), split 1")
    done = reproduced("table8", "--data", tmp_path, "-o", tmp_path / "runs", "--dry-run", *rows)
    fixed, searched, *_ = done.stdout.splitlines()
    assert searched == fixed.replace("DHS", "DHS D").replace(" hours,", " hours without its searches of surrogates,")
    commands = [shlex.split(line.removeprefix("$ spikegraph ")) for line in done.stdout.splitlines() if line.startswith("$")]
    for words in commands:
        changes = [after for word, after in pairwise(words) if word == "--set"]
        spec = (
            Program.read(ROOT / words[1], genotype=ROOT / words[words.index("--genotype") + 1], overrides=changes)
            .checked()
            .spec
        )
        assert spec.retrain is not None and spec.retrain.mix == "membrane"
        assert spec.datasets["mvsec"].split == 1
        assert (spec.retrain.dgs[0].every > spec.retrain.epochs) == (words is commands[0])
    first, second = done.stdout.splitlines()[-2:]
    assert first == "| SpikeDHS (MM), split 1 | - | 15.7 | - | 6.3 | - | 0.55 | - | 91.0 |"
    assert second == "| SpikeDHS D (MM), split 1 | 16.25 | 15.4 | - | 6.0 | - | 0.54 | 90.50 | 91.3 |"


def test_rows_without_data_are_left_out(tmp_path):
    done = reproduced("table1", "--data", tmp_path, "--row", "CIFAR100, n3")
    assert done.stderr == f"left out: CIFAR100, n3, since there is no folder {tmp_path / 'cifar100'}\n"
    assert done.stdout.splitlines()[-1] == "| CIFAR100, n3 | - | 76.15 ± 0.20 |"


def test_a_row_whose_genotype_another_one_finds(tmp_path):
    words = ("tools/reproduce", "table1", "--data", tmp_path, "-o", tmp_path / "runs", "--dry-run", "--row", "CIFAR10, n4s1 D")
    done = python(*words, cwd=ROOT)
    assert done.returncode == 2
    assert "`CIFAR10, n4s1 D` needs the genotype of `CIFAR10, n4`, which " in done.stderr
    assert "doesn't have: --row 'CIFAR10, n4'" in done.stderr


def test_a_run_of_another_seed_or_other_data_is_refused(tmp_path):
    run = tmp_path / "runs" / "cifar10--n4"
    run.mkdir(parents=True)
    manifest = json.loads((COMPLETE / "manifest.json").read_text()) | {"data_folder": str(tmp_path / "cifar10")}
    (run / "manifest.json").write_text(json.dumps(manifest))
    words = ("tools/reproduce", "table4", "-o", tmp_path / "runs", "--dry-run", "--data")
    done = python(*words, tmp_path, cwd=ROOT)
    assert (done.returncode, done.stderr.splitlines()[-1].partition(" has ")[2]) == (
        2,
        "seed 7, not 0; choose another folder: -o RUNS",
    )
    done = python(*words, tmp_path / "others", "--seed", 7, cwd=ROOT)
    assert f"has the data {tmp_path / 'cifar10'}, not {tmp_path / 'others' / 'cifar10'}; choose" in done.stderr
    assert python(*words, tmp_path, "--seed", 7, cwd=ROOT).returncode == 0


def test_a_row_that_fails_ends_nothing_but_those_that_need_it(tmp_path):
    """No data set is there, only its empty folder."""
    (tmp_path / "cifar10").mkdir()
    rows = [word for name in ("CIFAR10, n3", "CIFAR10, n3c5 D") for word in ("--row", name)]
    done = python("tools/reproduce", "table1", "--data", tmp_path, "-o", tmp_path / "runs", *rows, cwd=ROOT)
    assert done.returncode == 1
    said = [line for line in done.stderr.splitlines() if line.startswith(("failed", "left out"))]
    assert said == [
        "failed: CIFAR10, n3, with status 1",
        "left out: CIFAR10, n3c5 D, since it needs the genotype of CIFAR10, n3",
    ]
    assert [line.split(" | ")[0] for line in done.stdout.splitlines()[-2:]] == ["| CIFAR10, n3", "| CIFAR10, n3c5 D"]


@pytest.mark.parametrize("others", [(), ("--row", "CIFAR10, n4")], ids=["alone", "beside one"])
def test_a_wrong_row(others):
    done = python("tools/reproduce", "table4", "--data", "data", *others, "--row", "n5", cwd=ROOT)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "tools/reproduce: error: there is no row `n5`; there are CIFAR10, n4"
