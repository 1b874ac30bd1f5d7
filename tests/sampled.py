"""Cases of which a sample always runs, and all run with `--long`."""

import random
from collections.abc import Iterable
from typing import Any, TypeVar

import pytest

Case = TypeVar("Case")


def drawn(cases: Iterable[Case], count: int) -> set[Case]:
    """Those that always run, the same in every run."""
    return set(random.Random(0).sample(list(cases), count))


def sampled(cases: Iterable[Case], count: int, never: Iterable[Case] = ()) -> list[Any]:
    """Parameters of a test: those that aren't among so many that are drawn are long, and so are further ones that never are."""
    given = list(cases)
    always = drawn(given, count)
    return [pytest.param(case, marks=[] if case in always else pytest.mark.long) for case in (*given, *never)]
