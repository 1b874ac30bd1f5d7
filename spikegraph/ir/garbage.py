"""Python's search for garbage, paused."""

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Generator[None]:
    """Looks for no garbage while a graph is made: of its many objects all stay, and looking at them takes most time.

    What nothing refers to is freed all the same; only cycles wait.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
