"""What counts how often samples are made, for tests of the cache."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spikegraph.data.events.coding import Coding
from spikegraph.data.events.sample_cache import SampleCache
from spikegraph.data.events.slicing import Slicing

from .recording_files import random_events

EVENTS = random_events(2000)
CODING = Coding("counts", Slicing(4), sensor=(48, 64))


class Made:
    """Encodes recordings and counts them."""

    def __init__(self, cache: SampleCache) -> None:
        self.cache, self.count = cache, 0

    def __call__(self, file: Any, coding: Coding = CODING) -> Any:
        def make() -> Any:
            self.count += 1
            return coding.encoded(file)

        return self.cache.get(file, coding, make)


def kept(cache: SampleCache) -> list[Path]:
    return sorted(path for path in cache.folder.rglob("*") if path.is_file())
