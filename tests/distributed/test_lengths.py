"""Samples of different lengths in two processes: a step has the gradients of one process, whose batch has all of them."""

import json
from pathlib import Path

from several import HERE, Start


def test_two_processes_compute_what_one_does(start: Start, tmp_path: Path) -> None:
    done = start(tmp_path / "found.json", program=(HERE / "lengths_program.py",))
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "found.json").read_text())
    assert len(found["steps"]) == 11
    for case, result in found["steps"].items():
        assert result["difference"] < 1e-10, case
        assert result["same bits"], case
    assert found["evaluation"]
    message = (
        "`h` (net.sdhs:7:30) is in a loop, and takes its statistics from all processes at each step, but their samples have"
        " 5 and 7 steps; train in one process, or give all samples the same number of time steps"
    )
    assert found["refused"] == [message, message]
