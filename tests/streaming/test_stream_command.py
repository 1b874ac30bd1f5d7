"""`spikegraph stream`: a trained network says of a stream what it says of the same events as a test sample."""

from __future__ import annotations

import json
import re
import signal
import struct
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from PIL import Image

import spikegraph
from spikegraph.backends.torch.datasets.from_spec import data_sets
from spikegraph.backends.torch.main import train_program
from spikegraph.cli.entry import run as command
from spikegraph.data.events.blocks import Block
from spikegraph.program import Program
from spikegraph.run_settings import Settings
from spikegraph.streaming.pipes import RECORD

from ..data.events.recording_files import read, write_dat, write_faery

SPEC = """\
sdhs 1

neuron lif { }
network net {
  input film : real[2, 34, 34]
  first = film -> conv(3, out = 8, stride = 2) -> norm -> lif -> conv(3, out = 8, stride = 2) -> norm -> lif
  output logits = first -> flatten -> linear(10) -> mean(time)
}
dataset moved { source = events_small  steps = 3  duration = 100ms  cache = none }
retrain net on moved {
  epochs = 1  batch = 20  epoch_samples = 200
  weights = adam(lr = 0.01)  loss = cross_entropy(logits)
}
"""
SAMPLES = 4
"""Test samples that follow each other in a recording."""

APART_US = 100_000


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stream")
    (folder / "net.sdhs").write_text(SPEC)
    return train_program(Program.read(folder / "net.sdhs"), Settings(seed=1), out=folder / "run")[0]


@pytest.fixture(scope="module")
def samples(run: Path) -> tuple[Block, np.ndarray]:
    """Test samples, 0.1 s long each, as one recording, and the network's logits for each sample [SAMPLES, 10]."""
    test = data_sets(Program.read(run / "resolved.sdhs").spec.datasets["moved"], None, 0).test
    model = spikegraph.load_run(run)
    with torch.inference_mode():
        logits = torch.stack([model(test[k][0][:, None])[0] for k in range(SAMPLES)]).numpy()
    parts: list[Block] = []
    for k in range(SAMPLES):
        events = read(test.source.files[k])
        t = events.t - events.t.min()
        parts.append(events._replace(t=t + k * APART_US).where(t < APART_US))
    x, y, t, on = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return Block(x.astype(np.int64), y.astype(np.int64), t, on), logits


def repeated(events: Block, times: int) -> Block:
    """The recording again and again, later each time."""
    parts = [events._replace(t=events.t + k * SAMPLES * APART_US) for k in range(times)]
    return Block(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def last_of_each(found: list[dict]) -> np.ndarray:
    """The logits at the last step of each sequence."""
    return np.array([step["outputs"]["logits"]["values"] for step in found if step["index"] == 2])


def csv(events: Block) -> bytes:
    table = np.stack([events.t, events.x, events.y, events.on], axis=1).tolist()
    return "".join(f"{t},{x},{y},{on}\n" for t, x, y, on in table).encode()


def process(run: Path, *arguments: str, **how) -> subprocess.Popen:
    words = [sys.executable, "-m", "spikegraph", "stream", str(run), *arguments]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how)


def test_a_recording_has_the_results_of_its_samples(run, samples, tmp_path, capsys) -> None:
    events, logits = samples
    for name, write in (("a.dat", write_dat), ("a.aedat4", write_faery), ("a.raw", write_faery)):
        path = write(tmp_path / name, events)
        assert command(["stream", str(run), str(path), "-o", "-", "--sensor", "34x34"]) == 0
        found = lines(capsys.readouterr().out)
        assert [(step["step"], step["sequence"], step["index"]) for step in found[:4]] == [
            (0, 0, 0),
            (1, 0, 1),
            (2, 0, 2),
            (3, 1, 0),
        ]
        np.testing.assert_allclose(last_of_each(found), logits, rtol=1e-5, atol=1e-6)
        assert sum(step["events"] for step in found) == len(events.t)


def test_the_files_of_a_folder(run, samples, tmp_path, capsys) -> None:
    path, out = write_dat(tmp_path / "a.dat", samples[0]), tmp_path / "results"
    options = ["--sensor", "34x34", "--to", "hdf5", "--to", "png", "--to", "mp4"]
    assert command(["stream", str(run), str(path), "-o", str(out), "--json", *options]) == 0
    assert sorted(p.name for p in out.iterdir()) == ["frames", "results.h5", "results.mp4", "steps.jsonl", "summary.json"]
    found = lines((out / "steps.jsonl").read_text())
    summary = json.loads((out / "summary.json").read_text())
    assert summary == json.loads(capsys.readouterr().out)
    assert (summary["steps"], summary["sequences"], summary["events"]) == (12, 4, len(samples[0].t))
    assert (summary["ended"], summary["late"], summary["live"]) == ("end", 0, False)
    assert 0 < summary["latency_ms"]["median"] <= summary["latency_ms"]["99"] <= summary["latency_ms"]["largest"]
    with h5py.File(out / "results.h5") as file:
        assert json.loads(file.attrs["spikegraph"])["kinds"] == {"logits": "class"}
        for key in ("step", "sequence", "index", "start_us", "stop_us", "events", "late"):
            assert file[key][:].tolist() == [step[key] for step in found]
        values = [step["outputs"]["logits"]["values"] for step in found]
        np.testing.assert_allclose(file["outputs/logits"][:], values, rtol=1e-6)
    import av

    pictures = sorted((out / "frames").iterdir())
    assert [p.name for p in pictures] == [f"{k:07d}.png" for k in range(12)]
    with av.open(str(out / "results.mp4")) as video:
        frames = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
        assert float(video.streams.video[0].average_rate) == pytest.approx(30, rel=1e-3)
    assert len(frames) == 12
    for picture, frame in zip(pictures, frames, strict=True):
        expected = np.asarray(Image.open(picture).convert("RGB")).astype(int)
        assert np.abs(frame[: expected.shape[0], : expected.shape[1]] - expected).mean() < 4
    assert np.abs(np.diff(np.stack(frames).astype(int), axis=0)).mean() > 0.1


def test_a_pipe_has_the_results_of_the_recording(run, samples) -> None:
    events, logits = samples
    binary = b"".join(
        struct.pack("<qHHBBH", t, x, y, on, 0, 0) for x, y, t, on in zip(*(c.tolist() for c in events), strict=True)
    )
    running = [process(run, "-", "-o", "-", "--format", name) for name in ("csv", "binary")]
    for child, data in zip(running, (csv(events), binary), strict=True):
        out, err = child.communicate(data)
        assert (child.returncode, err.decode()) == (0, "device: cpu\n")
        np.testing.assert_allclose(last_of_each(lines(out.decode())), logits, rtol=1e-5, atol=1e-6)


def test_results_come_while_the_pipe_is_open_and_ctrl_c_keeps_them(run, samples, tmp_path) -> None:
    events, out = samples[0], tmp_path / "results"
    child = process(run, "-", "-o", str(out))
    assert child.stdin is not None
    child.stdin.write(csv(events.where(events.t < 250_000)))
    child.stdin.flush()
    file = out / "steps.jsonl"
    deadline = time.monotonic() + 60
    while not (file.exists() and len(file.read_text().splitlines()) == 7):  # 7 * 33.3 ms are over, and 8 aren't
        assert time.monotonic() < deadline
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    printed, err = child.communicate()
    assert child.returncode == 130
    assert err.decode().splitlines()[-1] == "interrupted"
    assert printed.decode().splitlines()[0] == "steps       8 in 3 sequences"
    assert json.loads((out / "summary.json").read_text())["ended"] == "interrupted"
    with h5py.File(out / "results.h5") as found:
        assert len(found["step"]) == 8


def test_a_killed_stream_leaves_what_it_wrote(run, samples, tmp_path) -> None:
    out = tmp_path / "results"
    child = process(run, "-", "-o", str(out), "--to", "hdf5", "--to", "mp4")
    assert child.stdin is not None
    child.stdin.write(csv(repeated(samples[0], 60)))
    child.stdin.flush()
    deadline = time.monotonic() + 60
    while not ((out / "steps.jsonl").exists() and len((out / "steps.jsonl").read_text().splitlines()) > 300):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.3)
    child.kill()
    child.communicate()
    with h5py.File(out / "results.h5", swmr=True) as found:
        assert len(found["step"]) > 290
        assert found["step"][:].tolist() == list(range(len(found["step"])))
    import av

    shown = 0
    with av.open(str(out / "results.mp4")) as video, suppress(av.error.InvalidDataError):  # of the last, incomplete fragment
        for _ in video.decode(video=0):
            shown += 1
    assert shown > 200


def seconds_of_events(seconds: int, rate: int = 5000) -> Block:
    """As many seconds of random events."""
    random, count = np.random.default_rng(seconds), seconds * rate
    t = np.sort(random.integers(0, seconds * 1_000_000, count))
    return Block(random.integers(0, 34, count), random.integers(0, 34, count), t, random.random(count) < 0.5)


def peak_until_the_end(child: subprocess.Popen) -> int:
    """The most memory that a process had, in KiB."""
    peak = 0
    while child.poll() is None:
        with suppress(OSError):
            found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{child.pid}/status").read_text())
            peak = int(found[1]) if found else peak
        time.sleep(0.02)
    child.stdout.close()
    child.stderr.close()
    return peak


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="it tells the memory of a process on Linux only")
@pytest.mark.parametrize("source", ["pipe", "file"])
def test_ten_minutes_need_the_memory_of_one(run, tmp_path, source) -> None:
    peaks: list[int] = []
    for seconds in (60, 600):
        events, out, path = seconds_of_events(seconds), tmp_path / f"{seconds}", tmp_path / f"{seconds}.dat"
        options = ["-o", str(out), "--step", "500ms", "--sensor", "34x34"]
        if source == "file":
            child = process(run, str(write_dat(path, events)), *options)
        else:
            child = process(run, "-", "--format", "binary", *options)
            records = np.zeros(len(events.t), RECORD)
            records["t"], records["x"], records["y"], records["p"] = events.t, events.x, events.y, events.on
            child.stdin.write(records.tobytes())
        child.stdin.close()
        peaks.append(peak_until_the_end(child))
        assert child.returncode == 0
        summary = json.loads((out / "summary.json").read_text())
        assert (summary["events"], summary["steps"]) == (seconds * 5000, seconds * 2)
    assert peaks[1] - peaks[0] < 24 << 10, peaks  # the events alone have 75 MB as columns


def test_a_truncated_recording_keeps_its_results(run, samples, tmp_path, capsys) -> None:
    for name, write in (("a.dat", write_dat), ("a.aedat4", write_faery), ("a.raw", write_faery)):
        path = write(tmp_path / name, repeated(samples[0], 5))
        data = path.read_bytes()
        cut = len(data) * 2 // 3
        path.write_bytes(data[: cut - (len(data) - cut + 1) % 2])  # an odd number of bytes less: a word of EVT 3 has 2
        out = tmp_path / f"{name} results"
        assert command(["stream", str(run), str(path), "-o", str(out), "--sensor", "34x34"]) == 1
        err = capsys.readouterr().err
        assert "it ends within" in err or "ends before its list of packets" in err
        assert err.splitlines()[-1] == "help: the file is truncated: copy or download it again"
        summary = json.loads((out / "summary.json").read_text())
        assert str(path) in summary["ended"]
        assert 20 <= summary["steps"] < 60
        assert len((out / "steps.jsonl").read_text().splitlines()) == summary["steps"]


WRONG = [
    (
        ["--step", "0ms"],
        2,
        "Error: Invalid value for '--step': `0ms` isn't a duration; write a number with a unit, such as 500us, 50ms or 2s",
    ),
    (
        ["--sensor", "34"],
        2,
        "Error: Invalid value for '--sensor': `34` isn't a size; write height x width in pixels, such as 260x346",
    ),
    (["--to", "pngs"], 2, "Error: --to: no format is called `pngs`; did you mean `png`?"),
    (["--format", "csv"], 2, "Error: --format is for events from standard input; the format of a file follows from its name"),
    (["--step", "50ms", "--gap", "20ms"], 1, "error: a gap of 20,000 microseconds is shorter than a step of 50,000"),
    (["--right", "{path}"], 1, "error: {path}: the network has one camera, so it takes no recording of a right one"),
    (
        ["--sensor", "33x34"],
        1,
        "error: {path}: the sensor's 33 x 34 pixels give values of 2 x 33 x 34, but the network's input `film` has 2 x 34 x 34",
    ),
    (
        ["--sensor", "16x16"],
        1,
        "error: {path}: the sensor's 16 x 16 pixels give values of 2 x 16 x 16, but the network's input `film` has 2 x 34 x 34",
    ),
]


@pytest.mark.parametrize(("options", "status", "message"), WRONG, ids=lambda value: str(value)[:20])
def test_what_is_refused_writes_nothing(run, samples, tmp_path, capsys, options, status, message) -> None:
    path, out = write_dat(tmp_path / "a.dat", samples[0]), tmp_path / "results"
    given = [option.format(path=path) for option in options]
    assert command(["stream", str(run), str(path), "-o", str(out), *given]) == status
    err = " ".join(capsys.readouterr().err.split())
    assert message.format(path=path) in err
    assert not out.exists()


def test_too_few_events_for_a_step(run, samples, tmp_path, capsys) -> None:
    path = write_dat(tmp_path / "a.dat", samples[0].where(slice(7)))
    words = ["stream", str(run), str(path), "-o", "-", "--sensor", "34x34", "--step", "9"]
    assert command(words) == 1
    assert capsys.readouterr().err == f"device: cpu\nerror: {path}: its 7 events are too few for a step\n"
    path.write_bytes(path.read_bytes()[: -7 * 8])
    assert command(words) == 1
    assert capsys.readouterr().err == f"device: cpu\nerror: {path}: there is no event\n"


def test_a_folder_with_something_in_it_is_left_alone(run, samples, tmp_path, capsys) -> None:
    path, out = write_dat(tmp_path / "a.dat", samples[0]), tmp_path / "results"
    out.mkdir()
    (out / "mine").write_text("kept")
    assert command(["stream", str(run), str(path), "-o", str(out)]) == 3
    assert f"error: {out}: it isn't an empty folder" in capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == ["mine"]
