"""An error in a plug-in's task, source, step or loss is reported with the file and line, in every command."""

import os

import numpy as np
import pytest

import spikegraph
from spikegraph.cli.entry import run

from .conftest import PLUGIN

LINES = PLUGIN.read_text().splitlines()

COMMANDS = {
    "train": ("compile", "net.sdhs", "--train", "--out", "OUT", "--device", "cpu"),
    "workers": ("compile", "net.sdhs", "--train", "--out", "OUT", "--device", "cpu", "--set", "retrain.workers=1"),
    "show": ("data", "show", "net.sdhs"),
    "draw": ("data", "show", "net.sdhs", "-o", "OUT.png"),
    "evaluate": ("evaluate", "run", "--device", "cpu"),
    "evaluate --stream": ("evaluate", "run", "--stream", "--device", "cpu"),
    "examples": ("evaluate", "run", "--examples", "--device", "cpu"),
    "stream": ("stream", "run", "lights.npz", "-o", "OUT", "--device", "cpu"),
    "predict": ("predict", "run", "lights.npz", "-o", "OUT", "--device", "cpu"),
    "report": ("report", "run", "-o", "OUT.html"),
}
PLACES = {
    "train": ("read", "sample", "placed", "step", "loss", "scores", "add", "metrics", "baselines", "planes", "node"),
    "show": ("read", "sample", "placed", "step", "title", "planes"),
    "draw": ("look",),
    "evaluate": ("read", "sample", "placed", "step", "scores", "add", "metrics", "node"),
    "evaluate --stream": ("sample", "step", "add", "metrics"),
    "examples": ("planes",),
    "stream": ("step", "node"),
    "predict": ("step", "node", "rows"),
    "report": ("look",),
}
REFUSALS = [(name, place) for name, places in PLACES.items() for place in places if place in ("placed", "step")]
"""Where a `ValueError` says that a sample doesn't suit a step."""


def line_of(place):
    """Where the plug-in calls `at(PLACE)`."""
    (line,) = (k for k, text in enumerate(LINES, 1) if f'at("{place}")' in text)
    return f"{PLUGIN}:{line}"


@pytest.fixture
def failing(own, monkeypatch):
    """Makes a place of the plug-in raise an exception: in this process, or in one that reads data."""
    here = os.getpid()

    def fail(place, error, *, elsewhere=False):
        def at(called):
            if called == place and (os.getpid() != here) == elsewhere:
                raise error("it is wrong")

        monkeypatch.setattr(own, "at", at)

    return fail


@pytest.fixture
def said(folder, recording, monkeypatch, tmp_path, capsys):
    """The exit status of a command, and the lines of its error."""

    def call(name):
        monkeypatch.chdir(folder)
        monkeypatch.setenv("COLUMNS", "500")
        capsys.readouterr()
        status = run([word.replace("OUT", str(tmp_path / "out")) for word in COMMANDS[name]])
        text = capsys.readouterr().err
        return status, text[text.index("error: ") :].splitlines()

    return call


@pytest.mark.parametrize(("name", "place"), [(name, place) for name, places in PLACES.items() for place in places])
def test_an_exception(said, failing, name, place):
    failing(place, LookupError)
    assert said(name) == (3, failed(place, "LookupError"))


def failed(place, error):
    return [
        f"error: the plug-in `{PLUGIN}` failed at {line_of(place)}: {error}: it is wrong",
        "help: correct the plug-in; --debug shows the traceback",
    ]


def refused(place, where):
    return [
        f"error: {where}: it is wrong",
        f"  raised in the plug-in `{PLUGIN}` at {line_of(place)}",
        "help: change the data set's `augment`",
    ]


@pytest.mark.parametrize(("name", "place"), REFUSALS)
def test_a_step_that_refuses_a_sample(said, failing, name, place):
    failing(place, ValueError)
    assert said(name) == (1, refused(place, "lights.npz" if name in ("stream", "predict") else "sample 0"))


def test_an_error_for_users(said, failing):
    failing("sample", spikegraph.DataError)
    assert said("evaluate") == (1, ["error: it is wrong", f"  raised in the plug-in `{PLUGIN}` at {line_of('sample')}"])


def test_a_process_that_reads_data(said, failing):
    failing("step", LookupError, elsewhere=True)
    assert said("workers") == (3, failed("step", "LookupError"))


def test_a_step_that_refuses_a_sample_there(said, failing):
    failing("placed", ValueError, elsewhere=True)
    status, (error, *rest) = said("workers")
    assert (status, rest) == (1, refused("placed", "")[1:])
    assert error.startswith("error: sample ")


def test_python_gets_a_note(folder, failing, own):
    pairs = [(np.zeros(1, [(name, "i8") for name in "xytp"]), np.zeros((3, 2)))] * 2
    overrides = ["lights.source=python_events", "lights.task=lights", "lights.sensor=[16, 16]"]
    spec = spikegraph.load(folder / "net.sdhs", overrides=overrides)
    failing("checked", ValueError)
    with pytest.raises(spikegraph.DataError, match="sample 0 of the training set") as caught:
        spikegraph.fit(spec, train=pairs, test=pairs, out=folder / "refused")
    assert caught.value.__notes__ == [f"raised in the plug-in `{PLUGIN}` at {line_of('checked')}"]
