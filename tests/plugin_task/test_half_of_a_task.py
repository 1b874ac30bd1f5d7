"""Plug-ins of a task of which something is missing, or that finds its output itself."""

from pathlib import Path

import pytest

import spikegraph
from spikegraph.cli.entry import run
from spikegraph.plugins import local_files
from spikegraph.plugins.owners import forget
from spikegraph.plugins.registry import RegistrationError
from spikegraph.tasks import TASKS
from spikegraph.tasks.numbers import Numbers

from .conftest import PLUGIN, SPEC

REGISTERED = 'TASKS.register("lights", Lights())'


@pytest.fixture
def checked(tmp_path, monkeypatch, capsys):
    """The exit status of the check of a spec with a changed plug-in, and what is said of it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "500")
    before = set(local_files._loaded)

    def check(old, new, spec=SPEC):
        text = PLUGIN.read_text(encoding="utf-8")
        assert text.count(old) == 1
        Path("half.py").write_text(text.replace(old, new), encoding="utf-8")
        Path("net.sdhs").write_text(spec, encoding="utf-8")
        spikegraph.load_plugin("half.py")
        status = run(["check", "net.sdhs"])
        said = capsys.readouterr()
        return status, said.out + said.err

    yield check
    for file in set(local_files._loaded) - before:
        forget(local_files._loaded.pop(file))


def test_a_task_that_nobody_registered(checked):
    status, said = checked(REGISTERED, "pass")
    assert status == 3
    line = next(k for k, text in enumerate(PLUGIN.read_text(encoding="utf-8").splitlines(), 1) if "def apart(" in text)
    why = "ValueError: the loss `apart` takes the form `lights`, which nobody registered"
    assert f"error: the plug-in `half.py` failed at half.py:{line}: {why}" in said


def test_a_task_of_which_only_the_form_is_registered(checked):
    form = 'from spikegraph.dsl.schema.forms import FORMS; FORMS.register("lights", Lights.forms["lights"])'
    status, said = checked(REGISTERED, form)
    assert status == 1
    assert "net.sdhs:3:1: error[SG0320]: there is no task `lights`" in said


def test_a_task_that_finds_its_output_itself(checked):
    """Where two outputs have its form, and no loss needs the targets."""
    two = SPEC.replace("\n}\nretrain", "\n  output same = points -> linear(6)\n}\nretrain")
    two = two.replace("apart(points, factor = 0.5)", "mse(points, to = same)")
    status, said = checked("return super().node(graph)", 'return graph.node(graph.outputs["points"])', two)
    assert (status, "error" in said) == (0, False), said


def test_a_task_under_another_name_than_its_own():
    class Lamps(Numbers):
        name = "lamps"

    with pytest.raises(RegistrationError) as error:
        TASKS.register("points", Lamps())
    assert str(error.value) == "task `points`: its `name` is `lamps`; register it under this name"
    assert "points" not in TASKS
