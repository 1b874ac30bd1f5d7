"""Training and saving: offered only with a folder for it, and only below it."""

import json
import signal
import stat
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from spikegraph.agents.files import Files
from spikegraph.agents.server import _tool, tools
from spikegraph.agents.tool import ToolError
from spikegraph.agents.training import Trainings
from spikegraph.base.errors import NotFoundError, RunFolderError
from spikegraph.program.program import Program
from spikegraph.program.sample_profile import with_sample
from spikegraph.runs.ended import recorded_end
from spikegraph.runs.lock import owned

SPEC = """\
sdhs 1
import "neurons.sdhs"
network net {
  input x : real[3, 1, 1]
  time = 2
  output logits = x -> flatten -> linear(4) -> lif -> linear(2) -> mean(time)
}
dataset mine { source = arrays  file = "small.npz" }
retrain net on mine { epochs = 1  batch = 4  weights = adam(lr = 0.1)  loss = cross_entropy(logits) }
"""


KILLED = """
import os, sys
from pathlib import Path
from spikegraph.agents.files import Files
from spikegraph.agents.training import Trainings

files = Files.below(Path(sys.argv[1]))
trainings = Trainings(files, Files.below(Path(sys.argv[2])))
trainings.train({"text": sys.argv[3], "out": "first", "data": "data"})
print(trainings.processes[trainings.writable.root / "first"].pid, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def place(tmp_path):
    """A root with data, and a folder for training."""
    root, out = tmp_path / "root", tmp_path / "out"
    (root / "data").mkdir(parents=True)
    out.mkdir()
    (root / "neurons.sdhs").write_text("sdhs 1\nneuron lif { }\n")
    x = np.random.default_rng(0).normal(size=(20, 1, 1, 3)).astype(np.float32)
    np.savez(root / "data" / "small.npz", images=x, labels=(x[:, 0, 0, 0] > 0).astype(np.int64))
    return root, out


@pytest.fixture
def called(place):
    """Calls tools in this process; ends the trainings that they started."""
    files = Files.below(place[0])
    trainings = Trainings(files, Files.below(place[1]))
    known = {tool.name: tool for tool in tools(files, trainings)}
    yield lambda tool, /, **arguments: known[tool].call(arguments)
    trainings.stop()
    assert not list(place[1].glob(".cache-*"))


def refused(called, tool, /, **arguments):
    with pytest.raises(ToolError) as error:
        called(tool, **arguments)
    return error.value.text


def below(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_without_a_folder_nothing_that_writes_is_offered(session, place):
    assert not any(tool.writes for tool in tools(Files.below(place[0])))
    for name in ("save", "train", "training"):
        assert session.refused(name).startswith(f"error: there is no tool `{name}`\n")


def test_save(called, place):
    root, out = place
    assert called("save", text=SPEC, name="parts/net.sdhs").data == {"path": str(out / "parts" / "net.sdhs")}
    assert (out / "parts" / "net.sdhs").read_text() == SPEC
    text = refused(called, "save", text="", name="parts/net.sdhs")
    assert text == "error: there is a file `parts/net.sdhs`\nhelp: give another name, or `replace`"
    called("save", text="sdhs 1\n", name="parts/net.sdhs", replace=True)
    assert (out / "parts" / "net.sdhs").read_text() == "sdhs 1\n"
    assert below(root) == ["data", "data/small.npz", "neurons.sdhs"]


def test_a_spec_of_a_run_is_not_replaced(called, place):
    _, out = place
    for name in ("run/resolved.sdhs", "run/manifest.json"):
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_text("{}")
    with pytest.raises(NotFoundError, match="is a file of"):
        called("save", text="sdhs 1\n", name="run/resolved.sdhs", replace=True)
    assert (out / "run" / "resolved.sdhs").read_text() == "{}"


def test_nothing_is_written_outside(called, place):
    root, out = place
    (out / "way").symlink_to(root)
    help = f"help: give a path below the root, `{out}`"
    for name in ("way/net.sdhs", "/tmp/net.sdhs"):
        text = f"error: `{name}` is outside of the root\n{help}; links may not lead out of it"
        assert refused(called, "save", text=SPEC, name=name) == text
        assert refused(called, "train", text=SPEC, out=name.removesuffix(".sdhs")).endswith("links may not lead out of it")
    assert refused(called, "save", text=SPEC, name="../net.sdhs") == f"error: `../net.sdhs` has `..` in it\n{help}"
    text = "error: `net.py` isn't the name of a spec\nhelp: use a name that ends in `.sdhs`"
    assert refused(called, "save", text=SPEC, name="net.py") == text
    assert below(root) == ["data", "data/small.npz", "neurons.sdhs"]


def test_a_training_that_cannot_be_is_refused(called, place):
    root, out = place
    assert refused(called, "train", text=SPEC, out=".").startswith("error: `.` isn't the name of a run's folder\n")
    assert refused(called, "train", text=SPEC, out="first", data="nowhere").startswith("error: there is no folder `nowhere`\n")
    assert refused(called, "training", out="first") == "error: there is no run `first`\nhelp: `train` starts one"
    (root / "data" / "away").symlink_to(Path(sys.executable))
    text = f"error: `data/away` is a link that leads out of `{root}`\nhelp: take it away"
    assert refused(called, "train", text=SPEC, out="first", data="data") == text
    (root / "data" / "away").unlink()
    (root / "data" / "sub").symlink_to(root)  # in which others may lead out
    text = "error: `data/sub` is a link to a folder\nhelp: put the folder in its place"
    assert refused(called, "train", text=SPEC, out="first", data="data") == text
    assert below(out) == []
    (out / "first.log").write_text("of another one")
    text = "error: there is a log `first`\nhelp: give the name of a new folder; `training` tells how a run is"
    assert refused(called, "train", text=SPEC, out="first") == text
    (out / "other").mkdir()
    (out / "other" / "away").symlink_to(root / "neurons.sdhs")  # beside the new run, wherever that is
    text = f"error: `other/away` is a link that leads out of `{out}`\nhelp: take it away"
    assert refused(called, "train", text=SPEC, out="parts/first") == text


@pytest.fixture
def trained(called, monkeypatch):
    """Calls `train`, and gives the program that the process which it starts would train, and its data folder."""
    commands = []

    class Finished:
        """A process that has ended at once."""

        def __init__(self, command, **_):
            commands.append(command[command.index("compile") :])

        def poll(self):
            return 0

        terminate = wait = poll

    monkeypatch.setattr("spikegraph.agents.training.subprocess.Popen", Finished)

    def started(out, **arguments):
        called("train", out=out, **arguments)
        (command,) = commands
        given = [(option, value) for option, value in pairwise(command) if option in ("--profile", "--set", "--data")]
        values = [value for option, value in given if option == "--set"]
        data = None if "--data" not in dict(given) else Path(dict(given)["--data"])
        program = Program.read(Path(command[1]), profile=dict(given).get("--profile"), overrides=values)
        return with_sample(program, data)[0].checked(), data

    return started


def test_a_sample_is_under_the_given_values(trained, place):
    """As on the command line, the profile `sample` comes first, then `set`."""
    program, data = trained("first", path="builtin:cifar10", set=["retrain.epochs=2"])
    assert (program.profile, program.spec.retrain.epochs, data) == ("sample", 2, None)
    log = (place[1] / "first.log").read_text()
    assert log.startswith("the data set `cifar10` is missing; using the profile `sample`, ")


def test_values_are_checked_with_the_sample(trained):
    """The warm-up of the spec itself takes the two epochs that are given."""
    program, _ = trained("first", path="builtin:stereo", set=["search.epochs=2"])
    assert (program.spec.search.epochs, program.spec.search.warm_up) == (2, 1)


def test_values_may_have_names_of_an_import(trained, place):
    """The training reads a text that has the import's declarations in their place."""
    (place[0] / "neurons.sdhs").write_text("sdhs 1\nneuron lif { }\nneuron slow { decay = 0.9 }\n")
    text = SPEC.replace('"neurons.sdhs"', '"neurons.sdhs" as lib').replace("time = 2", "time = 2\n  param n = lib.lif")
    text = text.replace("-> lif", "-> n")
    program, _ = trained("first", text=text, data="data", set=["net.n=lib.slow", "lib.slow.decay=0.8", "retrain.epochs=2"])
    assert (program.overrides, program.spec.neurons["lib_slow"].decay) == (
        ("net.n=lib_slow", "lib_slow.decay=0.8", "retrain.epochs=2"),
        0.8,
    )


def test_a_given_profile_has_no_sample_over_it(trained, place):
    """The folder that a data set names is found from the spec's place, not from where its text is written."""
    text = SPEC.replace('"small.npz"', '"small.npz"  folder = "data"')
    text += "profile quick { retrain.epochs = 3 }\nprofile sample { retrain.epochs = 20 }\n"
    program, data = trained("first", text=text, profile="quick")
    assert (program.profile, program.spec.retrain.epochs, data) == ("quick", 3, place[0] / "data")


def test_a_given_profile_stays_without_its_data(called, place):
    text = SPEC.replace('"small.npz"', '"small.npz"  folder = "far"') + "profile quick { }\nprofile sample { }\n"
    text = refused(called, "train", text=text, profile="quick", out="first")
    assert text == "error: there is no folder `far`, which the data set names\nhelp: give `data`"


def test_a_state_is_read_from_below_the_folder_alone(called, place):
    root, out = place
    out.with_name("out.log").write_text("secret")
    assert refused(called, "training", out=".").startswith("error: `.` isn't the name of a run's folder\n")
    for name in ("log", "inside"):
        (out / name).mkdir()
    (out / "log.log").symlink_to(out.with_name("out.log"))
    help = f"help: give a path below the root, `{out}`; links may not lead out of it"
    assert refused(called, "training", out="log") == f"error: `log.log` is outside of the root\n{help}"
    (out / "inside" / "metrics.csv").symlink_to(root / "neurons.sdhs")
    text = f"error: `inside/metrics.csv` is a link that leads out of `{out}`\nhelp: take it away"
    assert refused(called, "training", out="inside") == text


def test_only_what_can_replace_a_file_says_so(place):
    files = Files.below(place[0])
    known = tools(files, Trainings(files, Files.below(place[1])))
    assert [tool.name for tool in known if _tool(tool).annotations.destructive_hint] == ["save"]


def test_the_state_of_a_run_that_another_process_started(called, place, manifest):
    run = place[1] / "first"
    run.mkdir()
    (run / "manifest.json").write_text(json.dumps(manifest))

    def state():
        found = called("training", out="first", wait=0)
        return found.data["state"], found.text

    with owned(run, print):
        assert state() == ("running", "first: running")
    assert state()[0] == "lost"
    with pytest.raises(ZeroDivisionError), recorded_end(run):
        raise ZeroDivisionError("no more")
    assert state() == ("failed", "first: failed (ZeroDivisionError: no more)")
    (run / "summary.json").write_text("{")
    with pytest.raises(RunFolderError, match=r"summary\.json"):
        state()


def test_a_training_writes_below_its_folder_alone(called, place, monkeypatch, tmp_path):
    monkeypatch.setenv("SPIKEGRAPH_NATIVE", "0")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    root, out = place
    (tmp_path / "plugin.py").write_text("from pathlib import Path\n\nPath(__file__).with_name('loaded').touch()\n")
    monkeypatch.setattr("spikegraph.agents.training.loaded_files", lambda: (tmp_path / "plugin.py",))
    (out / ".cache").mkdir()
    assert called("train", text=SPEC, out="first", data="data").data["state"] == "running"
    (out / "again").symlink_to(out)
    for name in ("first.sdhs", "again/first.sdhs"):
        text = f"error: `{name}` is the spec of a training\nhelp: give another name"
        assert refused(called, "save", text=SPEC, name=name, replace=True) == text
    (cache,) = out.glob(".cache-*")
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    found = called("training", out="first", wait=600)
    assert (found.data["state"], found.data["status"]) == ("finished", 0), found.text
    assert set(found.data["metrics"]) == {"accuracy_percent"}
    assert found.text.startswith("first: finished\naccuracy_percent ")
    assert "import" not in (out / "first.sdhs").read_text()
    assert {"first", "first.log", "first.sdhs"} <= set(below(out))
    assert below(root) == ["data", "data/small.npz", "neurons.sdhs"]
    assert not (tmp_path / "home").exists()
    assert below(out / ".cache") == []
    assert (tmp_path / "loaded").exists()
    assert refused(called, "train", text=SPEC, out="first").startswith("error: there is a run or a spec `first`\n")


def test_a_training_ends_with_a_server_that_is_killed(place):
    text = SPEC.replace("epochs = 1 ", "epochs = 1000000 ")
    command = [sys.executable, "-c", KILLED, *map(str, place), text]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    for _ in range(600):
        state = subprocess.run(["ps", "-o", "stat=", "-p", done.stdout.strip()], capture_output=True, text=True, check=False)
        if state.stdout.strip()[:1] in ("", "Z"):
            assert "error" not in (place[1] / "first.log").read_text()
            return
        time.sleep(0.1)
    raise AssertionError((place[1] / "first.log").read_text())
