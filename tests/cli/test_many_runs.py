"""The commands `runs`, `show` and `report` on folders of runs."""

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPEC = "sdhs 1\n\nneuron lif {\n  decay = DECAY\n}\n"
GENOTYPE = "sdhs 1\n\ngenotype plain {\n  n0 = c3(prev2) + c3(prev)\n}\n"
OWNER = """
import sys
from pathlib import Path
from spikegraph.runs.lock import owned

with owned(Path(sys.argv[1]), print):
    print("owned", flush=True)
    sys.stdin.readline()
    (Path(sys.argv[1]) / "summary.json").write_text('{"format_version": 1, "complete": true}')
"""


@pytest.fixture
def sweep(tmp_path, manifest, monkeypatch, spikegraph):
    """Two settings with three seeds each, of which one failed."""
    monkeypatch.chdir(tmp_path)
    for k in range(6):
        decay, seed = (0.1, 0.2)[k // 3], k % 3
        folder = tmp_path / "sweep" / f"decay={decay}" / f"seed-{seed}"
        folder.mkdir(parents=True)
        text = SPEC.replace("DECAY", str(decay))
        started = f"2026-01-01T00:00:{k:02}+00:00"
        mine = {"seed": seed, "resolved_sha256": text, "started": started, "overrides": [f"lif.decay={decay}"]}
        (folder / "manifest.json").write_text(json.dumps(manifest | mine))
        (folder / "resolved.sdhs").write_text(text)
        (folder / "genotype.sdhs").write_text(GENOTYPE.replace("c3(prev)", "skip(prev)") if k == 4 else GENOTYPE)
        losses = [{"event": "epoch", "phase": "retrain", "epoch": e, "losses": {"loss": k + 1 / e}} for e in (1, 2)]
        lines = [json.dumps({"time": 1.0, "step": 4, **line}) + "\n" for line in losses]
        (folder / "metrics.jsonl").write_text("".join(lines))
        phase = {"epochs": 2, "steps": 8, "seconds": 1.5, "parameters": 9, "losses": {"loss": k}}
        phase |= {"best_epoch": 2, "validation": {"accuracy_percent": 70.0 + k}}
        evaluation = {"metrics": {"accuracy_percent": 80.0 + k}, "samples": 10, "seconds": 1.0}
        summary = {"format_version": 1, "complete": True, "retrain": phase, "evaluation": evaluation}
        if k == 5:
            end = {"how": "failed", "reason": "out of memory at `stem`", "status": 3, "time": "2026"}
            (folder / "ended.json").write_text(json.dumps({"format_version": 1, **end}))
        else:
            (folder / "summary.json").write_text(json.dumps(summary))
    return tmp_path / "sweep"


@pytest.fixture
def running(sweep):
    """The failed run goes on again in another process, until that gets a line."""
    folder = sweep / "decay=0.2" / "seed-2"
    (folder / "ended.json").unlink()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    process = subprocess.Popen([sys.executable, "-c", OWNER, str(folder)], stdin=pipe, stdout=pipe, text=True, env=environment)
    assert process.stdout is not None
    assert process.stdout.readline() == "owned\n"
    yield process
    process.kill()
    process.communicate()


def test_a_table(spikegraph, sweep, golden):
    done = spikegraph("runs", "sweep")
    assert (done.status, done.err) == (0, "")
    golden(done.out, ".txt")


def test_a_narrow_terminal(spikegraph, sweep, golden, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    golden(spikegraph("runs", "sweep").out, ".txt")


def test_sorted_and_filtered(spikegraph, sweep):
    def found(*arguments):
        return [line.split()[0] for line in spikegraph("runs", "sweep", *arguments).out.splitlines()[1:]]

    assert found("--where", "state=failed") == ["sweep/decay=0.2/seed-2"]
    assert found("--where", "seed>=1", "--where", "lif.decay=0.1", "--sort", "-accuracy_percent") == [
        "sweep/decay=0.1/seed-2",
        "sweep/decay=0.1/seed-1",
    ]
    assert found("--sort", "validation.accuracy_percent", "--reverse")[:2] == [
        "sweep/decay=0.2/seed-1",
        "sweep/decay=0.2/seed-0",
    ]
    assert spikegraph("runs", "sweep", "--where", "seed>7").out == "there is no such run in sweep\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--where", "broken"), "--where: `broken` is not a condition; write COLUMN, one of = != < <= > >=, and a value, "),
        (("--where", "sede=1"), "--where: no run has a column `sede`; did you mean `seed`?"),
        (("--sort", "sede"), "--sort: no run has a column `sede`; did you mean `seed`?"),
        (("--every", "5"), "Invalid value for '--every': `5` isn't a duration"),
    ],
)
def test_wrong_use(spikegraph, sweep, arguments, message):
    done = spikegraph("runs", "sweep", *arguments)
    assert (done.status, done.out) == (2, "")
    assert f"Error: {message}" in done.err


def test_json(spikegraph, sweep):
    found = spikegraph("runs", "sweep", "--json").json
    assert (found["states"], found["settings"]) == ({"finished": 5, "failed": 1}, ["lif.decay"])
    assert found["metrics"] == ["accuracy_percent", "validation.accuracy_percent"]
    last = found["runs"][-1]
    assert (last["state"], last["reason"], last["at"]) == ("failed", "out of memory at `stem`", "retrain, epoch 2")
    assert (last["settings"], last["validation"], last["seconds"]) == ({"lif.decay": 0.2}, {}, None)
    assert last["resume"] == "spikegraph compile --train --out sweep/decay=0.2/seed-2 --resume"


def test_a_comparison(spikegraph, sweep, golden):
    done = spikegraph("show", "sweep")
    assert (done.status, done.err) == (0, "")
    golden(done.out, ".txt")


def test_a_comparison_as_json(spikegraph, sweep):
    found = spikegraph("show", "sweep", "--json").json
    assert list(found) == [
        "format_version",
        "states",
        "settings",
        "metrics",
        "points",
        "best",
        "undecided",
        "agreements",
        "runs",
    ]
    assert [point["settings"] for point in found["points"]] == [{"lif.decay": 0.1}, {"lif.decay": 0.2}]
    assert found["points"][0]["metrics"]["accuracy_percent"] == {
        "mean": 81.0,
        "deviation": 1.0,
        "smallest": 80.0,
        "largest": 82.0,
        "count": 3,
    }
    by = "validation of the retraining"
    best = {"run": "sweep/decay=0.2/seed-1", "spec": "small.sdhs", "by": by, "metric": "accuracy_percent"}
    assert found["best"] == [{**best, "value": 74.0, "of": 5}]
    # A neuron that differs makes other candidates, so each setting is a group.
    assert [(len(a["runs"]), a["distinct"], a["mean_difference"]) for a in found["agreements"]] == [(3, 1, 0.0), (3, 2, 1 / 3)]


def test_runs_that_are_named(spikegraph, sweep):
    names = [f"sweep/decay=0.1/seed-{k}" for k in (2, 0)]
    assert [run["run"] for run in spikegraph("show", *names, "--json").json["runs"]] == names
    done = spikegraph("show", names[0], "sweep")
    assert (done.status, "Error: a run is given twice" in done.err) == (2, True)
    Path("empty").mkdir()
    done = spikegraph("show", names[0], "empty")
    assert (done.status, done.err) == (2, "error: empty is not the folder of a run: it has no manifest.json\n")


def test_watched_without_a_terminal(spikegraph, sweep, running):
    done = spikegraph("runs", "sweep", "--watch")
    assert done.out.splitlines()[:2] == ["6 runs: 1 running, 5 finished", ""]
    assert f"retrain, epoch 2, process {running.pid} on host" in done.out


def test_watched_on_a_terminal(sweep, running):
    """The list is shown again and again until the run ends."""
    primary, secondary = pty.openpty()
    fcntl.ioctl(secondary, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
    kept = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")}
    environment = {**kept, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    command = [sys.executable, "-m", "spikegraph", "runs", str(sweep), "--watch", "--every", "0.2s"]
    process = subprocess.Popen(command, stdout=secondary, env=environment)
    os.close(secondary)
    text, ended = b"", False
    while True:
        try:
            read = os.read(primary, 65536)
        except OSError:  # Linux reports the end of a terminal as an error
            break
        text += read
        if text.count(b"1 running") >= 2 and not ended:
            ended = True
            running.stdin.write("\n")
            running.stdin.flush()
    os.close(primary)
    assert process.wait() == 0
    assert text.count(b"1 running") >= 2
    assert b"6 runs: 6 finished" in text[text.rindex(b"1 running") :]
    assert b"\x1b[" in text


def test_a_report_of_a_folder(spikegraph, sweep):
    done = spikegraph("report", "sweep", "-o", "few.html")
    assert (done.status, done.out, done.err) == (0, "few.html\n", "")
    page = Path("few.html").read_text()
    assert '<section id="runs"' in page
    assert '<section id="costs"' in page
    assert "data-reload" not in page


def test_a_report_reloads_itself_while_a_run_goes_on(spikegraph, sweep, running, monkeypatch):
    pages = []

    def pause(seconds):
        assert seconds == 60.0
        pages.append(Path("r.html").read_text())
        if running.stdin is not None and not running.stdin.closed:
            running.communicate("\n")

    monkeypatch.setattr("spikegraph.cli.report.time.sleep", pause)
    assert spikegraph("report", "sweep", "-o", "r.html", "--watch", "--every", "1m").status == 0
    assert "Some run goes on: the page loads its newer version every 60 seconds." in pages[0]
    assert '<html lang="en" data-reload="60">' in pages[0]
    assert "data-reload" not in Path("r.html").read_text()
