"""The cache of encoded samples: whole samples only, also with many writers, and new ones when anything changes."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data.events.address_events import AedatFile
from spikegraph.data.events.blocks import Block, EventFile
from spikegraph.data.events.coding import Coding
from spikegraph.data.events.formats import open_events
from spikegraph.data.events.recordings import Clip, Held, Recordings
from spikegraph.data.events.sample_cache import SampleCache
from spikegraph.data.events.slicing import Slicing
from spikegraph.data.events.sources import encoded_folder, notes
from spikegraph.dsl.schema.encodings import EVENT_ENCODINGS, EventEncoding
from spikegraph.plugins.owners import forget, loading

from .cache_helpers import CODING, EVENTS, Made, kept
from .recording_files import dvs128_words, write_aedat2, write_dat


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("counts", {}), ("raw", {"frames": 2}), ("voxel_grid", {"bins": 3}), ("time_surface", {"tau": 0.1})],
)
def test_a_kept_sample_is_the_one_that_was_made(cache: SampleCache, recording: Path, name: str, parameters: Any) -> None:
    coding = Coding(name, Slicing(4), (48, 64), None, parameters)
    source = Recordings((open_events(recording),), np.zeros(1, np.int64), ("one",), coding, cache)
    fresh, again = (source.sample(0).inputs["events"] for _ in range(2))
    expected = replace(source, cache=None).sample(0).inputs["events"]
    for found in (fresh, again):
        assert found.dtype == expected.dtype
        assert found.flags.writeable
        np.testing.assert_array_equal(found, expected)
    assert len(kept(cache)) == 1


def test_a_sample_is_made_once(cache: SampleCache, recording: Path) -> None:
    get = Made(cache)
    for _ in range(3):
        get(open_events(recording))
    assert get.count == 1


def test_what_changes_a_sample_makes_another(cache: SampleCache, recording: Path) -> None:
    get = Made(cache)
    file = open_events(recording)
    get(file)
    changes: list[dict[str, Any]] = [
        {"encoding": "raw", "parameters": {"frames": 1}},
        {"encoding": "raw", "parameters": {"frames": 2}},
        {"slicing": Slicing(5)},
        {"slicing": Slicing(4, "count")},
        {"slicing": Slicing(4, "time", 1000)},
        {"sensor": (50, 64)},
        {"size": (24, 32)},
    ]
    for number, change in enumerate(changes):
        get(file, replace(CODING, **change))
        assert get.count == number + 2
    assert len(kept(cache)) == 8


def test_a_changed_recording_makes_another(cache: SampleCache, recording: Path) -> None:
    get = Made(cache)
    get(open_events(recording))
    status = recording.stat()
    os.utime(recording, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    get(open_events(recording))
    assert get.count == 2
    write_dat(recording, EVENTS.where(slice(500)))
    os.utime(recording, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert get(open_events(recording)).sum() == 500
    assert get.count == 3


def test_parts_of_a_recording_and_other_ways_to_read_it(cache: SampleCache, tmp_path: Path) -> None:
    path = write_aedat2(tmp_path / "a.aedat", dvs128_words(EVENTS), EVENTS.t)
    get, coding = Made(cache), Coding("counts", Slicing(2), (128, 128))
    files = [
        AedatFile(path),
        AedatFile(path, swapped=True),
        Clip(AedatFile(path), 0, 100_000),
        Clip(AedatFile(path), 0, 200_000),
    ]
    for _ in range(2):
        sums = [int(get(file, coding).sum()) for file in files]
        assert sums == [2000, 2000, (EVENTS.t < 100_000).sum(), (EVENTS.t < 200_000).sum()]
    assert get.count == 4


def test_events_in_memory_are_told_apart_by_their_values(cache: SampleCache, recording: Path) -> None:
    """They have many values, of which one differs."""
    other = EVENTS._replace(x=EVENTS.x.copy())
    other.x[1000] = (other.x[1000] + 1) % 64
    get = Made(cache)
    for _ in range(2):
        for events in (EVENTS, other):
            found = get(Held(recording, events, (48, 64)))
            np.testing.assert_array_equal(found, CODING.encoded(Held(recording, events)))
    assert get.count == 2


def test_a_relative_path_in_another_folder(cache: SampleCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    get = Made(cache)
    for name, on in (("one", True), ("two", False)):
        folder = tmp_path / name
        folder.mkdir()
        write_dat(folder / "a.dat", EVENTS._replace(on=np.full(2000, on)))
        os.utime(folder / "a.dat", ns=(10**18, 10**18))
        monkeypatch.chdir(folder)
        assert get(open_events(Path("a.dat")))[:, 0 if on else 1].sum() == 2000


@dataclass(frozen=True)
class OneEvent:
    """A plug-in's reader of files."""

    path: Path
    part: str = ""

    def size(self) -> tuple[int, int] | None:
        return 48, 64

    def blocks(self, start: int | None = None, stop: int | None = None) -> Iterator[Block]:
        yield EVENTS.where(slice(1))


def test_what_the_code_of_others_makes_is_made_anew(cache: SampleCache, recording: Path) -> None:
    def encoding(value: int) -> EventEncoding:
        def encode(events: Any, steps: int, height: int, width: int) -> Any:
            return np.full((steps, 1, height, width), value)

        return EventEncoding("mine", (), "a number", encode=encode)

    get, mine = Made(cache), replace(CODING, encoding="mine")
    try:
        for value in (1, 2):
            with loading("a plug-in"):
                EVENT_ENCODINGS.register("mine", encoding(value), replace=True)
            assert get(open_events(recording), mine).max() == value
    finally:
        forget("a plug-in")
    for file in (OneEvent(recording), Clip(OneEvent(recording), 0, 10**6)):
        assert get(file).sum() == 1
    assert get.count == 4
    assert kept(cache) == []


def test_what_is_said_of_samples_that_are_kept_or_not(recording: Path) -> None:
    dataset: Any = SimpleNamespace(cache="disk", events=lambda: SimpleNamespace(encoding="counts"))
    ours, others = open_events(recording), OneEvent(Path("a.xyz"))
    kept, anew = (
        f"encoded samples are kept in {encoded_folder()}; ",
        "samples of `.xyz` recordings are made anew each time, since",
    )
    cases: list[tuple[tuple[EventFile, ...], list[str]]] = [
        ((ours,), [kept]),
        ((others, others), [anew]),
        ((ours, others), [kept, anew]),
    ]
    for files, wanted in cases:
        said = notes(dataset, *(Recordings((file,), np.zeros(1, np.int64), ("a",), CODING) for file in files))
        assert [note[: len(start)] for note, start in zip(said, wanted, strict=True)] == wanted


def damages(data: bytes) -> list[bytes]:
    """Cut off at every tenth byte, with each tenth byte changed, and with bytes appended."""
    cut = [data[:k] for k in range(0, len(data), 10)]
    changed = [data[:k] + bytes([data[k] ^ 1]) + data[k + 1 :] for k in [*range(60), *range(60, len(data), 10)]]
    return [*cut, *changed, data + b"more", b"sgs1" + bytes(100), zlib.compress(b"other")]


def test_a_damaged_file_is_made_again(cache: SampleCache, recording: Path) -> None:
    get = Made(cache)
    coding = replace(CODING, size=(3, 4))
    expected = get(open_events(recording), coding)
    (path,) = kept(cache)
    data = path.read_bytes()
    for number, damaged in enumerate(damages(data)):
        path.write_bytes(damaged)
        np.testing.assert_array_equal(get(open_events(recording), coding), expected)
        assert get.count == number + 2
        assert path.read_bytes() == data


def test_the_disk_is_full(cache: SampleCache, recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, data: bytes) -> None:
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DataError) as caught:
        Made(cache)(open_events(recording))
    assert caught.value.summary == "an encoded sample can't be kept: No space left on device"
    assert caught.value.help == "make room, set XDG_CACHE_HOME to another folder, or write `cache = none` in the data set"
    assert kept(cache) == []


def test_the_folder_of_the_cache_is_a_file(tmp_path: Path, recording: Path) -> None:
    (tmp_path / "cache").write_bytes(b"")
    with pytest.raises(DataError) as caught:
        Made(SampleCache(tmp_path / "cache"))(open_events(recording))
    assert caught.value.summary == "an encoded sample can't be kept: Not a directory"


def test_the_recording_is_missing(cache: SampleCache, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        Made(cache)(open_events(tmp_path / "a.dat"))
    assert caught.value.message == f"{tmp_path / 'a.dat'}: it can't be read: No such file or directory"
