"""What the tests of this folder find in files, kept in pytest's cache: taking files apart is most of their time.

A result is taken from an earlier run only if the file, the other arguments and all modules of this folder have the same text.
"""

import functools
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
ENTRY = "architecture/facts"

Found = dict[str, tuple[str, Any]]
"""By function and file: a digest of what the result depends on, and the result."""

_known: Found = {}
_new: Found = {}


@functools.cache
def text(path: Path) -> str:
    """The text of a file."""
    return path.read_text(encoding="utf-8")


def kept(function: Callable[..., T]) -> Callable[..., T]:
    """Keeps what a function finds in a file of the project.

    Args:
        function: Its first argument is the path of the file. Its result, whose type JSON has, depends on the text of this file,
            the other arguments and the modules of this folder alone.
    """

    @functools.wraps(function)
    def found(path: Path, *others: object) -> T:
        if not path.is_relative_to(ROOT):
            return function(path, *others)
        name = f"{function.__name__} {path.relative_to(ROOT)}"
        digest = _digest(text(path), repr(others), _own())
        known = _known.get(name)
        if known is None or known[0] != digest:
            _known[name] = _new[name] = known = (digest, function(path, *others))
        return known[1]

    return found


def load(cache: pytest.Cache) -> None:
    """Takes over what earlier runs found."""
    _known.update(_read(cache))


def save(cache: pytest.Cache) -> None:
    """Writes what is new, beside what other processes have written meanwhile. Files that are gone are left out."""
    if _new:
        found = {name: each for name, each in (_read(cache) | _new).items() if (ROOT / name.partition(" ")[2]).exists()}
        cache.set(ENTRY, json.dumps(found))


def _read(cache: pytest.Cache) -> Found:
    return json.loads(cache.get(ENTRY, "{}"))


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


@functools.cache
def _own() -> str:
    """A digest of this folder's modules and of the version of Python."""
    return _digest(sys.version, *(text(path) for path in sorted(Path(__file__).parent.glob("*.py"))))
