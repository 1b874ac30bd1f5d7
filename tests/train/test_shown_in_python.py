"""What `fit` shows: bars on a terminal, a line in a notebook, lines, or nothing, and the verdict of the command line."""

import contextlib
import os
import pty
import re
import sys
from types import SimpleNamespace

import pytest

import spikegraph
from spikegraph.analysis.verdict_text import verdict_text
from spikegraph.base.errors import ArgumentError
from spikegraph.runs.record import read_run

from .bars import SPEC, Bars


@pytest.fixture
def fit(tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC)
    program = spikegraph.load(path, overrides=["retrain.epochs=2"])

    def fitted(**options):
        return spikegraph.fit(program, train=Bars(32, 0), test=Bars(16, 1), out=tmp_path / "run", **options).path

    return fitted


@pytest.mark.parametrize("options", [{}, {"progress": "none"}])
def test_a_script_stays_quiet(fit, capfd, options):
    fit(**options)
    assert capfd.readouterr() == ("", "")


def test_lines_end_with_the_verdict_of_the_command(fit, capfd):
    run = fit(progress="lines")
    shown = capfd.readouterr()
    lines = shown.err.splitlines()
    assert shown.out == ""
    assert any("retrain epoch 2/2  2/2 steps" in line for line in lines)
    verdict = verdict_text(read_run(run)).splitlines()
    assert verdict[0].startswith("result: the network's accuracy, ")
    assert lines[-len(verdict) :] == verdict


def test_a_terminal_has_bars(fit, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        fit()
    shown = b""
    with contextlib.suppress(OSError):  # at its end
        while more := os.read(ours, 1 << 20):
            shown += more
    os.close(ours)
    shown = shown.decode()
    assert re.search(r"retrain epoch 2/2 \S*━", shown)
    assert "result: the network's accuracy, " in shown


def test_a_notebook_has_a_line_that_is_replaced(fit, monkeypatch, capfd):
    """IPython's display with an id, as its documentation has it: one output, which is updated."""
    outputs = list[list[str]]()

    def display(data, *, raw, display_id):
        assert raw
        assert display_id
        outputs.append([data["text/plain"]])
        return SimpleNamespace(update=lambda data, *, raw: outputs[-1].append(data["text/plain"]))

    shell = SimpleNamespace(kernel=None)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    fit()
    (lines,) = outputs
    assert any("retrain epoch 1/2  2/2 steps" in line for line in lines)
    assert "test  16/16 samples" in lines[-1]
    printed = capfd.readouterr()
    assert printed.err == ""
    assert printed.out.splitlines()[-3].startswith("result: the network's accuracy, ")


@pytest.mark.in_python
def test_there_is_no_such_progress(fit):
    with pytest.raises(ArgumentError) as caught:
        fit(progress="bars")
    assert caught.value.summary == "`progress` is 'bars'; the choices are `auto`, `lines` and `none`"
