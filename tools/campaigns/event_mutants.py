"""Damaged recordings in all formats: events or the documented error, within 64 MiB, and `data check` says what training says.

A small recording in each format is damaged byte by byte, cut, lengthened, given extreme numbers, or has blocks exchanged. It is
read as `data check`, a training and a stream read it. The formats take turns, so a count is divided equally among them.
"""

import random
import tempfile
from functools import lru_cache
from pathlib import Path

import faery  # noqa: F401  # pyright: ignore[reportMissingTypeStubs, reportUnusedImport] (its memory is none of a case)
from cases import Outcome
from isolated import Isolated
from measured import memory_of, verdict
from mutations import damaged
from tests_files import RECORDINGS

from spikegraph.base.errors import DataError
from spikegraph.data.events.check import facts_of
from spikegraph.data.events.coding import Coding
from spikegraph.data.events.formats import open_events
from spikegraph.data.events.slicing import Slicing
from spikegraph.streaming.arrivals import recorded

NAMES = tuple(RECORDINGS)
SENSOR = (48, 64)
CODING = Coding("counts", Slicing(4), sensor=SENSOR)


def attack(seed: int) -> Outcome:
    """Damages a recording and reads it."""
    rng = random.Random(seed)
    name = NAMES[seed % len(NAMES)]
    data = content(name)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        data = exchanged(data, rng) if rng.random() < 0.1 else damaged(data, rng, content(rng.choice(NAMES)))[1]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        wrong = memory_of(lambda: _read(path))
    return Outcome(name, not wrong, wrong)


case = Isolated(attack)


@lru_cache
def content(name: str) -> bytes:
    """The content of an undamaged recording."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        RECORDINGS[name](path)
        return path.read_bytes()


def exchanged(data: bytes, rng: random.Random) -> bytes:
    """Two blocks of equal length have changed places."""
    size = rng.choice((4, 8, 16, 64, 256))
    if len(data) < 2 * size:
        return data
    first = rng.randrange(len(data) - 2 * size + 1)
    second = rng.randrange(first + size, len(data) - size + 1)
    between = data[first + size : second]
    return data[:first] + data[second : second + size] + between + data[first : first + size] + data[second + size :]


def _read(path: Path) -> str:
    file = open_events(path)
    checked, wrong = verdict(lambda: facts_of(file, 0, None, CODING), DataError, path.name)
    trained, also = verdict(lambda: CODING.encoded(file), DataError, path.name)
    plain = verdict(lambda: facts_of(file, 0, None, None), DataError, path.name)[1]
    streamed = verdict(lambda: sum(len(arrived.camera) for arrived in recorded([file])), DataError, path.name)[1]
    if checked != trained:
        return f"data check: {checked}, training: {trained}"
    return wrong or also or plain or streamed
