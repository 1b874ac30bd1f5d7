"""Events that the package faery reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from spikegraph.base.errors import DataError
from spikegraph.data.events.binary import AGAIN
from spikegraph.data.events.blocks import Block

T = TypeVar("T")


def faery_blocks(path: Path) -> Iterator[Block]:
    """The events of a recording.

    Raises:
        DataError: It is damaged, or faery isn't installed.
    """
    packets = iter(_stream(path))
    while (found := _guarded(path, lambda: next(packets, None))) is not None:
        yield Block(found["x"].copy(), found["y"].copy(), found["t"].astype("i8"), found["on"].copy())


def _stream(path: Path) -> Any:
    try:
        import faery  # noqa: PLC0415 (optional)  # pyright: ignore[reportMissingTypeStubs]
    except ImportError as error:
        help = 'install it with: pip install "spikegraph[events]"'
        raise DataError("recordings of this kind need the package faery", path, help) from error
    return _guarded(path, lambda: faery.events_stream_from_file(path))


def _guarded(path: Path, call: Callable[[], T]) -> T:
    """What a call of faery gives. For a damaged file it raises plain exceptions, or panics."""
    try:
        return call()
    except Exception as error:
        raise DataError(f"it is damaged: {error}", path, AGAIN) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise DataError(f"it is damaged: {error}", path, AGAIN) from error
