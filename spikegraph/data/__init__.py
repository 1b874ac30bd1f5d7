"""Recordings, images, splits and metrics as arrays. No module imports torch."""

from typing import Any


def __getattr__(name: str) -> Any:
    if name == "SOURCES":
        from spikegraph.dsl.schema.dataset import SOURCES  # noqa: PLC0415 (most modules of data don't need it)

        return SOURCES
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
