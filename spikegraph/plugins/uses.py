"""Which plug-ins something uses: those that own what is looked up by its name while it is read, built and run.

Each run, and whatever else is asked about, has a collection of its own. Going through all values of a registry is no use.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

_collected: ContextVar[dict[str, None] | None] = ContextVar("_collected", default=None)


@contextmanager
def collecting(*, joined: bool = False) -> Generator[dict[str, None]]:
    """Gives a dictionary that gets the owners of what is looked up inside, in order.

    Args:
        joined: Go on with the dictionary of an outer block, if there is one.
    """
    outer = _collected.get()
    found: dict[str, None] = outer if joined and outer is not None else {}
    token = _collected.set(found)
    try:
        yield found
    finally:
        _collected.reset(token)


def note(owner: str) -> None:
    """Notes that something of a plug-in is looked up."""
    found = _collected.get()
    if found is not None:
        found[owner] = None
