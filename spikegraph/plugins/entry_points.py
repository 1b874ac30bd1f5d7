"""The entry points of installed packages, of which few are meant for a registry."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import Distribution, EntryPoint


def entry_points(group: str) -> list[EntryPoint]:
    """The entry points of a group; of two packages of one name those of the first, which is the one that is imported."""
    from importlib.metadata import distribution  # noqa: PLC0415 (slow to import)

    names = dict.fromkeys(package.name for package, text in _texts() if f"[{group}]" in text)
    points = [point for name in names for point in distribution(name).entry_points.select(group=group)]
    return sorted(points, key=lambda point: (point.name, point.value))


@cache
def _texts() -> list[tuple[Distribution, str]]:
    """The packages that have entry points, with the text of their file: taking all of them apart takes three times as long."""
    from importlib.metadata import distributions  # noqa: PLC0415 (slow to import)

    found = ((package, package.read_text("entry_points.txt")) for package in distributions())
    return [(package, text) for package, text in found if text]
