"""Keeps the C library from handing large buffers back to the system after each use."""

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""The numbers of `mallopt`'s parameters in glibc."""

KEPT_BYTES = 1 << 30


def keep_buffers() -> bool:
    """Raises glibc's thresholds, so that activations reuse pages that are mapped already; whether there was something to set.

    Every step of a training allocates and frees the same large tensors. With glibc's defaults each is mapped anew, and
    zeroing its pages takes about as long as a neuron's arithmetic on them. Other C libraries are left alone.
    """
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "gnu_get_libc_version"):
        return False
    return all(libc.mallopt(parameter, KEPT_BYTES) == 1 for parameter in (M_MMAP_THRESHOLD, M_TRIM_THRESHOLD))
