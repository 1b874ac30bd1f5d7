"""What is going away: an old spelling with its new one, the release that deprecated it and the release that removes it.

A spelling warns for at least one minor release, and its warning says what to write. `docs/compatibility.md` has the rules.
This module imports only the version, so that the language and the command line can use it too.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from spikegraph.base.record import record
from spikegraph.base.version import __version__

P = ParamSpec("P")
R = TypeVar("R")


@record
class Spelling:
    """A spelling and the one that takes its place.

    Attributes:
        old: The spelling that is going away.
        new: What to write.
        since: The release that deprecated it, such as `0.2`.
        removed: The release that refuses it.
    """

    old: str
    new: str
    since: str
    removed: str

    @property
    def is_removed(self) -> bool:
        """Whether this release refuses it."""
        return numbers(__version__) >= numbers(self.removed)

    def __str__(self) -> str:
        if self.is_removed:
            return f"`{self.old}` was removed in version {self.removed}"
        return f"`{self.old}` is deprecated since version {self.since} and is removed in {self.removed}"

    @property
    def fix(self) -> str:
        """What to do."""
        return f"write `{self.new}`"


def numbers(version: str) -> tuple[int, int]:
    """Major and minor number of a version."""
    found = re.match(r"(\d+)\.(\d+)", version)
    if found is None:
        raise ValueError(f"`{version}` is not a version such as 0.2")
    return int(found[1]), int(found[2])


def deprecated(new: str, *, since: str, removed: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorator: calling the function emits a `DeprecationWarning` that names what replaces it.

    Args:
        new: The replacement, such as `spikegraph.load_run`.
        since: The release that deprecated it.
        removed: The release that removes it.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        spelling = Spelling(function.__qualname__, new, since, removed)

        @wraps(function)
        def warning(*arguments: P.args, **named: P.kwargs) -> R:
            warnings.warn(f"{spelling}; {spelling.fix}", DeprecationWarning, stacklevel=2)
            return function(*arguments, **named)

        return warning

    return decorate


def renamed(old: str, new: str, *, since: str, removed: str) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Decorator: the function accepts a keyword argument under its old name, with a `DeprecationWarning`.

    Args:
        old: The old name.
        new: The function's parameter.
        since: The release that deprecated the old name.
        removed: The release that removes it.
    """
    spelling = Spelling(old, new, since, removed)

    def decorate(function: Callable[..., R]) -> Callable[..., R]:
        @wraps(function)
        def renaming(*arguments: Any, **named: Any) -> R:
            if old in named:
                if new in named:
                    raise TypeError(f"{function.__qualname__}() got both `{old}` and `{new}`, which mean the same")
                warnings.warn(f"{function.__qualname__}(): {spelling}; {spelling.fix}", DeprecationWarning, stacklevel=2)
                named[new] = named.pop(old)
            return function(*arguments, **named)

        return renaming

    return decorate
