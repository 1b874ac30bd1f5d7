"""The registry of formats of event recordings, and how a file's format is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from spikegraph.base.errors import DataError
from spikegraph.data.events.blocks import EventFile
from spikegraph.plugins.registry import Registry

Open = Callable[[Path], EventFile]
"""Makes the reader of a file; nothing is read yet."""


@dataclass(frozen=True)
class Format:
    """A format.

    Attributes:
        doc: What it is, for the documentation.
        suffixes: How the names of its files end, in lower case.
        open: Makes the reader of a file.
    """

    doc: str
    suffixes: tuple[str, ...]
    open: Open


FORMATS: Registry[Format] = Registry(
    "format of event recordings", "spikegraph.event_formats", package="spikegraph.data.events.built_in_formats", kind=Format
)
"""All formats by name."""


def suffixes() -> tuple[str, ...]:
    """How the names of recordings end."""
    return tuple(dict.fromkeys(suffix for found in FORMATS.values() for suffix in found.suffixes))


def open_events(path: Path) -> EventFile:
    """The reader of a recording, by the end of its name.

    Raises:
        DataError: No format has files of this name.
    """
    name = next((name for name, found in FORMATS.items() if path.name.lower().endswith(found.suffixes)), None)
    if name is not None:
        return FORMATS[name].open(path)
    raise DataError("it isn't known as an event recording", path, f"names of recordings end in {', '.join(suffixes())}")
