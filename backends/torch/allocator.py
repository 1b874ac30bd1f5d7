"""Tunes glibc's allocator so that large buffers are reused."""

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""The parameters of glibc's `mallopt`."""

KEPT_BYTES = 1 << 30


def keep_buffers() -> bool:
    """Raises glibc's thresholds, so that activations reuse mapped pages; returns true if glibc accepted them.

    Every training step allocates and frees the same large tensors. By default glibc maps each one anew, and zeroing its
    pages takes about as long as the arithmetic of a neuron. Other C libraries aren't changed.
    """
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "gnu_get_libc_version"):
        return False
    return all(libc.mallopt(parameter, KEPT_BYTES) == 1 for parameter in (M_MMAP_THRESHOLD, M_TRIM_THRESHOLD))
