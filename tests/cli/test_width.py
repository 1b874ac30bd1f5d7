"""Nothing is wider than the terminal; without a terminal, tables are complete."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from spikegraph.base.terminal import columns, reflowed, wrapped
from spikegraph.cli.group import COMMANDS as COMMANDS_BY_NAME
from spikegraph.cli.text_table import fields, table

ROOT = Path(__file__).parents[2]
SEEDS = tuple(f"builtin:genotypes/seeds/cifar10-{n}" for n in range(3))
GENOTYPE = ("--genotype", "builtin:genotypes/stereo")
RESULT = {"epochs": 2, "steps": 1, "seconds": 65.2, "parameters": 10, "losses": {"loss": 1.5, "architecture_loss": 2.5}}
METRICS = {
    "mean_depth_error_cm": 25.5,
    "median_depth_error_cm": 12.25,
    "mean_disparity_error_px": 2.5,
    "one_pixel_accuracy_percent": 36.9,
}


@pytest.fixture
def run(tmp_path, manifest):
    """A complete run with long texts."""
    folder = tmp_path / "a_folder_with_a_long_name"
    folder.mkdir()
    command = ["spikegraph", "compile", "specs/small.sdhs", "--train", *["--set", "small.planes = 12"] * 6]
    notes = ["simulated events from real images, with a notice that doesn't fit a narrow terminal by far, whatever one does"]
    (folder / "manifest.json").write_text(json.dumps(manifest | {"command": command, "notes": notes}))
    summary = {
        "format_version": 1,
        "complete": True,
        "search": RESULT,
        "retrain": RESULT,
        "evaluation": {"metrics": METRICS, "samples": 40, "seconds": 3.0, "firing_rates": {}},
        "baselines": {"constant guess": METRICS, "block matcher": METRICS},
        "notes": notes,
    }
    (folder / "summary.json").write_text(json.dumps(summary))
    (folder / "genotype.sdhs").write_text(f"# {'A comment of the genotype. ' * 5}\nsdhs 1\n\npath feature_path = [1, 0]\n")
    return folder


COMMANDS = [
    ("ops",),
    ("ops", "--all"),
    ("ops", "cost_volume"),
    ("passes",),
    ("passes", "sparsify"),
    ("explain",),
    ("explain", "SG0201"),
    ("specs",),
    ("energies",),
    ("energies", "simple"),
    ("stats", "builtin:stereo", *GENOTYPE),
    ("compile", "builtin:stereo"),
    ("diff", *SEEDS),
    ("diff", *SEEDS[:2]),
    ("check", "builtin:stereo", "--set", "stereo.planes = 12.5"),
    ("check", "specs/a_name_that_is_quite_long/and_longer/and_longer_still.sdhs"),
    ("compile", "builtin:stereo", "--phse", "x"),
    ("data", "check", "tests"),
]


def widest(text):
    return max(len(line) for line in text.splitlines())


@pytest.mark.parametrize("width", [50, 80])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_commands_fit(spikegraph, monkeypatch, command, width):
    monkeypatch.setenv("COLUMNS", str(width))
    done = spikegraph(*command)
    assert done.out + done.err
    assert widest(done.out + done.err) <= width


@pytest.mark.parametrize("command", ["", *COMMANDS_BY_NAME])
def test_help_fits(spikegraph, monkeypatch, command):
    monkeypatch.setenv("COLUMNS", "80")
    assert widest(spikegraph(*command.split(), "--help").out) <= 80


@pytest.mark.parametrize("width", [50, 80])
def test_show_fits_and_keeps_everything(spikegraph, monkeypatch, run, width):
    whole = spikegraph("show", run).out
    monkeypatch.setenv("COLUMNS", str(width))
    done = spikegraph("show", run)
    assert (done.status, widest(done.out) <= width) == (0, True)
    for word in (*METRICS, "25.5", "36.9", "constant", "versions"):
        assert word in done.out
    # A command over several lines is still one command.
    lines = done.out.splitlines()
    start = next(k for k, line in enumerate(lines) if line.startswith("command"))
    end = next(k for k in range(start, len(lines)) if not lines[k].endswith("\\"))
    text = " ".join(line.removesuffix("\\").strip() for line in lines[start : end + 1])
    assert " ".join(text.split()) == " ".join(next(line for line in whole.splitlines() if line.startswith("command")).split())


def test_without_a_terminal_nothing_is_wrapped(spikegraph, run):
    head = spikegraph("ops").out.splitlines()[0].split()
    assert head == ["name", "operands", "parameters", "what", "it", "does"]
    shown = spikegraph("show", run).out
    assert "method          " + "  ".join(METRICS) in shown.splitlines()
    assert widest(shown) > 200


def test_a_real_terminal():
    """The width is that of the terminal; 100 columns leave out fewer of the table's columns."""
    found = {}
    for width in (60, 100):
        primary, secondary = pty.openpty()
        import fcntl
        import struct
        import termios

        fcntl.ioctl(secondary, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        environment = {k: v for k, v in os.environ.items() if k != "COLUMNS"}
        command = [sys.executable, "-m", "spikegraph", "specs"]
        process = subprocess.Popen(command, stdout=secondary, cwd=ROOT, env=environment)
        os.close(secondary)
        text = b""
        while True:
            try:
                read = os.read(primary, 65536)
            except OSError:  # Linux reports the end of a terminal as an error
                break
            if not read:
                break
            text += read
        os.close(primary)
        assert process.wait() == 0
        found[width] = text.decode().replace("\r\n", "\n")
        assert widest(found[width]) <= width
    assert len(found[60].splitlines()) > len(found[100].splitlines())


ROWS = [
    ("name", "kind", "number", "text"),
    ("first", "spike", "1", "a longer text of several words"),
    ("b", "real", "20", "short"),
]


def test_a_table_leaves_columns_out(monkeypatch):
    monkeypatch.setenv("COLUMNS", "44")
    assert table(ROWS, right=(2,), drop=(1, 2)) == (
        "name   text\nfirst  a longer text of several words\nb      short\nleft out to fit 44 columns: kind, number\n"
    )
    monkeypatch.setenv("COLUMNS", "51")
    assert table(ROWS, right=(2,), drop=(1, 2)).splitlines()[1] == "first       1  a longer text of several words"


def test_a_table_wraps_sentences_and_cuts_the_rest(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    assert table([row[2:] for row in ROWS], wrap=1) == "number  text\n1       a longer text of several words\n20      short\n"
    monkeypatch.setenv("COLUMNS", "34")
    assert table([row[2:] for row in ROWS], wrap=1).splitlines()[1:3] == ["1       a longer text of several", "        words"]
    assert table([row[2:] for row in ROWS]).splitlines()[1] == "1       a longer text…everal words"


def test_fields_are_wrapped(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    assert fields([("a", "one two three four"), ("bc", "x\ny")]) == "a   one two three\n    four\nbc  x\n    y\n"


def test_columns(monkeypatch):
    for given, found in (("72", 72), ("3", 20), ("0", None), ("x", None), ("", None)):
        monkeypatch.setenv("COLUMNS", given)
        assert columns(sys.stdout) == found


def test_wrapped():
    assert wrapped("one two three", None) == "one two three"
    assert wrapped("one two three\n  four five six", 10) == "one two\nthree\n  four\n  five six"
    assert wrapped("0123456789abcdef", 10) == "0123456789\nabcdef"
    assert reflowed("one two\nthree\n\na\n  b", 20) == "one two three\n\na\n  b"
