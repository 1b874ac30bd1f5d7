"""The number of threads of a run that begins beside others: chosen, told, recorded, and kept."""

import json
from pathlib import Path

import pytest
import torch

from spikegraph.cli.entry import run as spikegraph_main

from ..data.image_files import coloured_images, write_cifar10
from .images_spec import SPEC

NOTE = (
    "note: using 1 of torch's threads in place of 2, because only 1.0 of 2 cores are free; "
    "OMP_NUM_THREADS=2 uses 2 threads anyway"
)


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Two cores and two threads; the test sets how many cores others use."""
    monkeypatch.chdir(tmp_path)
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("spikegraph.base.shared_cores.affinity", lambda: {0, 1})
    monkeypatch.setattr("spikegraph.base.shared_cores.cores", lambda *_: 2)
    used = {"others": 0.0}
    monkeypatch.setattr("spikegraph.cli.threads.others_since", lambda since: used["others"])
    write_cifar10(tmp_path / "data", *coloured_images())
    (tmp_path / "net.sdhs").write_text(SPEC.replace("OPERATION", ""))
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield used
    torch.set_num_threads(before)


def train(out, *more):
    given = ("--train", "--data", "data", "--profile", "tiny", "--device", "cpu", "--out", out)
    return spikegraph_main(["compile", "net.sdhs", *given, *more])


def manifest(run):
    return json.loads(Path(run, "manifest.json").read_text())


def test_one_thread_beside_a_busy_process_which_a_rerun_keeps(machine, capsys):
    machine["others"] = 1.0
    assert train("beside") == 0
    assert NOTE in capsys.readouterr().err.splitlines()
    assert manifest("beside")["threads"] == 1
    assert torch.get_num_threads() == 2
    machine["others"] = 0.0
    assert train("alone") == 0
    assert "threads" not in capsys.readouterr().err
    assert manifest("alone")["threads"] == 2
    for run, threads, others in (("beside", 1, 0.0), ("alone", 2, 1.9)):
        machine["others"] = others
        assert spikegraph_main(["rerun", run, "-o", f"{run} again"]) == 0  # bit for bit
        assert manifest(f"{run} again")["threads"] == threads


def test_a_resumed_run_keeps_its_threads(machine, capsys):
    machine["others"] = 1.0
    assert train("run") == 0
    summary = Path("run/summary.json")
    summary.write_text(json.dumps({**json.loads(summary.read_text()), "complete": False}))
    machine["others"] = 0.0
    capsys.readouterr()
    assert spikegraph_main(["compile", "--train", "--out", "run", "--resume", "--device", "cpu"]) == 0
    told = "note: using 1 of torch's threads in place of 2, so that the numbers repeat"
    assert told in capsys.readouterr().err.splitlines()
    assert manifest("run")["threads"] == 1


def test_who_has_chosen_is_left_alone(machine, monkeypatch, capsys):
    machine["others"] = 1.0
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert train("given") == 0
    assert "threads" not in capsys.readouterr().err
    assert manifest("given")["threads"] == 2
