"""Notices of what a call does besides its result: lines on the command line, warnings in Python."""

import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import Timer

SLOW_S = 2.0
"""Seconds after which something that is usually quick is told."""

Show = Callable[[str], None]

_show: Show | None = None
_shown = set[str]()


@contextmanager
def shown_by(show: Show) -> Generator[None]:
    """Inside, this function gets each notice, each text once."""
    global _show  # noqa: PLW0603 (a process runs one command)
    before, _show = _show, show
    _shown.clear()
    try:
        yield
    finally:
        _show = before


def tell(text: str) -> None:
    """Shows a notice; in Python it is a `UserWarning`."""
    if _show is None:
        warnings.warn(text, stacklevel=3)
    elif text not in _shown:
        _shown.add(text)
        _show(f"note: {text}")


@contextmanager
def telling_if_slow(text: str) -> Generator[None]:
    """Shows a notice on the command line if what happens inside takes longer than `SLOW_S`."""
    show = _show
    timer = None if show is None else Timer(SLOW_S, show, (f"{text} ...",))
    if timer is not None:
        timer.daemon = True
        timer.start()
    try:
        yield
    finally:
        if timer is not None:
            timer.cancel()
