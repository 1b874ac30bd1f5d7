"""`spikegraph stream` from pipes, as a process: while they are open, interrupted, killed, and for ten minutes."""

from __future__ import annotations

import json
import re
import signal
import struct
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np
import pytest

from spikegraph.data.events.blocks import Block
from spikegraph.streaming.pipes import RECORD

from ..data.events.recording_files import write_dat
from .stream_helpers import csv, last_of_each, lines, process, repeated


def test_a_pipe_has_the_results_of_the_recording(run, samples, forks) -> None:
    events, logits = samples
    binary = b"".join(
        struct.pack("<qHHBBH", t, x, y, on, 0, 0) for x, y, t, on in zip(*(c.tolist() for c in events), strict=True)
    )
    running = [process(run, "-", "-o", "-", "--format", name) for name in ("csv", "binary")]
    for child, data in zip(running, (csv(events), binary), strict=True):
        out, err = child.communicate(data)
        assert (child.returncode, err.decode()) == (0, "device: cpu\n")
        np.testing.assert_allclose(last_of_each(lines(out.decode())), logits, rtol=1e-5, atol=1e-6)


def test_results_come_while_the_pipe_is_open_and_ctrl_c_keeps_them(run, samples, tmp_path, forks) -> None:
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
    assert child.wait(60) == 130  # while the pipe is open: that it ends would end the stream too
    printed, err = child.communicate()
    assert err.decode().splitlines()[-1] == "interrupted"
    assert printed.decode().splitlines()[0] == "steps       8 in 3 sequences"
    assert json.loads((out / "summary.json").read_text())["ended"] == "interrupted"
    with h5py.File(out / "results.h5") as found:
        assert len(found["step"]) == 8


def test_a_killed_stream_leaves_what_it_wrote(run, samples, tmp_path, forks) -> None:
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
@pytest.mark.parametrize("source", ["pipe", pytest.param("file", marks=pytest.mark.long)])
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
