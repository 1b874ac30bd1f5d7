"""Thresholds of glibc's allocator."""

import pytest

from spikegraph.base import allocator


class Libc:
    """A C library that accepts thresholds up to a limit."""

    def __init__(self, most: int) -> None:
        self.most, self.set = most, dict[int, int]()
        self.gnu_get_libc_version = None

    def mallopt(self, parameter: int, value: int) -> int:
        if parameter == allocator.M_MMAP_THRESHOLD and value > self.most:
            return 0
        self.set[parameter] = value
        return 1


@pytest.mark.parametrize(("most", "kept"), [(1 << 31, 1 << 30), (32 << 20, 32 << 20), (1 << 20, 0)])
def test_the_largest_threshold_that_is_accepted(monkeypatch, most: int, kept: int) -> None:
    """Older versions of glibc accept 32 MiB, and nothing was set when they refused more."""
    libc = Libc(most)
    monkeypatch.setattr(allocator.ctypes, "CDLL", lambda _: libc)
    assert allocator.keep_buffers() == kept
    assert libc.set.get(allocator.M_MMAP_THRESHOLD, 0) == kept


def test_another_c_library(monkeypatch) -> None:
    monkeypatch.setattr(allocator.ctypes, "CDLL", lambda _: object())
    assert allocator.keep_buffers() == 0


def test_on_this_machine() -> None:
    assert allocator.keep_buffers() in (0, *allocator.THRESHOLDS)
