"""Bytes of recordings are changed and cut off at random: either events or an error about the data result."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data.events.coding import Coding
from spikegraph.data.events.formats import open_events
from spikegraph.data.events.slicing import Slicing

from .every_format import WRITERS

CODING = Coding("counts", Slicing(4), sensor=(48, 64))
HEADER = 700
"""Half of the changes are in as many bytes at the start."""


def damaged(data: bytes, number: int) -> bytes:
    """One of the damaged forms of a file: bytes replaced, bits flipped, or the end cut off."""
    random = np.random.default_rng(number)
    changed = bytearray(data[: random.integers(len(data))] if number % 4 == 0 else data)
    for _ in range(random.integers(1, 6)):
        if changed:
            at = random.integers(min(HEADER, len(changed)) if number % 2 else len(changed))
            changed[at] = random.integers(256) if number % 3 else changed[at] ^ 1 << int(random.integers(8))
    return bytes(changed)


def read_all(path: Path, data: bytes, numbers: range) -> dict[str, int]:
    """How many of the damaged forms were read, and refused."""
    outcomes = {"read": 0, "refused": 0}
    for number in numbers:
        path.write_bytes(damaged(data, number))
        try:
            file = open_events(path)
            file.size()
            assert CODING.encoded(file).sum() > 0
            outcomes["read"] += 1
        except DataError as error:
            assert error.path == path
            assert error.summary
            outcomes["refused"] += 1
    return outcomes


@pytest.mark.parametrize("name", list(WRITERS))
def test_either_events_or_an_error_about_the_data(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    WRITERS[name](path)
    outcomes = read_all(path, path.read_bytes(), range(300))
    assert outcomes["refused"] > 50
    assert sum(outcomes.values()) == 300


@pytest.mark.parametrize("suffix", [".aedat4", ".aedat", ".raw", ".dat", ".h5", ".npz", ".npy"])
def test_random_bytes_are_refused(tmp_path: Path, suffix: str) -> None:
    random = np.random.default_rng(1)
    for size in (1, 2, 7, 64, 5000):
        path = tmp_path / f"a{suffix}"
        path.write_bytes(random.bytes(size))
        with pytest.raises(DataError):
            CODING.encoded(open_events(path))
