"""Many processes and threads write samples to the cache at once, and some are killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from spikegraph.base.files import remove_parts
from spikegraph.data.events.formats import open_events
from spikegraph.data.events.sample_cache import SampleCache

from .cache_helpers import CODING, Made, kept

WRITER = textwrap.dedent("""
    import sys
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path
    import numpy as np
    from spikegraph.data.events.coding import Coding
    from spikegraph.data.events.formats import open_events
    from spikegraph.data.events.sample_cache import SampleCache
    from spikegraph.data.events.slicing import Slicing

    file, cache = open_events(Path(sys.argv[1])), SampleCache(Path(sys.argv[2]))
    print("ready", flush=True)
    sys.stdin.readline()

    def work(number):
        coding = Coding("counts", Slicing(1 + number % 5), sensor=(48, 64))
        for _ in range(10):
            sample = coding.encoded(file)
            for path in cache.folder.rglob("*"):
                if number % 3 == 0 and path.is_file() and not path.name.startswith("."):
                    path.unlink(missing_ok=True)  # so that it is written again
            found = cache.get(file, coding, lambda: sample)
            assert found.dtype == sample.dtype and np.array_equal(found, sample)
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(40)))
    print("done")
""")


def started(recording: Path, cache: SampleCache, code: str = WRITER) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", code, str(recording), str(cache.folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_processes_with_many_threads_write_the_same_samples(cache: SampleCache, recording: Path) -> None:
    cache.folder.mkdir()
    running = [started(recording, cache) for _ in range(2)]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in running:
        out, errors = process.communicate("\n", timeout=100)
        assert (out, errors) == ("done\n", "")
    assert not [path for path in kept(cache) if path.name.startswith(".")]


def test_threads_that_write_the_same_sample(cache: SampleCache, recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All begin to write before one is done."""
    from threading import Barrier

    together = Barrier(8, timeout=20)
    write = Path.write_bytes

    def wait(self: Path, data: bytes) -> int:
        together.wait()
        count = write(self, data[: len(data) // 2])
        together.wait()
        return count + write(self, data)

    monkeypatch.setattr(Path, "write_bytes", wait)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: Made(cache)(open_events(recording)), range(8)))
    monkeypatch.undo()
    get = Made(cache)
    np.testing.assert_array_equal(get(open_events(recording)), found[0])
    assert get.count == 0
    assert len(kept(cache)) == 1


KILLED = textwrap.dedent("""
    import os, signal, sys
    from pathlib import Path

    def killed(self, data):
        with self.open("wb") as file:
            file.write(data[: len(data) // 2])
        os.kill(os.getpid(), signal.SIGKILL)

    from spikegraph.data.events.coding import Coding
    from spikegraph.data.events.formats import open_events
    from spikegraph.data.events.sample_cache import SampleCache
    from spikegraph.data.events.slicing import Slicing

    file, coding = open_events(Path(sys.argv[1])), Coding("counts", Slicing(4), sensor=(48, 64))
    Path.write_bytes = killed
    SampleCache(Path(sys.argv[2])).get(file, coding, lambda: coding.encoded(file))
""")


def test_a_killed_writer_leaves_no_sample(cache: SampleCache, recording: Path) -> None:
    process = started(recording, cache, KILLED)
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == -signal.SIGKILL
    assert len(kept(cache)) == 1  # the part that it wrote
    get = Made(cache)
    np.testing.assert_array_equal(get(open_events(recording)), CODING.encoded(open_events(recording)))
    assert get.count == 1
    assert len(kept(cache)) == 2
    remove_parts(cache.folder)
    assert len(kept(cache)) == 1
    get(open_events(recording))
    assert get.count == 1
