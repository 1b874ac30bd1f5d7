"""The progress of a sweep: lines for what changes, one line for each run on a terminal."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from spikegraph.sweep.display import Display
from spikegraph.sweep.engine import State
from spikegraph.sweep.task import Outcome

from .journals import epoch, step

DONE = Outcome(0, "", 62.0, True, False)
KILLED = Outcome(-9, "killed by signal 9 (SIGKILL)", 5.0, False, True)
EPOCHS = {f"seed-{k}": {"search": 4, "retrain": 10} for k in range(3)}


@pytest.fixture
def tasks(sweep, tmp_path):
    _, tasks = sweep(seed_0=[], seed_1=[], seed_2=[])
    for task in tasks[:2]:
        (tmp_path / task.run).mkdir()
    return tasks


def test_lines(tasks, tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    with Display(tasks, 2, EPOCHS) as display:
        display.changed(tasks[0], State("running"))
        display.changed(tasks[1], State("running"))
        display.changed(tasks[0], State("finished", (DONE,)))
        display.changed(tasks[1], State("waiting", (KILLED,)))
        display.changed(tasks[1], State("running", (KILLED,)))
        display.changed(tasks[1], State("failed", (KILLED, KILLED)))
        display.changed(tasks[2], State("running"))
        display.changed(tasks[2], State("stopped", (KILLED,)))
    assert capsys.readouterr().err == (
        "seed-0: started\n"
        "seed-1: started\n"
        "seed-0: finished in 1:02; 1 of 3 are finished\n"
        "seed-1: killed by signal 9 (SIGKILL); it is tried again\n"
        "seed-1: started again\n"
        "seed-1: failed: killed by signal 9 (SIGKILL)\n"
        f"  log: {tmp_path}/logs/seed-1.log\n"
        f"  continue: spikegraph compile --train --out {tmp_path}/seed-1 --resume\n"
        "seed-2: started\n"
        "seed-2: stopped\n"
    )


def test_the_command_of_a_failed_run_has_its_plug_ins(sweep, capsys):
    (task,) = sweep(seed_0=[])[1]
    task = replace(task, run=Path("runs/a"), arguments=("--plugin", "my ops.py"))
    with Display([task], 1, {}) as display:
        display.changed(task, State("failed", (KILLED,)))
    command = "spikegraph compile --train --out runs/a --resume --plugin 'my ops.py'\n"
    assert capsys.readouterr().err.endswith(f"continue: {command}")


def journal(tmp_path, name, *entries):
    (tmp_path / name / "metrics.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries))


def test_a_line_for_each_running_run(tasks, tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    with Display(tasks, 2, EPOCHS, every=0.05) as display:
        display.changed(tasks[0], State("running"))
        display.changed(tasks[1], State("running"))
        journal(tmp_path, "seed-1", epoch("search", 1, 2, 2.5), step("search", 2, 1, 1.5))
        shown = ""
        while "0/3 finished" not in shown:
            time.sleep(0.01)
            shown += capsys.readouterr().err
    rows = shown.split("seed-1: started\n")[1].splitlines()
    assert rows[:3] == ["seed-0  starting", "seed-1  search epoch 2/4  loss 1.5", "0/3 finished"]


def test_on_a_terminal_the_lines_stay_below_the_notices(tasks, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")  # makes rich treat standard error as a terminal
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    with Display(tasks, 2, EPOCHS) as display:
        display.changed(tasks[0], State("running"))
        display.changed(tasks[0], State("finished", (DONE,)))
        display.changed(tasks[1], State("running"))
        journal(tmp_path, "seed-1", step("retrain", 3, 1, 1.5))
        shown = ""
        while "retrain epoch 3/10" not in shown:
            time.sleep(0.01)
            shown += capsys.readouterr().err
    assert "seed-0: finished in 1:02; 1 of 3 are finished" in shown
    assert "seed-1  retrain epoch 3/10  loss 1.5" in shown
    assert "1/3 finished  about 1:02 left" in shown


def test_a_name_can_not_control_the_terminal(tasks, capsys, monkeypatch):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    evil = Outcome(3, "\x1b[2J[red]loss[/red]", 1.0, False, False)
    with Display(tasks, 2, EPOCHS) as display:
        display.changed(tasks[0], State("failed", (evil,)))
    assert "seed-0: failed: \\x1b[2J[red]loss[/red]\n" in capsys.readouterr().err
