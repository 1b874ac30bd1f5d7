"""Tunes glibc's allocator so that large buffers are reused."""

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""The parameters of glibc's `mallopt`."""

KEPT_BYTES = 1 << 30

THRESHOLDS = (KEPT_BYTES, 32 << 20)
"""The sizes to request, in order: older versions of glibc accept at most half of their largest heap, 32 MiB (on 64 bits)."""


def keep_buffers() -> int:
    """Raises glibc's thresholds, so that activations reuse mapped pages.

    Every training step allocates and frees the same large tensors. By default glibc maps each one anew, and zeroing its
    pages takes about as long as the arithmetic of a neuron. Other C libraries aren't changed.

    Returns:
        The size in bytes up to which buffers are reused: `KEPT_BYTES`, less with an older glibc, or 0 if nothing was changed.
    """
    if not sys.platform.startswith("linux"):
        return 0
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "gnu_get_libc_version") or libc.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES) != 1:
        return 0
    return next((size for size in THRESHOLDS if libc.mallopt(M_MMAP_THRESHOLD, size) == 1), 0)
