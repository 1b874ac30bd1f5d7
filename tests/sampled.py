"""Cases of which a sample always runs, and all run with `--long`."""

import random
from collections.abc import Iterable
from typing import Any

import pytest


def drawn(cases: Iterable[str], count: int) -> set[str]:
    """Those that always run, the same in every run."""
    return set(random.Random(0).sample(list(cases), count))


def sampled(cases: Iterable[str], count: int, never: Iterable[str] = ()) -> list[Any]:
    """Parameters of a test: those that aren't among so many that are drawn are long, and so are further ones that never are."""
    given = list(cases)
    always = drawn(given, count)
    return [pytest.param(case, marks=[] if case in always else pytest.mark.long) for case in (*given, *never)]
