"""Exit statuses, streams, colours, and messages for wrong usage and failures."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WRONG = "sdhs 1\ncell feature {\n  nodes = 0\n}\n"


def test_no_command_shows_the_help(spikegraph):
    done = spikegraph()
    assert done.status == 2
    assert "Usage: spikegraph" in done.err + done.out


def test_version(spikegraph):
    import spikegraph as package

    assert spikegraph("--version").out == f"spikegraph {package.__version__}\n"


def test_an_unknown_command_has_its_nearest(spikegraph):
    done = spikegraph("chek")
    assert done.status == 2
    assert "did you mean `check`?" in done.err
    assert done.out == ""


@pytest.mark.parametrize("word", ["train", "trian", "retrian", "serach"])
def test_training_is_an_option_of_compile(spikegraph, word):
    done = spikegraph(word)
    assert done.status == 2
    assert f"no command is called `{word}`; did you mean `compile SPEC --train`?" in done.err


def test_an_unknown_command_without_a_nearest_one_says_where_they_are(spikegraph):
    assert "no command is called `xyzzy`; `spikegraph --help` lists them" in spikegraph("xyzzy").err


def test_an_unknown_profile_has_its_nearest(spikegraph):
    done = spikegraph("check", "specs/cifar10.sdhs", "--profile", "sampel")
    assert done.status == 1
    assert "there is no profile `sampel`" in done.err
    assert "help: did you mean `sample`?" in done.err


@pytest.mark.parametrize(
    ("words", "option", "partner"),
    [
        ("runs specs --every 1s", "--every", "--watch"),
        ("report specs --every 1s", "--every", "--watch"),
        ("data show builtin:cifar10 --samples 2", "--samples", "-o"),
        ("diff builtin:genotypes/cifar10 builtin:genotypes/stereo --dark", "--dark", "-o"),
        ("diff builtin:genotypes/cifar10 builtin:genotypes/stereo --style screen", "--style", "-o"),
    ],
)
def test_an_option_without_the_one_that_it_belongs_to(spikegraph, words, option, partner):
    done = spikegraph(*words.split())
    assert (done.status, done.out, done.err.splitlines()[-1]) == (2, "", f"Error: {option} needs {partner}")


def test_an_unknown_option_has_its_nearest(spikegraph):
    done = spikegraph("check", "--jsno", "specs/stereo.sdhs")
    assert done.status == 2
    assert "--json" in done.err


@pytest.mark.parametrize(("choice", "coloured"), [("always", True), ("never", False), ("auto", False)])
def test_colours(spikegraph, tmp_path, choice, coloured):
    spec = tmp_path / "wrong.sdhs"
    spec.write_text(WRONG)
    for arguments in (("--color", choice, "check", spec), ("check", spec, "--color", choice)):
        assert ("\x1b[" in spikegraph(*arguments).err) is coloured


def test_no_color_wins_on_a_terminal(monkeypatch):
    from spikegraph.cli.settings import Settings

    class Terminal:
        def isatty(self):
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "")
    assert Settings().colored(Terminal())  # type: ignore[arg-type]
    monkeypatch.setenv("NO_COLOR", "1")
    assert not Settings().colored(Terminal())  # type: ignore[arg-type]
    assert Settings(color="always").colored(Terminal())  # type: ignore[arg-type]


@pytest.mark.parametrize(("choice", "coloured"), [("always", True), ("never", False)])
def test_progress_follows_the_colour_option_and_keeps_the_environment(spikegraph, monkeypatch, tmp_path, choice, coloured):
    from spikegraph.backends.torch import snapshots

    def retrain_snapshots(run, *, reporter, **_):
        reporter.start("retrain", 2)
        reporter.advance(2)
        reporter.stop()
        return []

    monkeypatch.setattr(snapshots, "retrain_snapshots", retrain_snapshots)
    monkeypatch.setenv("FORCE_COLOR", "1")  # makes rich treat standard error as a terminal
    monkeypatch.setenv("TERM", "xterm-256color")
    before = dict(os.environ)
    done = spikegraph("search-progress", tmp_path, "--device", "cpu", "--color", choice)
    assert dict(os.environ) == before
    assert "2/2" in done.err
    assert (re.search(r"\x1b\[(?:\d;)*[39]\d[;m]", done.err) is not None) is coloured


def failing(monkeypatch, error):
    from spikegraph.cli import ops

    def fail(*_, **__):
        raise error

    monkeypatch.setattr(ops, "table", fail)


PERMISSION = "help: change its permissions or those of its folder, or choose another one\n"


def failures():
    from spikegraph.base.errors import CheckpointError, DataError, InputError, Interrupted, PassError, UntrainableError

    return [
        (DataError("it is cut off", Path("a.hdf5"), "copy it anew"), 1, "error: a.hdf5: it is cut off\nhelp: copy it anew\n"),
        (CheckpointError("no checkpoint"), 3, "error: no checkpoint\n"),
        (PassError("no pass", "look", "SG0601"), 2, "error[SG0601]: no pass\nhelp: look\n"),
        (PermissionError(13, "Permission denied", "x.txt"), 3, "error: x.txt: Permission denied\n" + PERMISSION),
        (OSError(28, "No space left on device"), 3, "error: No space left on device\nhelp: free some space on its disk\n"),
        (MemoryError(), 3, "error: out of memory\nhelp: use a smaller `batch`, smaller crops or --precision bf16\n"),
        (UntrainableError("no `retrain`"), 1, "error: no `retrain`\n"),
        (FileNotFoundError(2, "No such file or directory", "no/x.txt"), 2, "error: no/x.txt: No such file or directory\n"),
        (Interrupted("a.safetensors", signal.SIGTERM), 143, "interrupted; saved in a.safetensors, `--resume` continues\n"),
        (Interrupted("a.safetensors"), 130, "interrupted; saved in a.safetensors, `--resume` continues\n"),
        (
            InputError("`logits.p` has weights for 2 time steps, not for 4"),
            1,
            "error: the data don't fit the network: `logits.p` has weights for 2 time steps, not for 4\n"
            "help: change the network, or the data set so that samples have what it needs\n",
        ),
        (KeyboardInterrupt(), 130, "interrupted\n"),
    ]


@pytest.mark.parametrize(("error", "status", "said"), failures(), ids=lambda v: type(v).__name__)
def test_failures_are_reported_without_a_traceback(spikegraph, monkeypatch, error, status, said):
    failing(monkeypatch, error)
    done = spikegraph("ops")
    assert (done.status, done.err.lstrip("\n"), done.out) == (status, said, "")


def test_a_defect_asks_for_a_report_and_shows_its_traceback_when_asked(spikegraph, monkeypatch):
    failing(monkeypatch, KeyError("n0"))
    done = spikegraph("ops")
    assert done.status == 3
    assert done.err.startswith("error: internal error (KeyError: 'n0')\nhelp: ")
    assert "Traceback" not in done.err
    for arguments in (("--debug", "ops"), ("ops", "--debug")):
        assert "Traceback" in spikegraph(*arguments).err
    monkeypatch.setenv("SPIKEGRAPH_DEBUG", "1")
    assert "Traceback" in spikegraph("ops").err


def test_a_closed_pipe_is_quiet():
    read, write = os.pipe()
    os.close(read)
    with open(write, "wb") as closed:  # noqa: PTH123 (a descriptor)
        done = subprocess.run(
            [sys.executable, "-m", "spikegraph", "ops"], stdout=closed, stderr=subprocess.PIPE, cwd=ROOT, check=False
        )
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize(("shell", "current"), [("bash", "1"), ("zsh", "1"), ("fish", "comp")])
def test_shell_completion(shell, current):
    asked = {"_SPIKEGRAPH_COMPLETE": f"{shell}_complete", "COMP_WORDS": "spikegraph comp", "COMP_CWORD": current}
    done = subprocess.run(
        [sys.executable, "-m", "spikegraph"], capture_output=True, text=True, cwd=ROOT, check=True, env={**os.environ, **asked}
    )
    assert "compile" in done.stdout
    assert "check" not in done.stdout.replace("Check a spec", "")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("compile builtin:images --emit resolved --passes fuse", "--passes can't be combined with --emit resolved"),
        ("compile builtin:images --emit resolved --phase deploy", "--phase can't be combined with --emit resolved"),
        ("render builtin:images -o net.svg --level neuron --dark", "--dark can't be combined with --level neuron"),
        ("render builtin:images -o net.svg --level neuron --style paper", "--style can't be combined with --level neuron"),
        ("data show builtin:images -o samples.png --json", "--json can't be combined with -o"),
        ("runs . --json --watch", "--json can't be combined with --watch"),
    ],
)
def test_options_that_mean_nothing_together_are_refused(spikegraph, tmp_path, monkeypatch, command, said):
    monkeypatch.chdir(tmp_path)
    done = spikegraph(*command.split())
    assert (done.status, list(tmp_path.iterdir())) == (2, [])
    assert said in " ".join(done.err.split())
